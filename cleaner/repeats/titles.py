"""The title of a page, the forms it comes in, and which of its copies stays.

A page's first line is often "Headline - Section - Site". Its parts, and the title that the record or its HTML declared, are the keys by which
copies are known.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import compress, pairwise

import numpy as np
import regex

from cleaner.config import REPEATS
from cleaner.model import Page, Uint64s
from cleaner.repeats.shape import Shape
from cleaner.text.fold import fold_text
from cleaner.text.tokens import tokenise

# On folded text, where all dashes are "-" and quotes are '"': what stands between a headline and the name of a site.
# It is looked for where white space begins, or a long run of it would be read once from each of its places.
_SEPARATOR = regex.compile(r"""(?:(?<!\s)|\G)(?:\s++[-/·•:"<>~]++\s++|\s*+[|¦]\s*+)""")
# One of them stands in every separator: on folded text all white space is one of two characters.
_OPENING = regex.compile(r"""[|¦]|[ \n][-/·•:"<>~]""")
_CUT = regex.compile(r"(?:(?<!\.)\.\.++|…)[\s\"')\]]*+$")
_NUMBER = regex.compile(r"\d+")


@dataclass(frozen=True, slots=True, eq=False)
class TitleKey:
    """One form of the title: its folded text, its token hashes in order (uint64) and their sequence hash."""

    text: str
    words: Uint64s
    hash: int


def _numbers(folded: str) -> list[str]:
    """The numbers of a line, in order of size as text."""
    return sorted(_NUMBER.findall(folded))


def _key(folded: str) -> TitleKey:
    tokens = tokenise(folded, np.array([[0, len(folded)]], dtype=np.int32))
    return TitleKey(folded, tokens.hashes, int(tokens.block_hashes[0]))


def parts(folded: str) -> list[str]:
    """The headline-like parts of a title line that names a site too: runs of its segments with the longest of them in it, the whole left out.

    >>> parts("old bridge reopens - city - the daily example")
    ['old bridge reopens', 'old bridge reopens - city']
    """
    if not _OPENING.search(folded):
        return []
    cuts = [(0, 0), *(match.span() for match in _SEPARATOR.finditer(folded)), (len(folded), len(folded))]
    segments = [(left[1], right[0]) for left, right in pairwise(cuts) if right[0] > left[1]]
    if not 2 <= len(segments) <= 6:
        return []
    longest = max(range(len(segments)), key=lambda n: segments[n][1] - segments[n][0])
    runs = [(low, high) for low in range(longest + 1) for high in range(longest, len(segments)) if high - low + 1 < len(segments)]
    return [folded[segments[low][0] : segments[high][1]] for low, high in sorted(runs, key=lambda run: run[1] - run[0])]


def block_text(page: Page, place: int) -> str:
    """The folded text of a block."""
    start, end = page.block_spans[place].tolist()
    return page.folded.text[start:end]


def first_line_keys(page: Page, first: int) -> list[TitleKey]:
    """The forms of the title that a page's first block (`first`) holds."""
    return _forms(TitleKey(block_text(page, first), _block_words(page, first), int(page.tokens.block_hashes[first])))


def declared_keys(page: Page) -> list[TitleKey]:
    """The forms of the title among a page's metadata."""
    title = page.document.metadata.get("title", "")
    declared = fold_text(title) if title else ""
    return _forms(_key(declared)) if declared else []


def _forms(whole: TitleKey) -> list[TitleKey]:
    """The parts of a title line and the whole, as far as they have a title's length."""
    shorter = [key for key in map(_key, parts(whole.text)) if len(key.words) >= REPEATS.title_least_tokens]
    return [key for key in (*shorter, whole) if 0 < len(key.words) <= REPEATS.title_most_tokens]


def title_hashes(page: Page) -> Uint64s:
    """Sequence hashes (uint64) of all forms of the page's title, to be compared with block hashes."""
    first = bisect_right(page.tokens.offsets.tolist(), 0) - 1  # the first block that has words
    keys = declared_keys(page) + (first_line_keys(page, first) if first < len(page.blocks) else [])
    return np.array([key.hash for key in keys], dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Titles:
    """The forms of a page's title: those declared, and those that its first lines hold, read once each (block -> forms)."""

    page: Page
    declared: list[TitleKey]
    read: dict[int, list[TitleKey]] = field(default_factory=dict)

    def of_first_line(self, block: int) -> list[TitleKey]:
        """The forms that a block holds, where it is the first that stands."""
        if block not in self.read:
            self.read[block] = first_line_keys(self.page, block)
        return self.read[block]


def title_family(titles: Titles, shape: Shape) -> dict[int, int]:
    """The blocks that are copies of the title: place in `shape` -> 0 the headline whole, 1 nearly so, 2 cut short or with more than a headline.

    The title is the declared one where the page has it, else the first line.
    """
    if not shape.index:
        return {}
    page, keys = titles.page, titles.declared
    family = _copies_of(page, shape, keys) if keys else {}
    if not family or 0 in family:
        family = _copies_of(page, shape, keys * (0 in family) + titles.of_first_line(shape.index[0]))
    return _undress(page, shape, family)


def _copies_of(page: Page, shape: Shape, keys: list[TitleKey]) -> dict[int, int]:
    """Blocks that are, or nearly are, one of the forms of a title; a lone form that is a paragraph has no near copies."""
    exact = {key.hash for key in keys}
    family = {place: 0 for place, value in enumerate(shape.hashes) if value in exact}
    for key in keys:
        if len(key.words) <= REPEATS.title_least_tokens or (shape.long[0] and len(keys) == 1):
            continue
        for place in _fitting(page, shape, key):
            grade = _grade(page, shape.index[place], key) if place not in family else None
            if grade is not None:
                family[place] = grade
    return family


def _undress(page: Page, shape: Shape, family: dict[int, int]) -> dict[int, int]:
    """A copy has more than a headline in it where a shorter copy is, or nearly is, a part of it."""
    copies = {shape.hashes[place]: place for place in family}
    if len(copies) > 1:
        words = {key: _block_words(page, shape.index[place]) for key, place in copies.items()}
        dressed = {key for key, place in copies.items() if family[place] < 2 and _holds_one(block_text(page, shape.index[place]), words[key], words)}
        family |= {place: 2 for place in family if shape.hashes[place] in dressed}
    return family


def _holds_one(text: str, own: Uint64s, copies: Mapping[int, Uint64s]) -> bool:
    """Whether a part of a line is nearly one of the copies that are shorter than the line."""
    pieces = [words for words in (_key(part).words for part in parts(text)) if len(words) >= REPEATS.title_least_tokens]
    return any(_nearly(piece, copy) for piece in pieces for copy in copies.values() if len(copy) < len(own))


def _block_words(page: Page, block: int) -> Uint64s:
    low, high = page.tokens.offsets[block : block + 2].tolist()
    return page.tokens.hashes[low:high]


def _fitting(page: Page, shape: Shape, key: TitleKey) -> list[int]:
    """Places of blocks that hold enough of a title's words to be compared with it, and are no paragraphs."""
    from cleaner.repeats import overlap  # imports Numba

    needed = REPEATS.title_prefix * len(key.words) - 1
    sizes = REPEATS.title_least_tokens, len(key.words) * 2 + 6
    blocks = overlap.blocks_with(page.tokens.hashes, page.tokens.offsets, key.words, needed, sizes).tolist()
    standing = [(bisect_left(shape.index, block), block) for block in blocks if block <= shape.index[-1]]
    return [place for place, block in standing if shape.index[place] == block and not shape.long[place]]


def _grade(page: Page, block: int, key: TitleKey) -> int | None:
    """How a block copies a title (1 nearly, 2 cut short or with a site's name), None where it does not."""
    own, text = _block_words(page, block), block_text(page, block)
    if _CUT.search(text):
        ahead = _common(own, key.words)
        return 2 if ahead >= len(own) - 1 and ahead >= REPEATS.title_prefix * len(key.words) - 1 else None
    if _same_but_little(TitleKey(text, own, 0), key):
        return 1
    return 2 if any(_same_but_little(piece, key) for piece in map(_key, parts(text))) else None


def _same_but_little(one: TitleKey, key: TitleKey) -> bool:
    """Whether two titles are nearly the same and have the same numbers."""
    return _nearly(one.words, key.words) and _numbers(one.text) == _numbers(key.text)


def _common(left: Uint64s, right: Uint64s) -> int:
    """How many words two sequences have in common at the start."""
    size = min(len(left), len(right))
    apart = left[:size] != right[:size]
    return int(apart.argmax()) if apart.any() else size


def _nearly(left: Uint64s, right: Uint64s) -> bool:
    """Whether two titles differ in one place only, and little: common start and common end against the longer one."""
    ahead = _common(left, right)
    behind = _common(left[ahead:][::-1], right[ahead:][::-1])
    return ahead + behind >= REPEATS.title_same * max(len(left), len(right))


def in_headline_place(shape: Shape, place: int) -> bool:
    """Whether a headline would stand at a place: a paragraph follows soon, and enough of them."""
    if shape.next_long(place, REPEATS.title_window) < 0:
        return False
    window = slice(place + 1, place + 2 * REPEATS.title_window + 1)
    return sum(compress(shape.counts[window], shape.long[window])) >= REPEATS.body_tokens


def keeper(shape: Shape, family: dict[int, int]) -> int:
    """The copy of the title that stays: one in a headline's place before all others, then the plainest, then the first."""
    return min((not in_headline_place(shape, place), grade, place) for place, grade in family.items())[2]
