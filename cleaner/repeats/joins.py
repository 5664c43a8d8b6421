"""The compiled loops of the band join: which rows of a signature matrix agree, band by band, on sorted arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleaner.model import Uint64s
from cleaner.repeats.kernel import Int64s, Uint8s, Uint32s
from cleaner.text.kernel import compiled

_SPREAD, _S32, _LOW = np.uint64(0x9E3779B97F4A7C15), np.uint64(32), np.uint64(0xFFFFFFFF)
_TILE = 16  # rows turned into columns at a time: what is written then fills whole cache lines
_HUBS = 4  # rows of a bucket too full to be compared each with each, with which all its others are compared: the keepers come first


@compiled
def band_keys(values: Uint32s, ranks: Int64s, columns: tuple[int, int], out: Uint64s) -> int:
    """Fill `out` (uint64) with a key for each row of the matrix that has a rank (int64, -1: none), above that rank; gives how many.

    The key is that of the columns `columns[0]:columns[1]`.
    """
    count = 0
    for row in range(len(values)):
        key = np.uint64(0)
        for place in range(columns[0], columns[1]):
            key = (key ^ np.uint64(values[row, place])) * _SPREAD
            key ^= key >> _S32
        if ranks[row] >= 0:
            out[count] = ((key & _LOW) << _S32) | np.uint64(ranks[row])
            count += 1
    return count


@compiled
def keys_by_band(values: Uint32s, first: int, out: Uint64s) -> None:
    """Fill row n of `out` (uint64, bands x rows of the matrix) with the keys of column n, each above the number of its row, counted from `first`."""
    for low in range(0, len(values), _TILE):
        high = min(low + _TILE, len(values))
        for band in range(len(out)):
            for row in range(low, high):
                key = np.uint64(values[row, band]) * _SPREAD
                out[band, row] = (((key ^ (key >> _S32)) & _LOW) << _S32) | np.uint64(first + row)


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
def collect_pairs(keys: Uint64s, bucket: int, counts: Uint8s, least: int, place: tuple[int, int], out: Uint64s) -> tuple[int, int, int]:
    """Collect the pairs of ranks in the buckets of sorted band keys that have come up `least` times into `out` (uint64: left << 32 | right).

    How often a pair has come up over all bands is counted in a hashed table (`counts`, uint8, a power of two, stops at 255): two pairs that
    share a slot may be collected needlessly, none is lost; a pair comes again with every further band. Gives how many were collected and
    where to go on (`place`: the beginning of a bucket, a row in it) where `out` was full; at the end the first of these is the number of keys.
    """
    low, begin = place
    found = 0
    while low < len(keys):
        high = _next_bucket(keys, low)
        behind = min(high - 1, low + _HUBS) if high - low > bucket else high - 1
        for left in range(max(begin, low), behind):
            if found + high - left > len(out):
                return found, low, left
            a = keys[left] & _LOW
            for right in range(left + 1, high):
                b = keys[right] & _LOW
                if least > 1:
                    slot = _slot(a, b, len(counts))
                    counts[slot] += np.uint8(counts[slot] < 255)
                    if counts[slot] < least:
                        continue
                out[found] = (a << _S32) | b
                found += 1
        low = high
    return found, low, 0


@compiled
def agreements(values: Uint32s, pairs: Int64s, out: npt.NDArray[np.int64]) -> None:
    """Count the equal values of the two rows of each pair into `out` (int64)."""
    for row in range(len(pairs)):
        total = 0
        for place in range(values.shape[1]):
            total += values[pairs[row, 0], place] == values[pairs[row, 1], place]
        out[row] = total


@compiled
def band_starts(keys: Uint64s, out: Uint32s) -> None:
    """Where in sorted band keys each share of the possible keys begins, and last their number (`out`, uint32, 2 ** n + 1)."""
    shares = np.uint64(len(out) - 1)
    at = 0
    for share in range(len(out) - 1):
        while at < len(keys) and ((keys[at] >> _S32) * shares) >> _S32 < np.uint64(share):
            at += 1
        out[share] = at
    out[len(out) - 1] = len(keys)


@compiled
def probe_band(asked: Uint64s, keys: Uint64s, starts: Uint32s, bucket: int, out: Uint64s) -> int:
    """Look keys up in the sorted keys of a band on disk; gives how many pairs (uint64: number asked << 32 | row) went to `out`.

    Both carry a row number below the key; `starts` as `band_starts` makes them. Of a bucket of more than `bucket` rows the first few answer.
    The answer is negative where `out` is too short.
    """
    found = 0
    shares = np.uint64(len(starts) - 1)
    for place in range(len(asked)):
        wanted = asked[place] >> _S32
        share = (wanted * shares) >> _S32
        low, behind = np.int64(starts[share]), np.int64(starts[share + np.uint64(1)])
        high = behind
        while low < high:
            middle = (low + high) >> 1
            if keys[middle] >> _S32 < wanted:
                low = middle + 1
            else:
                high = middle
        end = low
        while end < behind and end - low <= bucket and keys[end] >> _S32 == wanted:
            end += 1
        for hit in range(low, end if end - low <= bucket else low + _HUBS):
            if found < len(out):
                out[found] = ((asked[place] & _LOW) << _S32) | (keys[hit] & _LOW)
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
