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

_LANES = 128  # lines taken together: long loops, whose values stay in the cache
_ZERO = np.float32(0)


@compiled
def _add_rows(total: Float32s, values: Float32s, rows: Float32s) -> None:
    """Add to `total` (width) the rows (n x width), each times its value (n), one after the other; four are read at a time."""
    for at in range(0, len(rows), 4):
        p, q, r, s = rows[at], rows[at + 1], rows[at + 2], rows[at + 3]
        a, b, c, d = values[at], values[at + 1], values[at + 2], values[at + 3]
        for unit in range(len(total)):
            total[unit] = (((total[unit] + a * p[unit]) + b * q[unit]) + c * r[unit]) + d * s[unit]


@compiled
def _add_rows_to_three(total: Float32s, values: Float32s, rows: Float32s) -> None:
    """`_add_rows` to each of three lines (3 x width) with its values (3 x n): a row is read once for all of them."""
    first, second, third = total[0], total[1], total[2]
    for at in range(0, len(rows), 4):
        p, q, r, s = rows[at], rows[at + 1], rows[at + 2], rows[at + 3]
        a, b, c, d = values[0, at], values[0, at + 1], values[0, at + 2], values[0, at + 3]
        e, f, g, h = values[1, at], values[1, at + 1], values[1, at + 2], values[1, at + 3]
        i, j, k, m = values[2, at], values[2, at + 1], values[2, at + 2], values[2, at + 3]
        for unit in range(total.shape[1]):
            first[unit] = (((first[unit] + a * p[unit]) + b * q[unit]) + c * r[unit]) + d * s[unit]
            second[unit] = (((second[unit] + e * p[unit]) + f * q[unit]) + g * r[unit]) + h * s[unit]
            third[unit] = (((third[unit] + i * p[unit]) + j * q[unit]) + k * r[unit]) + m * s[unit]


@compiled
def _add_products(total: Float32s, weight: Float32s, values: Float32s) -> None:
    """Add to `total` (units x lanes) the values (inputs x lanes), each times its weight (inputs x units), one input after the other.

    Four inputs are read at a time for two units.
    """
    many = len(weight) // 4 * 4
    for unit in range(0, len(total), 2):
        one, other = total[unit], total[unit + 1]
        for at in range(0, many, 4):
            a, b, c, d = values[at], values[at + 1], values[at + 2], values[at + 3]
            p, q, r, s = weight[at, unit], weight[at + 1, unit], weight[at + 2, unit], weight[at + 3, unit]
            t, u, v, w = weight[at, unit + 1], weight[at + 1, unit + 1], weight[at + 2, unit + 1], weight[at + 3, unit + 1]
            for lane in range(total.shape[1]):
                one[lane] = (((one[lane] + a[lane] * p) + b[lane] * q) + c[lane] * r) + d[lane] * s
                other[lane] = (((other[lane] + a[lane] * t) + b[lane] * u) + c[lane] * v) + d[lane] * w
        for at in range(many, len(weight)):
            for lane in range(total.shape[1]):
                one[lane] += values[at, lane] * weight[at, unit]
                other[lane] += values[at, lane] * weight[at, unit + 1]


@compiled
def enter(columns: Float32s, scaling: Float32s, weight: Float32s, bias: Float32s, limit: float, hidden: Float32s) -> None:
    """Hidden values (lines x width) of lines laid side by side (columns x lines): scaled, cut at the limit, summed up, negative ones to 0.

    `scaling` (2 x columns): what is taken off a column, what it is then multiplied with. `weight` (columns x width), `bias` (width).
    """
    most = np.float32(limit)
    values = np.zeros((len(weight), min(_LANES, columns.shape[1])), dtype=np.float32)
    total = np.empty((len(bias), values.shape[1]), dtype=np.float32)
    for low in range(0, columns.shape[1], _LANES):
        high = min(low + _LANES, columns.shape[1])
        for column in range(len(weight)):
            centre, scale = scaling[0, column], scaling[1, column]
            for line in range(low, high):
                values[column, line - low] = min(max((columns[column, line] - centre) * scale, -most), most)
        for unit in range(len(bias)):
            total[unit] = bias[unit]
        _add_products(total, weight, values)
        for line in range(low, high):
            for unit in range(len(bias)):
                hidden[line, unit] = max(total[unit, line - low], _ZERO)


@compiled
def look_around(hidden: Float32s, weight: Float32s, bias: Float32s, reach: int, offsets: Int64s) -> Float32s:
    """Hidden values (lines x width) with what a layer adds to them: from the line itself and those `reach` before and after on its page.

    `weight` (3 x width x width): before, itself, after. `offsets` (pages + 1): where pages begin.
    """
    out = np.empty_like(hidden)
    for page in range(len(offsets) - 1):
        first, end = offsets[page], offsets[page + 1]
        out[first:end] = bias
        for side in range(3):
            by, rows = (side - 1) * reach, weight[side]
            line, closes = max(first, first - by), min(end, end - by)
            while line + 3 <= closes:
                _add_rows_to_three(out[line : line + 3], hidden[line + by : line + by + 3], rows)
                line += 3
            while line < closes:
                _add_rows(out[line], hidden[line + by], rows)
                line += 1
        for line in range(first, end):
            for unit in range(hidden.shape[1]):
                out[line, unit] = hidden[line, unit] + max(out[line, unit], _ZERO)
    return out


@compiled
def leave(hidden: Float32s, weight: Float32s, bias: float, out: Float32s) -> None:
    """The log-odds (float32, lines) that hidden values (lines x width) stand for."""
    for line in range(len(hidden)):
        total = np.float32(bias)
        for unit in range(len(weight)):
            total += hidden[line, unit] * weight[unit]
        out[line] = total
