"""The compiled loops of the repeat finder: which blocks of a page have nearly the same words.

Importing this module imports Numba, so it is imported inside functions.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleaner.model import Int32s, Uint64s
from cleaner.text.kernel import compiled

Int64s = npt.NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@compiled
def count_words(starts: Int32s, ends: Int32s, offsets: Int32s, least: int) -> Int32s:
    """Words of each block (int32, blocks), negative where they are at least `least` and most are one character; the arrays as in `model.Tokens`."""
    out = np.empty(len(offsets) - 1, dtype=np.int32)
    for block in range(len(out)):
        size = offsets[block + 1] - offsets[block]
        single = 0
        if size >= least:
            for token in range(offsets[block], offsets[block + 1]):
                single += ends[token] - starts[token] == 1
        out[block] = -size if 2 * single > size else size
    return out


@compiled
def blocks_with(hashes: Uint64s, offsets: Int32s, known: Uint64s, needed: float, sizes: tuple[int, int]) -> Int32s:
    """The blocks (int32, in order) of at least and at most so many words (`sizes`), of which at least `needed` are among a few known ones."""
    out, found = np.empty(len(offsets) - 1, dtype=np.int32), 0
    for block in range(len(out)):
        count = 0
        if sizes[0] <= offsets[block + 1] - offsets[block] <= sizes[1]:
            for word in hashes[offsets[block] : offsets[block + 1]]:
                for one in known:
                    if one == word:
                        count += 1
                        break
            if count >= needed:
                out[found] = block
                found += 1
    return out[:found]


@compiled
def _numbered(hashes: Uint64s, offsets: Int32s, blocks: Int32s) -> tuple[Int32s, Int64s, Int32s]:
    """The distinct words of each block as numbers from 0 (int32), where those of each end (int64), in how many blocks each word is (int32)."""
    size = 0
    for block in blocks:
        size += offsets[block + 1] - offsets[block]
    slots = 4
    while slots < 2 * size + 1:
        slots *= 2
    mask, table = np.uint64(slots - 1), np.full(slots, -1, dtype=np.int32)
    words, numbers = np.empty(size, dtype=np.uint64), np.empty(size, dtype=np.int32)
    holders, last = np.zeros(size, dtype=np.int32), np.full(size, -1, dtype=np.int32)
    ends = np.zeros(len(blocks) + 1, dtype=np.int64)
    known = count = 0
    for place in range(len(blocks)):
        for token in range(offsets[blocks[place]], offsets[blocks[place] + 1]):
            word = hashes[token]
            at = (word >> np.uint64(20)) & mask
            while table[at] >= 0 and words[table[at]] != word:
                at = (at + np.uint64(1)) & mask
            if table[at] < 0:
                table[at], words[known] = known, word
                known += 1
            number = table[at]
            if last[number] != place:
                last[number] = place
                holders[number] += 1
                numbers[count] = number
                count += 1
        ends[place + 1] = count
    return numbers[:count], ends, holders[:known]


@compiled
def near_sets(hashes: Uint64s, offsets: Int32s, blocks: Int32s, least: int, limits: tuple[float, float, float, int]) -> Int32s:
    """Pairs of blocks whose sets of words are nearly the same: rows of left, right (places in `blocks`), shared words, sizes of both (int32).

    `limits`: a pair's least Jaccard, or else least share of the smaller set in the larger; least ratio of their sizes, both of which are at
    least `least`; the most blocks a word may stand in, for it to bring two blocks together at all. A pair shares at least one such word; how
    many of them is counted block by block, and what falls short even if all its commoner words were shared is looked at no further.
    """
    jaccard, containment, ratio, common = limits
    numbers, ends, holders = _numbered(hashes, offsets, blocks)
    opens = np.zeros(len(holders) + 1, dtype=np.int64)
    for word in range(len(holders)):
        opens[word + 1] = opens[word] + (holders[word] if holders[word] <= common else 0)
    filled, seen_in = np.zeros(len(holders), dtype=np.int32), np.full(len(holders), -1, dtype=np.int32)
    postings = np.empty(len(numbers), dtype=np.int32)
    shared, commoner = np.zeros(len(blocks), dtype=np.int32), np.zeros(len(blocks), dtype=np.int32)
    touched = np.empty(len(blocks), dtype=np.int32)
    out, found = np.empty((16, 5), dtype=np.int32), 0
    for right in range(len(blocks)):
        size, meets = ends[right + 1] - ends[right], 0
        for at in range(ends[right], ends[right + 1]):
            word = numbers[at]
            seen_in[word] = right
            if holders[word] > common:
                commoner[right] += 1
                continue
            for before in range(opens[word], opens[word] + filled[word]):
                left = postings[before]
                if not shared[left]:
                    touched[meets] = left
                    meets += 1
                shared[left] += 1
            postings[opens[word] + filled[word]] = right
            filled[word] += 1
        for left in touched[:meets]:
            count, shared[left] = shared[left], 0
            other = ends[left + 1] - ends[left]
            small, large = min(size, other), max(size, other)
            most = count + min(commoner[left], commoner[right])
            if small < least or small < ratio * large or most < min(jaccard, containment) * small:
                continue
            for word in numbers[ends[left] : ends[left + 1]]:
                count += holders[word] > common and seen_in[word] == right
            if count >= jaccard * (size + other - count) or count / small >= containment:
                if found == len(out):
                    out = np.concatenate((out, np.empty_like(out)))
                out[found, 0], out[found, 1], out[found, 2], out[found, 3], out[found, 4] = left, right, count, other, size
                found += 1
    return out[:found]


@compiled
def _token_pairs(tokens: Uint64s) -> Uint64s:
    """Hashes of the distinct pairs of neighbouring words (uint64, in order)."""
    pairs = np.empty(max(0, len(tokens) - 1), dtype=np.uint64)
    for at in range(len(pairs)):
        pairs[at] = tokens[at] * _GOLDEN + tokens[at + 1]
    pairs.sort()
    size = 0
    for at in range(len(pairs)):
        if at == 0 or pairs[at] != pairs[at - 1]:
            pairs[size] = pairs[at]
            size += 1
    return pairs[:size]


@compiled
def shared_pairs(left: Uint64s, right: Uint64s) -> tuple[float, float]:
    """How alike two sequences of words are in order: Jaccard of their pairs of neighbours, and the share of the smaller set in the larger."""
    a, b = _token_pairs(left), _token_pairs(right)
    shared = at = 0
    for pair in a:
        while at < len(b) and b[at] < pair:
            at += 1
        shared += at < len(b) and b[at] == pair
    return shared / max(1, len(a) + len(b) - shared), shared / max(1, min(len(a), len(b)))
