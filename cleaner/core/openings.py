"""Signs that another story opens: datelines, names given in full again, another hand's quotation marks and spelling."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from cleaner.core.layout import Layout
from cleaner.core.lines import BRACKET_AT, COLON_AT, DASH_AT, STYLES, Lines
from cleaner.core.segments import Bools, prefix_sums, range_sum, share, shifted
from cleaner.core.shape import Columns

HEAD_PARAGRAPHS = 2  # first paragraphs of the block, in which names are given in full
FAR_BACK = 6  # lines since a pair of words was last used, from which on it is used anew
STYLE_LINES = 3  # lines from this one on whose spelling is compared with that of the block before it
_GROUPS = np.array([0, *accumulate(len(group) for group in STYLES)], dtype=np.int64)  # where the variants of each group begin


def _head(lines: Lines, layout: Layout) -> Bools:
    """The first paragraphs of each page's block."""
    rank = prefix_sums(layout.long & layout.block.inside)
    in_head: Bools = layout.block.inside & layout.long & (rank[lines.seg.index] - rank[layout.block.start] < HEAD_PARAGRAPHS)
    return in_head


def dateline_columns(lines: Lines, layout: Layout) -> Columns:
    """Whether a paragraph opens with a place or an agency set off by dash, bracket or colon, and how often that happened in the block."""
    seg = lines.seg
    marks = {"dash_at": DASH_AT, "bracket_at": BRACKET_AT, "colon_at": COLON_AT}
    columns: Columns = {name: np.where(layout.long, lines.marks[:, mark], 0) for name, mark in marks.items()}
    opens = layout.long & ((columns["dash_at"] > 0) | (columns["bracket_at"] > 1))
    sums = prefix_sums(opens)
    start = np.minimum(layout.block.start, seg.index)
    columns["dateline_since"] = range_sum(sums, start + 2, seg.index + 1, seg)
    columns["dateline_head"] = range_sum(sums, start, np.minimum(start + HEAD_PARAGRAPHS, seg.end), seg) > 0
    return columns


def pair_columns(lines: Lines, layout: Layout) -> Columns:
    """Pairs of words: those of the head, those used anew after a pause, those never used before."""
    from cleaner.core.recurrence import recur_pairs  # imports Numba

    seg = lines.seg
    out = np.zeros((5, seg.size), dtype=np.int64)
    recur_pairs(lines.hashes, lines.token_line, lines.page_tokens, _head(lines, layout), out)
    names = ("pairs_head", "pairs_anew", "pairs_near", "pairs_later")
    return {name: share(found, out[0]) for name, found in zip(names, out[1:], strict=True)}


def style_columns(lines: Lines, layout: Layout) -> Columns:
    """How far quotation marks, dashes, digits and spelling from here on are other than in the block before this line."""
    from cleaner.core.scan import compare_styles  # imports Numba

    seg = lines.seg
    start = np.minimum(layout.block.start, seg.index)
    counts = np.zeros((seg.size + 1, lines.styles.shape[1]), dtype=np.int64)
    np.cumsum(lines.styles, axis=0, out=counts[1:])
    out = np.zeros((2, seg.size))
    compare_styles(counts, start, np.minimum(seg.index + STYLE_LINES, seg.end), _GROUPS, out)
    apart, compared = out
    style = share(apart, compared)
    columns: Columns = {"style_apart": style, "style_groups": compared}
    return columns | {f"style_apart{by:+d}": shifted(style, by, seg, -1.0) for by in (1, -2)}


def opening_columns(lines: Lines, layout: Layout) -> Columns:
    """All columns of this family."""
    return dateline_columns(lines, layout) | pair_columns(lines, layout) | style_columns(lines, layout)
