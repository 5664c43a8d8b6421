"""The outline of a page: which of its lines are paragraphs, which are shaped like headlines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleaner.config import CORE
from cleaner.model import Bools, Floats, Page
from cleaner.text.fold import code_points

_TERMINAL = frozenset(".!?؟。！？।۔։…;؛:")
_CLOSING = " \"')]}»”’）】」』*"


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Arrays over the blocks of a page.

    `words` (float64): words, characters of scripts without spaces counted as 1 / 1.7. `terminal`: ends like a sentence. `long`: a paragraph, at
    least 12 words with and 20 without an end mark. `headline`: shaped like one, 3 to 25 words without an end mark.
    `menus`: the page holds menus, so it is a whole page and no bare text.
    """

    words: Floats
    terminal: Bools
    long: Bools
    headline: Bools
    menus: bool


def outline_of(page: Page) -> Outline:
    """Measure the lines of a page that has blocks."""
    tokens = page.tokens
    codes = code_points(page.folded.text)
    single = (tokens.ends - tokens.starts == 1) & (codes[tokens.starts] >= 0x0E00)
    owner = np.repeat(np.arange(len(page.blocks)), np.diff(tokens.offsets))
    words = np.bincount(owner, np.where(single, 1 / CORE.single_chars_a_word, 1.0), len(page.blocks)).astype(np.float64)
    terminal = np.array([_ends_sentence(page.document.text[block.start : block.end]) for block in page.blocks], dtype=np.bool_)
    long = ((words >= CORE.long_words) & terminal) | (words >= CORE.long_words_open)
    tiny = (words <= CORE.tiny_words) & ~terminal
    headline = ~long & ~terminal & (words >= CORE.title_words) & (words <= CORE.headline_most_words)
    return Outline(words, terminal, long, headline, bool(tiny.sum() >= CORE.menu_lines))


def _ends_sentence(line: str) -> bool:
    bare = line.rstrip(_CLOSING)
    return bool(bare) and bare[-1] in _TERMINAL and not bare.endswith("...")
