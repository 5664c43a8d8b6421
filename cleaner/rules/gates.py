"""Derive from a regex what must stand in whatever it matches, so that it is not tried where that is missing.

A regex is looked at through the outline of a text: signs and spaces are one gap, digits one digit, and the text stands between `^` and `$`.
So `^\\W*(?:photo|image) by \\d+` needs the outline "^ photo by 0" or "^ image by 0", whatever signs and numbers the author wrote. What an
outline leaves out, the signs themselves, is asked for by character: `\\d+/\\d+` needs a slash.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache, reduce
from math import fsum, prod

import regex

from cleaner.config import RULES
from cleaner.rules.folding import is_outer
from cleaner.rules.patterns import pieces, repeat_bounds

Texts = frozenset[str]
GAP, DIGIT, BEGIN, END = " ", "0", "^", "$"
# Classes that are asked for like a single character.
CLASSES = {"digit": r"\d", "arabic": r"\p{Arabic}", "east": r"[\u1100-\u11ff\u2e80-\U0010ffff]"}
_CLASS_OF = {r"\d": "digit", r"\p{Arabic}": "arabic", r"\p{Han}": "east", r"\p{Hangul}": "east", r"\p{Hiragana}": "east", r"\p{Katakana}": "east"}
_EAST = regex.compile(CLASSES["east"])
_NONE: Texts = frozenset()
_NEUTRAL: Texts = frozenset({""})
_SQUEEZED = ({"", GAP}, {"", DIGIT})
_EDGES = {"^": BEGIN + GAP, r"\A": BEGIN + GAP, "$": GAP + END, r"\Z": GAP + END, r"\z": GAP + END, r"\b": GAP, r"\m": GAP, r"\M": GAP, r"\B": ""}
_PLAIN_GROUPS = ("(", "(?:", "(?>")
_LOOKAROUNDS = ("(?=", "(?!", "(?<=", "(?<!")
_HEX = regex.compile(r"\\x([0-9a-f]{2})", regex.IGNORECASE)
_SET_PART = regex.compile(r"\\p\{\w+\}|\\.|(?P<low>[^\\])-(?P<high>[^\\])|.", regex.DOTALL)
_ESCAPED = regex.compile(r"\\.", regex.DOTALL)
_SIGN, _DIGIT = regex.compile(r"\W"), regex.compile(r"\d")
# About how often a symbol of an outline, or a character or class, stands at a place of a text (orders of magnitude, by hand).
_RATES = {GAP: 1 / 6, BEGIN: 1 / 150, END: 1 / 150, DIGIT: 1 / 50, "_": 1e-4}
_CHAR_RATES = {"digit": 0.02, "arabic": 0.1, "east": 0.05, ".": 0.01, ",": 0.01, "،": 0.01, "-": 0.004, ":": 0.004, '"': 0.006, "'": 0.006}


class _Opaque(Exception):
    """The pattern holds something whose meaning is not known here."""


@dataclass(frozen=True, slots=True)
class Need:
    """One of these outlines, or one of these characters or classes (names of `CLASSES`), must stand in a text."""

    texts: Texts = _NONE
    chars: Texts = _NONE

    def __or__(self, other: Need) -> Need:
        return Need(self.texts | other.texts, self.chars | other.chars)

    def chance(self) -> float:
        """How often, about, a place of a text meets it: what makes a need worth asking for."""
        return fsum([*map(_chance, self.texts), *(_CHAR_RATES.get(char, 0.001) for char in self.chars)])


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a part of a pattern: all outlines it may have (None: not known), those it begins and ends with, and its needs."""

    exact: Texts | None
    prefix: Texts = _NEUTRAL
    suffix: Texts = _NEUTRAL
    needs: tuple[Need, ...] = ()


@dataclass(slots=True)
class _Sequence:
    """The parts of one alternative read so far: the outlines of the open run, those of the first one, and the needs found before it."""

    run: Texts = _NEUTRAL
    prefix: Texts | None = None
    needs: list[Need] = field(default_factory=list)

    def cut(self, run: Texts = _NEUTRAL) -> None:
        """End the run: what follows does not touch it; the next one begins with `run`."""
        self.needs.append(Need(self.run))
        self.prefix = self.run if self.prefix is None else self.prefix
        self.run = run

    def add(self, texts: Texts) -> None:
        """Prolong every outline of the run by every one of a part; where that would be too many, only the ends of the run, or none."""
        for size in (0, RULES.needed_chars, RULES.needed_chars // 3):
            if size:
                self.cut(_ends(self.run, size))
            if len(self.run) * len(texts) <= 8 * RULES.needed_texts:
                longer = frozenset(join(before, after) for before in self.run for after in texts)
                if len(longer) <= RULES.needed_texts:
                    self.run = longer
                    return
            if not size:
                self._begin(texts)
        if "" in texts:
            self.skip(texts - _NEUTRAL)
        else:
            touching = _ends(self.run, 1) == {GAP}
            self.cut(frozenset(join(GAP, text) for text in texts) if touching else texts)

    def _begin(self, texts: Texts) -> None:
        """Take note of the run prolonged by as much of the beginnings of a part's outlines as there is room for."""
        for size in range(RULES.needed_chars // 3, 0, -1):
            firsts = _beginnings(texts, size)
            if len(self.run) * len(firsts) <= RULES.needed_texts:
                longer = frozenset(join(before, after) for before in self.run for after in firsts)
                self.needs.append(Need(longer))
                self.prefix = longer if self.prefix is None else self.prefix
                return

    def skip(self, suffix: Texts) -> None:
        """End the run behind a part that may be missing: what follows touches the run or one of the ends of the part."""
        self.cut(_ends(self.run | suffix, RULES.needed_chars))

    def known(self) -> _Known:
        """What is known of the whole alternative."""
        exact = self.run if self.prefix is None else None
        prefix = self.run if self.prefix is None else self.prefix
        return _Known(exact, prefix, self.run, _best((*self.needs, Need(self.run))))


def outline(text: str) -> str:
    """A text as gates see it.

    >>> outline('- "Photo" no. 12')
    '^ Photo no 0 $'
    """
    return join(join(BEGIN + GAP, inner_outline(text)), GAP + END)


def inner_outline(text: str) -> str:
    """The outline of a part of a text, without its ends."""
    return reduce(join, map(symbol_of, text), "")


@cache
def symbol_of(char: str) -> str:
    """A character in outlines: a gap for signs and spaces, and for all that does not count at the ends of a block; a digit, or itself."""
    return GAP if is_outer(char) or _SIGN.match(char) else DIGIT if _DIGIT.match(char) else char


def needs_of(pattern: str) -> tuple[Need, ...]:
    """What must all be met in everything that the pattern matches; empty where nothing is known.

    >>> [(sorted(need.texts), sorted(need.chars)) for need in needs_of(r"^\\W*(?:photos?|image) by\\s+\\w+\\W*/")]
    [(['^ image by ', '^ photo by ', '^ photos by '], []), ([], ['/'])]
    """
    parts = pieces(pattern)
    try:
        known, end = _alternatives(parts, 0)
    except _Opaque:
        return ()
    return known.needs if end == len(parts) else ()


def join(before: str, after: str) -> str:
    """Two outlines, one behind the other: gaps and digits that touch are one, and an edge has nothing behind it."""
    if after.startswith(BEGIN):
        before = before.removesuffix(GAP)
        return after if before == BEGIN else before + after
    if before.endswith(END):
        after = after.removeprefix(GAP)
        return before if after == END else before + after
    return before + after[1:] if before[-1:] == after[:1] and before[-1:] in (GAP, DIGIT) else before + after


def _cut_to_size(need: Need) -> Need:
    """A need by its shortest outlines; a digit is asked for as a character, which costs less."""
    texts = _shortest(need.texts)
    return Need(texts - {DIGIT}, need.chars | {"digit"}) if DIGIT in texts else Need(texts, need.chars)


def _implies(better: Need, need: Need) -> bool:
    return better.chars <= need.chars and all(any(short in text for short in need.texts) for text in better.texts)


@cache
def _chance(text: str) -> float:
    if text in ("", GAP, BEGIN + GAP, GAP + END):
        return 1.0
    common = prod(_RATES.get(char, 1 / 14 if char < "\u2e80" else 1 / 300) for char in text)
    return common / _RATES[GAP] ** ((BEGIN in text) + (END in text))  # the gap at an edge is always there


def _best(needs: Iterable[Need]) -> tuple[Need, ...]:
    """The few needs that are met least, if they are met seldom enough to be worth asking for, without those that a better one implies."""
    short = {_cut_to_size(need) for need in needs}
    rates = {need: need.chance() for need in short if len(need.texts) <= RULES.needed_texts}
    worth = [need for need, rate in rates.items() if rate <= RULES.needed_chance]
    kept: list[Need] = []
    for need in sorted(worth, key=lambda need: (rates[need], sorted(need.texts), sorted(need.chars))):
        if len(kept) < RULES.needed_several and not any(_implies(better, need) for better in kept):
            kept.append(need)
    return tuple(kept)


def _ends(texts: Texts, size: int) -> Texts:
    """The last `size` symbols of outlines, without those that end with another one: where one stands, one of these does."""
    ends = {text[max(0, len(text) - size) :] for text in texts}
    return frozenset(text for text in ends if not any(text[at:] in ends for at in range(1, len(text) + 1)))


def _beginnings(texts: Texts, size: int) -> Texts:
    """The same of the first symbols."""
    firsts = {text[:size] for text in texts}
    return frozenset(text for text in firsts if not any(text[:at] in firsts for at in range(len(text))))


@cache
def _shortest(texts: Texts) -> Texts:
    """The outlines, cut at some length, without those that hold another one."""
    cut = {text[: RULES.needed_chars] for text in texts}
    sheet = "\n".join(cut)  # one search for all of them: an outline that it holds twice is part of another
    inside = [short for short in cut if sheet.count(short) > 1]
    return frozenset(text for text in cut if not any(short in text and short != text for short in inside))


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
    known = reduce(_either, branches)
    return _Known(known.exact, known.prefix, known.suffix, _best(known.needs)), at


def _either(one: _Known, other: _Known) -> _Known:
    """What is known where one of two alternatives matches: of needs, what the one or the other needs."""
    exact = None if one.exact is None or other.exact is None else one.exact | other.exact
    exact = exact if exact is not None and len(exact) <= RULES.needed_texts else None
    prefix, suffix = one.prefix | other.prefix, one.suffix | other.suffix
    if len(prefix) > RULES.needed_texts:
        prefix = _beginnings(prefix, RULES.needed_chars // 3)
    if len(suffix) > RULES.needed_texts:
        suffix = _ends(suffix, RULES.needed_chars // 3)
    needs = tuple(dict.fromkeys(mine | its for mine in one.needs for its in other.needs))
    return _Known(exact, prefix, suffix, needs if len(needs) <= RULES.needed_several else _best(needs))


def _part(parts: list[tuple[str, str]], at: int, sequence: _Sequence) -> int:
    """Read one part with its quantifier into a sequence; returns the place behind it."""
    kind, text = parts[at]
    run = _plain_run(parts, at)
    if len(run) > 1:
        sequence.add(frozenset({inner_outline(run)}))
        return at + len(run)
    if kind == "open":
        known, at = _group(parts, at)
    else:
        known = _single(kind, text)
    at += 1
    low, many = 1, False
    if at < len(parts) and parts[at][0] == "repeat":
        low, high = repeat_bounds(parts[at][1])
        many = high != 1
        at += 1
    if low:
        sequence.needs += known.needs
    if known.exact is not None and (not many or any(known.exact <= same for same in _SQUEEZED)):
        sequence.add(known.exact if low else known.exact | _NEUTRAL)
    elif low:
        sequence.add(known.prefix)
        sequence.cut(known.suffix)
    else:
        sequence.skip(known.suffix)
    return at


def _plain_run(parts: list[tuple[str, str]], at: int) -> str:
    """The letters and spaces from a place on, without the last one if a quantifier follows it."""
    end = at
    while end < len(parts) and parts[end][0] == "other" and (parts[end][1].isalpha() or parts[end][1] == GAP):
        end += 1
    if end < len(parts) and parts[end][0] == "repeat":
        end -= 1
    return "".join(text for _, text in parts[at:end])


def _group(parts: list[tuple[str, str]], at: int) -> tuple[_Known, int]:
    """Read a group; a look-around takes no text and breaks nothing, but what it looks for must stand, and a gap touches its own."""
    opening = parts[at][1]
    if opening not in _PLAIN_GROUPS and opening not in _LOOKAROUNDS and not opening.startswith(("(?P<", "(?<")):
        raise _Opaque
    known, end = _alternatives(parts, at + 1)
    if end == len(parts):
        raise _Opaque
    if opening in _LOOKAROUNDS:
        if opening in ("(?!", "(?<!"):
            return _Known(_NEUTRAL), end
        return replace(_exactly({GAP}) if known.exact == frozenset({GAP}) else _Known(_NEUTRAL), needs=known.needs), end
    return known, end


def _single(kind: str, text: str) -> _Known:
    """What one character, class or assertion may match."""
    if text in _EDGES:
        return _exactly({_EDGES[text]})
    if text in ("{", "}"):
        raise _Opaque
    members = _set(text[1:-1]) if kind == "set" else None if text == "." else _members(text)
    if members is None:
        return _Known(None)
    marks = frozenset(map(_mark, members))
    chars = frozenset(_char(member) for member in members)
    needs = () if "" in chars else (Need(chars=chars),)
    return _Known(None, needs=needs) if "" in marks else _Known(marks, marks, marks, needs)


def _exactly(texts: set[str]) -> _Known:
    return _Known(frozenset(texts), frozenset(texts), frozenset(texts))


def _members(text: str) -> set[str] | None:
    """The characters that a character or an escape stands for, or the class that it is; None where it is not known."""
    if not text.startswith("\\"):
        return {text}
    if hexadecimal := _HEX.fullmatch(text):
        return {chr(int(hexadecimal.group(1), 16))}
    if text in _CLASS_OF or text in (r"\s", r"\W"):
        return {text}
    return {text[1]} if len(text) == 2 and not text[1].isalnum() else None


def _set(body: str) -> set[str] | None:
    """The members of a set; None for one that is negated, or holds other classes or set operations."""
    plain = _ESCAPED.sub("", body)
    if plain.startswith("^") or any(mark in plain for mark in ("[", "&&", "||", "--", "~~")):
        return None
    members: set[str] = set()
    for part in _SET_PART.finditer(body):
        if part["low"] and part["low"] != "\\":
            found = {chr(code) for code in range(ord(part["low"]), ord(part["high"]) + 1)}
        else:
            found = _members(part.group()) or set()
        if not found:
            return None
        members |= found
    return members


@cache
def _mark(member: str) -> str:
    """The outline of a character or class; empty where it is not one symbol."""
    if len(member) == 1:
        return symbol_of(member)
    return {r"\d": DIGIT, r"\s": GAP, r"\W": GAP}.get(member, "")


@cache
def _char(member: str) -> str:
    """How a character or class is asked for by itself; empty where it stands in every block: letters and spaces do."""
    if len(member) > 1:
        return _CLASS_OF.get(member, "")
    if symbol_of(member) == DIGIT:
        return "digit"
    if symbol_of(member) == GAP:
        return "" if member.isspace() else member
    return "east" if _EAST.match(member) else ""
