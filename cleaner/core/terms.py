"""The words of each line as weighted terms: affixes folded away, rare terms heavy, every line's former and later use of a term at hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cleaner.core.lines import SINGLE, Lines
from cleaner.core.segments import AnyArray, Bools, Int64s, share
from cleaner.text.tokens import sequence_hashes

STEM_CHARS = 5  # characters a term keeps; raised: more inflected forms come apart
WEIGHT_UNIT = 16  # integer weight of one nat of inverse document frequency
UNKNOWN_WEIGHT = 6 * WEIGHT_UNIT  # of every term where the table does not know the page's language
FREQUENT_WEIGHTS = ((3, 10, 3 * WEIGHT_UNIT), (5, 10, 3 * WEIGHT_UNIT // 2))  # from 3/10 and 5/10 of the long lines on, there
COMMON_WEIGHT = 22 * WEIGHT_UNIT // 10  # below it a term is a function word
MIN_COVERAGE = 0.5  # share of a page's terms the table must know
_ALEF, _LAM, _WAW = 0x627, 0x644, 0x648
_PARTICLES = (0x648, 0x641, 0x628, 0x643, 0x644)  # waw, feh, beh, kaf, lam before the article


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Inverse document frequencies: `keys` (uint32, sorted; upper half of a term's hash) and `values` (uint8, 1/16 nat); `rare` of all others."""

    keys: npt.NDArray[np.uint32]
    values: npt.NDArray[np.uint8]
    rare: int


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Each line's different terms, once a line, sorted by (page and term, line).

    `term`, `line`, `weight`, `before`, `after` (pairs): the term's number, its line, its weight, the lines of the page where it stands last
    before and next after (-1: none). `known` (lines): share of the page's terms that the table knows. `total` (lines): sum of weights.
    """

    term: Int64s
    line: Int64s
    weight: Int64s
    before: Int64s
    after: Int64s
    total: Int64s
    known: AnyArray
    size: int

    def sum(self, weights: AnyArray) -> Int64s:
        """Sum of integers over each line's terms."""
        return np.bincount(self.line, weights, self.size).astype(np.int64)


def stem_hashes(lines: Lines) -> npt.NDArray[np.uint64]:
    """Hash of each token without Arabic particles and article and cut to its first characters; of scripts without spaces, two characters."""
    codes, starts, ends = lines.token_folded
    if not len(starts):
        return np.zeros(0, dtype=np.uint64)
    length = ends - starts
    padded = np.concatenate((codes, np.zeros(3, dtype=np.uint32)))
    first, second, third = padded[starts], padded[starts + 1], padded[starts + 2]
    article = (first == _ALEF) & (second == _LAM) & (length >= 5)
    joined = np.isin(first, _PARTICLES) & (second == _ALEF) & (third == _LAM) & (length >= 6)
    double_lam = (first == _LAM) & (second == _LAM) & (length >= 5)
    waw = (first == _WAW) & (length >= 5)
    strip = np.where(joined, 3, np.where(article | double_lam, 2, np.where(waw, 1, 0)))
    opens = starts + strip
    closes = np.minimum(ends, opens + STEM_CHARS)
    single = lines.token_class == SINGLE
    paired = np.zeros(len(starts), dtype=np.bool_)
    paired[:-1] = single[:-1] & single[1:] & (starts[1:] == ends[:-1]) & (lines.token_line[1:] == lines.token_line[:-1])
    return sequence_hashes(codes.astype(np.uint64), opens, closes + paired)


def _weigh(keys: npt.NDArray[np.uint64], table: Weights) -> tuple[Int64s, Bools]:
    """Weight of each term by the table, and whether the table knows it."""
    upper = (keys >> np.uint64(32)).astype(np.uint32)
    at = np.minimum(np.searchsorted(table.keys, upper), len(table.keys) - 1)
    known = table.keys[at] == upper
    return np.where(known, table.values[at], table.rare).astype(np.int64), known


def _unknown_weights(term: Int64s, line: Int64s, long: Bools, lines: Lines, count: int) -> Int64s:
    """Weights from the page alone: terms on many of its long lines are light."""
    seg = lines.seg
    on_long = np.bincount(term[long[line]], minlength=count)
    page = np.zeros(count, dtype=np.int64)
    page[term] = seg.page[line]
    longs = np.add.reduceat(long.astype(np.int64), seg.offsets[:-1])[page]
    weights = np.full(count, UNKNOWN_WEIGHT, dtype=np.int64)
    for part, whole, weight in FREQUENT_WEIGHTS:
        weights[(on_long * whole >= longs * part) & (on_long >= 2)] = weight
    return weights


def make_terms(lines: Lines, long: Bools, table: Weights) -> Terms:
    """Find each line's terms; `long` (lines) marks prose."""
    seg = lines.seg
    hashes = stem_hashes(lines)
    page = seg.page[lines.token_line].astype(np.uint64)
    # The page goes into the key by a rotation-free mix: equal stems of two pages must be two terms.
    order_key = hashes ^ (page * np.uint64(0x9E3779B97F4A7C15))
    unique, first, inverse = np.unique(order_key, return_index=True, return_inverse=True)
    pairs = np.sort(inverse.astype(np.int64) * seg.size + lines.token_line)
    if len(pairs):
        pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])]
    term, line = pairs // seg.size, pairs % seg.size
    weight, known = _weigh(hashes[first], table)
    coverage = share(np.bincount(seg.page[line], known[term], len(seg.offsets) - 1), np.bincount(seg.page[line], minlength=len(seg.offsets) - 1))
    strange = coverage[seg.page[line]] < MIN_COVERAGE
    if strange.any():
        own = _unknown_weights(term, line, long, lines, len(unique))
        pair_weight = np.where(strange, own[term], weight[term])
    else:
        pair_weight = weight[term]
    same = term[1:] == term[:-1]
    before = np.full(len(pairs), -1, dtype=np.int64)
    after = np.full(len(pairs), -1, dtype=np.int64)
    before[1:][same] = line[:-1][same]
    after[:-1][same] = line[1:][same]
    total = np.bincount(line, pair_weight, seg.size).astype(np.int64)
    return Terms(term, line, pair_weight, before, after, total, coverage[seg.page], seg.size)
