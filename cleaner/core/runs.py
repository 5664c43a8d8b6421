"""From probabilities to the lines that stay: the threshold fitted to the page, gaps closed, islands dropped, one headline kept."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cleaner.core.lines import make_lines
from cleaner.core.segments import Bools, Floats
from cleaner.core.shape import kinds
from cleaner.model import Page

SITE_MARKS = (" - ", " | ", " – ", " — ", " » ", " « ", " :: ", " : ", "|", "_", "--", " · ")  # between a headline and the site's name


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Numbers of the run rules (prototype, core-story.md section 3, where no other source is named)."""

    sure: float = 0.9  # mean of a page's best long lines below which its threshold sinks in proportion
    best_lines: int = 3  # how many long lines that mean is taken of
    island_probability: float = 0.6  # a short line below it goes when no kept long line is near
    island_lines: int = 3  # lines that count as near
    gap_lines: int = 6  # most lines between two kept long ones that can be repaired
    gap_words: int = 4  # fewest words of a repaired line
    headline_lines: int = 10  # lines before the story in which a lost headline is looked for
    headline_words: tuple[int, int] = (4, 30)  # words of a headline, least and most
    headline_probability: float = 0.08  # a line below it is never forced to be the headline
    clean_headline_probability: float = 0.03  # a line below it never takes the place of the page's title
    title_lines: int = 4  # first lines of the page that may be its title with the site's name
    title_tokens: int = 3  # fewest words a headline has in common with that title
    title_share: float = 0.75  # share of the headline's words that stand together in the title


LIMITS = RunLimits()


def story_lines(page: Page, probabilities: Floats, threshold: float, limits: RunLimits = LIMITS) -> Bools:
    """Which blocks stay (bool, blocks), given the scorer's probabilities and the mode's threshold."""
    if not len(probabilities):
        return np.zeros(0, dtype=np.bool_)
    lines = make_lines([page])
    long = kinds(lines)[0]
    threshold = fitted_threshold(probabilities, long, threshold, limits)
    kept: Bools = np.asarray(probabilities >= threshold)
    sure = np.flatnonzero(kept & long)
    if len(sure):
        _drop_islands(kept, long, probabilities, sure, limits)
        _close_gaps(kept, probabilities, lines.words, sure, threshold, limits)
        opening = _opening(sure, limits)
        _one_headline(page, kept, probabilities, opening, limits)
        _force_headline(kept, probabilities, lines.words, opening, limits)
    return kept


def fitted_threshold(probabilities: Floats, long: Bools, threshold: float, limits: RunLimits = LIMITS) -> float:
    """The threshold, lower on a page where nothing looks much like a story."""
    among = probabilities[long] if long.any() else probabilities
    best = np.sort(among)[-limits.best_lines :]
    return threshold * min(1.0, float(best.mean()) / limits.sure)


def _drop_islands(kept: Bools, long: Bools, p: Floats, sure: npt.NDArray[np.int64], limits: RunLimits) -> None:
    """Short, doubtful lines far from any kept prose go."""
    for at in np.flatnonzero(kept & ~long & (p < limits.island_probability)):
        if np.abs(sure - at).min() > limits.island_lines:
            kept[at] = False


def _close_gaps(kept: Bools, p: Floats, words: Floats, sure: npt.NDArray[np.int64], threshold: float, limits: RunLimits) -> None:
    """Lines between two kept long lines that nearly reach the threshold stay."""
    for low, high in pairwise(sure.tolist()):
        if 1 < high - low <= limits.gap_lines + 1:
            gap = slice(low + 1, high)
            kept[gap] |= (p[gap] >= threshold / 2) & (words[gap] >= limits.gap_words)


def _opening(sure: npt.NDArray[np.int64], limits: RunLimits) -> int:
    """The first kept long line that does not stand alone: where the story's prose begins."""
    near = np.flatnonzero(np.diff(sure) <= limits.island_lines)
    return int(sure[near[0]]) if len(near) else int(sure[0])


def _named(page: Page, block: int) -> bool:
    """Whether a title holds a mark that parts it from a site's name."""
    line = page.document.text[page.blocks[block].start : page.blocks[block].end]
    return any(mark in line for mark in SITE_MARKS)


def _token_rows(page: Page, block: int) -> npt.NDArray[np.uint64]:
    return page.tokens.hashes[page.tokens.offsets[block] : page.tokens.offsets[block + 1]]


def _together(short: npt.NDArray[np.uint64], whole: npt.NDArray[np.uint64]) -> int:
    """Length of the longest run of tokens that stands in both."""
    equal = short[:, None] == whole[None, :]
    best = 0
    run = np.zeros(len(whole) + 1, dtype=np.int64)
    for row in equal:
        run[1:] = np.where(row, run[:-1] + 1, 0)
        best = max(best, int(run.max()))
    return best


def _one_headline(page: Page, kept: Bools, p: Floats, first_long: int, limits: RunLimits) -> None:
    """Where the page's title with the site's name and the clean headline both stand before the story, the headline stays and the title goes."""
    for top in range(min(limits.title_lines, first_long)):
        if not _named(page, top):
            continue
        title = _token_rows(page, top)
        for block in range(first_long - 1, top, -1):
            headline = _token_rows(page, block)
            if not limits.title_tokens <= len(headline) < len(title) or p[block] < limits.clean_headline_probability:
                continue
            if _together(headline, title) >= max(limits.title_tokens, limits.title_share * len(headline)):
                kept[block] = True
                kept[top:block] &= ~_like(page, headline, top, block, limits)
                return


def _like(page: Page, headline: npt.NDArray[np.uint64], low: int, high: int, limits: RunLimits) -> Bools:
    """Blocks of a range that hold the headline again."""
    rows = (_token_rows(page, block) for block in range(low, high))
    return np.array([len(row) > 0 and _together(headline, row) >= limits.title_share * len(headline) for row in rows], dtype=np.bool_)


def _force_headline(kept: Bools, p: Floats, words: Floats, first_long: int, limits: RunLimits) -> None:
    """Where nothing is kept before the story, its likeliest headline is."""
    if kept[:first_long].any():
        return
    low = max(0, first_long - limits.headline_lines)
    fits = (words[low:first_long] >= limits.headline_words[0]) & (words[low:first_long] <= limits.headline_words[1])
    fits &= p[low:first_long] >= limits.headline_probability
    if fits.any():
        kept[low + int(np.argmax(np.where(fits, p[low:first_long], -1)))] = True
