"""The outline of a page: which of its lines are paragraphs, which are shaped like headlines."""

from __future__ import annotations

from dataclasses import dataclass

from cleaner.config import CORE
from cleaner.model import Page
from cleaner.text.fold import code_points

_TERMINAL = frozenset(".!?؟。！？।۔։…;؛:")
_CLOSING = " \"')]}»”’）】」』*"


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


def outline_of(page: Page) -> Outline:
    """Measure the lines of a page that has blocks."""
    words, text = _words(page), page.document.text
    terminal = [_ends_sentence(text[block.start : block.end]) for block in page.blocks]
    shapes = list(zip(words, terminal, strict=True))
    long = [count >= CORE.long_words_open or (ends and count >= CORE.long_words) for count, ends in shapes]
    tiny = sum(count <= CORE.tiny_words and not ends for count, ends in shapes)
    heads = [CORE.title_words <= count <= CORE.headline_most_words and not ends for count, ends in shapes]
    headline = [head and not prose for head, prose in zip(heads, long, strict=True)]
    return Outline(words, terminal, long, headline, tiny >= CORE.menu_lines)


def _words(page: Page) -> list[float]:
    from cleaner.text.kernel import weigh_words

    tokens = page.tokens
    codes = code_points(page.folded.text)
    words: list[float] = weigh_words(codes, tokens.starts, tokens.ends, tokens.offsets, 1 / CORE.single_chars_a_word).tolist()
    return words


def _ends_sentence(line: str) -> bool:
    bare = line.rstrip(_CLOSING)
    return bare[-1:] in _TERMINAL and not bare.endswith("...")
