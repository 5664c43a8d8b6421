"""The words of each line as weighted terms: affixes folded away, rare terms heavy, every line's former and later use of a term at hand."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from cleaner.config import CORE
from cleaner.core.lines import Lines
from cleaner.core.outline import Outline
from cleaner.core.segments import AnyArray, Bools, Int64s, Segments

STEM_CHARS = 5  # characters a term keeps; raised: more inflected forms come apart
WEIGHT_UNIT = 16  # integer weight of one nat of inverse document frequency
UNKNOWN_WEIGHT = 6 * WEIGHT_UNIT  # of every term where the table does not know the page's language
FREQUENT_WEIGHTS = ((3, 10, 3 * WEIGHT_UNIT), (5, 10, 3 * WEIGHT_UNIT // 2))  # from 3/10 and 5/10 of the long lines on, there
COMMON_WEIGHT = 22 * WEIGHT_UNIT // 10  # below it a term is a function word
MIN_COVERAGE = 0.5  # share of a page's terms the table must know
PLACE_BITS = 14  # upper bits by which a key is looked up; raised: fewer keys share them, a larger array


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Inverse document frequencies: `keys` (uint32, sorted; upper half of a term's hash) and `values` (uint8, 1/16 nat); `rare` of all others."""

    keys: npt.NDArray[np.uint32]
    values: npt.NDArray[np.uint8]
    rare: int


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Each line's different terms, once a line, in the order of the text.

    `pairs` (pairs x 4): the term's number, its line, the lines of the page where it stands last before and next after (-1: none). `weight`
    (pairs). `uses` (terms x 3): its first token, its first and its last line. `known` (lines): share of the page's terms that the table
    knows. `total` (lines): sum of weights.
    """

    pairs: Int64s
    weight: Int64s
    uses: Int64s
    total: Int64s
    known: AnyArray

    @property
    def term(self) -> Int64s:
        """The term of each pair."""
        return self.pairs[:, 0]

    @property
    def line(self) -> Int64s:
        """The line of each pair."""
        return self.pairs[:, 1]


@dataclass(frozen=True, slots=True, eq=False)
class ContentTerms:
    """The terms of a page's lines without function words, once a line: the term's number, its line on the page, its weight (1/16 nat)."""

    term: Int64s
    line: Int64s
    weight: Int64s


def content_of(terms: Terms) -> ContentTerms:
    """The content terms of all lines, in the order of the text."""
    heavy = np.flatnonzero(terms.weight >= CORE.content_weight)
    return ContentTerms(terms.term[heavy], terms.line[heavy], terms.weight[heavy])


def page_contents(terms: Terms, seg: Segments, long: Bools, outlines: Sequence[Outline]) -> list[ContentTerms | None]:
    """The content terms of each page.

    None for a page whose language the table does not know and whose outline has other paragraphs than `long` (lines), by which its terms were
    weighed: the decision weighs them by its outline.
    """
    all_pages = content_of(terms)
    edges = itertools.pairwise(np.searchsorted(all_pages.line, seg.offsets).tolist())
    told = itertools.chain.from_iterable(outline.long for outline in outlines)
    other = (terms.known < MIN_COVERAGE) & (long != np.fromiter(told, np.bool_, seg.size))
    apart = np.logical_or.reduceat(other, seg.offsets[:-1]).tolist()
    term, line, weight = all_pages.term, all_pages.line, all_pages.weight
    rows = zip(edges, seg.offsets[:-1].tolist(), apart, strict=True)
    return [None if gone else ContentTerms(term[low:high], line[low:high] - first, weight[low:high]) for (low, high), first, gone in rows]


def stem_hashes(lines: Lines) -> npt.NDArray[np.uint64]:
    """Hash of each token without Arabic particles and article and cut to its first characters; of scripts without spaces, two characters."""
    from cleaner.core.scan import hash_stems  # imports Numba

    out = np.empty(len(lines.spans), dtype=np.uint64)
    hash_stems(lines.folded, lines.spans, lines.token_line, lines.token_class, out)
    return out


@cache
def _places(table: Weights) -> Int64s:
    """Where the keys with the same upper bits begin (upper bits + 1)."""
    return np.searchsorted(table.keys, np.arange((1 << PLACE_BITS) + 1, dtype=np.uint64) << np.uint64(32 - PLACE_BITS))


def _weigh(keys: npt.NDArray[np.uint64], table: Weights) -> tuple[Int64s, Bools]:
    """Weight of each term by the table, and whether the table knows it."""
    from cleaner.core.recurrence import look_up  # imports Numba

    weight = np.full(len(keys), table.rare, dtype=np.int64)
    known = np.zeros(len(keys), dtype=np.bool_)
    look_up(keys, (table.keys, table.values, _places(table)), weight, known)
    return weight, known


def _pairs(lines: Lines, hashes: npt.NDArray[np.uint64]) -> tuple[Int64s, Int64s]:
    """The pairs and uses of `Terms`."""
    from cleaner.core.recurrence import number_keys, pair_terms  # imports Numba

    numbers = np.empty(len(hashes), dtype=np.int64)
    count = number_keys(hashes, lines.page_tokens, numbers)
    pairs, uses = np.empty((len(hashes), 4), dtype=np.int64), np.empty((count, 3), dtype=np.int64)
    return pairs[: pair_terms(numbers, lines.token_line, pairs, uses)], uses


def make_terms(lines: Lines, long: Bools, table: Weights) -> Terms:
    """Find each line's terms; `long` (lines) marks prose."""
    from cleaner.core.recurrence import weigh_pairs  # imports Numba

    seg = lines.seg
    hashes = stem_hashes(lines)
    pairs, uses = _pairs(lines, hashes)
    weight, total = np.empty(len(pairs), dtype=np.int64), np.zeros(seg.size, dtype=np.int64)
    coverage = weigh_pairs(pairs, seg.page, long, _weigh(hashes[uses[:, 0]], table), weight, total)
    return Terms(pairs, weight, uses, total, coverage[seg.page])
