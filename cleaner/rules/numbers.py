"""How many numbers (runs of digits) stand at least in what a regex matches: a date and a time are four, so a date alone is not tried.

A part of a regex is known by the fewest numbers that begin in it, by whether it comes behind a digit (0 no, 1 yes) and ends behind one:
`costs[before][after]`. Two parts in a row are a product of matrices with `min` for the sum and `+` for the product.
"""

from __future__ import annotations

import sys
from functools import cache, reduce
from typing import TypeAlias

import regex

from cleaner.rules.patterns import pieces, repeat_bounds

Costs: TypeAlias = tuple[tuple[float, float], tuple[float, float]]

_NEVER = float("inf")
_NOTHING: Costs = ((0, _NEVER), (_NEVER, 0))
_DIGIT: Costs = ((_NEVER, 1), (_NEVER, 0))
_OTHER: Costs = ((0, _NEVER), (0, _NEVER))
_UNKNOWN: Costs = ((0, 1), (0, 0))  # any text, even none
_ASSERTIONS = frozenset(("^", "$", r"\A", r"\Z", r"\z", r"\b", r"\B", r"\m", r"\M"))
_LOOKAROUNDS = ("(?=", "(?!", "(?<=", "(?<!")
_KNOWN_GROUPS = regex.compile(r"\((?:\?(?::|>|=|!|<=|<!|P?<\w+>))?")
_ONE_CHARACTER = regex.compile(r"\\(?:[dDwWsS]|[pP]\{\w+\}|x[0-9a-fA-F]{2}|[^\w])|\[.*\]|[^\\]", regex.DOTALL)
_NESTED_SET = regex.compile(r"\[(?:\\.|[^\[\\])*\[.*", regex.DOTALL)
_DIGITS_ALONE = regex.compile(r"\\d|\d|\[(?:\\d|\d(?:-\d)?)+\]")
_REPEATED = 10  # repeats that are counted one by one; `repeat_bounds` gives this for no bound at all


def least_numbers(pattern: str) -> int:
    """The fewest numbers that a text matched by a pattern holds; 0 where nothing is known.

    >>> least_numbers(r"\\d{4}-\\d\\d?-\\d\\d? at \\d+:\\d+"), least_numbers(r"page \\d+(?: of \\d+)?|next"), least_numbers(r"\\d\\w\\d")
    (5, 0, 1)
    """
    parts = pieces(pattern)
    if any(_is_opaque(kind, text) for kind, text in parts):
        return 0
    costs, end = _alternatives(parts, 0)
    return int(min(costs[0])) if end == len(parts) and min(costs[0]) < _NEVER else 0


def _is_opaque(kind: str, text: str) -> bool:
    """Whether a part may change what others mean: flags and conditions, fuzzy matches, named lists, sets within sets."""
    if kind == "open":
        return not _KNOWN_GROUPS.fullmatch(text)
    return text in ("{", "}", "[", r"\L") or (kind == "set" and _NESTED_SET.fullmatch(text) is not None)


def _alternatives(parts: list[tuple[str, str]], at: int) -> tuple[Costs, int]:
    """Read alternatives up to a closing bracket or the end; returns the place of it too."""
    branches, own = [], _NOTHING
    while at < len(parts) and parts[at][0] != "close":
        kind, text = parts[at]
        if kind == "bar":
            branches.append(own)
            own = _NOTHING
        elif kind == "open":
            inner, at = _alternatives(parts, at + 1)
            own = _then(own, _repeat(_NOTHING if text in _LOOKAROUNDS else inner, parts, at + 1))
        elif kind != "repeat":
            own = _then(own, _repeat(_single(text), parts, at + 1))
        at += 1
    return reduce(_either, branches, own), at


@cache
def _single(text: str) -> Costs:
    if text in _ASSERTIONS:
        return _NOTHING
    if _DIGITS_ALONE.fullmatch(text):
        return _DIGIT
    return _OTHER if _ONE_CHARACTER.fullmatch(text) and not regex.search(text, _all_digits()) else _UNKNOWN


@cache
def _all_digits() -> str:
    return "".join(char for char in map(chr, range(sys.maxunicode + 1)) if char.isdecimal())


def _then(one: Costs, other: Costs) -> Costs:
    (a, b), (c, d) = one
    (e, f), (g, h) = other
    return (min(a + e, b + g), min(a + f, b + h)), (min(c + e, d + g), min(c + f, d + h))


def _either(one: Costs, other: Costs) -> Costs:
    (a, b), (c, d) = one
    (e, f), (g, h) = other
    return (min(a, e), min(b, f)), (min(c, g), min(d, h))


def _repeat(part: Costs, parts: list[tuple[str, str]], at: int) -> Costs:
    """A part as often as the quantifier says that stands at a place, if one does."""
    if at >= len(parts) or parts[at][0] != "repeat":
        return part
    low, high = repeat_bounds(parts[at][1])
    least = reduce(_then, [part] * min(low, _REPEATED), _NOTHING)
    # Of two states, none is reached more cheaply by going through a part twice.
    return least if low == high < _REPEATED else _then(least, _either(_NOTHING, part))
