"""Show the place a finding speaks of, as compilers do: the line of the file, what in it is meant, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import regex

from cleaner.rules.model import Finding

_QUOTED = regex.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_MOST = 140  # characters of a line that are shown
_HINTS: Mapping[str, str] = {
    "example": "`cleaner rules show ID` prints the rule; a line after `- ` must be labelled by it, a line after two spaces must not",
    "regex": "regexes run on folded text: lower case, no marks, one form of each letter, ASCII digits",
    "equals": "literals are compared after folding, without outer punctuation",
}


def excerpt(finding: Finding) -> list[str]:
    """The line of the file that a finding is about with its number, a row of marks below, and a hint; empty where it cannot be told."""
    lines = _lines_of(finding.file)
    if not 0 < finding.line <= len(lines):
        return []
    quoted = [match.group()[1:-1].removesuffix("...") for match in _QUOTED.finditer(finding.message)]
    at, start, size = _place(lines, finding, quoted)
    number = str(at + 1)
    shown = [f"{number} | {lines[at][:_MOST]}"]
    if start + size <= _MOST:
        shown.append(f"{' ' * len(number)} | {' ' * start}{'^' * size}")
    hint = _HINTS.get(finding.field.split(" ")[0])
    return [f"  {line}" for line in (*shown, *([f"{' ' * len(number)} = {hint}"] if hint else []))]


def _lines_of(file: str) -> Sequence[str]:
    try:
        return Path(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()


def _place(lines: Sequence[str], finding: Finding, quoted: Sequence[str]) -> tuple[int, int, int]:
    """Line (from 0), column and length: of the text that the message quotes, else of the field, else of the rule's id, else of the rule."""
    begin = finding.line - 1
    end = next((at for at in range(begin + 1, len(lines)) if lines[at].strip() == "[[rule]]"), len(lines))
    field = regex.compile(rf"^\s*({regex.escape(finding.field.split(' ')[0].split('.')[0] or 'id')})\s*=")
    first = next((at for at in range(begin, end) if "[[rule.example]]" in lines[at]), begin) if finding.field.startswith("example") else begin
    for text in quoted:
        for at in range(first, end):
            if text and text in lines[at]:
                return at, lines[at].index(text), len(text)
    for at in range(begin, end):
        found = field.match(lines[at])
        if found:
            return at, found.start(1), len(found.group(1))
    return begin, 0, max(1, len(lines[begin].rstrip()))
