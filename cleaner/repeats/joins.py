"""The compiled loops of the band join: which rows of a signature matrix agree, band by band, on sorted arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleaner.model import Uint64s
from cleaner.repeats.kernel import Int64s, Uint8s, Uint32s, compiled

_SPREAD, _S32 = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
_HUBS = 4  # rows of a bucket too full to be compared each with each, with which all its others are compared: the keepers come first


@compiled
def band_keys(values: Uint32s, first: int, rows: int, out: Uint64s) -> None:
    """Fill `out` (uint64) with one key for each row of the matrix: of its columns `first:first + rows`, above the number of the row."""
    for row in range(len(values)):
        key = np.uint64(0)
        for place in range(first, first + rows):
            key = (key ^ np.uint64(values[row, place])) * _SPREAD
            key ^= key >> _S32
        out[row] = ((key & np.uint64(0xFFFFFFFF)) << _S32) | np.uint64(row)


@compiled
def _slot(left: np.uint64, right: np.uint64, size: int) -> np.uint64:
    key = ((left << _S32) | right) * _SPREAD
    return (key ^ (key >> _S32)) & np.uint64(size - 1)


@compiled
def _next_bucket(keys: Uint64s, low: int) -> int:
    high = low + 1
    while high < len(keys) and keys[high] >> _S32 == keys[low] >> _S32:
        high += 1
    return high


@compiled
def count_agreements(keys: Uint64s, bucket: int, counts: Uint8s) -> None:
    """Count the pairs of rows of each bucket of sorted band keys in a hashed table (uint8, a power of two; counts stop at 255)."""
    low = 0
    while low < len(keys):
        high = _next_bucket(keys, low)
        for left in range(low, high - 1):
            if high - low > bucket and left >= low + _HUBS:
                break
            for right in range(left + 1, high):
                slot = _slot(keys[left] & np.uint64(0xFFFFFFFF), keys[right] & np.uint64(0xFFFFFFFF), len(counts))
                if counts[slot] < 255:
                    counts[slot] += 1
        low = high


@compiled
def collect_pairs(keys: Uint64s, bucket: int, counts: Uint8s, least: int, out: Uint64s) -> int:
    """Collect the pairs whose slot counts at least `least` into `out` (uint64: left << 32 | right); gives how many, negative if too many for it."""
    low = found = 0
    while low < len(keys):
        high = _next_bucket(keys, low)
        for left in range(low, high - 1):
            if high - low > bucket and left >= low + _HUBS:
                break
            for right in range(left + 1, high):
                a, b = keys[left] & np.uint64(0xFFFFFFFF), keys[right] & np.uint64(0xFFFFFFFF)
                if least < 2 or counts[_slot(a, b, len(counts))] >= least:
                    if found < len(out):
                        out[found] = (a << _S32) | b
                    found += 1
        low = high
    return found if found <= len(out) else -found


@compiled
def agreements(values: Uint32s, pairs: Int64s, out: npt.NDArray[np.int64]) -> None:
    """Count the equal values of the two rows of each pair into `out` (int64)."""
    for row in range(len(pairs)):
        total = 0
        for place in range(values.shape[1]):
            total += values[pairs[row, 0], place] == values[pairs[row, 1], place]
        out[row] = total


@compiled
def probe_band(asked: Uint64s, keys: Uint64s, bucket: int, first: int, out: Uint64s) -> int:
    """Look sorted keys up in the sorted keys of a band on disk; gives how many pairs (uint64: number asked << 32 | first + row) went to `out`.

    Both carry a row number below the key. Of a bucket of more than `bucket` rows the first few answer. The answer is negative where `out`
    is too short.
    """
    base = np.uint64(first)
    low = found = 0
    size = len(keys)
    for place in range(len(asked)):
        wanted = asked[place] >> _S32
        step = 1
        while low + step < size and keys[low + step] >> _S32 < wanted:
            low += step
            step *= 2
        high = min(low + step, size)
        while low < high:
            middle = (low + high) // 2
            if keys[middle] >> _S32 < wanted:
                low = middle + 1
            else:
                high = middle
        end = low
        while end < size and keys[end] >> _S32 == wanted and end - low <= bucket:
            end += 1
        for hit in range(low, end if end - low <= bucket else low + _HUBS):
            if found < len(out):
                out[found] = ((asked[place] & np.uint64(0xFFFFFFFF)) << _S32) | ((keys[hit] & np.uint64(0xFFFFFFFF)) + base)
            found += 1
    return found if found <= len(out) else -found


@compiled
def frequent(pairs: Uint64s, least: int, counts: Uint8s, out: Uint64s) -> int:
    """Copy the pairs that stand at least `least` times (some rarer ones may come along) to `out`; gives how many. `counts` is a zeroed table."""
    for pair in pairs:
        slot = _slot(pair >> _S32, pair & np.uint64(0xFFFFFFFF), len(counts))
        if counts[slot] < 255:
            counts[slot] += 1
    found = 0
    for pair in pairs:
        if counts[_slot(pair >> _S32, pair & np.uint64(0xFFFFFFFF), len(counts))] >= least:
            out[found] = pair
            found += 1
    return found
