"""The blocks of several pages as one set of arrays: what every feature family reads, made once."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from cleaner.core.segments import Bools, Floats, Int64s, Segments, make_segments
from cleaner.model import Page
from cleaner.text.fold import code_points

# Character classes.
SPACE, LOWER, UPPER, LETTER, DIGIT, COMMA, TERMINAL, COLON, BRACKET, QUOTE, DASH, SEPARATOR, ADDRESS, SYMBOL, SINGLE, MARK = range(16)
CLASSES = 16
# Columns of `Lines.marks`: line breaks before the line, its indent, times and dates in it, where dash, bracket and colon first stand (from 1),
# the class of its first character and of its last before closing quotes and brackets.
BREAKS, INDENT, TIMES, DATES, DASH_AT, BRACKET_AT, COLON_AT, OPENS_WITH, ENDS_WITH = range(9)
MARKS = 9
# Columns of `Lines.word_counts`: words in units, numbers, years, words with a capital first letter, with a small one.
UNITS, DIGITS, YEARS, CAPITALS, SMALLS = range(5)
LEAD_CHARS = 60  # first characters of a paragraph in which a dateline ends
MOST_INDENT = 40  # characters
CLOSES, ENDS = 1, 2  # signs at the end of a line: of quotes and brackets that close, of the end of a sentence
_TABLE_SIZE = 0x10000
_TERMINALS = ".!?…؟。！？।۔։;‥॥፧።"
# What ends a line for the decision: unlike a TERMINAL also a colon or a semicolon, but not the three dots of a line that was cut.
_ENDING = ".!?؟。！？।۔։…;؛:"
_CLOSING = " \"')]}»”’）】」』*"
_COMMAS = ",،、，؛；"
_COLONS = ":："
_QUOTES = "\"'“”„«»‘’‹›「」『』〝〟＂"
_BRACKETS = "()[]{}（）【】〔〕《》〈〉"
_SEPARATORS = "|•·▪●■◆►▶→←>*~^¦‣⁃◦"
_ADDRESS = "@/_#&=%+\\"
# Choices between characters that mean the same: a hand keeps to one of each group.
STYLES = (
    ('"', "“”„", "«»", "「」『』"), ("'", "‘’"), ("-", "–", "—"), ("أإآ", "ا"), ("ى", "ي"), ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"),
    ("\u064b", "\u064e\u064f\u0650\u0651"), ("،", ","), ("ё", "е"), ("%", "٪"),
)  # fmt: skip
_SINGLE_RANGES = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x3040, 0x3100), (0x31F0, 0x3200), (0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00),
)  # fmt: skip
# A word counts 17 units and a character of a script without spaces 10: 1.7 such characters make a word (core-story.md, 3).
WORD_UNITS, SINGLE_UNITS = 17, 10
_GROUPS = (
    (_TERMINALS, TERMINAL), (_COMMAS, COMMA), (_COLONS, COLON), (_SEPARATORS, SEPARATOR), (_QUOTES, QUOTE), (_BRACKETS, BRACKET), (_ADDRESS, ADDRESS),
)  # fmt: skip


_CATEGORIES = {
    "Ll": LOWER, "Lu": UPPER, "Lt": UPPER, "Lm": LETTER, "Lo": LETTER, "Mn": MARK, "Mc": MARK, "Me": MARK, "Nd": DIGIT, "Pd": DASH, "Ps": BRACKET,
    "Pe": BRACKET, "Pi": QUOTE, "Pf": QUOTE, "Zs": SPACE, "Zl": SPACE, "Zp": SPACE, "Cc": SPACE, "Cf": SPACE, "Cn": SPACE, "Co": SPACE,
}  # fmt: skip


@cache
def character_classes() -> npt.NDArray[np.uint8]:
    """The class of every character below 0x10000 (uint8); those beyond, and halves of pairs, count as symbols."""
    categories = map(unicodedata.category, map(chr, range(_TABLE_SIZE)))
    table = np.fromiter((_CATEGORIES.get(category, SYMBOL) for category in categories), np.uint8, _TABLE_SIZE)
    for low, high in _SINGLE_RANGES:
        part = table[low:high]
        part[part == LETTER] = SINGLE
    for group, kind in _GROUPS:
        table[[ord(char) for char in group]] = kind
    return table


@cache
def character_variants() -> npt.NDArray[np.uint8]:
    """For every character below 0x10000 the number of its variant among all of `STYLES`, from 1; 0: no choice of style (uint8)."""
    table = np.zeros(_TABLE_SIZE, dtype=np.uint8)
    for number, variant in enumerate((variant for group in STYLES for variant in group), start=1):
        table[[ord(char) for char in variant]] = number
    return table


@cache
def end_signs() -> npt.NDArray[np.uint8]:
    """For every character below 0x10000: CLOSES, ENDS, or 0 for neither (uint8)."""
    table = np.zeros(_TABLE_SIZE, dtype=np.uint8)
    for signs, kind in ((_CLOSING, CLOSES), (_ENDING, ENDS)):
        table[[ord(sign) for sign in signs]] = kind
    return table


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """All blocks of a row of pages.

    `classes` (characters): classes of the texts laid end to end, a line break between two; `start`, `end`: the blocks in them. `ended` (lines):
    which end like a sentence. `counts` (lines, 16): characters of each class. `marks` (lines, 9), `word_counts` (lines, 5): columns named
    above. `styles` (lines, variants): characters of each variant. `folded`: code points of the matching forms; `spans` (tokens, 2): the
    tokens in them. `token_line`, `token_class` (tokens): the line, the class of the first character as written. `page_tokens` (pages + 1):
    where a page's tokens begin. `units` (lines): words in units of 1/17. `words` (lines): the same in words.
    """

    seg: Segments
    classes: npt.NDArray[np.uint8]
    start: Int64s
    end: Int64s
    ended: Bools
    counts: Int64s
    marks: Int64s
    styles: Int64s
    hashes: npt.NDArray[np.uint64]
    block_hashes: npt.NDArray[np.uint64]
    folded: npt.NDArray[np.uint32]
    spans: Int64s
    token_line: Int64s
    token_class: npt.NDArray[np.uint8]
    page_tokens: Int64s
    token_count: Int64s
    word_counts: Int64s
    units: Int64s
    words: Floats
    glued: Bools


def _bases(lengths: Sequence[int]) -> Int64s:
    """Where each of some texts laid end to end begins."""
    bases = np.zeros(len(lengths), dtype=np.int64)
    np.cumsum(lengths[:-1], out=bases[1:])
    return bases


def make_lines(pages: Sequence[Page]) -> Lines:
    """Lay the blocks of pages (each with at least one) end to end."""
    from cleaner.core.scan import find_ends, scan_lines, scan_words  # imports Numba

    seg = make_segments([len(page.blocks) for page in pages])
    texts = [page.document.text for page in pages]
    codes = code_points("\n".join(texts))
    text_bases = _bases([len(text) + 1 for text in texts])
    blocks = [block for page in pages for block in page.blocks]
    edges = np.array(([block.start for block in blocks], [block.end for block in blocks]), dtype=np.int64).T + text_bases[seg.page, None]
    classes = np.empty(len(codes), dtype=np.uint8)
    scanned = np.zeros((seg.size, CLASSES + MARKS + sum(map(len, STYLES))), dtype=np.int64)
    scan_lines(codes, edges, seg.first, (character_classes(), character_variants()), classes, scanned)
    ended = np.zeros(seg.size, dtype=np.bool_)
    find_ends(codes, edges, end_signs(), ended)
    tokens = [page.tokens for page in pages]
    token_count = np.concatenate([one.offsets[1:] for one in tokens]).astype(np.int64) - np.concatenate([one.offsets[:-1] for one in tokens])
    token_line = np.repeat(seg.index, token_count)
    page_counts = [len(one.starts) for one in tokens]
    folded_bases = np.repeat(_bases([len(page.folded.codes) for page in pages]), page_counts)
    spans = np.empty((len(token_line), 2), dtype=np.int64)
    np.add(np.concatenate([one.starts for one in tokens]), folded_bases, out=spans[:, 0])
    np.add(np.concatenate([one.ends for one in tokens]), folded_bases, out=spans[:, 1])
    firsts = np.concatenate([page.folded.origin[page.tokens.starts] for page in pages]) + np.repeat(text_bases, page_counts)
    token_class = classes[firsts]
    folded = np.concatenate([page.folded.codes for page in pages])
    word_counts = np.zeros((seg.size, 5), dtype=np.int64)
    scan_words(folded, spans, token_line, token_class, word_counts)
    units = word_counts[:, UNITS]
    return Lines(
        seg=seg,
        classes=classes,
        start=edges[:, 0],
        end=edges[:, 1],
        ended=ended,
        counts=scanned[:, :CLASSES],
        marks=scanned[:, CLASSES : CLASSES + MARKS],
        styles=scanned[:, CLASSES + MARKS :],
        hashes=np.concatenate([one.hashes for one in tokens]),
        block_hashes=np.concatenate([one.block_hashes for one in tokens]),
        folded=folded,
        spans=spans,
        token_line=token_line,
        token_class=token_class,
        page_tokens=np.concatenate(([0], np.cumsum(page_counts))),
        token_count=token_count,
        word_counts=word_counts,
        units=units,
        words=units / WORD_UNITS,
        glued=np.array([block.glued for block in blocks], dtype=np.bool_),
    )
