"""The compiled loops of the network: rows of lines to hidden values, layers that look at lines further and further away, log-odds.

Every sum is of float32 in one fixed order, without fused steps, so that a line's figure is the same bits on every machine and whatever
pages stand beside its own. Importing this module imports Numba.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleaner.text.kernel import compiled

Int64s = npt.NDArray[np.int64]
Float32s = npt.NDArray[np.float32]

_LANES = 32  # lines taken together: their hidden values stay in the cache while the columns pass by
_ZERO = np.float32(0)


@compiled
def enter(columns: Float32s, scaling: Float32s, weight: Float32s, bias: Float32s, limit: float, hidden: Float32s) -> None:
    """Hidden values (lines x width) of lines laid side by side (columns x lines): scaled, cut at the limit, summed up, negative ones to 0.

    `scaling` (2 x columns): what is taken off a column, what it is then multiplied with. `weight` (columns x width), `bias` (width).
    """
    most = np.float32(limit)
    for low in range(0, columns.shape[1], _LANES):
        high = min(low + _LANES, columns.shape[1])
        for line in range(low, high):
            hidden[line] = bias
        for column in range(columns.shape[0]):
            centre, scale, row = scaling[0, column], scaling[1, column], weight[column]
            for line in range(low, high):
                value = min(max((columns[column, line] - centre) * scale, -most), most)
                if value != _ZERO:
                    for unit in range(len(row)):
                        hidden[line, unit] += value * row[unit]
        for line in range(low, high):
            for unit in range(hidden.shape[1]):
                hidden[line, unit] = max(hidden[line, unit], _ZERO)


@compiled
def look_around(hidden: Float32s, weight: Float32s, bias: Float32s, reach: int, offsets: Int64s) -> Float32s:
    """Hidden values (lines x width) with what a layer adds to them: from the line itself and those `reach` before and after on its page.

    `weight` (3 x width x width): before, itself, after. `offsets` (pages + 1): where pages begin.
    """
    out = np.empty_like(hidden)
    width = hidden.shape[1]
    total = np.empty(width, dtype=np.float32)
    for page in range(len(offsets) - 1):
        first, end = offsets[page], offsets[page + 1]
        for line in range(first, end):
            total[:] = bias
            for side in range(3):
                other = line + (side - 1) * reach
                if first <= other < end:
                    for unit in range(width):
                        value, row = hidden[other, unit], weight[side, unit]
                        if value != _ZERO:
                            for to in range(width):
                                total[to] += value * row[to]
            for to in range(width):
                out[line, to] = hidden[line, to] + max(total[to], _ZERO)
    return out


@compiled
def leave(hidden: Float32s, weight: Float32s, bias: float, out: Float32s) -> None:
    """The log-odds (float32, lines) that hidden values (lines x width) stand for."""
    for line in range(len(hidden)):
        total = np.float32(bias)
        for unit in range(len(weight)):
            total += hidden[line, unit] * weight[unit]
        out[line] = total
