"""Where a line stands: how dense the prose is around it, in which block of prose, how far down the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleaner.core.lines import DIGIT, WORD_UNITS, Lines
from cleaner.core.segments import (
    Bools,
    Int64s,
    best_runs,
    last_before,
    next_after,
    page_sum,
    prefix_sums,
    range_sum,
    share,
    shifted,
    signed_log,
    window_shares,
    window_sums,
)  # fmt: skip
from cleaner.core.shape import Columns, kinds, named

# Cost of a line that is no prose, in words, when the best run of lines is looked for: small costs join neighbouring runs of
# prose, large ones take them apart (prototype, 2026-11; 25 was its third-best feature).
COSTS = (3, 10, 25)
MAIN_COST = 10
CAP_WORDS = 50  # a long line counts at most so many words
FAR = 60  # lines; distances to what is not on the page


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The best run of prose of each page, seen from each line: `start`, `end` (index of its first and last line), `inside`."""

    start: Int64s
    end: Int64s
    inside: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Prose lines and the best run of each page, which the other families read."""

    long: Bools
    tiny: Bools
    terminal: Bools
    block: Block


def _scores(lines: Lines, long: Bools, terminal: Bools, cost: int) -> Int64s:
    short = np.where(terminal, lines.units * 3 // 10, -cost * WORD_UNITS)
    return np.where(long, np.minimum(lines.units, CAP_WORDS * WORD_UNITS), short)


def _block(lines: Lines, through: Int64s, best: Int64s) -> Block:
    seg = lines.seg
    hit = through == best
    first = np.flatnonzero(hit)
    pages = seg.page[first]
    opens = first[np.searchsorted(pages, np.arange(len(seg.offsets) - 1))]
    closes = next_after(~hit, seg)[opens]
    last = np.where(closes < 0, seg.offsets[1:], closes) - 1
    start, end = opens[seg.page], last[seg.page]
    return Block(start, end, (seg.index >= start) & (seg.index <= end))


def layout_of(lines: Lines) -> Layout:
    """Find the prose lines and the best run of prose of each page (cost 10)."""
    long, tiny, terminal = kinds(lines)
    through, best = best_runs(_scores(lines, long, terminal, MAIN_COST), lines.seg)
    return Layout(long, tiny, terminal, _block(lines, through, best))


def block_columns(lines: Lines, layout: Layout) -> Columns:
    """For each cost: how good the best run through the line is, and where the line stands to the page's best run."""
    columns: Columns = {}
    index = lines.seg.index
    for cost in COSTS:
        through, best = best_runs(_scores(lines, layout.long, layout.terminal, cost), lines.seg)
        block = _block(lines, through, best)
        columns[f"run{cost}_ratio"] = share(through, np.maximum(best, 1))
        columns[f"run{cost}_inside"] = block.inside
        columns[f"run{cost}_from_start"] = signed_log(index - block.start)
        columns[f"run{cost}_from_end"] = signed_log(index - block.end)
        columns[f"run{cost}_place"] = np.clip(share(index - block.start, np.maximum(block.end - block.start, 1)), -1, 2)
    return columns


def density_columns(lines: Lines, layout: Layout) -> Columns:
    """Shares of prose and of tiny lines in windows, words before and after, distances to prose."""
    seg = lines.seg
    long_sums, tiny_sums = prefix_sums(layout.long), prefix_sums(layout.tiny)
    word_sums, long_words = prefix_sums(lines.units), prefix_sums(np.where(layout.long, lines.units, 0))
    terminal_sums = prefix_sums(layout.terminal)
    columns: Columns = {}
    columns |= named("long_share1 long_share3 long_share7 long_share15", window_shares(long_sums, [(-1, 1), (-3, 3), (-7, 7), (-15, 15)], seg))
    columns |= named("tiny_share3 tiny_share7", window_shares(tiny_sums, [(-3, 3), (-7, 7)], seg))
    for reach in (4, 10):
        for name, sums in (("long_words", long_words), ("near_words", word_sums)):
            words = window_sums(sums, [(-reach, -1), (1, reach)], seg) / WORD_UNITS
            columns |= named(f"{name}_before{reach} {name}_after{reach}", np.log1p(words))
    columns |= named("terminal_before8 terminal_after8", window_shares(terminal_sums, [(-8, -1), (1, 8)], seg))
    previous, following = last_before(layout.long, seg), next_after(layout.long, seg)
    columns["to_long_before"] = np.where(previous < 0, FAR, np.minimum(seg.index - previous, FAR))
    columns["to_long_after"] = np.where(following < 0, FAR, np.minimum(following - seg.index, FAR))
    gap_before = range_sum(word_sums, previous + 1, seg.index, seg)
    gap_after = range_sum(word_sums, seg.index + 1, np.where(following < 0, seg.end, following), seg)
    columns["words_to_long_before"] = np.log1p(gap_before / WORD_UNITS)
    columns["words_to_long_after"] = np.log1p(gap_after / WORD_UNITS)
    before, after = last_before(~layout.tiny, seg), next_after(~layout.tiny, seg)
    run = np.where(after < 0, seg.end, after) - np.where(before < 0, seg.first - 1, before) - 1
    columns["tiny_run"] = np.where(layout.tiny, np.minimum(run, FAR), 0)
    return columns


def page_columns(lines: Lines, layout: Layout) -> Columns:
    """What the whole page is like and how far down the line stands."""
    seg = lines.seg
    size = seg.end - seg.first
    position = seg.index - seg.first
    long_units = np.where(layout.long, lines.units, 0)
    all_words, all_long = page_sum(lines.units, seg), page_sum(long_units, seg)
    word_sums, long_sums, long_word_sums = prefix_sums(lines.units), prefix_sums(layout.long), prefix_sums(long_units)
    left = range_sum(long_sums, seg.index + 1, seg.end, seg)
    in_block = range_sum(long_word_sums, layout.block.start, layout.block.end + 1, seg)
    return {
        "page_lines": np.log1p(size),
        "page_tiny": share(page_sum(layout.tiny, seg), size),
        "page_long_words": share(all_long, all_words),
        "page_long": np.log1p(page_sum(layout.long, seg)),
        "page_block_share": share(in_block, all_long),
        "place": position / np.maximum(size - 1, 1),
        "log_place": np.log1p(position),
        "log_from_end": np.log1p(seg.end - 1 - seg.index),
        "long_left": np.log1p(left),
        "long_so_far": share(range_sum(long_word_sums, seg.first, seg.index, seg), all_long),
        "words_so_far": share(range_sum(word_sums, seg.first, seg.index, seg), all_words),
    }


def zone_columns(lines: Lines, layout: Layout) -> Columns:
    """Lists of like lines: how often a line's shape recurs on the page and around it, how even the lengths are."""
    seg = lines.seg
    first = lines.classes[lines.start].astype(np.int64)
    last = lines.classes[lines.end - 1].astype(np.int64)
    length = np.minimum(np.log2(1 + lines.words) * 2, 9).astype(np.int64)
    digits = lines.counts[:, DIGIT] > 0
    shape = ((seg.page * 16 + first) * 16 + last) * 20 + length * 2 + digits
    _, inverse, counts = np.unique(shape, return_inverse=True, return_counts=True)
    often = counts[inverse]
    recurring = (often >= 3) & ~layout.long
    sums, first_letter = prefix_sums(recurring), prefix_sums(digits & ~layout.long)
    even = np.abs(shifted(length, 1, seg) - length) + np.abs(shifted(length, -1, seg) - length)
    return {
        "shape_often": np.log1p(often),
        "shape_share": often / (seg.end - seg.first),
        "same_as_two_before": shifted(shape, -2, seg, -1.0) == shape,
        "same_as_before": shifted(shape, -1, seg, -1.0) == shape,
        "same_as_after": shifted(shape, 1, seg, -1.0) == shape,
        **named("recurring5 recurring12", window_shares(sums, [(-5, 5), (-12, 12)], seg)),
        **named("digits7", window_shares(first_letter, [(-7, 7)], seg)),
        "uneven": even,
    }
