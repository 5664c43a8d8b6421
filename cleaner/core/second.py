"""The second pass: what the first pass thinks of the lines around, of the block they form, and of the words they share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cleaner.core.cohesion import centre_columns
from cleaner.core.features import Matrix, Rows, stack
from cleaner.core.layout import Layout
from cleaner.core.lines import Lines
from cleaner.core.segments import (
    Floats,
    Int64s,
    best_runs,
    last_before,
    next_after,
    page_max,
    page_sum,
    prefix_sums,
    range_sum,
    share,
    shifted,
    shifts,
    signed_log,
    window_sums,
)  # fmt: skip
from cleaner.core.shape import Columns, named
from cleaner.core.terms import Terms

PART = 4096  # integer parts of a probability
SURE, SURE_NOT = 0.8, 0.2  # probabilities from which a line counts as story, as none
FAR = 60  # lines
_PART_LINES = 512  # small enough that what reads a part finds it in the cache
_WINDOWS = ((-3, -1), (1, 3), (-5, 5), (-10, -1), (1, 10), (-25, 25))  # lines whose mean probability is told


def _near_columns(quanta: Floats, lines: Lines) -> Columns:
    seg = lines.seg
    columns = named("p-3 p-2 p-1 p+1 p+2 p+3", shifts(quanta, (-3, -2, -1, 1, 2, 3), seg, -1.0))
    parts = (quanta * PART).astype(np.int64)
    words = np.maximum(lines.units, 1)
    mass, weighted = prefix_sums(words), prefix_sums(words * parts)
    means = share(window_sums(weighted, _WINDOWS, seg), window_sums(mass, _WINDOWS, seg)) / PART
    columns |= {f"p_mean{low:+d}{high:+d}": mean for (low, high), mean in zip(_WINDOWS, means, strict=True)}
    before, after = shifts(quanta, range(-5, 0), seg), shifts(quanta, range(1, 6), seg)
    columns |= {"p_max_before": before.max(axis=0), "p_max_after": after.max(axis=0)}
    columns |= {"p_min_before": before[2:].min(axis=0), "p_min_after": after[:3].min(axis=0)}
    all_before, all_after = range_sum(weighted, seg.first, seg.index, seg), range_sum(weighted, seg.index + 1, seg.end, seg)
    columns["p_before_all"] = share(all_before, range_sum(mass, seg.first, seg.index, seg)) / PART
    columns["p_after_all"] = share(all_after, range_sum(mass, seg.index + 1, seg.end, seg)) / PART
    columns["p_words_before"] = np.log1p(all_before / (17 * PART))
    columns["p_words_after"] = np.log1p(all_after / (17 * PART))
    return columns


def _distance_columns(p: Floats, lines: Lines, layout: Layout) -> Columns:
    seg = lines.seg
    columns: Columns = {}
    words = prefix_sums(lines.units)
    masks = {
        "sure": (p >= SURE) & layout.long,
        "sure_any": p >= SURE,
        "sure_not": (p <= SURE_NOT) & (lines.words >= 3),
        "sure_not_long": (p <= SURE_NOT) & layout.long,
    }
    for name, mask in masks.items():
        before, after = last_before(mask, seg), next_after(mask, seg)
        columns[f"after_{name}"] = np.where(before < 0, FAR, np.minimum(seg.index - before, FAR))
        columns[f"to_{name}"] = np.where(after < 0, FAR, np.minimum(after - seg.index, FAR))
        if name.startswith("sure_not"):
            continue
        columns[f"words_after_{name}"] = np.where(before < 0, -1.0, np.log1p(range_sum(words, before + 1, seg.index, seg) / 17))
        columns[f"words_to_{name}"] = np.where(after < 0, -1.0, np.log1p(range_sum(words, seg.index + 1, np.maximum(after, seg.index + 1), seg) / 17))
    return columns


def _run_columns(p: Floats, lines: Lines) -> Columns:
    seg = lines.seg
    columns: Columns = {}
    for middle in (40, 65):
        parts = np.round(p * 100).astype(np.int64) - middle
        through, best = best_runs(np.minimum(lines.units, 60 * 17) * parts, seg)
        inside = (through == best) & (best > 0)
        first, last = next_after(inside, seg, itself=True), last_before(inside, seg, itself=True)
        columns[f"p_run{middle}"] = np.maximum(share(through, np.maximum(best, 1)), -2)
        columns[f"p_run{middle}_inside"] = inside
        away = np.where(first >= 0, signed_log(first - seg.index), np.where(last >= 0, -signed_log(seg.index - last), 9))
        columns[f"p_run{middle}_to"] = np.where(inside, 0, away)
    return columns


def _page_columns(p: Floats, lines: Lines, layout: Layout) -> Columns:
    seg = lines.seg
    parts = (p * PART).astype(np.int64)
    long_parts = np.where(layout.long, parts, 0)
    mean = share(page_sum(long_parts, seg), page_sum(layout.long, seg)) / PART
    top = page_max(parts, seg) / PART
    kept = page_sum(lines.units * parts, seg) / (17 * PART)
    return {"p_page_mean": mean, "p_page_top": top, "p_over_top": p / np.maximum(top, 1e-3), "p_kept_words": np.log1p(kept)}


def second_rows(rows: Rows, scores: Int64s, unit: int) -> Matrix:
    """First-pass rows and what the first pass's scores (log-odds in 1/unit, lines) add to them (float32, lines x columns)."""
    return np.concatenate(list(second_parts(rows, scores, unit)))


def second_parts(rows: Rows, scores: Int64s, unit: int) -> Iterator[Matrix]:
    """`second_rows` some lines at a time, so that those of a very long page do not lie in memory twice."""
    size = rows.lines.seg.size
    added = stack(second_columns(rows.lines, rows.layout, rows.terms, scores, unit), size)
    for low in range(0, size, _PART_LINES):
        yield np.hstack((rows.matrix[low : low + _PART_LINES], added[low : low + _PART_LINES]))


def second_columns(lines: Lines, layout: Layout, terms: Terms, scores: Int64s, unit: int) -> Columns:
    """The columns of the second pass alone."""
    logits = np.clip(scores / unit, -8, 8)
    p = np.round(1.0 / (1.0 + np.exp(-logits)) * PART) / PART
    columns: Columns = {"logit": logits}
    columns |= _near_columns(p, lines) | _distance_columns(p, lines, layout) | _run_columns(p, lines) | _page_columns(p, lines, layout)
    centre = centre_columns(terms, lines, layout, np.round(p * 16).astype(np.int64), "story")
    columns |= centre
    columns["story_ratio-1"] = shifted(centre["story_ratio"], -1, lines.seg, -1.0)
    columns["story_ratio+1"] = shifted(centre["story_ratio"], 1, lines.seg, -1.0)
    return columns
