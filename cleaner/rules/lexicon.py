"""All literals of all rules as an automaton for each script and a few arrays; what a literal means is put together when it is first hit.

An automaton looks through the characters that may come next one by one, so one with the first characters of all scripts is slow on
every text; those of scripts that a text does not use are not asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import ahocorasick
import numpy as np

from cleaner.model import Int32s
from cleaner.rules.folding import fold_all, is_word
from cleaner.rules.model import Rule
from cleaner.text.fold import code_points


class Place(StrEnum):
    """Where in a block a literal must stand."""

    EQUALS = "equals"
    STARTS = "starts"
    ENDS = "ends"
    CONTAINS = "contains"


_PLACES = tuple(Place)
_HAN, _HANGUL, _BEHIND_HANGUL = 0x2E, 0xAC, 0xD8  # blocks of 256 characters


class Entry(NamedTuple):
    """A literal's use by a rule (its index); `loose`: a regex has the last word, so no word boundary is asked.

    `most`: characters of the longest block (0: any); `sited`: the rule is for some sites only; `typed`: as in the file, empty
    for a text that a regex needs.
    """

    rule: int
    place: Place
    loose: bool
    most: int
    sited: bool
    typed: str


class Literal(NamedTuple):
    """A folded literal: its length, whether its ends are parts of words, whether all or some uses are loose, and the uses."""

    size: int
    word_left: bool
    word_right: bool
    all_loose: bool
    any_loose: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """The literals of some rules; pickles in a few arrays.

    `automata`, by script (`script_of`), give the number of a literal. `sizes` (int32, n): characters of each; `edges` (int32, n): 1 where
    it begins, 2 where it ends with a part of a word. `offsets` (int32, n + 1): literal i has the uses `offsets[i]:offsets[i + 1]` of `uses`
    (int32, m x 4: rule, place, 1 loose + 2 sited, most) and `typed`. `made`: literals put together so far, a cache.
    """

    automata: Mapping[int, Any]
    sizes: Int32s
    edges: Int32s
    offsets: Int32s
    uses: Int32s
    typed: Sequence[str]
    made: dict[int, Literal]

    def __reduce__(self) -> tuple[Any, ...]:
        return Lexicon, (self.automata, self.sizes, self.edges, self.offsets, self.uses, self.typed, {})

    def present(self, text: str) -> list[Any]:
        """The automata of the scripts that a text uses."""
        rows = np.unique(code_points(text) >> 8).tolist()
        return [self.automata[script] for script in sorted({_script(row) for row in rows}) if script in self.automata]

    def literal(self, number: int) -> Literal:
        """The literal that the automaton calls by a number."""
        found = self.made.get(number)
        if found is None:
            first, last = int(self.offsets[number]), int(self.offsets[number + 1])
            uses = zip(self.uses[first:last].tolist(), self.typed[first:last], strict=True)
            entries = tuple(Entry(rule, _PLACES[place], bool(flags & 1), most, bool(flags & 2), typed) for (rule, place, flags, most), typed in uses)
            loose = [entry.loose for entry in entries]
            edges = int(self.edges[number])
            found = self.made[number] = Literal(int(self.sizes[number]), bool(edges & 1), bool(edges & 2), all(loose), any(loose), entries)
        return found


def script_of(literal: str) -> int:
    """The script of a literal, as the block of 256 characters of its last one; the many of Han and kana, and of Hangul, are one each.

    >>> script_of("read"), script_of("اقرا ايضا"), script_of("相关") == script_of("もっと"), script_of("뉴스") == script_of("相关")
    (0, 6, True, False)
    """
    return _script(ord(max(literal)) >> 8)


def _script(row: int) -> int:
    return row if row < _HAN else _HANGUL if _HANGUL <= row < _BEHIND_HANGUL else _HAN


def make_lexicon(rules: Sequence[Rule], needs: Mapping[int, frozenset[str]]) -> Lexicon:
    """The lexicon of the literals of rules, folded, and of the texts that regexes need (`needs`, by the rule's index)."""
    uses = [(index, place, typed) for index, rule in enumerate(rules) for place in Place for typed in getattr(rule, place)]
    folded = fold_all([typed for _, _, typed in uses])
    for index, needed in needs.items():
        uses += [(index, Place.CONTAINS, "") for _ in needed]
        folded += sorted(needed)
    order = sorted(range(len(uses)), key=lambda at: folded[at])
    texts = sorted(set(folded))
    automata: dict[int, Any] = {}
    for number, text in enumerate(texts):
        script = script_of(text)
        if script not in automata:
            automata[script] = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        automata[script].add_word(text, number)
    for automaton in automata.values():
        automaton.make_automaton()
    counts = np.unique([folded[at] for at in order], return_counts=True)[1] if texts else np.zeros(0, dtype=np.int64)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    table = np.array([_use(rules[uses[at][0]], *uses[at][:2]) for at in order], dtype=np.int32).reshape(-1, 4)
    edges = np.array([is_word(text[0]) + 2 * is_word(text[-1]) for text in texts], dtype=np.int32)
    sizes = np.array([len(text) for text in texts], dtype=np.int32)
    return Lexicon(automata, sizes, edges, offsets, table, [uses[at][2] for at in order], {})


def _use(rule: Rule, index: int, place: Place) -> tuple[int, int, int, int]:
    return index, _PLACES.index(place), bool(rule.regex) + 2 * bool(rule.domains), rule.max_chars
