"""Sums, windows and runs over the lines of several pages laid end to end; none reaches over a page's border.

All sums are of integers, so a line's figures are the same bits whatever pages stand beside its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Int64s: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
AnyArray: TypeAlias = npt.NDArray[Any]

_APART = 1 << 40  # larger than any value a running maximum is taken of


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Where the pages stand in a row of lines: `offsets` (pages + 1); for each line its `page`, the page's `first` line and `end`."""

    offsets: Int64s
    page: Int64s
    first: Int64s
    end: Int64s
    index: Int64s

    @property
    def size(self) -> int:
        """Number of lines of all pages."""
        return len(self.page)


def make_segments(lengths: Sequence[int]) -> Segments:
    """Lay pages of the given numbers of lines (each at least one) end to end."""
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    page = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
    return Segments(offsets, page, offsets[:-1][page], offsets[1:][page], np.arange(len(page), dtype=np.int64))


def prefix_sums(values: AnyArray) -> Int64s:
    """Sums of the values (integers or flags, n) before each index (n + 1)."""
    out = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, dtype=np.int64, out=out[1:])
    return out


def _cut(places: Int64s, seg: Segments) -> Int64s:
    """Places (..., lines) cut to each line's page, the end included."""
    return np.minimum(np.maximum(places, seg.first), seg.end)


def range_sum(sums: Int64s, start: Int64s, end: Int64s, seg: Segments) -> Int64s:
    """For each line the sum over lines `[start, end)` cut to its page, from `prefix_sums`."""
    return sums[_cut(end, seg)] - sums[_cut(start, seg)]


def window_sum(sums: Int64s, before: int, after: int, seg: Segments) -> Int64s:
    """For each line the sum over the lines `i + before .. i + after` of its page, both included."""
    return range_sum(sums, seg.index + before, seg.index + (after + 1), seg)


def window_sums(sums: Int64s, windows: Sequence[tuple[int, int]], seg: Segments) -> Int64s:
    """`window_sum` for several windows (windows, lines)."""
    before, after = np.array(windows, dtype=np.int64).T[:, :, None]
    return range_sum(sums, seg.index + before, seg.index + (after + 1), seg)


def shifted(values: AnyArray, by: int, seg: Segments, fill: float = 0.0) -> AnyArray:
    """The values (..., lines) of line `i + by`, `fill` beyond the page."""
    at = seg.index + by
    beyond = (at < seg.first) | (at >= seg.end)
    at[beyond] = 0
    out: AnyArray = values.take(at, axis=-1)
    out[..., beyond] = fill
    return out


def shifts(values: AnyArray, reach: Sequence[int], seg: Segments, fill: float = 0.0) -> AnyArray:
    """`shifted` by each of some numbers of lines (numbers, lines)."""
    at = seg.index + np.array(reach)[:, None]
    beyond = (at < seg.first) | (at >= seg.end)
    at[beyond] = 0
    out: AnyArray = values[at]
    out[beyond] = fill
    return out


def last_before(mask: Bools, seg: Segments, itself: bool = False) -> Int64s:
    """Index of the last line of the page before this one (or this one) where `mask` holds, -1 where there is none."""
    marks = np.where(mask, seg.index, -1)
    last = np.maximum.accumulate(marks)
    if not itself:
        last = np.concatenate(([-1], last[:-1]))
    return np.where(last >= seg.first, last, -1)


def next_after(mask: Bools, seg: Segments, itself: bool = False) -> Int64s:
    """Index of the next line of the page after this one (or this one) where `mask` holds, -1 where there is none."""
    beyond = seg.size
    marks = np.where(mask, seg.index, beyond)
    following = np.minimum.accumulate(marks[::-1])[::-1]
    if not itself:
        following = np.concatenate((following[1:], [beyond]))
    return np.where(following < seg.end, following, -1)


def running_max(values: Int64s, seg: Segments) -> Int64s:
    """Largest value of the page up to each line, itself included."""
    apart = seg.page * _APART
    return np.maximum.accumulate(values + apart) - apart


def running_max_back(values: Int64s, seg: Segments) -> Int64s:
    """Largest value of the page from each line on, itself included."""
    apart = (seg.page[-1] - seg.page) * _APART
    highest: Int64s = np.maximum.accumulate((values + apart)[::-1])[::-1]
    out: Int64s = highest - apart
    return out


def page_max(values: AnyArray, seg: Segments) -> AnyArray:
    """The page's largest value, for each line."""
    largest: AnyArray = np.maximum.reduceat(values, seg.offsets[:-1])
    spread: AnyArray = largest[seg.page]
    return spread


def page_sum(values: AnyArray, seg: Segments) -> Int64s:
    """The page's sum of integers or flags, for each line."""
    totals: Int64s = np.add.reduceat(values.astype(np.int64), seg.offsets[:-1])
    spread: Int64s = totals[seg.page]
    return spread


def best_runs(scores: Int64s, seg: Segments) -> tuple[Int64s, Int64s]:
    """For each line the largest sum of any run of lines of its page through it, and the page's largest of these."""
    sums = np.concatenate(([0], np.cumsum(scores, dtype=np.int64)))
    lowest = -running_max(-sums[:-1], seg)
    highest = running_max_back(sums[1:], seg)
    through = highest - lowest
    return through, page_max(through, seg)


def share(part: AnyArray, whole: AnyArray) -> Floats:
    """`part / whole` (part: ..., lines; whole: lines), 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole != 0)


def _window_sizes(windows: Sequence[tuple[int, int]], seg: Segments) -> Int64s:
    """How many lines of the page each window really holds (windows, lines)."""
    before, after = np.array(windows, dtype=np.int64).T[:, :, None]
    return _cut(seg.index + (after + 1), seg) - _cut(seg.index + before, seg)


def window_shares(sums: Int64s, windows: Sequence[tuple[int, int]], seg: Segments) -> Floats:
    """Mean of each window's lines (windows, lines)."""
    return share(window_sums(sums, windows, seg), _window_sizes(windows, seg))


def signed_log(values: AnyArray) -> Floats:
    """sign(x) log(1 + |x|)."""
    return np.sign(values) * np.log1p(np.abs(values))
