"""All literals of all rules: where each must stand and for which rule, and the outline behind which it may stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from cleaner.model import Int32s
from cleaner.rules.folding import fold_all, is_word
from cleaner.rules.gates import BEGIN, DIGIT, GAP, inner_outline, join, symbol_of
from cleaner.rules.model import Rule
from cleaner.rules.tables import LOOSE, Uint32s
from cleaner.text.fold import code_points


class Place(StrEnum):
    """Where in a block a literal must stand; their order is that of `tables.PLACE`."""

    EQUALS = "equals"
    STARTS = "starts"
    ENDS = "ends"
    CONTAINS = "contains"


PLACES = tuple(Place)


class Lexicon(NamedTuple):
    """The arrays of literals (see `tables`), and of each its outline up to its last letter, in order; those without letters come last, as ""."""

    outlines: tuple[str, ...]
    texts: tuple[str, ...]
    literals: Int32s
    codes: Uint32s
    uses: Int32s


def make_lexicon(rules: Sequence[Rule], gates: Mapping[int, int]) -> Lexicon:
    """The literals of rules; `gates`: by rule, the gate of its regex."""
    uses = [(index, place, number) for index, rule in enumerate(rules) for place in range(len(PLACES)) for number in range(len(_typed(rule, place)))]
    folded = fold_all([_typed(rules[index], place)[number] for index, place, number in uses])
    keys = [(outline_behind(text, PLACES[place]), text) for text, (_, place, _) in zip(folded, uses, strict=True)]
    distinct = sorted(set(keys), key=lambda key: (not key[0], key))
    rank = {key: at for at, key in enumerate(distinct)}
    order = sorted(range(len(uses)), key=lambda at: rank[keys[at]])
    literals = np.zeros((len(distinct) + 1, 5), dtype=np.int32)
    texts = tuple(text for _, text in distinct)
    forms = [(len(text), is_word(text[0]) + 2 * is_word(text[-1]), max(0, _last_letter(text))) for text in texts]
    literals[:-1, 1:4] = np.array(forms, dtype=np.int32).reshape(-1, 3)
    literals[1:, 0] = np.cumsum(literals[:-1, 1])
    literals[:, 4] = np.searchsorted([rank[keys[at]] for at in order], np.arange(len(distinct) + 1))
    table = [_use(rules[index], index, place, gates.get(index, -1), number) for index, place, number in map(uses.__getitem__, order)]
    return Lexicon(tuple(key for key, _ in distinct), texts, literals, code_points("".join(texts)), np.array(table, dtype=np.int32).reshape(-1, 6))


def outline_behind(literal: str, place: Place) -> str:
    """The outline that stands wherever a folded literal does, and ends where its last letter stands; empty for one without letters.

    >>> outline_behind("© read more:", Place.CONTAINS), outline_behind("© read more:", Place.STARTS), outline_behind("* 24 *", Place.EQUALS)
    (' read more', '^ read more', '')
    """
    last = _last_letter(literal)
    if last < 0:
        return ""
    outline = inner_outline(literal[: last + 1])

    return join(BEGIN + GAP, outline) if place in (Place.EQUALS, Place.STARTS) else outline


def _last_letter(literal: str) -> int:
    return max((at for at, char in enumerate(literal) if symbol_of(char) not in (GAP, DIGIT)), default=-1)


def _typed(rule: Rule, place: int) -> tuple[str, ...]:
    literals: tuple[str, ...] = getattr(rule, PLACES[place])
    return literals


def _use(rule: Rule, index: int, place: int, gate: int, number: int) -> tuple[int, ...]:
    """A row of `uses`; where a regex has the last word, no word boundary is asked of a literal."""
    return index, place, LOOSE * bool(rule.regex), rule.max_chars, gate, number
