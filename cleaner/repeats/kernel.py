"""The compiled loops of signatures: array in, array out, equal to their NumPy and datasketch references value for value.

Importing this module imports Numba (.5 CPU seconds), so it is imported inside functions. Compiled code is cached beside this file, or in
the user's cache folder where the installation is read-only (`NUMBA_CACHE_DIR` names another); where neither can be written it is compiled
anew in every process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from cleaner.model import Uint64s

Uint32s = npt.NDArray[np.uint32]
Int64s = npt.NDArray[np.int64]
Uint8s = npt.NDArray[np.uint8]
Tables = tuple[Uint8s, Uint64s, Uint32s, Uint32s]
F = TypeVar("F", bound=Callable[..., object])

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31 = np.uint64(27), np.uint64(30), np.uint64(31)
_WORD, _SINGLE, _DROPPED, _SEVERAL = np.uint8(1), np.uint8(2), np.uint8(3), np.uint8(4)
_TABLE = np.uint32(0x20000)
_LOW = np.uint64(0xFFFFFFFF)
_FMIX1, _FMIX2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_F13, _F16 = np.uint32(13), np.uint32(16)


def compiled(function: F) -> F:
    """Compile a function, once for all processes where its code can be cached."""
    try:
        return cast(F, njit(cache=True, nogil=True)(function))
    except RuntimeError:  # Numba finds no folder it may write its cache to
        return cast(F, njit(nogil=True)(function))


@compiled
def _mix(value: np.uint64) -> np.uint64:
    out = value + _BASE
    out = (out ^ (out >> _S30)) * _MIX1
    out = (out ^ (out >> _S27)) * _MIX2
    return out ^ (out >> _S31)


@compiled
def token_hashes(codes: Uint32s, tables: Tables, hashes: Uint64s, letters: Uint64s) -> tuple[int, int]:
    """Fold and cut one text (code points, uint32) and hash its tokens; gives the numbers of tokens and of letters, -1 where there is no room.

    The values are those of `text.fold` and `text.tokens`: `hashes` takes one for each token, `letters` the mixed folded code points of the
    tokens, one after the other without what stands between (both uint64, at least as long as `codes`). `tables`: for each code point below
    0x20000 what it is (0 none, 1 part of a word, 2 a word, 3 dropped, 4 several) and its folded form mixed; those that become several
    characters, and of each the code points of these (0: no more).
    """
    kinds, mixes, firsts, several = tables
    tokens = size = 0
    total, power, inside = np.uint64(0), np.uint64(1), False
    for at in range(len(codes)):
        code = codes[at]
        kind = kinds[code] if code < _TABLE else _SINGLE
        row, place = 0, -1
        if kind == _SEVERAL:
            if size + len(codes) - at + several.shape[1] > len(letters):
                return -1, -1
            row, place = np.searchsorted(firsts, code), 0
            code = several[row, 0]
            kind = kinds[code]
        while True:
            if kind == _WORD:
                value = mixes[code]
                letters[size] = value
                size += 1
                total += value * power
                power *= _BASE
                inside = True
            elif kind != _DROPPED:
                if inside:
                    hashes[tokens] = _mix(total)
                    tokens += 1
                    total, power, inside = np.uint64(0), np.uint64(1), False
                if kind == _SINGLE:
                    value = mixes[code] if code < _TABLE else _mix(np.uint64(code))
                    letters[size] = value
                    hashes[tokens] = _mix(value)
                    tokens += 1
                    size += 1
            if place < 0:
                break
            place += 1
            if place == several.shape[1] or several[row, place] == 0:
                break
            code = several[row, place]
            kind = kinds[code]
    if inside:
        hashes[tokens] = _mix(total)
        tokens += 1
    return tokens, size


@compiled
def _mixed(values: Uint64s) -> Uint64s:
    out = np.empty(len(values), dtype=np.uint64)
    for place in range(len(values)):
        out[place] = _mix(values[place])
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
    length = min(size, len(own))
    power = np.uint64(1)
    out[:count] = own[:count]
    for ahead in range(1, length):
        power *= _BASE
        for first in range(count):
            out[first] += own[first + ahead] * power
    for first in range(count):
        out[first] = _mix(out[first])
    return count


@compiled
def distinct(values: Uint64s, slots: Uint64s) -> int:
    """Move the distinct values to the front, in order of their first place (0 last of all); `slots` is scratch, a power of two, > 2 x values."""
    mask = np.uint64(len(slots) - 1)
    slots[:] = 0
    count = zeros = 0
    for value in values:
        if value == 0:
            zeros = 1
            continue
        at = (value >> np.uint64(20)) & mask
        while slots[at] != 0 and slots[at] != value:
            at = (at + np.uint64(1)) & mask
        if slots[at] == 0:
            slots[at] = value
            values[count] = value
            count += 1
    if zeros:
        values[count] = 0
    return count + zeros


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
    """Read the texts `codes[offsets[n]:offsets[n + 1]]`: their token hashes and letters, one text behind the other.

    `ends` (int64, texts + 1 x 2) takes where the tokens and the letters of each text end. False where the outputs are too short.
    """
    ends[0, 0] = ends[0, 1] = 0
    for row in range(len(offsets) - 1):
        first, early = ends[row, 0], ends[row, 1]
        own = codes[offsets[row] : offsets[row + 1]]
        if len(own) > len(letters) - early:
            return False
        tokens, count = token_hashes(own, tables, hashes[first:], letters[early:])
        if tokens < 0:
            return False
        ends[row + 1, 0], ends[row + 1, 1] = first + tokens, early + count
    return True


@compiled
def sign_rows(values: Uint64s, offsets: Int64s, shingle: tuple[int, bool], ab: Uint32s, out: Uint32s, sizes: Uint32s) -> None:
    """Sign documents: row n of `out` (uint32, documents x permutations) and `sizes[n]`, its number of distinct shingles.

    Document n owns `values[offsets[n]:offsets[n + 1]]`; `shingle` is the size and whether the values are mixed, as in `shingle_hashes`,
    size 0: the values themselves are hashed. `ab` (uint32, 2 x permutations): multipliers and summands.
    """
    size, mixed = shingle
    longest = 1
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    shingles = np.empty(longest, dtype=np.uint64)
    table = np.empty(4, dtype=np.uint64)
    for row in range(len(offsets) - 1):
        own = values[offsets[row] : offsets[row + 1]]
        if size:
            count = shingle_hashes(own, size, mixed, shingles)
        else:
            count = len(own)
            shingles[:count] = own
        slots = 4
        while slots < 2 * count + 1:
            slots *= 2
        if slots > len(table):
            table = np.empty(slots, dtype=np.uint64)
        count = distinct(shingles[:count], table[:slots])
        sizes[row] = count
        permuted_minima(shingles[:count], ab[0], ab[1], out[row])


@compiled
def sampled(hashes: Uint64s, scale: int, out: Uint32s) -> int:
    """Keep the low 32 bits of the hashes whose high half `scale` divides, in order; gives their number (FracMinHash of a sequence)."""
    count = 0
    for value in hashes:
        if (value >> np.uint64(32)) % np.uint64(scale) == 0:
            out[count] = np.uint32(value & _LOW)
            count += 1
    return count


@compiled
def _filled(values: Uint32s) -> Uint64s:
    """An open hash table of the values, each raised by one (uint64, 0 is free)."""
    slots = 4
    while slots < 2 * len(values) + 1:
        slots *= 2
    table = np.zeros(slots, dtype=np.uint64)
    mask = np.uint32(slots - 1)
    for value in values:
        at = value & mask
        while table[at] != 0 and table[at] != np.uint64(value) + np.uint64(1):
            at = (at + np.uint32(1)) & mask
        table[at] = np.uint64(value) + np.uint64(1)
    return table


@compiled
def _matched(values: Uint32s, table: Uint64s, opening: int) -> tuple[int, int]:
    """How many of the values stand in the table, in all and among the first `opening`."""
    mask = np.uint32(len(table) - 1)
    found = found_early = 0
    for place, value in enumerate(values):
        at = value & mask
        while table[at] != 0 and table[at] != np.uint64(value) + np.uint64(1):
            at = (at + np.uint32(1)) & mask
        if table[at] != 0:
            found += 1
            if place < opening:
                found_early += 1
    return found, found_early


@compiled
def compare_pairs(values: Uint32s, offsets: Int64s, pairs: Int64s, opening: int, out: npt.NDArray[np.float64]) -> None:
    """Compare sketches two by two: for each row of `pairs` (int64, pairs x 2, sorted by the left) a row of `out` (float64, pairs x 4).

    Story n owns `values[offsets[n]:offsets[n + 1]]`, its sampled letter shingles in order. The columns: the share of the left story that
    stands in the right one, of the right one in the left, and the same of their openings (the first `opening` values).
    """
    last = -1
    table = np.zeros(4, dtype=np.uint64)
    for row in range(len(pairs)):
        left, right = pairs[row, 0], pairs[row, 1]
        own, other = values[offsets[left] : offsets[left + 1]], values[offsets[right] : offsets[right + 1]]
        if left != last:
            table = _filled(own)
            last = left
        back, back_early = _matched(other, table, opening)
        found, found_early = _matched(own, _filled(other), opening)
        out[row, 0] = found / max(1, len(own))
        out[row, 1] = back / max(1, len(other))
        out[row, 2] = found_early / max(1, min(opening, len(own)))
        out[row, 3] = back_early / max(1, min(opening, len(other)))


@compiled
def sketch_rows(letters: Uint64s, offsets: Int64s, shingle: tuple[int, int], out: Uint32s, ends: Int64s) -> None:
    """Sketch texts one after the other into `out`: the sampled shingles of (letters, scale); `ends` (int64, texts + 1) takes where each ends."""
    size, scale = shingle
    longest = 1
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    shingles = np.empty(longest, dtype=np.uint64)
    ends[0] = 0
    for row in range(len(offsets) - 1):
        count = shingle_hashes(letters[offsets[row] : offsets[row + 1]], size, True, shingles)
        ends[row + 1] = ends[row] + sampled(shingles[:count], scale, out[ends[row] :])


@compiled
def hash_rows(values: Uint64s, offsets: Int64s, out: Uint64s) -> None:
    """Hash the sequence of each row's values into `out` (uint64), as `text.tokens.sequence_hashes` does; 0 for an empty one."""
    for row in range(len(offsets) - 1):
        total, power = np.uint64(0), np.uint64(1)
        for place in range(offsets[row], offsets[row + 1]):
            total += _mix(values[place]) * power
            power *= _BASE
        out[row] = _mix(total) if offsets[row + 1] > offsets[row] else np.uint64(0)
