"""The compiled loops of signatures: array in, array out, equal to their NumPy and datasketch references value for value.

Importing this module imports Numba (.3 CPU seconds), so it is imported inside functions.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleaner.model import Uint64s
from cleaner.text.kernel import compiled, mix, sequence_hash

Uint32s = npt.NDArray[np.uint32]
Int64s = npt.NDArray[np.int64]
Uint8s = npt.NDArray[np.uint8]
Tables = tuple[Uint8s, Uint64s, Uint32s, Uint32s]

_BASE = np.uint64(0x9E3779B97F4A7C15)
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_NONE, _ONE = np.uint64(0), np.uint64(1)
_WORD, _SINGLE, _DROPPED, _SEVERAL = np.uint8(1), np.uint8(2), np.uint8(3), np.uint8(4)
_TABLE = np.uint32(0x20000)
_LOW = np.uint64(0xFFFFFFFF)
_FMIX1, _FMIX2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_F13, _F16 = np.uint32(13), np.uint32(16)


@compiled
def token_sums(codes: Uint32s, tables: Tables, sums: Uint64s, letters: Uint64s) -> tuple[np.int64, np.int64]:
    """Fold and cut one text (code points, uint32); gives the numbers of its tokens and of its letters, -1 where there is no room.

    `sums` takes for each token the polynomial of its letters, whose mixture is the token's hash in `text.tokens`; `letters` the mixed folded
    code points of the tokens, one after the other without what stands between (both uint64, longer than `codes`). `tables`: for each code
    point below 0x20000 what it is (0 none, 1 part of a word, 2 a word, 3 dropped, 4 several) and its folded form mixed; those that become
    several characters, and of each the code points of these (0: no more).
    """
    kinds, mixes, firsts, several = tables
    tokens = size = inside = _NONE
    total, power = _NONE, _ONE
    for at in range(len(codes)):
        code = codes[at]
        kind = kinds[code] if code < _TABLE else _SINGLE
        row, place = 0, -1
        if kind == _SEVERAL:
            if np.int64(size) + len(codes) - at + several.shape[1] >= len(letters):
                return np.int64(-1), np.int64(-1)
            row, place = np.searchsorted(firsts, code), 0
            code = several[row, 0]
            kind = kinds[code]
        while True:
            if kind <= _WORD:  # letters and what parts words, by far most: without branches, whose wrong guesses would cost most of the time
                part = np.uint64(kind)
                mask = _NONE - part
                value = mixes[code]
                letters[size] = value
                size += part
                tokens += inside & (part ^ _ONE)
                total = (total + value * power) & mask
                power = ((power * _BASE) & mask) | (part ^ _ONE)
                sums[tokens] = total
                inside = part
            elif kind == _SINGLE:
                value = mixes[code] if code < _TABLE else mix(np.uint64(code))
                letters[size] = value
                size += _ONE
                tokens += inside
                sums[tokens] = value
                tokens += _ONE
                total, power, inside = _NONE, _ONE, _NONE
            if place < 0:
                break
            place += 1
            if place == several.shape[1] or several[row, place] == 0:
                break
            code = several[row, place]
            kind = kinds[code]
    return np.int64(tokens + inside), np.int64(size)


@compiled
def _mixed(values: Uint64s) -> Uint64s:
    out = np.empty(len(values), dtype=np.uint64)
    for place in range(len(values)):
        out[place] = mix(values[place])
    return out


@compiled
def shingle_hashes(values: Uint64s, size: int, mixed: bool, out: Uint64s) -> int:
    """Hash every `size` consecutive values into `out`, and say how many; a shorter sequence is one shingle, an empty one none.

    The hashes are those of `text.tokens.sequence_hashes`; `mixed` says that the values have gone through its mixer already.
    """
    if not len(values):
        return 0
    own = values if mixed else _mixed(values)
    count = max(1, len(own) - size + 1)
    total, power = _NONE, _ONE
    for place in range(min(size, len(own))):
        total += own[place] * power
        power *= _BASE
    power *= _INVERSE  # of the last value of a shingle
    out[0] = total
    for first in range(1, count):
        total = (total - own[first - 1]) * _INVERSE + own[first + size - 1] * power
        out[first] = total
    for first in range(count):
        out[first] = mix(out[first])
    return count


@compiled
def _finished(value: np.uint64) -> np.uint32:
    """The low 32 bits through the finalizer of MurmurHash3, as datasketch mixes them."""
    mixed = np.uint32(value & _LOW)
    mixed = np.uint32((mixed ^ (mixed >> _F16)) * _FMIX1)
    mixed = np.uint32((mixed ^ (mixed >> _F13)) * _FMIX2)
    return np.uint32(mixed ^ (mixed >> _F16))


@compiled
def permuted_minima(values: Uint64s, a: Uint32s, b: Uint32s, out: Uint32s) -> None:
    """Fill `out` with the datasketch `affine32` MinHash of values (uint64), whose hash function is their low 32 bits."""
    out[:] = np.uint32(0xFFFFFFFF)
    for first in range(0, len(values), 4):
        # Four at a time, so that multipliers, summands and minima are fetched once for all; the last one stands in for what is missing.
        one = _finished(values[first])
        two = _finished(values[min(first + 1, len(values) - 1)])
        three = _finished(values[min(first + 2, len(values) - 1)])
        four = _finished(values[min(first + 3, len(values) - 1)])
        for place in range(len(out)):
            low = min(np.uint32(a[place] * one + b[place]), np.uint32(a[place] * two + b[place]))
            high = min(np.uint32(a[place] * three + b[place]), np.uint32(a[place] * four + b[place]))
            out[place] = min(out[place], min(low, high))


@compiled
def read_texts(codes: Uint32s, offsets: Int64s, tables: Tables, hashes: Uint64s, letters: Uint64s, ends: Int64s) -> bool:
    """Read the texts `codes[offsets[n]:offsets[n + 1]]`: their token hashes and letters, as in `text.tokens`, one text behind the other.

    `ends` (int64, texts + 1 x 2) takes where the tokens and the letters of each text end. False where the outputs are too short.
    """
    ends[0, 0] = ends[0, 1] = 0
    for row in range(len(offsets) - 1):
        first, early = ends[row, 0], ends[row, 1]
        own = codes[offsets[row] : offsets[row + 1]]
        if len(own) >= len(letters) - early:
            return False
        tokens, count = token_sums(own, tables, hashes[first:], letters[early:])
        if tokens < 0:
            return False
        ends[row + 1, 0], ends[row + 1, 1] = first + tokens, early + count
    for place in range(ends[len(offsets) - 1, 0]):
        hashes[place] = mix(hashes[place])
    return True


@compiled
def sign_rows(values: Uint64s, offsets: Int64s, shingle: tuple[int, bool], ab: Uint32s, out: Uint32s) -> None:
    """Sign documents: row n of `out` (uint32, documents x permutations).

    Document n owns `values[offsets[n]:offsets[n + 1]]`; `shingle` is the size and whether the values are mixed, as in `shingle_hashes`,
    size 0: the values themselves are hashed. `ab` (uint32, 2 x permutations): multipliers and summands.
    """
    size, mixed = shingle
    shingles = np.empty(_longest(offsets), dtype=np.uint64)
    for row in range(len(offsets) - 1):
        own = values[offsets[row] : offsets[row + 1]]
        if size:
            permuted_minima(shingles[: shingle_hashes(own, size, mixed, shingles)], ab[0], ab[1], out[row])
        else:
            permuted_minima(own, ab[0], ab[1], out[row])


@compiled
def _longest(offsets: Int64s) -> int:
    longest = 1
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    return longest


@compiled
def _fill(values: Uint32s, table: Uint32s, slots: Int64s) -> int:
    """Put the values into an open hash table (`table`, zeroed; 0 is free, so a value of 0 counts as 1), and say in `slots` where each lies.

    Gives the mask of the table's used part, a power of two less one.
    """
    mask = 3
    while mask < 2 * len(values):
        mask = 2 * mask + 1
    for place in range(len(values)):
        value = max(values[place], np.uint32(1))
        at = np.int64(value) & mask
        while table[at] != 0 and table[at] != value:
            at = (at + 1) & mask
        table[at] = value
        slots[place] = at
    return mask


@compiled
def compare_pairs(values: Uint32s, offsets: Int64s, pairs: Int64s, opening: int, out: npt.NDArray[np.float64]) -> None:
    """Compare sketches two by two: for each row of `pairs` (int64, pairs x 2, sorted by the left) a row of `out` (float64, pairs x 4).

    Story n owns `values[offsets[n]:offsets[n + 1]]`, its letter shingles in order. The columns: the share of the left story that
    stands in the right one, of the right one in the left, and the same of their openings (the first `opening` values).
    """
    room = 4
    while room < 2 * _longest(offsets) + 2:
        room *= 2
    table, seen, slots = np.empty(room, dtype=np.uint32), np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int64)
    last, mask = -1, 0
    for row in range(len(pairs)):
        left, right = pairs[row, 0], pairs[row, 1]
        own, other = values[offsets[left] : offsets[left + 1]], values[offsets[right] : offsets[right + 1]]
        if left != last:
            table[:], seen[:] = np.uint32(0), np.int32(-1)
            last, mask = left, _fill(own, table, slots)
        back, back_early = _found(other, table, mask, seen, row, opening)
        found = found_early = 0
        for place in range(len(own)):
            if seen[slots[place]] == row:
                found += 1
                found_early += place < opening
        out[row, 0] = found / max(1, len(own))
        out[row, 1] = back / max(1, len(other))
        out[row, 2] = found_early / max(1, min(opening, len(own)))
        out[row, 3] = back_early / max(1, min(opening, len(other)))


@compiled
def _found(values: Uint32s, table: Uint32s, mask: int, seen: npt.NDArray[np.int32], mark: int, opening: int) -> tuple[int, int]:
    """How many of the values stand in the table, in all and among the first `opening`; their slots are marked in `seen`."""
    found = early = 0
    for place in range(len(values)):
        value = max(values[place], np.uint32(1))
        at = np.int64(value) & mask
        while table[at] != 0 and table[at] != value:
            at = (at + 1) & mask
        if table[at] != 0:
            seen[at] = mark
            found += 1
            early += place < opening
    return found, early


@compiled
def sketch_rows(letters: Uint64s, offsets: Int64s, size: int, out: Uint32s, ends: Int64s) -> None:
    """Sketch texts one after the other into `out`: the low halves of their letter shingles in order; `ends` (int64, texts + 1): where each ends."""
    shingles = np.empty(_longest(offsets), dtype=np.uint64)
    ends[0] = 0
    for row in range(len(offsets) - 1):
        count = shingle_hashes(letters[offsets[row] : offsets[row + 1]], size, True, shingles)
        for place in range(count):
            out[ends[row] + place] = np.uint32(shingles[place] & _LOW)
        ends[row + 1] = ends[row] + count


@compiled
def hash_rows(values: Uint64s, offsets: Int64s, out: Uint64s) -> None:
    """Hash the sequence of each row's values into `out` (uint64), as `text.tokens.sequence_hashes` does; 0 for an empty one."""
    for row in range(len(offsets) - 1):
        out[row] = sequence_hash(values[offsets[row] : offsets[row + 1]])
