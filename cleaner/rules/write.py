"""Write rules as rule files, with the evidence for each wording beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from cleaner.errors import OutputError, RefusedError
from cleaner.rules.mine import Wording
from cleaner.rules.model import Rule
from cleaner.rules.suggest import Suggestion

_LITERALS = ("equals", "starts", "ends", "contains")


def write_suggestions(suggestions: Sequence[Suggestion], folder: Path) -> list[Path]:
    """Write suggestions into a folder, one file for each topic of a language and each site; files that are there already are refused."""
    files: dict[str, list[Suggestion]] = {}
    for one in suggestions:
        files.setdefault(one.path, []).append(one)
    paths = [folder / name for name in files]
    there = [str(path) for path in paths if path.exists()]
    if there:
        raise RefusedError(f"{there[0]}: exists already; choose an empty folder for suggestions")
    try:
        for path, some in zip(paths, files.values(), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file_text(some), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{error.filename}: cannot be written: {error.strerror}") from error
    return paths


def file_text(suggestions: Sequence[Suggestion]) -> str:
    """A rule file with suggestions of one language or site."""
    rule = suggestions[0].rule
    head = ["# Proposed by `cleaner rules suggest`; take out `status` to let a rule remove.", "format = 1", f"lang = {_text(rule.lang)}"]
    head += [f"domains = {_texts(rule.domains)}"] if rule.domains else []
    return "\n".join([*head, *(line for one in suggestions for line in ("", *suggestion_lines(one)))]) + "\n"


def suggestion_lines(suggestion: Suggestion) -> Iterator[str]:
    """A suggestion as lines of TOML."""
    rule = suggestion.rule
    yield f"# removes {suggestion.chars} characters in the run; risk {suggestion.risk:.3f} (share of its lines that the run kept)"
    yield "[[rule]]"
    for name in ("id", "why", "reason", "scope"):
        yield f"{name} = {_text(str(getattr(rule, name)))}"
    for name in _LITERALS:
        if getattr(rule, name):
            yield f"{name} = ["
            yield from (f"  {_text(one.typed)}, # {_evidence(one)}" for one in _distinct(suggestion.wordings))
            yield "]"
    yield from _settings(rule)
    yield "  [[rule.example]]"
    yield "  text = '''"
    yield from (f"{'- ' if line.goes else '  '}{line.text}" for example in rule.examples for line in example)
    yield "'''"


def _distinct(wordings: Sequence[Wording]) -> list[Wording]:
    return list({one.typed: one for one in reversed(wordings)}.values())[::-1]


def _settings(rule: Rule) -> Iterator[str]:
    if rule.regex:
        yield f"regex = {_text(rule.regex)}"
    if rule.max_chars:
        yield f"max_chars = {rule.max_chars}"
    if rule.guard:
        yield f"guard = {{ {f'core_before = {rule.guard.core_before}' if rule.guard.core_before else f'max_share = {rule.guard.max_share:g}'} }}"
    if rule.marker:
        yield "marker = true"
    yield f"confidence = {_text(rule.confidence.value)}"
    yield f"status = {_text(rule.status.value)}"
    yield f"seen = {_texts(rule.seen)}"


def _evidence(one: Wording) -> str:
    """What the run says about a wording."""
    many = f"{len(one.sites)} sites" if len(one.sites) != 1 else one.sites[0]
    return f"{one.lines} lines on {one.pages} pages of {many}, {one.kept} kept"


def _text(text: str) -> str:
    """A TOML string; JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(texts: Sequence[str]) -> str:
    return f"[{', '.join(_text(text) for text in texts)}]"
