"""All trees of a forest over many lines at once, without walking: each test a line fails strikes out the leaves it can no longer reach.

The first leaf left over is the one the tree leads to (QuickScorer: Lucchese et al., SIGIR 2015). Importing this module imports Numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cleaner.core.trees import NODES
from cleaner.text.kernel import compiled

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Float32s = npt.NDArray[np.float32]
Bits = npt.NDArray[Any]

_LANES = 128  # lines scored together: long loops, and what they read stays in the cache
_ONE = np.uint64(1)
_DE_BRUIJN, _S58 = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)
# Place of the lowest bit by the upper six bits of (lowest bit x de Bruijn constant).
_PLACES = np.zeros(64, dtype=np.uint8)
for _bit in range(64):
    _PLACES[(0x03F79D71B4CB0A89 << _bit & 0xFFFFFFFFFFFFFFFF) >> 58] = _bit


@compiled
def score_columns(columns: Float32s, feature: Int32s, threshold: Float32s, kept: Bits, leaves: Bits, value: Int32s) -> Int64s:
    """Sum of the leaf values of all trees (n,) for lines laid side by side (float32, columns x n); the other arrays are those of `Splits`."""
    size = columns.shape[1]
    out = np.zeros(size, dtype=np.int64)
    block = np.zeros((columns.shape[0], min(_LANES, size)), dtype=np.float32)
    left = np.empty(block.shape[1], dtype=leaves.dtype)
    every = ~leaves.dtype.type(0)
    for low in range(0, size, _LANES):
        lanes = min(_LANES, size - low)
        block[:, :lanes] = columns[:, low : low + lanes]
        for tree in range(len(leaves)):
            left[:] = leaves[tree]
            for node in range(0, feature.shape[1], NODES):  # so many at a time, that `left` is read and written less often
                column, limit, rest = feature[tree, node:], threshold[tree, node:], kept[tree, node:]
                a, b, c, d = block[column[0]], block[column[1]], block[column[2]], block[column[3]]
                limit_a, limit_b, limit_c, limit_d = limit[0], limit[1], limit[2], limit[3]
                rest_a, rest_b, rest_c, rest_d = rest[0], rest[1], rest[2], rest[3]
                for lane in range(len(left)):
                    first = (rest_a if a[lane] > limit_a else every) & (rest_b if b[lane] > limit_b else every)
                    left[lane] &= first & (rest_c if c[lane] > limit_c else every) & (rest_d if d[lane] > limit_d else every)
            for lane in range(lanes):
                reached = np.uint64(left[lane])
                lowest = reached & (~reached + _ONE)
                out[low + lane] += value[tree, _PLACES[(lowest * _DE_BRUIJN) >> _S58]]
    return out
