"""From a probability for each block to the blocks that stay: thresholds first, then rules about runs.

A line scorer errs on single lines; a page is made of runs. So the story's title is kept, holes in the middle of a sure story
are mended, short lines far from any paragraph go, and a weak paragraph alone between sure ones stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleaner.config import CORE
from cleaner.core.outline import Outline
from cleaner.model import Bools, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """What rules, repeats and the batch say about blocks (bool, blocks).

    `furniture`: removed by them. `markers`: foreign items may follow. `owned`: belongs to another page.
    """

    furniture: Bools
    markers: Bools
    owned: Bools


def kept_blocks(probability: Floats, outline: Outline, claims: Claims, threshold: float) -> Bools:
    """Which blocks are core story (bool, blocks), from the scorer's probabilities (float64, blocks)."""
    threshold *= _level(probability, outline, claims)
    keep = (probability >= threshold) & ~claims.furniture
    keep = _mend(keep, probability, outline, claims, threshold)
    keep = _return_unexplained(keep, probability, outline, claims)
    keep = _close_tail(keep, probability, outline, claims)
    keep = _drop_islands(keep, probability, outline)
    return _force_title(keep, probability, outline, claims)


def _level(probability: Floats, outline: Outline, claims: Claims) -> float:
    """How sure the scorer is at its best: mean of the three likeliest paragraphs over what is usual, at most 1."""
    best = np.sort(probability[outline.long & ~claims.furniture])[-3:]
    return min(1.0, float(best.mean()) / CORE.sure_level) if len(best) else 1.0


def _mend(keep: Bools, probability: Floats, outline: Outline, claims: Claims, threshold: float) -> Bools:
    """Return lines of short holes between two sure paragraphs, unless a marker, a new headline or an owner explains them."""
    mended = keep.copy()
    sure = np.flatnonzero(keep & outline.long & (probability >= CORE.sure))
    for left, right in zip(sure[:-1].tolist(), sure[1:].tolist(), strict=True):
        hole = np.arange(left + 1, right)
        hole = hole[~claims.furniture[hole]]
        if not 0 < len(hole) <= CORE.hole_blocks or keep[hole].all() or claims.markers[left + 1 : right].any():
            continue
        back = ~claims.owned[hole] & (outline.words[hole] >= CORE.hole_words) & (probability[hole] >= threshold / 2)
        lone = len(hole) == 1 and outline.long[hole[0]] and not claims.owned[hole[0]] and probability[hole[0]] >= CORE.lone
        mended[hole[back]] = True
        mended[hole[0]] |= lone
    return mended


def _return_unexplained(keep: Bools, probability: Floats, outline: Outline, claims: Claims) -> Bools:
    """Return runs that nothing explains: no marker, no owner, no headline; behind the story only paragraphs that follow on it."""
    kept = np.flatnonzero(keep)
    if not len(kept) or not (keep & outline.long).any():
        return keep
    returned = keep.copy()
    words = np.cumsum(np.where(keep, outline.words, 0.0))
    edges = np.flatnonzero(np.diff(~keep, prepend=False, append=False)).tolist()
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if start < kept[0]:
            continue
        inside = end <= kept[-1]
        run = _unexplained(start, end, inside, outline, claims)
        if inside and not _between_story(run, float(words[-1] - words[end - 1]), outline):
            continue
        if run and probability[run].mean() >= (CORE.unexplained if inside else CORE.unexplained_tail):
            returned[run] = True
    return returned


def _between_story(run: list[int], words_behind: float, outline: Outline) -> bool:
    """Whether a hole can be the story's own: prose, or little beside what stands behind it; on whole pages menus and comments look like holes."""
    prose = outline.long[run].sum() >= CORE.hole_prose * len(run)
    if outline.menus and len(run) > CORE.hole_short and not prose:
        return False
    return bool(prose or words_behind >= CORE.anchor * outline.words[run].sum())


def _unexplained(start: int, end: int, inside: bool, outline: Outline, claims: Claims) -> list[int]:
    """The blocks of a run that nothing says is foreign: all or none inside the story, its first paragraphs behind it."""
    run = [b for b in range(start, end) if not claims.furniture[b]]
    if not run or claims.markers[start : run[0]].any():
        return []
    if inside:
        foreign = claims.markers[start:end].any() or claims.owned[run].any() or (outline.headline[run[0]] and len(run) > 1)
        return [] if foreign else run
    follows: list[int] = []
    for b in run:
        paragraph = outline.long[b] or (outline.terminal[b] and outline.words[b] >= CORE.hole_words)
        goes_on = not outline.terminal[b - 1] and outline.words[b - 1] >= CORE.open_words
        heads = outline.words[b] <= CORE.subheading_words and b + 1 < end and outline.long[b + 1]
        if not (paragraph or goes_on or heads) or claims.owned[b] or claims.markers[start:b].any():
            break
        follows.append(b)
    return follows


def _close_tail(keep: Bools, probability: Floats, outline: Outline, claims: Claims) -> Bools:
    """End the story at the first marker behind which no paragraph surely resumes it."""
    paragraphs = keep & outline.long
    if not paragraphs.any():
        return keep
    mass = np.cumsum(np.where(paragraphs, outline.words * probability, 0.0))
    begun = max(int(np.argmax(paragraphs)), int(np.searchsorted(mass, CORE.begun_share * mass[-1])))
    resumes = (CORE.resumes_page if outline.menus else CORE.resumes) * _level(probability, outline, claims)
    sure = np.flatnonzero(paragraphs & (probability >= resumes))
    last = int(sure[-1]) if len(sure) else -1
    ends = [marker for marker in np.flatnonzero(claims.markers).tolist() if marker > max(begun, last)]
    if not ends:
        return keep
    closed = keep.copy()
    closed[ends[0] :] = False
    return closed


def _drop_islands(keep: Bools, probability: Floats, outline: Outline) -> Bools:
    """Drop kept short lines that no kept paragraph is near to, if the story has paragraphs at all."""
    paragraphs = np.flatnonzero(keep & outline.long)
    if not len(paragraphs) or not outline.menus:
        return keep
    blocks = np.arange(len(keep))
    right = np.searchsorted(paragraphs, blocks)
    after = paragraphs[np.minimum(right, len(paragraphs) - 1)]
    before = paragraphs[np.maximum(right - 1, 0)]
    distance = np.minimum(np.abs(after - blocks), np.abs(blocks - before))
    island: Bools = keep & ~outline.long & (probability < CORE.island_probability) & (distance > CORE.island_distance)
    if outline.words[island].sum() > CORE.island_share * outline.words[keep].sum():
        return keep
    return keep & ~island


def _force_title(keep: Bools, probability: Floats, outline: Outline, claims: Claims) -> Bools:
    """Keep the likeliest headline before the story where the scorer kept none."""
    kept = np.flatnonzero(keep)
    if not len(kept) or not outline.long[kept[0]]:
        return keep
    window = np.arange(max(0, kept[0] - CORE.title_window), kept[0])
    fit = (outline.words[window] >= CORE.title_words) & (outline.words[window] <= CORE.title_most_words) & ~outline.long[window]
    window = window[fit & ~claims.furniture[window] & (probability[window] >= CORE.title_probability)]
    if len(window):
        keep = keep.copy()
        keep[window[np.argmax(probability[window])]] = True
    return keep
