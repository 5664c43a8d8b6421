"""The compiled loops over what recurs on a page: words, runs of words, whole lines. Importing this module imports Numba.

Equal keys of a page are numbered alike, in the order of their first places; nothing is sorted, so all is linear in the words.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleaner.core.openings import FAR_BACK
from cleaner.core.terms import FREQUENT_WEIGHTS, MIN_COVERAGE, PLACE_BITS, UNKNOWN_WEIGHT
from cleaner.text.kernel import compiled

Int64s = npt.NDArray[np.int64]
Uint8s = npt.NDArray[np.uint8]
Uint32s = npt.NDArray[np.uint32]
Uint64s = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_GOLDEN, _THREE = np.uint64(0x9E3779B97F4A7C15), np.uint64(3)
_S29, _S32, _PLACE = np.uint64(29), np.uint64(32), np.uint64(64 - PLACE_BITS)


@compiled
def number_keys(keys: Uint64s, bounds: Int64s, out: Int64s) -> int:
    """Number the keys (uint64) of each page `bounds[p]:bounds[p + 1]` into `out`, equal ones alike, on from page to page; gives how many."""
    longest = 1
    for page in range(len(bounds) - 1):
        longest = max(longest, bounds[page + 1] - bounds[page])
    slots = 4
    while slots < 2 * longest:
        slots *= 2
    mask = np.uint64(slots - 1)
    held, number = np.zeros(slots, dtype=np.uint64), np.full(slots, -1, dtype=np.int64)
    count = 0
    for page in range(len(bounds) - 1):
        opens = count  # what is numbered lower is of another page: a free slot
        for place in range(bounds[page], bounds[page + 1]):
            key = keys[place]
            at = (key ^ (key >> _S32)) & mask
            while number[at] >= opens and held[at] != key:
                at = (at + np.uint64(1)) & mask
            if number[at] < opens:
                held[at], number[at] = key, count
                count += 1
            out[place] = number[at]
    return count


@compiled
def pair_terms(numbers: Int64s, line_of: Int64s, pairs: Int64s, uses: Int64s) -> int:
    """Join words of a line that are one term: rows of `pairs` (words x 4: term, line, its line before, its line after; -1: none).

    `numbers` (words): the term; `uses` (terms x 3): first word, first and last line. Gives the number of pairs.
    """
    last = np.full(len(uses), -1, dtype=np.int64)
    size = 0
    for word in range(len(numbers)):
        term, line = numbers[word], line_of[word]
        before = last[term]
        if before < 0:
            uses[term, 0], uses[term, 1] = word, line
        elif pairs[before, 1] == line:
            continue
        else:
            pairs[before, 3] = line
        pairs[size, 0], pairs[size, 1], pairs[size, 3] = term, line, -1
        pairs[size, 2] = pairs[before, 1] if before >= 0 else -1
        uses[term, 2] = line
        last[term] = size
        size += 1
    return size


@compiled
def look_up(keys: Uint64s, table: tuple[Uint32s, Uint8s, Int64s], weight: Int64s, known: Bools) -> None:
    """Enter the weights (int64) of the keys that the table knows, by the upper half of their hash; the others' stay.

    `table`: keys (uint32, in order), their weights, where the keys with the same upper bits begin.
    """
    upper, values, places = table
    for place in range(len(keys)):
        key, bucket = np.uint32(keys[place] >> _S32), np.int64(keys[place] >> _PLACE)
        for at in range(places[bucket], places[bucket + 1]):
            if upper[at] == key:
                weight[place], known[place] = values[at], True


@compiled
def _weight_on_page(on_long: int, longs: int) -> int:
    """Weight of a term that stands on so many of a page's prose lines: one on many of them is light."""
    heavy = UNKNOWN_WEIGHT
    for part, whole, weight in FREQUENT_WEIGHTS:
        if on_long >= 2 and on_long * whole >= longs * part:
            heavy = weight
    return heavy


@compiled
def weigh_pairs(pairs: Int64s, page_of: Int64s, long: Bools, table: tuple[Int64s, Bools], weight: Int64s, total: Int64s) -> Floats:
    """Weigh pairs by the table, or by their page alone where the table knows too few of its terms.

    `page_of`, `long` (lines); `table`: weight of each term, whether the table knows it. Fills `weight` (int64, pairs) and `total` (int64,
    lines), their sums; gives the share of each page's terms that the table knows (float64, pages).
    """
    pages = page_of[-1] + 1
    count, known, longs = np.zeros(pages, dtype=np.int64), np.zeros(pages, dtype=np.int64), np.zeros(pages, dtype=np.int64)
    on_long, coverage = np.zeros(len(table[0]), dtype=np.int64), np.zeros(pages, dtype=np.float64)
    for line in range(len(long)):
        longs[page_of[line]] += long[line]
    for pair in range(len(pairs)):
        term, line = pairs[pair, 0], pairs[pair, 1]
        count[page_of[line]] += 1
        known[page_of[line]] += table[1][term]
        on_long[term] += long[line]
    for page in range(pages):
        if count[page]:
            coverage[page] = known[page] / count[page]
    for pair in range(len(pairs)):
        term, line = pairs[pair, 0], pairs[pair, 1]
        page = page_of[line]
        weight[pair] = table[0][term] if coverage[page] >= MIN_COVERAGE else _weight_on_page(on_long[term], longs[page])
        total[line] += weight[pair]
    return coverage


@compiled
def _runs(hashes: Uint64s, line_of: Int64s, bounds: Int64s, length: int, keys: Uint64s, lines: Int64s) -> Int64s:
    """Mix every `length` (two or three) words of a line into a key; gives where the pages' keys begin (pages + 1)."""
    edges = np.zeros(len(bounds), dtype=np.int64)
    size = 0
    for page in range(len(bounds) - 1):
        for word in range(bounds[page], bounds[page + 1] - length + 1):
            if line_of[word] == line_of[word + length - 1]:
                keys[size] = hashes[word] * _THREE + hashes[word + 1] * _GOLDEN
                if length == 3:
                    keys[size] += hashes[word + 2] ^ (hashes[word + 2] >> _S29)
                lines[size] = line_of[word]
                size += 1
        edges[page + 1] = size
    return edges


@compiled
def recur_pairs(hashes: Uint64s, line_of: Int64s, bounds: Int64s, head: Bools, out: Int64s) -> None:
    """Count for each line (int64, 5 x lines) its pairs of words: all, those used before and in the `head` lines, used before but not in the
    last lines, used before in them, used on a later line. `bounds` (pages + 1): the pages' words.
    """
    keys, lines = np.empty(len(hashes), dtype=np.uint64), np.empty(len(hashes), dtype=np.int64)
    edges = _runs(hashes, line_of, bounds, 2, keys, lines)
    numbers = np.empty(edges[-1], dtype=np.int64)
    count = number_keys(keys, edges, numbers)
    in_head, last = np.zeros(count, dtype=np.bool_), np.full(count, -1, dtype=np.int64)
    for place in range(edges[-1]):
        if head[lines[place]]:
            in_head[numbers[place]] = True
    for place in range(edges[-1]):
        number, line = numbers[place], lines[place]
        before = last[number]
        out[0, line] += 1
        if 0 <= before < line:
            out[1, line] += in_head[number]
            out[2 if before < line - FAR_BACK else 3, line] += 1
            out[4, before] += 1
        last[number] = line


@compiled
def recur_triples(hashes: Uint64s, line_of: Int64s, bounds: Int64s, out: Int64s) -> None:
    """Count for each line (int64, 3 x lines) its runs of three words: those that stand on an earlier line, on a later one, all."""
    keys, lines = np.empty(len(hashes), dtype=np.uint64), np.empty(len(hashes), dtype=np.int64)
    edges = _runs(hashes, line_of, bounds, 3, keys, lines)
    numbers = np.empty(edges[-1], dtype=np.int64)
    count = number_keys(keys, edges, numbers)
    first, last = np.full(count, -1, dtype=np.int64), np.empty(count, dtype=np.int64)
    for place in range(edges[-1]):
        if first[numbers[place]] < 0:
            first[numbers[place]] = lines[place]
        last[numbers[place]] = lines[place]
    for place in range(edges[-1]):
        number, line = numbers[place], lines[place]
        out[0, line] += first[number] < line
        out[1, line] += last[number] > line
        out[2, line] += 1


@compiled
def count_copies(hashes: Uint64s, bounds: Int64s, out: Int64s) -> None:
    """Find equal lines of a page (hash 0 equals none): for each (int64, 3 x lines) how many there are, how many before it, the first's index."""
    numbers = np.empty(len(hashes), dtype=np.int64)
    count = number_keys(hashes, bounds, numbers)
    first, seen = np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for line in range(len(hashes)):
        number = numbers[line]
        if first[number] < 0 or hashes[line] == 0:
            first[number] = line
        out[1, line] = 0 if hashes[line] == 0 else seen[number]
        out[2, line] = first[number]
        seen[number] += 1
    for line in range(len(hashes)):
        out[0, line] = 1 if hashes[line] == 0 else seen[numbers[line]]
