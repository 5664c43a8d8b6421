"""All trees of a forest over many lines at once, without walking: each test a line fails strikes out the leaves it can no longer reach.

The first leaf left over is the one the tree leads to (QuickScorer: Lucchese et al., SIGIR 2015). Importing this module imports Numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cleaner.text.kernel import compiled

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Float32s = npt.NDArray[np.float32]
Bits = npt.NDArray[Any]

_LANES = 64  # lines scored together: what a block of them reads and writes stays in the cache
_ONE = np.uint64(1)
_DE_BRUIJN, _S58 = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)
# Place of the lowest bit by the upper six bits of (lowest bit x de Bruijn constant).
_PLACES = np.zeros(64, dtype=np.uint8)
for _bit in range(64):
    _PLACES[(0x03F79D71B4CB0A89 << _bit & 0xFFFFFFFFFFFFFFFF) >> 58] = _bit


@compiled
def score_columns(columns: Float32s, places: Int32s, threshold: Float32s, kept: Bits, leaves: Bits, value: Int32s) -> Int64s:
    """Sum of the leaf values of all trees (n,) for lines laid side by side (float32, columns x n); the other arrays are those of `Splits`."""
    size = columns.shape[1]
    out = np.zeros(size, dtype=np.int64)
    block = np.zeros((columns.shape[0], _LANES), dtype=np.float32)
    alive = np.empty((len(leaves), _LANES), dtype=leaves.dtype)
    every = ~leaves.dtype.type(0)
    for low in range(0, size, _LANES):
        lanes = min(_LANES, size - low)
        block[:, :lanes] = columns[:, low : low + lanes]
        for tree in range(len(leaves)):
            alive[tree] = leaves[tree]
        for node in range(len(kept)):
            limit, rest, values, left = threshold[node], kept[node], block[places[node, 0]], alive[places[node, 1]]
            for lane in range(_LANES):  # a number of rounds known beforehand: several lanes at a time
                left[lane] &= rest if values[lane] > limit else every
        for tree in range(len(leaves)):
            for lane in range(lanes):
                reached = np.uint64(alive[tree, lane])
                lowest = reached & (~reached + _ONE)
                out[low + lane] += value[tree, _PLACES[(lowest * _DE_BRUIJN) >> _S58]]
    return out
