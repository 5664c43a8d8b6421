"""The compiled sums over lines and their terms: what a line shares with chosen lines, with those before, with those behind.

All take the pairs of `Terms`: `term`, `line`, `weight` and so on (int64, pairs). Importing this module imports Numba.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleaner.core.terms import COMMON_WEIGHT
from cleaner.text.kernel import compiled

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Uint8s = npt.NDArray[np.uint8]

# Columns of `sum_uses`.
TERMS, COMMON, SEEN, IN_BLOCK, SEEN_NEAR, SEEN_WIDE, WITH_LAST, FRONT = range(8)
AGAIN, SOON, AGAIN_WIDE, LEAD, LEAD_BLOCK, LEAD_NEXT, WITH_NEXT, LATER = range(8, 16)
USES = 16
_NEAR, _WIDE, _LATER = 3, 8, 6  # lines


@compiled
def share_chosen(pairs: Int64s, weight: Int64s, chosen: Uint8s, count: int, out: Int64s) -> None:
    """Sum the weights of each line's terms that stand on chosen lines: row n of `out` (int64, sets x lines) for those with bit n in `chosen`."""
    found = np.zeros(count, dtype=np.uint8)
    for pair in range(len(weight)):
        found[pairs[pair, 0]] |= chosen[pairs[pair, 1]]
    for pair in range(len(weight)):
        bits = found[pairs[pair, 0]]
        for row in range(len(out)):
            if bits >> row & 1:
                out[row, pairs[pair, 1]] += weight[pair]


@compiled
def sum_uses(pairs: Int64s, weight: Int64s, uses: Int64s, start: Int64s, out: Int64s) -> None:
    """Sum each line's weights (int64, columns above x lines) by where its terms were used before and come again; `start`: of the page's block."""
    for pair in range(len(weight)):
        term, line, before, after = pairs[pair, 0], pairs[pair, 1], pairs[pair, 2], pairs[pair, 3]
        heavy, opens = weight[pair], start[line]
        seen, in_block = before >= 0, before >= opens and before >= 0
        again, follows = after >= 0, after == line + 1
        soon = again and after <= line + _NEAR
        out[TERMS, line] += 1
        out[COMMON, line] += heavy < COMMON_WEIGHT
        if seen:
            first = uses[term, 1]
            out[SEEN, line] += heavy
            out[IN_BLOCK, line] += heavy * in_block
            out[SEEN_NEAR, line] += heavy * (before >= line - _NEAR)
            out[SEEN_WIDE, line] += heavy * (before >= line - _WIDE)
            out[WITH_LAST, line] += heavy * (before == line - 1)
            out[FRONT, line] += heavy * (opens - 1 <= first <= opens + 2)
        if again:
            out[AGAIN, line] += heavy
            out[SOON, line] += heavy * soon
            out[AGAIN_WIDE, line] += heavy * (after <= line + _WIDE)
            out[LEAD, line] += heavy * (soon and not seen)
            out[LEAD_BLOCK, line] += heavy * (soon and not in_block)
            out[LEAD_NEXT, line] += heavy * (follows and not in_block)
            out[WITH_NEXT, line] += heavy * follows
            out[LATER, line] += heavy * (uses[term, 2] > line + _LATER)


@compiled
def sum_borders(pairs: Int64s, weight: Int64s, reaches: tuple[int, int], out: Int64s) -> None:
    """Enter what crosses borders between lines (int64, 4 x lines + 1): weights of terms first used on a line, of terms last used on it, then for
    each reach the differences, from border to border, of the weights of terms used on both sides within so many lines.
    """
    for pair in range(len(weight)):
        line, before, heavy = pairs[pair, 1], pairs[pair, 2], weight[pair]
        if pairs[pair, 3] < 0:
            out[1, line] += heavy
        if before < 0:
            out[0, line] += heavy
            continue
        for row, reach in enumerate(reaches):
            low, high = max(before + 1, line - reach + 1), min(line, before + reach) + 1
            if high > low:
                out[2 + row, low] += heavy
                out[2 + row, high] -= heavy


@compiled
def sum_centre(pairs: Int64s, weight: Int64s, member: Int64s, count: int, out: Floats) -> None:
    """Compare each line with the sum of the lines that `member` weighs, its own share taken out; `count`: of terms.

    Rows of `out` (float64, 4 x lines): the dot product, the square of the line's length, the weight of the terms it shares, and what the terms
    first used on it add to the square of the sum's length.
    """
    total = np.zeros(count, dtype=np.float64)
    for pair in range(len(weight)):
        total[pairs[pair, 0]] += weight[pair] * member[pairs[pair, 1]]
    for pair in range(len(weight)):
        term, line, heavy = pairs[pair, 0], pairs[pair, 1], weight[pair]
        others = total[term] - heavy * member[line]
        out[0, line] += heavy * others
        out[1, line] += heavy * heavy
        out[2, line] += heavy * (others > 0)
        if pairs[pair, 2] < 0:
            out[3, line] += total[term] * total[term]
