"""Derive from a regex the texts of which at least one must stand in whatever it matches, so that it can wait for them.

This is how a regex without literals gets into the automaton: `^(?:photo|image) by` need not be tried where neither
"photo by" nor "image by" stands. Where no such texts are known, characters may be: `\\d+/\\d+` needs a slash.
"""

from __future__ import annotations

from dataclasses import dataclass

from cleaner.config import RULES
from cleaner.rules.patterns import pieces, repeat_bounds

_NEUTRAL = frozenset({""})
_ASSERTIONS = ("\\b", "\\B", "\\A", "\\Z", "\\z", "\\m", "\\M")
_PLAIN_GROUPS = ("(", "(?:", "(?>")
_LOOKAROUNDS = ("(?=", "(?!", "(?<=", "(?<!")
_SPECIAL = frozenset(".^${}")
_DIGITS = frozenset("0123456789")


class _Opaque(Exception):
    """The pattern holds something whose meaning is not known here."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a part of a pattern: all texts it may match, texts and characters of which it needs one; None: not known."""

    exact: frozenset[str] | None
    needed: frozenset[str] | None = None
    chars: frozenset[str] | None = None


@dataclass(slots=True)
class _Sequence:
    """The parts of one alternative read so far: the texts of the open run, and the best needs found before it."""

    run: frozenset[str] = _NEUTRAL
    whole: bool = True
    best: frozenset[str] | None = None
    chars: frozenset[str] | None = None

    def cut(self, needed: frozenset[str] | None = None) -> None:
        """End the run: what follows does not touch it."""
        for texts in (self.run, needed):
            if texts is not None and _worth(texts) > _worth(self.best):
                self.best = texts
        self.run, self.whole = _NEUTRAL, False

    def add(self, exact: frozenset[str]) -> None:
        """Prolong every text of the run by every text of a part; cut before it where that would be too many."""
        if len(self.run) * len(exact) > RULES.needed_texts:
            self.cut()
        self.run = frozenset(before + after for before in self.run for after in exact)

    def known(self) -> _Known:
        """What is known of the whole alternative."""
        exact = self.run if self.whole else None
        self.cut()
        return _Known(exact, self.best, self.chars)

    def need(self, chars: frozenset[str] | None) -> None:
        """Note characters of which one is needed, the fewer the better; letters and spaces stand in every block and tell nothing."""
        if chars and not any(char.isalpha() or char.isspace() for char in chars) and (self.chars is None or len(chars) < len(self.chars)):
            self.chars = chars


def _worth(texts: frozenset[str] | None) -> tuple[int, int]:
    """The longer its shortest text, the better a need; then the fewer texts. (0, 0) is worthless."""
    shortest = min((len(text.strip()) for text in texts), default=0) if texts else 0
    return (shortest, -len(texts or ())) if shortest >= RULES.literal_least else (0, 0)


def needed_texts(pattern: str) -> frozenset[str]:
    """Texts of which one stands in everything that the pattern matches; empty where none are known.

    >>> sorted(needed_texts(r"^\\W*(?:photos?|image) by \\w+"))
    ['image by ', 'photo by ', 'photos by ']
    >>> sorted(needed_texts(r"\\d+/\\d+"))
    []
    """
    needed = _read(pattern).needed
    return needed if needed is not None and len(needed) <= RULES.needed_texts else frozenset()


def needed_chars(pattern: str) -> frozenset[str]:
    """Characters of which one stands in everything that the pattern matches; empty where none are known.

    >>> sorted(needed_chars(r"^\\W*@[a-z]+$")), sorted(needed_chars(r"^\\w+ ?[/|-] ?\\w+")), sorted(needed_chars(r"\\W+"))
    (['@'], ['-', '/', '|'], [])
    """
    return _read(pattern).chars or frozenset()


def _read(pattern: str) -> _Known:
    parts = pieces(pattern)
    try:
        known, end = _alternatives(parts, 0)
    except _Opaque:
        return _Known(None)
    return known if end == len(parts) else _Known(None)


def _alternatives(parts: list[tuple[str, str]], at: int) -> tuple[_Known, int]:
    """Read alternatives up to a closing bracket or the end; returns the place of it too."""
    branches = []
    sequence = _Sequence()
    while at < len(parts) and parts[at][0] != "close":
        if parts[at][0] == "bar":
            branches.append(sequence.known())
            sequence = _Sequence()
            at += 1
        else:
            at = _part(parts, at, sequence)
    branches.append(sequence.known())
    exact: set[str] | None = set()
    needed: set[str] | None = set()
    chars: set[str] | None = set()
    for branch in branches:
        exact = None if exact is None or branch.exact is None else exact | branch.exact
        needed = None if needed is None or branch.needed is None else needed | branch.needed
        chars = None if chars is None or branch.chars is None else chars | branch.chars
    exact = exact if exact is not None and len(exact) <= RULES.needed_texts else None
    return _Known(*(None if known is None else frozenset(known) for known in (exact, needed, chars))), at


def _part(parts: list[tuple[str, str]], at: int, sequence: _Sequence) -> int:
    """Read one part with its quantifier into a sequence; returns the place behind it."""
    run = _plain_run(parts, at)
    if len(run) > 1:
        sequence.add(frozenset({run}))
        for char in run:
            sequence.need(frozenset({char}))
        return at + len(run)
    kind, text = parts[at]
    if kind == "open":
        known, at = _group(parts, at)
    else:
        known = _character(kind, text)
    at += 1
    low = high = 1
    if at < len(parts) and parts[at][0] == "repeat":
        low, high = repeat_bounds(parts[at][1])
        at += 1
    sequence.need(known.chars if low else None)
    if known.exact is not None and high == 1:
        sequence.add(known.exact if low else known.exact | _NEUTRAL)
    elif low and known.exact is not None and known.exact != _NEUTRAL:
        sequence.add(known.exact)
        sequence.cut()
    elif known.exact != _NEUTRAL:
        sequence.cut(known.needed if low else None)
    return at


def _plain_run(parts: list[tuple[str, str]], at: int) -> str:
    """The plain characters from a place on, without the last one if a quantifier follows it."""
    end = at
    while end < len(parts) and parts[end][0] == "other" and parts[end][1] not in _SPECIAL:
        end += 1
    if end < len(parts) and parts[end][0] == "repeat":
        end -= 1
    return "".join(text for _, text in parts[at:end])


def _group(parts: list[tuple[str, str]], at: int) -> tuple[_Known, int]:
    """Read a group; a look-around takes no text, so it neither gives nor breaks anything."""
    opening = parts[at][1]
    if opening not in _PLAIN_GROUPS and opening not in _LOOKAROUNDS and not opening.startswith(("(?P<", "(?<")):
        raise _Opaque
    known, end = _alternatives(parts, at + 1)
    if end == len(parts):
        raise _Opaque
    return (_Known(_NEUTRAL) if opening in _LOOKAROUNDS else known), end


def _character(kind: str, text: str) -> _Known:
    """What a single character, class or assertion may match."""
    if text in ("^", "$") or text in _ASSERTIONS:
        return _Known(_NEUTRAL)
    if text in ("{", "}"):
        raise _Opaque
    chars = _set(text[1:-1]) if kind == "set" else frozenset({text}) if kind == "other" and text != "." else None
    if kind == "escape" and len(text) == 2:
        chars = _DIGITS if text == "\\d" else frozenset({text[1]}) if not text[1].isalnum() else None
    # Digits are too many to prolong texts with.
    return _Known(None if chars == _DIGITS else chars, None, chars)


def _set(body: str) -> frozenset[str] | None:
    """The characters of a set without ranges, classes or set operations; None for others."""
    listed = body.removeprefix("-").removesuffix("-")
    if body.startswith("^") or any(char in "\\-[]&~" for char in listed) or "||" in listed:
        return None
    return frozenset(body)
