"""The outline of a page: which of its lines are paragraphs, which are shaped like headlines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cleaner.config import CORE
from cleaner.core.lines import Lines
from cleaner.core.segments import Floats, prefix_sums


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """What the blocks of a page look like, one entry each: plain lists, for a page has few blocks and each is looked at by itself.

    `words`: words, characters of scripts without spaces counted as 1 / 1.7. `terminal`: ends like a sentence. `long`: a paragraph, at
    least 12 words with and 20 without an end mark. `headline`: shaped like one, 3 to 25 words without an end mark.
    `menus`: the page holds menus, so it is a whole page and no bare text.
    """

    words: list[float]
    terminal: list[bool]
    long: list[bool]
    headline: list[bool]
    menus: bool


def outlines_of(lines: Lines) -> list[Outline]:
    """Measure the lines of pages that have blocks, page by page."""
    words, terminal = _words(lines), lines.ended
    long = (words >= CORE.long_words_open) | (terminal & (words >= CORE.long_words))
    headline = (words >= CORE.title_words) & (words <= CORE.headline_most_words) & ~terminal & ~long
    tiny = prefix_sums((words <= CORE.tiny_words) & ~terminal)[lines.seg.offsets]
    menus: list[bool] = (np.diff(tiny) >= CORE.menu_lines).tolist()
    told, ends, prose, heads = words.tolist(), terminal.tolist(), long.tolist(), headline.tolist()
    edges = pairwise(lines.seg.offsets.tolist())
    pages = zip(edges, menus, strict=True)
    return [Outline(told[low:high], ends[low:high], prose[low:high], heads[low:high], many) for (low, high), many in pages]


def _words(lines: Lines) -> Floats:
    from cleaner.text.kernel import weigh_words  # imports Numba

    starts, ends = lines.spans[:, 0], lines.spans[:, 1]
    return weigh_words(lines.folded, starts, ends, prefix_sums(lines.token_count), 1 / CORE.single_chars_a_word)  # type: ignore[arg-type]
