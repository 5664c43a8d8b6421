"""The title of a page, the forms it comes in, and which of its copies stays.

A page's first line is often "Headline - Section - Site". Its parts, and the title that the record or its HTML declared, are the keys by which
copies are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import regex

from cleaner.config import REPEATS
from cleaner.model import Bools, Page, Uint64s
from cleaner.repeats.shape import Shape
from cleaner.text.fold import fold_text
from cleaner.text.tokens import sequence_hashes, tokenise

# On folded text, where all dashes are "-" and quotes are '"': what stands between a headline and the name of a site.
_SEPARATOR = regex.compile(r"""\s+[-/·•:"<>~]+\s+|\s*[|¦]\s*""")
_CUT = regex.compile(r"(?:\.\.+|…)[\s\"')\]]*$")
_NUMBER = regex.compile(r"\d+")


@dataclass(frozen=True, slots=True, eq=False)
class TitleKey:
    """One form of the title: its token hashes in order (uint64) and their sequence hash, and its numbers in order of size as text."""

    tokens: Uint64s
    hash: int
    numbers: tuple[str, ...]


def _numbers(folded: str) -> tuple[str, ...]:
    return tuple(sorted(_NUMBER.findall(folded)))


def _key(folded: str) -> TitleKey:
    tokens = tokenise(folded, np.array([[0, len(folded)]], dtype=np.int32)).hashes
    whole = sequence_hashes(tokens, np.zeros(1, dtype=np.int64), np.array([len(tokens)]))
    return TitleKey(tokens, int(whole[0]), _numbers(folded))


def parts(folded: str) -> list[str]:
    """The headline-like parts of a title line that names a site too: runs of its segments with the longest of them in it, the whole left out.

    >>> parts("old bridge reopens - city - the daily example")
    ['old bridge reopens', 'old bridge reopens - city']
    """
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
    text = block_text(page, first)
    return _forms(text, TitleKey(_block_tokens(page, first), int(page.tokens.block_hashes[first]), _numbers(text)))


def declared_keys(page: Page) -> list[TitleKey]:
    """The forms of the title among a page's metadata."""
    declared = fold_text(page.document.metadata.get("title", ""))
    return _forms(declared, _key(declared)) if declared else []


def _forms(folded: str, whole: TitleKey) -> list[TitleKey]:
    """The parts of a title line and the whole, as far as they have a title's length."""
    shorter = (key for key in map(_key, parts(folded)) if len(key.tokens) >= REPEATS.title_least_tokens)
    return [key for key in (*shorter, whole) if 0 < len(key.tokens) <= REPEATS.title_most_tokens]


def title_hashes(page: Page) -> Uint64s:
    """Sequence hashes (uint64) of all forms of the page's title, to be compared with block hashes."""
    filled = np.flatnonzero(np.diff(page.tokens.offsets) > 0)
    keys = declared_keys(page) + (first_line_keys(page, int(filled[0])) if len(filled) else [])
    return np.array([key.hash for key in keys], dtype=np.uint64)


def title_family(page: Page, shape: Shape) -> dict[int, int]:
    """The blocks that are copies of the title: place in `shape` -> 0 the headline whole, 1 nearly so, 2 cut short or with more than a headline.

    The title is the declared one where the page has it, else the first line.
    """
    if not len(shape.index):
        return {}
    keys = declared_keys(page)
    family = _copies_of(page, shape, keys)
    if not family or 0 in family:
        family = _copies_of(page, shape, keys * (0 in family) + first_line_keys(page, int(shape.index[0])))
    return _undress(page, shape, family)


def _copies_of(page: Page, shape: Shape, keys: list[TitleKey]) -> dict[int, int]:
    """Blocks that are, or nearly are, one of the forms of a title; a lone form that is a paragraph has no near copies."""
    exact = {key.hash for key in keys}
    family = {place: 0 for place, value in enumerate(shape.hashes.tolist()) if value in exact}
    for key in keys:
        if len(key.tokens) <= REPEATS.title_least_tokens or (shape.long[0] and len(keys) == 1):
            continue
        for place in np.flatnonzero(_fitting(page, shape, key)).tolist():
            grade = _grade(page, int(shape.index[place]), key) if place not in family else None
            if grade is not None:
                family[place] = grade
    return family


def _undress(page: Page, shape: Shape, family: dict[int, int]) -> dict[int, int]:
    """A copy has more than a headline in it where a shorter copy is, or nearly is, a part of it."""
    copies = {int(shape.hashes[place]): _block_tokens(page, int(shape.index[place])) for place in family}
    if len(copies) > 1:
        for place in family:
            pieces = [_key(part).tokens for part in parts(block_text(page, int(shape.index[place])))]
            shorter = [copy for copy in copies.values() if len(copy) < shape.counts[place]]
            if any(_nearly(piece, copy) for piece in pieces if len(piece) >= REPEATS.title_least_tokens for copy in shorter):
                family[place] = 2
    return family


def _block_tokens(page: Page, block: int) -> Uint64s:
    low, high = page.tokens.offsets[block : block + 2].tolist()
    return page.tokens.hashes[low:high]


def _fitting(page: Page, shape: Shape, key: TitleKey) -> Bools:
    """Blocks (bool) that hold enough of a title's words to be compared with it, and are no paragraphs."""
    fits: Bools = (shape.counts >= REPEATS.title_least_tokens) & (shape.counts <= len(key.tokens) * 2 + 6) & ~shape.long
    known = np.append(0, np.cumsum(np.isin(page.tokens.hashes, key.tokens)))
    shared = known[page.tokens.offsets[shape.index + 1]] - known[page.tokens.offsets[shape.index]]
    fits &= shared >= REPEATS.title_prefix * len(key.tokens) - 1
    return fits


def _grade(page: Page, block: int, key: TitleKey) -> int | None:
    """How a block copies a title (1 nearly, 2 cut short or with a site's name), None where it does not."""
    own, text = _block_tokens(page, block), block_text(page, block)
    if _CUT.search(text):
        ahead = _common(own, key.tokens)
        return 2 if ahead >= len(own) - 1 and ahead >= REPEATS.title_prefix * len(key.tokens) - 1 else None
    if _numbers(text) == key.numbers and _nearly(own, key.tokens):
        return 1
    return 2 if any(_nearly(piece.tokens, key.tokens) and piece.numbers == key.numbers for piece in map(_key, parts(text))) else None


def _common(left: Uint64s, right: Uint64s) -> int:
    """How many tokens two sequences have in common at the start."""
    size = min(len(left), len(right))
    return int(np.argmin(np.append(left[:size] == right[:size], False)))


def _nearly(left: Uint64s, right: Uint64s) -> bool:
    """Whether two titles differ in one place only, and little: common start and common end against the longer one."""
    ahead = _common(left, right)
    behind = _common(left[ahead:][::-1], right[ahead:][::-1])
    return ahead + behind >= REPEATS.title_same * max(len(left), len(right))


def headline_places(shape: Shape) -> Bools:
    """Where a headline would stand (bool): a paragraph follows soon, and enough of them."""
    weight = np.append(0, np.cumsum(np.where(shape.long, shape.counts, 0)))
    here = np.arange(len(shape.index))
    last = np.minimum(here + 2 * REPEATS.title_window, len(here) - 1)
    following = weight[last + 1] - weight[here + 1] if len(here) else weight[:0]
    placed: Bools = (shape.next_long <= REPEATS.title_window) & (following >= REPEATS.body_tokens)
    return placed


def keeper(shape: Shape, family: dict[int, int]) -> int:
    """The copy of the title that stays: one in a headline's place before all others, then the plainest, then the first."""
    placed = headline_places(shape)
    return min((not placed[place], grade, place) for place, grade in family.items())[2]
