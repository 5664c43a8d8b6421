"""What a line looks like by itself: length, punctuation, case, digits, the space around it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleaner.core.lines import (
    ADDRESS,
    BRACKET,
    COLON,
    COMMA,
    DASH,
    DIGIT,
    LETTER,
    LOWER,
    MARK,
    QUOTE,
    SEPARATOR,
    SINGLE,
    SPACE,
    SYMBOL,
    TERMINAL,
    UPPER,
    Lines,
)  # fmt: skip
from cleaner.core.segments import AnyArray, Bools, Int64s, prefix_sums, share, shifted

Columns = dict[str, AnyArray]

LONG_UNITS = 12 * 17  # units of 1/17 word: a terminated line of this length is prose
LONG_BARE_UNITS = 20 * 17  # the same without terminal punctuation
TINY_UNITS = 5 * 17  # a line up to this length without terminal punctuation is furniture by its shape
_CR, _LF = 13, 10


def _edge_classes(lines: Lines) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Class of each block's first character, and of its last one before closing quotes and brackets."""
    first = lines.classes[lines.start]
    at = lines.end - 1
    for _ in range(2):
        closes = np.isin(lines.classes[at], (QUOTE, BRACKET)) & (at > lines.start)
        at = at - closes
    return first, lines.classes[at]


def terminated(lines: Lines) -> Bools:
    """The block ends in terminal punctuation of any script, closing quotes and brackets aside."""
    ends: Bools = _edge_classes(lines)[1] == TERMINAL
    return ends


def kinds(lines: Lines) -> tuple[Bools, Bools, Bools]:
    """(long, tiny, terminated): prose by its length, furniture by its length, sentence end."""
    ends = terminated(lines)
    long = (lines.units >= LONG_UNITS) & (ends | (lines.units >= LONG_BARE_UNITS))
    tiny = (lines.units <= TINY_UNITS) & ~ends
    return long, tiny, ends


def _between(lines: Lines, flags: Bools) -> Int64s:
    """Number of flagged characters of each block."""
    sums = prefix_sums(flags)
    return sums[lines.end] - sums[lines.start]


def _gap_columns(lines: Lines) -> Columns:
    """The white space before and after each block: empty lines, indent."""
    seg = lines.seg
    breaks = prefix_sums(lines.codes == _LF)
    gap_start = np.where(seg.index == seg.first, lines.start, shifted(lines.end, -1, seg))
    before = breaks[lines.start] - breaks[gap_start]
    blank_before = before >= 2
    line_breaks = np.flatnonzero(np.isin(lines.codes, (_LF, _CR)))
    behind = np.searchsorted(line_breaks, lines.start)
    opens = np.where(behind > 0, line_breaks[behind - 1] + 1 if len(line_breaks) else 0, 0)
    indent = np.where(lines.glued, 0, np.minimum(lines.start - opens, 40))
    sums = prefix_sums(blank_before)
    blank_share = share(sums[seg.end] - sums[seg.first], seg.end - seg.first)
    return {
        "blank_before": np.minimum(before, 4),
        "blank_after": np.minimum(shifted(before, 1, seg), 4),
        "indent": indent,
        "page_blank_share": blank_share,
        "glued": lines.glued,
    }


def _number_columns(lines: Lines) -> Columns:
    """Traces of dates, times and addresses, in any script's digits."""
    codes, classes = lines.codes, lines.classes
    digit = classes == DIGIT
    beside = np.zeros(len(codes), dtype=np.bool_)
    beside[1:-1] = digit[:-2] & digit[2:]
    slash = np.isin(codes, (0x2F, 0x2D, 0x2E))
    folded, starts, ends = lines.token_folded
    numeric = (lines.token_class == DIGIT) & (ends - starts == 4)
    places = np.flatnonzero(numeric)
    head = (folded[starts[places]].astype(np.int64) - 48) * 10 + folded[starts[places] + 1].astype(np.int64) - 48
    years = np.zeros(len(numeric), dtype=np.bool_)
    years[places] = np.isin(head, (13, 14, 19, 20))
    size = lines.seg.size
    return {
        "times": _between(lines, beside & (classes == COLON)),
        "dates": _between(lines, beside & slash),
        "years": np.bincount(lines.token_line[years], minlength=size),
        "numbers": share(np.bincount(lines.token_line[lines.token_class == DIGIT], minlength=size), lines.token_count),
    }


def shape_columns(lines: Lines) -> Columns:
    """All columns of this family: name → (lines,) numbers."""
    counts = lines.counts
    chars = lines.end - lines.start
    first, last = _edge_classes(lines)
    cased = counts[:, LOWER] + counts[:, UPPER]
    letters = cased + counts[:, LETTER] + counts[:, SINGLE] + counts[:, MARK]
    capital = np.bincount(lines.token_line[lines.token_class == UPPER], minlength=lines.seg.size)
    small = np.bincount(lines.token_line[lines.token_class == LOWER], minlength=lines.seg.size)
    words = np.maximum(lines.words, 0.5)
    long, tiny, ends = kinds(lines)
    columns: Columns = {
        "words": np.minimum(lines.words, 80),
        "log_words": np.log1p(lines.words),
        "log_chars": np.log1p(chars),
        "terminal": ends,
        "ends_colon": last == COLON,
        "ends_comma": last == COMMA,
        "long": long,
        "tiny": tiny,
        "sentences": np.minimum(counts[:, TERMINAL], 12),
        "terminals_word": counts[:, TERMINAL] / words,
        "commas_word": counts[:, COMMA] / words,
        "colons": np.minimum(counts[:, COLON], 5),
        "brackets": np.minimum(counts[:, BRACKET], 8),
        "quotes": np.minimum(counts[:, QUOTE], 8),
        "opens_quote": first == QUOTE,
        "opens_digit": first == DIGIT,
        "opens_mark": np.isin(first, (SEPARATOR, DASH, SYMBOL, ADDRESS)),
        "opens_small": first == LOWER,
        "digit_share": counts[:, DIGIT] / chars,
        "separators_word": (counts[:, SEPARATOR] + counts[:, SYMBOL]) / words,
        "dashes": np.minimum(counts[:, DASH], 4),
        "address_share": counts[:, ADDRESS] / chars,
        "space_share": counts[:, SPACE] / chars,
        "letter_share": letters / chars,
        "capital_share": share(capital, capital + small),
        "upper_share": share(counts[:, UPPER], cased),
        "chars_word": letters / words,
        "single_share": share(counts[:, SINGLE], letters),
    }
    return columns | _gap_columns(lines) | _number_columns(lines)
