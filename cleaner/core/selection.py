"""From a probability for each block to the blocks that stay: thresholds first, then rules about runs.

A line scorer errs on single lines; a page is made of runs. So the story's title is kept, holes in the middle of a sure story
are mended, short lines far from any paragraph go, and a weak paragraph alone between sure ones stays.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, compress, pairwise
from math import fsum

from cleaner.config import CORE
from cleaner.core.outline import Outline


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """What rules, repeats and the batch say about blocks, one entry each.

    `furniture`: removed by them. `markers`: foreign items may follow. `owned`: belongs to another page. `template`: a short line in a
    form that recurs on its site.
    """

    furniture: list[bool]
    markers: list[bool]
    owned: list[bool]
    template: list[bool]

    def foreign(self, block: int) -> bool:
        """Whether the batch knows a block from elsewhere."""
        return self.owned[block] or self.template[block]


def kept_blocks(probability: list[float], outline: Outline, claims: Claims, threshold: float) -> list[bool]:
    """Which blocks are core story, from the scorer's probabilities."""
    level = _level(probability, outline, claims)
    threshold *= level
    keep = [sure >= threshold and not gone for sure, gone in zip(probability, claims.furniture, strict=True)]
    keep = _mend(keep, probability, outline, claims, threshold)
    keep = _return_unexplained(keep, probability, outline, claims)
    keep = _close_tail(keep, probability, outline, claims, level)
    return _drop_islands(keep, probability, outline)


def mean(values: Sequence[float]) -> float:
    """The mean, rounded once, so that it is the same on every machine; 0 of nothing."""
    return fsum(values) / len(values) if values else 0.0


def last_true(flags: Sequence[bool]) -> int:
    """The last place whose flag is set, -1 where there is none."""
    return len(flags) - 1 - flags[::-1].index(True) if True in flags else -1


def gaps(keep: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The longest runs of blocks that do not stay, half-open.

    >>> list(gaps([False, True, False, False]))
    [(0, 1), (2, 4)]
    """
    flags = [*keep, True, False]  # so that every search ends
    start = flags.index(False)
    while start < len(keep):
        end = flags.index(True, start)
        yield start, end
        start = flags.index(False, end)


def _paragraphs(keep: list[bool], outline: Outline) -> list[int]:
    return [b for b in compress(range(len(keep)), keep) if outline.long[b]]


def story_begun(keep: list[bool], outline: Outline, probability: list[float]) -> int:
    """The block up to which enough of the story stands, so that what follows may be another one; at least its first paragraph."""
    parts = zip(keep, outline.long, outline.words, probability, strict=True)
    mass = list(accumulate(words * sure if stays and prose else 0.0 for stays, prose, words, sure in parts))
    return max(next(iter(_paragraphs(keep, outline)), 0), bisect_left(mass, CORE.begun_share * mass[-1]))


def _level(probability: list[float], outline: Outline, claims: Claims) -> float:
    """How sure the scorer is at its best: mean of the three likeliest paragraphs over what is usual, at most 1."""
    best = sorted([sure for sure, prose, gone in zip(probability, outline.long, claims.furniture, strict=True) if prose and not gone])[-3:]
    return min(1.0, mean(best) / CORE.sure_level) if best else 1.0


def _mend(keep: list[bool], probability: list[float], outline: Outline, claims: Claims, threshold: float) -> list[bool]:
    """Return lines of short holes between two sure paragraphs, unless a marker, a new headline or an owner explains them."""
    mended = keep.copy()
    sure = [b for b in _paragraphs(keep, outline) if probability[b] >= CORE.sure]
    for left, right in pairwise(sure):
        if right - left == 1:
            continue
        hole = [b for b in range(left + 1, right) if not claims.furniture[b]]
        if not 0 < len(hole) <= CORE.hole_blocks or any(claims.markers[left + 1 : right]):
            continue
        for b in hole:
            mended[b] |= not claims.foreign(b) and outline.words[b] >= CORE.hole_words and probability[b] >= threshold / 2
        first = hole[0]
        mended[first] |= len(hole) == 1 and outline.long[first] and not claims.foreign(first) and probability[first] >= CORE.lone
    return mended


def _return_unexplained(keep: list[bool], probability: list[float], outline: Outline, claims: Claims) -> list[bool]:
    """Return runs that nothing explains: no marker, no owner, no headline; behind the story only paragraphs that follow on it."""
    if False not in keep or not _paragraphs(keep, outline):
        return keep
    first, last = keep.index(True), last_true(keep)
    behind_first = ((end, _unexplained(start, end, end <= last, outline, claims)) for start, end in gaps(keep) if start >= first)
    runs = [(end, run) for end, run in behind_first if run]
    if not runs:
        return keep
    returned, words = keep.copy(), list(accumulate(count if stays else 0.0 for count, stays in zip(outline.words, keep, strict=True)))
    for end, run in runs:
        inside = end <= last
        if inside and not _between_story(run, words[-1] - words[end - 1], outline):
            continue
        for b in _believed(run, inside, probability, outline):
            returned[b] = True
    return returned


def _believed(run: list[int], inside: bool, probability: list[float], outline: Outline) -> list[int]:
    """What of a run, which is not empty, returns: all or nothing inside the story, behind it the longest beginning that the scorer half believes."""
    bar, sums = CORE.unexplained if inside else CORE.unexplained_tail, list(accumulate(probability[b] for b in run))
    if sums[-1] >= bar * len(run):
        return run
    ends = [size for size, total in enumerate(sums, start=1) if total >= bar * size and outline.long[run[size - 1]]]
    return [] if inside or not ends else run[: ends[-1]]


def _between_story(run: list[int], words_behind: float, outline: Outline) -> bool:
    """Whether a hole can be the story's own: prose, or little beside what stands behind it; on whole pages menus and comments look like holes."""
    prose = sum(outline.long[b] for b in run) >= CORE.hole_prose * len(run)
    if outline.menus and len(run) > CORE.hole_short and not prose:
        return False
    return prose or words_behind >= CORE.anchor * sum(outline.words[b] for b in run)


def _unexplained(start: int, end: int, inside: bool, outline: Outline, claims: Claims) -> list[int]:
    """The blocks of a run that nothing says is foreign: all or none inside the story, its first paragraphs behind it."""
    run = [b for b in range(start, end) if not claims.furniture[b]]
    marked = claims.markers.index(True, start) if True in claims.markers[start:end] else end
    if not run or marked < run[0]:
        return []
    if inside:
        foreign = marked < end or any(claims.foreign(b) for b in run) or (outline.headline[run[0]] and len(run) > 1)
        return [] if foreign else run
    follows: list[int] = []
    for b in run:
        paragraph = outline.long[b] or (outline.terminal[b] and outline.words[b] >= CORE.hole_words)
        goes_on = not outline.terminal[b - 1] and outline.words[b - 1] >= CORE.open_words
        heads = outline.words[b] <= CORE.subheading_words and b + 1 < end and outline.long[b + 1]
        if not (paragraph or goes_on or heads) or claims.foreign(b) or marked < b:
            break
        follows.append(b)
    return follows


def _close_tail(keep: list[bool], probability: list[float], outline: Outline, claims: Claims, level: float) -> list[bool]:
    """End the story at the first marker behind which no paragraph surely resumes it; `level` as `_level` gives it."""
    paragraphs = _paragraphs(keep, outline) if True in claims.markers else []
    if not paragraphs:
        return keep
    begun = story_begun(keep, outline, probability)
    resumes = (CORE.resumes_page if outline.menus else CORE.resumes) * level
    last = max((b for b in paragraphs if probability[b] >= resumes), default=-1)
    ends = next((b for b in range(max(begun, last) + 1, len(keep)) if claims.markers[b]), len(keep))
    return keep[:ends] + [False] * (len(keep) - ends)


def _drop_islands(keep: list[bool], probability: list[float], outline: Outline) -> list[bool]:
    """Drop kept short lines that no kept paragraph is near to, if the story has paragraphs at all."""
    paragraphs = _paragraphs(keep, outline) if outline.menus else []
    if not paragraphs:
        return keep
    short = [b for b, stays in enumerate(keep) if stays and not outline.long[b] and probability[b] < CORE.island_probability]
    islands = {b for b in short if _distance(paragraphs, b) > CORE.island_distance}
    kept_words = sum(words for words, stays in zip(outline.words, keep, strict=True) if stays)
    if sum(outline.words[b] for b in islands) > CORE.island_share * kept_words:
        return keep
    return [stays and b not in islands for b, stays in enumerate(keep)]


def _distance(paragraphs: list[int], b: int) -> int:
    """Blocks from a block to the nearest of paragraphs, which are in order."""
    behind = bisect_left(paragraphs, b)
    return min(abs(paragraph - b) for paragraph in paragraphs[max(0, behind - 1) : behind + 1])
