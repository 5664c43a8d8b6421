"""What a finished run says about the lines of its pages: which stayed, which went and why, and where they stood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cleaner.config import CORE, SUGGEST
from cleaner.model import Document, Page
from cleaner.rules.folding import is_word, strip_outer
from cleaner.text.language import guess_language
from cleaner.text.page import make_page


@dataclass(frozen=True, slots=True)
class Cut:
    """A removed span `[start, end)` of a finished page: its reason, who removed it, the appended item it belongs to (0: none)."""

    start: int
    end: int
    reason: str
    author: str
    item: int = 0


@dataclass(frozen=True, slots=True)
class Flag:
    """A label that only remarked: who made it, and whether its guard had tripped."""

    author: str
    guarded: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """A page of a finished run: its whole text, what was removed from it, and what was only remarked on."""

    id: str
    site: str
    lang: str
    text: str
    cuts: tuple[Cut, ...]
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page: its words folded, as typed, and what the run did with it.

    `key` is the folded text without outer punctuation, `bare` the same with it; `words` counts tokens. `place`: before, between or behind
    the kept paragraphs of its page (`head`, `story`, `tail`).
    """

    key: str
    folded: str
    typed: str
    words: int
    gone: bool
    reason: str
    author: str
    item: int
    place: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a page with its number, site (empty where unknown) and language (`any` where unknown)."""

    number: int
    id: str
    site: str
    lang: str
    lines: tuple[Line, ...]


def observe(pages: Iterable[Finished]) -> Iterator[Sheet]:
    """The lines of finished pages, page by page."""
    for number, finished in enumerate(pages):
        page = make_page(Document(finished.id, finished.text, finished.site))
        lang = finished.lang or guess_language(page.folded.text)
        yield Sheet(number, finished.id, finished.site, lang, tuple(_lines(page, finished.cuts)))


def _lines(page: Page, cuts: tuple[Cut, ...]) -> Iterator[Line]:
    text, folded = page.document.text, page.folded.text
    counts = _words(page)
    taken = [_cut_of(block.start, block.end, cuts) for block in page.blocks]
    stays = [b for b, cut in enumerate(taken) if cut is None and counts[b] >= SUGGEST.paragraph_words]
    first, last = (stays[0], stays[-1]) if stays else (len(taken), len(taken))
    for b, (block, cut) in enumerate(zip(page.blocks, taken, strict=True)):
        own = " ".join(folded[page.block_spans[b, 0] : page.block_spans[b, 1]].split())
        start, end = strip_outer(own)
        place = "head" if b < first else "tail" if b > last else "story"
        reason, author, item = (cut.reason, cut.author, cut.item) if cut else ("", "", 0)
        yield Line(own[start:end], own, text[block.start : block.end], counts[b], cut is not None, reason, author, item, place)


def _words(page: Page) -> list[int]:
    """The words of each block; characters of scripts without spaces are tokens, of which it takes more to a word."""
    offsets = page.tokens.offsets.tolist()
    counts = []
    for (start, end), first, last in zip(page.block_spans.tolist(), offsets[:-1], offsets[1:], strict=True):
        single = sum(char.isalpha() and not is_word(char) for char in page.folded.text[start:end])
        counts.append(last - first if not single else round(max(0, last - first - single) + single / CORE.single_chars_a_word))
    return counts


def _cut_of(start: int, end: int, cuts: tuple[Cut, ...]) -> Cut | None:
    """The cut that takes most of a line, where the cuts together take at least half of it."""
    shares = [(min(end, cut.end) - max(start, cut.start), cut) for cut in cuts if cut.start < end and cut.end > start]
    if not shares or sum(share for share, _ in shares) * 2 < end - start:
        return None
    return max(shares, key=lambda one: one[0])[1]
