"""Derive from a regex with which characters what it matches can begin, so that it need not be tried on other lines.

Only for patterns bound to the start of a line (`^`), behind any number of signs and digits: `^\\W*(?:photo|image) by` begins with p or i.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

from cleaner.config import RULES
from cleaner.rules.patterns import pieces, repeat_bounds

_NONE: frozenset[str] = frozenset()
_PLAIN_GROUPS = ("(", "(?:", "(?>")
_LOOKAROUNDS = ("(?=", "(?!", "(?<=", "(?<!")
_DIGITS = frozenset("0123456789")
_SKIPPED_ESCAPES = ("\\W", "\\s", "\\d")
_SKIPPED_SETS = ("[^\\p{L}]", "[^\\p{L}\\d]", "[^\\w]", "[^\\p{L}\\p{M}]")
_RANGE = regex.compile(r"(\w)-(\w)")
_OPENING = regex.compile(r"[^\p{L}]*\p{L}?")


class _Unknown(Exception):
    """The pattern holds something whose beginning is not known here."""


@dataclass(frozen=True, slots=True)
class _First:
    """The characters that a part can begin with, and whether it can be empty; `skips`: nothing but signs, spaces and digits."""

    chars: frozenset[str]
    empty: bool
    skips: bool = False


def opening_chars(pattern: str) -> frozenset[str]:
    """Characters of which one stands in the `opening_of` every line that the pattern matches; empty where they are not known.

    >>> sorted(opening_chars(r"^\\W*(?:photo|image) by")), opening_chars("photo"), sorted(opening_chars(r"^\\W*\\p{L}+"))
    (['i', 'p'], frozenset(), [])
    """
    parts = pieces(pattern)
    try:
        first, end = _alternatives(parts, 0, True)
    except _Unknown:
        return _NONE
    return first.chars if end == len(parts) and not first.empty and len(first.chars) <= RULES.needed_texts else _NONE


def opening_of(text: str) -> str:
    """A line up to its first letter: what a pattern bound to the start can begin in.

    >>> opening_of('- "Read more'), opening_of("12:30")
    ('- "R', '12:30')
    """
    found: str = _OPENING.match(text).group()
    return found


def _alternatives(parts: list[tuple[str, str]], at: int, bound: bool) -> tuple[_First, int]:
    """Read alternatives up to a closing bracket or the end; `bound`: each must open with `^`."""
    firsts = []
    while True:
        if bound:
            if at == len(parts) or parts[at] != ("other", "^"):
                raise _Unknown
            at += 1
        first, at = _sequence(parts, at, bound)
        firsts.append(first)
        if at == len(parts) or parts[at][0] == "close":
            chars = frozenset(char for one in firsts for char in one.chars)
            return _First(chars, any(one.empty for one in firsts), all(one.skips for one in firsts)), at
        at += 1


def _sequence(parts: list[tuple[str, str]], at: int, start: bool) -> tuple[_First, int]:
    """Read one alternative; at the start of a line what only skips to the first letter says nothing."""
    chars: frozenset[str] = _NONE
    empty = skips = True
    while at < len(parts) and parts[at][0] not in ("bar", "close"):
        if not empty:
            at = _behind(parts, at) if parts[at][0] == "open" else at + 1
            continue
        first, at = _part(parts, at)
        low, at = _least(parts, at)
        if start and first.skips and not low:
            continue
        if first.chars == _NONE and not first.empty:
            raise _Unknown
        start = start and first.empty and not first.chars
        chars |= first.chars
        skips = skips and first.skips
        empty = first.empty or not low
    return _First(chars, empty, skips), at


def _least(parts: list[tuple[str, str]], at: int) -> tuple[int, int]:
    """The least count of the part before, and the place behind its quantifier."""
    if at < len(parts) and parts[at][0] == "repeat":
        return repeat_bounds(parts[at][1])[0], at + 1
    return 1, at


def _part(parts: list[tuple[str, str]], at: int) -> tuple[_First, int]:
    kind, text = parts[at]
    if kind != "open":
        return _character(kind, text), at + 1
    if text not in _PLAIN_GROUPS and text not in _LOOKAROUNDS and not text.startswith(("(?P<", "(?<")):
        raise _Unknown
    if text in _LOOKAROUNDS:
        return _First(_NONE, True), _behind(parts, at)
    first, end = _alternatives(parts, at + 1, False)
    return first, end + 1


def _behind(parts: list[tuple[str, str]], at: int) -> int:
    """The place behind the group that opens at a place."""
    depth = 0
    for place in range(at, len(parts)):
        depth += (parts[place][0] == "open") - (parts[place][0] == "close")
        if depth == 0:
            return place + 1
    raise _Unknown


def _character(kind: str, text: str) -> _First:
    """What one character, class or assertion begins with; a class that is too large to list has no characters and is not empty."""
    if text in ("^", "$", "\\b", "\\B", "\\Z", "\\A"):
        return _First(_NONE, True)
    if kind == "escape":
        if text == "\\d":
            return _First(_DIGITS, False, True)
        if text in _SKIPPED_ESCAPES:
            return _First(_NONE, False, True)
        return _First(frozenset({text[1]}), False, True) if len(text) == 2 and not text[1].isalnum() else _First(_NONE, False)
    if kind == "set":
        return _set(text)
    return _First(_NONE, False) if text == "." else _First(frozenset({text}), False, not text.isalpha())


def _set(text: str) -> _First:
    """A set of listed characters, ranges and digits."""
    if text in _SKIPPED_SETS:
        return _First(_NONE, False, True)
    body = text[1:-1]
    if body.startswith("^") or "&&" in body or "||" in body or "[" in body:
        return _First(_NONE, False)
    large = any(escape in body for escape in ("\\W", "\\s"))
    body = body.replace("\\W", "").replace("\\s", "")
    digits = "\\d" in body
    body = regex.sub(r"\\([^\w])", r"\1", body.replace("\\d", ""))
    if "\\" in body:
        return _First(_NONE, False)
    chars = {chr(code) for low, high in _RANGE.findall(body) for code in range(ord(low), ord(high) + 1)} | set(body)
    skips = not any(char.isalpha() for char in chars)
    return _First(_NONE if large else frozenset(chars) | (_DIGITS if digits else _NONE), False, skips)
