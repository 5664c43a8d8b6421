"""Signs that another story opens: datelines, names given in full again, another hand's quotation marks and spelling."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleaner.core.layout import Layout
from cleaner.core.lines import BRACKET, COLON, DASH, SPACE, Lines
from cleaner.core.segments import AnyArray, Bools, Int64s, last_before, prefix_sums, range_sum, share, shifted
from cleaner.core.shape import Columns

LEAD_CHARS = 60  # first characters of a paragraph in which a dateline ends
HEAD_PARAGRAPHS = 2  # first paragraphs of the block, in which names are given in full
FAR_BACK = 6  # lines since a pair of words was last used, from which on it is used anew
STYLE_LINES = 3  # lines from this one on whose spelling is compared with that of the block before it
# Choices between characters that mean the same: a hand keeps to one of each group.
_STYLES = (
    ('"', "“”„", "«»", "「」『』"), ("'", "‘’"), ("-", "–", "—"), ("أإآ", "ا"), ("ى", "ي"), ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"),
    ("\u064b", "\u064e\u064f\u0650\u0651"), ("،", ","), ("ё", "е"), ("%", "٪"),
)  # fmt: skip


def _variants() -> tuple[npt.NDArray[np.uint32], Int64s, Int64s]:
    """Code points that are a choice (sorted), the number of each one's variant, the group of each variant."""
    codes: dict[int, int] = {}
    groups: list[int] = []
    for group, variants in enumerate(_STYLES):
        for variant in variants:
            codes |= {ord(char): len(groups) for char in variant}
            groups.append(group)
    keys = np.array(sorted(codes), dtype=np.uint32)
    return keys, np.array([codes[int(key)] for key in keys], dtype=np.int64), np.array(groups, dtype=np.int64)


def _head(lines: Lines, layout: Layout) -> Bools:
    """The first paragraphs of each page's block."""
    rank = prefix_sums(layout.long & layout.block.inside)
    in_head: Bools = layout.block.inside & layout.long & (rank[lines.seg.index] - rank[layout.block.start] < HEAD_PARAGRAPHS)
    return in_head


def _first_at(hit: npt.NDArray[np.bool_]) -> Int64s:
    """Position (from 1) of the first hit in each row, 0 where there is none."""
    return np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0).astype(np.int64)


def dateline_columns(lines: Lines, layout: Layout) -> Columns:
    """Whether a paragraph opens with a place or an agency set off by dash, bracket or colon, and how often that happened in the block."""
    seg = lines.seg
    places = np.minimum(lines.start[:, None] + np.arange(LEAD_CHARS), (lines.end - 1)[:, None])
    classes = lines.classes[places]
    dash = classes == DASH
    spaced = np.zeros_like(dash)
    spaced[:, 1:-1] = dash[:, 1:-1] & ((classes[:, :-2] == SPACE) | (classes[:, 2:] == SPACE))
    marks = {"dash": spaced, "bracket": classes == BRACKET, "colon": classes == COLON}
    columns: Columns = {f"{name}_at": np.where(layout.long, _first_at(hit), 0) for name, hit in marks.items()}
    opens = layout.long & ((columns["dash_at"] > 0) | (columns["bracket_at"] > 1))
    sums = prefix_sums(opens)
    start = np.minimum(layout.block.start, seg.index)
    long_start = last_before(layout.long & layout.block.inside & (seg.index <= layout.block.start + 1), seg, itself=True)
    columns["dateline_since"] = range_sum(sums, start + 2, seg.index + 1, seg)
    columns["dateline_head"] = np.where(long_start >= 0, opens[np.maximum(long_start, 0)], False)
    return columns


def pair_columns(lines: Lines, layout: Layout) -> Columns:
    """Pairs of words: those of the head, those used anew after a pause, those never used before."""
    seg, size = lines.seg, lines.seg.size
    names = ("pairs_head", "pairs_anew", "pairs_near", "pairs_later")
    owner = lines.token_line
    if len(owner) < 2:
        return {name: np.zeros(size) for name in names}
    whole = owner[1:] == owner[:-1]
    line = owner[1:][whole]
    mixed = (lines.hashes[:-1] * np.uint64(3) + lines.hashes[1:] * np.uint64(0x9E3779B97F4A7C15))[whole]
    mixed ^= seg.page[line].astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9)
    _, inverse = np.unique(mixed, return_inverse=True)
    order = np.argsort(inverse * size + line, kind="stable")
    pair, at = inverse[order], line[order]
    opens = np.append(True, pair[1:] != pair[:-1])
    before = np.where(opens, -1, np.append(-1, at[:-1]))
    after = np.where(np.append(opens[1:], True), -1, np.append(at[1:], -1))
    in_head = np.bincount(pair, _head(lines, layout)[at], pair[-1] + 1 if len(pair) else 0)[pair] > 0
    total = np.bincount(at, minlength=size)
    earlier = (before >= 0) & (before < at)
    found = (in_head & earlier, earlier & (before < at - FAR_BACK), earlier & (before >= at - FAR_BACK), after > at)
    return {name: share(np.bincount(at, hit, size), total) for name, hit in zip(names, found, strict=True)}


def style_columns(lines: Lines, layout: Layout) -> Columns:
    """How far quotation marks, dashes, digits and spelling from here on are other than in the block before this line."""
    seg = lines.seg
    keys, variants, groups = _variants()
    at = np.searchsorted(keys, lines.codes)
    hit = np.flatnonzero(keys[np.minimum(at, len(keys) - 1)] == lines.codes)
    start = np.minimum(layout.block.start, seg.index)
    counts = _counts(hit, variants[at[hit]], len(groups), lines)
    before, here = range_sum(counts, start, seg.index, seg), range_sum(counts, seg.index, seg.index + STYLE_LINES, seg)
    apart, compared = np.zeros(seg.size), np.zeros(seg.size)
    for group in range(len(_STYLES)):
        members = np.flatnonzero(groups == group)
        all_before, all_here = before[:, members].sum(axis=1), here[:, members].sum(axis=1)
        both = (all_before > 0) & (all_here > 0)
        gap = np.stack([np.abs(share(before[:, n], all_before) - share(here[:, n], all_here)) for n in members]).sum(axis=0)
        apart += np.where(both, gap, 0)
        compared += both
    style = share(apart, compared)
    columns: Columns = {"style_apart": style, "style_groups": compared}
    return columns | {f"style_apart{by:+d}": shifted(style, by, seg, -1.0) for by in (1, -2)}


def _counts(at: AnyArray, variant: AnyArray, variants: int, lines: Lines) -> Int64s:
    """Sums before each line (lines + 1, variants) of the characters at the given places."""
    line = np.searchsorted(lines.start, at, side="right") - 1
    inside = (line >= 0) & (at < lines.end[line])
    counts = np.bincount(line[inside] * variants + variant[inside], minlength=lines.seg.size * variants).reshape(-1, variants)
    return np.concatenate((np.zeros((1, variants), dtype=np.int64), np.cumsum(counts, axis=0)))


def opening_columns(lines: Lines, layout: Layout) -> Columns:
    """All columns of this family."""
    return dateline_columns(lines, layout) | pair_columns(lines, layout) | style_columns(lines, layout)
