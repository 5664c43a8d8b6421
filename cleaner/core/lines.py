"""The blocks of several pages as one set of arrays: what every feature family reads, made once."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from cleaner.core.segments import AnyArray, Bools, Floats, Int64s, Segments, make_segments
from cleaner.model import Page
from cleaner.text.fold import code_points

# Character classes.
SPACE, LOWER, UPPER, LETTER, DIGIT, COMMA, TERMINAL, COLON, BRACKET, QUOTE, DASH, SEPARATOR, ADDRESS, SYMBOL, SINGLE, MARK = range(16)
CLASSES = 16
_TABLE_SIZE = 0x10000
_TERMINALS = ".!?…؟。！？।۔։;‥॥፧።"
_COMMAS = ",،、，؛；"
_COLONS = ":："
_QUOTES = "\"'“”„«»‘’‹›「」『』〝〟＂"
_BRACKETS = "()[]{}（）【】〔〕《》〈〉"
_SEPARATORS = "|•·▪●■◆►▶→←>*~^¦‣⁃◦"
_ADDRESS = "@/_#&=%+\\"
_SINGLE_RANGES = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x3040, 0x3100), (0x31F0, 0x3200), (0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00),
)  # fmt: skip
# A word counts 17 units and a character of a script without spaces 10: 1.7 such characters make a word (core-story.md, 3).
WORD_UNITS, SINGLE_UNITS = 17, 10
_GROUPS = (
    (_TERMINALS, TERMINAL), (_COMMAS, COMMA), (_COLONS, COLON), (_SEPARATORS, SEPARATOR), (_QUOTES, QUOTE), (_BRACKETS, BRACKET), (_ADDRESS, ADDRESS),
)  # fmt: skip


def _class_of(char: str) -> int:
    for group, kind in _GROUPS:
        if char in group:
            return kind
    category = unicodedata.category(char)
    if char.isspace() or category.startswith(("Z", "C")):
        return SPACE
    kinds = {"Ll": LOWER, "Lu": UPPER, "Lt": UPPER, "Pd": DASH, "Nd": DIGIT, "Ps": BRACKET, "Pe": BRACKET, "Pi": QUOTE, "Pf": QUOTE}
    if category in kinds:
        return kinds[category]
    return LETTER if category.startswith("L") else MARK if category.startswith("M") else SYMBOL


@cache
def character_classes() -> npt.NDArray[np.uint8]:
    """The class of every character below 0x10000 (uint8); those beyond count as symbols."""
    table = np.array([SYMBOL if 0xD800 <= code < 0xE000 else _class_of(chr(code)) for code in range(_TABLE_SIZE)], dtype=np.uint8)
    for low, high in _SINGLE_RANGES:
        part = table[low:high]
        part[part == LETTER] = SINGLE
    return table


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """All blocks of a row of pages.

    `codes` and `classes` (characters): code points and classes of the texts, a line break between two texts; `start`, `end`: the blocks in
    them. `counts` (lines, 16): characters of each class. `token_line` (tokens): the line of each token; `token_at`: its
    first character in `codes`; `token_end`: one past its last; `token_single`: it is a character of a script without spaces.
    `units` (lines): words in units of 1/17. `words` (lines): the same in words.
    """

    seg: Segments
    codes: npt.NDArray[np.uint32]
    classes: npt.NDArray[np.uint8]
    start: Int64s
    end: Int64s
    counts: Int64s
    hashes: npt.NDArray[np.uint64]
    block_hashes: npt.NDArray[np.uint64]
    token_line: Int64s
    token_folded: tuple[npt.NDArray[np.uint32], Int64s, Int64s]
    token_class: npt.NDArray[np.uint8]
    token_count: Int64s
    units: Int64s
    words: Floats
    glued: Bools


def _classes_of(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    classes = character_classes()[np.minimum(codes, _TABLE_SIZE - 1)]
    classes[codes >= _TABLE_SIZE] = SYMBOL
    return classes


def _laid_out(arrays: Sequence[AnyArray], bases: Sequence[int]) -> Int64s:
    return np.concatenate([array.astype(np.int64) + base for array, base in zip(arrays, bases, strict=True)])


def _bases(lengths: Sequence[int]) -> list[int]:
    return [0, *np.cumsum(lengths)[:-1].tolist()]


def make_lines(pages: Sequence[Page]) -> Lines:
    """Lay the blocks of pages (each with at least one) end to end."""
    seg = make_segments([len(page.blocks) for page in pages])
    texts = [page.document.text for page in pages]
    codes = code_points("\n".join(texts))
    text_bases = _bases([len(text) + 1 for text in texts])
    classes = _classes_of(codes)
    spans = [np.array([(block.start, block.end) for block in page.blocks], dtype=np.int64) for page in pages]
    start, end = (_laid_out([span[:, side] for span in spans], text_bases) for side in (0, 1))
    token_count = np.concatenate([np.diff(page.tokens.offsets) for page in pages]).astype(np.int64)
    token_line = np.repeat(seg.index, token_count)
    folded = code_points("".join(page.folded.text for page in pages))
    folded_bases = _bases([len(page.folded.text) for page in pages])
    token_folded = (
        folded,
        _laid_out([page.tokens.starts for page in pages], folded_bases),
        _laid_out([page.tokens.ends for page in pages], folded_bases),
    )
    origins = [page.folded.origin[page.tokens.starts] for page in pages]
    token_class = classes[_laid_out(origins, text_bases)]
    units = np.bincount(token_line, np.where(token_class == SINGLE, SINGLE_UNITS, WORD_UNITS), seg.size).astype(np.int64)
    return Lines(
        seg=seg,
        codes=codes,
        classes=classes,
        start=start,
        end=end,
        counts=_class_counts(classes, start, end, seg.size),
        hashes=np.concatenate([page.tokens.hashes for page in pages]),
        block_hashes=np.concatenate([page.tokens.block_hashes for page in pages]),
        token_line=token_line,
        token_folded=token_folded,
        token_class=token_class,
        token_count=token_count,
        units=units,
        words=units / WORD_UNITS,
        glued=np.array([block.glued for page in pages for block in page.blocks], dtype=np.bool_),
    )


def _class_counts(classes: npt.NDArray[np.uint8], start: Int64s, end: Int64s, size: int) -> Int64s:
    """Characters of each class in each block (blocks are disjoint and in order)."""
    edges = np.zeros(len(classes) + 1, dtype=np.int8)
    np.add.at(edges, start, 1)
    np.add.at(edges, end, -1)
    inside = np.cumsum(edges[:-1]).astype(np.bool_)
    line = np.repeat(np.arange(size), end - start)
    return np.bincount(line * CLASSES + classes[inside], minlength=size * CLASSES).reshape(size, CLASSES)
