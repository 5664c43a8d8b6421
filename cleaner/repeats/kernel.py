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
F = TypeVar("F", bound=Callable[..., object])

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31 = np.uint64(27), np.uint64(30), np.uint64(31)
_DELETE, _EXPAND = np.uint32(0xFFFFFFFF), np.uint32(0xFFFFFFFE)
_TABLE = np.uint32(0x20000)
_LOW = np.uint64(0xFFFFFFFF)
_FMIX1, _FMIX2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_F13, _F16 = np.uint32(13), np.uint32(16)


def _compiled(function: F) -> F:
    try:
        return cast(F, njit(cache=True, nogil=True)(function))
    except RuntimeError:  # Numba finds no folder it may write its cache to
        return cast(F, njit(nogil=True)(function))


@_compiled
def _mix(value: np.uint64) -> np.uint64:
    out = value + _BASE
    out = (out ^ (out >> _S30)) * _MIX1
    out = (out ^ (out >> _S27)) * _MIX2
    return out ^ (out >> _S31)


@_compiled
def fold_codes(codes: Uint32s, table: Uint32s, firsts: Uint32s, several: Uint32s, out: Uint32s) -> int:
    """Fold code points (uint32) into `out`, and say how many there are; -1 where `out` is too short.

    `table`: `text.fold`'s table; a character that becomes several stands in `firsts`, its fold in that row of `several` (0: no more).
    """
    size = 0
    for code in codes:
        mapped = table[code] if code < _TABLE else code
        if mapped == _DELETE:
            continue
        if size + several.shape[1] > len(out):
            return -1
        if mapped != _EXPAND:
            out[size] = mapped
            size += 1
            continue
        row = np.searchsorted(firsts, code)
        for part in several[row]:
            if part:
                out[size] = part
                size += 1
    return size


@_compiled
def token_hashes(codes: Uint32s, classes: Uint8s, hashes: Uint64s, letters: Uint64s) -> tuple[int, int]:
    """Hash the tokens of one folded text; gives the numbers of tokens and of letters.

    The values are those of `text.tokens`: `hashes` takes one for each token, `letters` the mixed code points of the tokens, one after the
    other without the spaces between (both uint64, at least as long as `codes`).
    """
    tokens = size = 0
    total, power, inside = np.uint64(0), np.uint64(1), False
    for code in codes:
        kind = classes[code] if code < _TABLE else np.uint8(2)
        if kind == 1:
            value = _mix(np.uint64(code))
            letters[size] = value
            size += 1
            total += value * power
            power *= _BASE
            inside = True
            continue
        if inside:
            hashes[tokens] = _mix(total)
            tokens += 1
            total, power, inside = np.uint64(0), np.uint64(1), False
        if kind == 2:
            letters[size] = _mix(np.uint64(code))
            hashes[tokens] = _mix(letters[size])
            tokens += 1
            size += 1
    if inside:
        hashes[tokens] = _mix(total)
        tokens += 1
    return tokens, size


@_compiled
def shingle_hashes(values: Uint64s, size: int, mixed: bool, out: Uint64s) -> int:
    """Hash every `size` consecutive values into `out`, and say how many; a shorter sequence is one shingle, an empty one none.

    The hashes are those of `text.tokens.sequence_hashes`; `mixed` says that the values have gone through its mixer already.
    """
    if not len(values):
        return 0
    count = max(1, len(values) - size + 1)
    for first in range(count):
        total, power = np.uint64(0), np.uint64(1)
        for place in range(first, min(first + size, len(values))):
            total += (values[place] if mixed else _mix(values[place])) * power
            power *= _BASE
        out[first] = _mix(total)
    return count


@_compiled
def distinct(values: Uint64s, slots: Uint64s) -> int:
    """Move the distinct values (uint64, none 0) to the front, in order of their first place; `slots` is scratch, a power of two, > 2 x values."""
    mask = np.uint64(len(slots) - 1)
    slots[:] = 0
    count = 0
    for value in values:
        at = (value >> np.uint64(20)) & mask
        while slots[at] != 0 and slots[at] != value:
            at = (at + np.uint64(1)) & mask
        if slots[at] == 0:
            slots[at] = value
            values[count] = value
            count += 1
    return count


@_compiled
def permuted_minima(values: Uint64s, a: Uint32s, b: Uint32s, out: Uint32s) -> None:
    """Fill `out` with the datasketch `affine32` MinHash of values (uint64), whose hash function is their low 32 bits."""
    out[:] = np.uint32(0xFFFFFFFF)
    for value in values:
        mixed = np.uint32(value & _LOW)
        mixed ^= mixed >> _F16
        mixed = np.uint32(mixed * _FMIX1)
        mixed ^= mixed >> _F13
        mixed = np.uint32(mixed * _FMIX2)
        mixed ^= mixed >> _F16
        for place in range(len(out)):
            hashed = np.uint32(np.uint32(a[place] * mixed) + b[place])
            if hashed < out[place]:
                out[place] = hashed


@_compiled
def sign_rows(values: Uint64s, offsets: Int64s, size: int, mixed: bool, a: Uint32s, b: Uint32s, out: Uint32s, sizes: Uint32s) -> None:
    """Sign documents: row n of `out` (uint32, documents x permutations) and `sizes[n]`, its number of distinct shingles.

    Document n owns `values[offsets[n]:offsets[n + 1]]`; shingles of `size` values as in `shingle_hashes`.
    """
    longest = 1
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    shingles = np.empty(longest, dtype=np.uint64)
    table = np.empty(4, dtype=np.uint64)
    for row in range(len(offsets) - 1):
        count = shingle_hashes(values[offsets[row] : offsets[row + 1]], size, mixed, shingles)
        slots = 4
        while slots < 2 * count + 1:
            slots *= 2
        if slots > len(table):
            table = np.empty(slots, dtype=np.uint64)
        count = distinct(shingles[:count], table[:slots])
        sizes[row] = count
        permuted_minima(shingles[:count], a, b, out[row])


@_compiled
def sampled(hashes: Uint64s, scale: int, out: Uint32s) -> int:
    """Keep the low 32 bits of the hashes whose high half `scale` divides, in order; gives their number (FracMinHash of a sequence)."""
    count = 0
    for value in hashes:
        if (value >> np.uint64(32)) % np.uint64(scale) == 0:
            out[count] = np.uint32(value & _LOW)
            count += 1
    return count


@_compiled
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


@_compiled
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


@_compiled
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
