"""Pages that document rules, one for each rule file, made of what the files say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from cleaner.errors import OutputError
from cleaner.rules.model import ExampleLine, Rule

_PLACES = {"equals": "is", "starts": "starts with", "ends": "ends with", "contains": "holds"}
_SCOPES = {
    "span": "the part that matches", "line": "the line", "run": "the line and the run behind it", "head": "everything down to the line",
    "tail": "everything from the line on",
}  # fmt: skip
_EFFECTS = {
    "certain": "removes it", "likely": "removes it unless the scorer is sure that it is story", "hint": "removes nothing: it is evidence for others",
}  # fmt: skip


def write_pages(rules: Sequence[Rule], folder: Path) -> list[Path]:
    """Write a page for each rule file into a folder, and an index; Raises OutputError."""
    ordered = sorted(rules, key=lambda rule: (page_name(rule), rule.line, rule.id))
    paths = []
    listed = ["# Rules", ""]
    try:
        for name, group in groupby(ordered, key=page_name):
            some = list(group)
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(page_lines(name, some)) + "\n", encoding="utf-8")
            paths.append(path)
            listed.append(f"- [{name.removesuffix('.md')}]({name}): {len(some)} rule{'s' * (len(some) != 1)}")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.md").write_text("\n".join(listed) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{error.filename}: cannot be written: {error.strerror}") from error
    return paths


def page_name(rule: Rule) -> str:
    """The page of a rule: its file's folder and name.

    >>> from cleaner.rules.load import load_rules
    >>> page_name(next(rule for rule in load_rules() if rule.id.startswith("ar.share.")))
    'ar/share.md'
    """
    file = Path(rule.file)
    return f"{file.parent.name or 'rules'}/{file.stem}.md"


def page_lines(name: str, rules: Sequence[Rule]) -> Iterator[str]:
    """A page as lines of Markdown."""
    yield f"# {name.removesuffix('.md')}"
    if rules[0].domains:
        yield from ("", f"Only on {', '.join(rules[0].domains)}.")
    for rule in rules:
        yield from ("", *rule_lines(rule))


def rule_lines(rule: Rule) -> Iterator[str]:
    """What a rule does and why, and its examples as a diff."""
    yield from (f"## `{rule.id}`", "", rule.why, "")
    yield f"- **What:** {_SCOPES[rule.scope]}, as *{rule.reason}*; {rule.confidence}: {_EFFECTS[rule.confidence]}."
    if rule.status != "stable":
        yield f"- **Status:** {rule.status}; it only remarks."
    for field, verb in _PLACES.items():
        if getattr(rule, field):
            yield f"- **Where** a line {verb}: {', '.join(_code(text) for text in getattr(rule, field))}"
    for field, label in (("regex", "Where"), ("unless", "Unless"), ("until_regex", "Until")):
        if getattr(rule, field):
            yield f"- **{label}** the folded line matches {_code(getattr(rule, field))}"
    if rule.until:
        yield f"- **Until** a line is: {', '.join(_code(text) for text in rule.until)}"
    yield from _bounds(rule)
    if rule.seen:
        yield f"- **Seen** on {', '.join(rule.seen)}."
    for example in rule.examples:
        yield from ("", "```diff", *(_example_line(line) for line in example), "```")


def _bounds(rule: Rule) -> Iterator[str]:
    """Lengths, neighbours, guards and captures, in words."""
    if rule.max_chars:
        yield f"- **Only** in lines of at most {rule.max_chars} characters."
    if rule.max_blocks:
        yield f"- **At most** {rule.max_blocks} lines."
    if rule.near:
        yield f"- **Only** within {rule.near.within} lines of what is {' or '.join(rule.near.reasons)}."
    if rule.guard:
        parts = [f"{rule.guard.core_before} characters before it" * bool(rule.guard.core_before)]
        parts += [f"{rule.guard.core_after} characters behind it" * bool(rule.guard.core_after)]
        parts += [f"at most {rule.guard.max_before} characters before it" * (rule.guard.max_before >= 0)]
        parts += [f"no more than {rule.guard.max_share:.0%} of the page in it" * (rule.guard.max_share < 1)]
        yield f"- **Guard:** {', '.join(part for part in parts if part)}; else it only remarks."
    if rule.capture:
        yield f"- **Fills** the field `{rule.capture}`."
    if rule.marker:
        yield "- **Marker:** foreign items may follow."


def _code(text: str) -> str:
    """Text as Markdown code, whatever is in it.

    >>> _code("read also"), _code("a`b")
    ('`read also`', '`` a`b ``')
    """
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _example_line(line: ExampleLine) -> str:
    text, shift = line.text, 0
    for start, end in line.marks:
        text = f"{text[: start + shift]}⟦{text[start + shift : end + shift]}⟧{text[end + shift :]}"
        shift += 2
    return f"{'-' if line.goes else ' '} {text}"
