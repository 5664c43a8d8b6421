"""The outline of a page: which of its lines are paragraphs, which are shaped like headlines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cleaner.config import CORE
from cleaner.core.lines import Lines
from cleaner.core.segments import Bools, Floats, prefix_sums

# Unlike `lines.TERMINAL`, a colon and a semicolon end what is said here, and three dots of a cut line do not.
_TERMINAL = ".!?؟。！？।۔։…;؛:"
_CLOSING = " \"')]}»”’）】」』*"
_TABLE_SIZE = 0x10000
CLOSES, ENDS = 1, 2  # signs: of quotes and brackets that close, of the end of a sentence


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


@cache
def end_signs() -> npt.NDArray[np.uint8]:
    """For every character below 0x10000: CLOSES, ENDS, or 0 for neither (uint8)."""
    table = np.zeros(_TABLE_SIZE, dtype=np.uint8)
    for signs, kind in ((_CLOSING, CLOSES), (_TERMINAL, ENDS)):
        table[[ord(sign) for sign in signs]] = kind
    return table


def outlines_of(lines: Lines) -> list[Outline]:
    """Measure the lines of pages that have blocks, page by page."""
    words, terminal = _words(lines), _ended(lines)
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


def _ended(lines: Lines) -> Bools:
    from cleaner.core.scan import find_ends  # imports Numba

    out = np.zeros(lines.seg.size, dtype=np.bool_)
    find_ends(lines.codes, lines.start, lines.end, end_signs(), out)
    return out
