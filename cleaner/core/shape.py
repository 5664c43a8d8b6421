"""What a line looks like by itself: length, punctuation, case, digits, the space around it."""

from __future__ import annotations

import numpy as np

from cleaner.core.lines import (
    ADDRESS,
    BRACKET,
    BREAKS,
    CAPITALS,
    COLON,
    COMMA,
    DASH,
    DATES,
    DIGIT,
    DIGITS,
    ENDS_WITH,
    INDENT,
    LETTER,
    LOWER,
    MARK,
    OPENS_WITH,
    QUOTE,
    SEPARATOR,
    SINGLE,
    SMALLS,
    SPACE,
    SYMBOL,
    TERMINAL,
    TIMES,
    UPPER,
    YEARS,
    Lines,
)  # fmt: skip
from cleaner.core.segments import AnyArray, Bools, prefix_sums, share, shifted

Columns = dict[str, AnyArray]

LONG_UNITS = 12 * 17  # units of 1/17 word: a terminated line of this length is prose
LONG_BARE_UNITS = 20 * 17  # the same without terminal punctuation
TINY_UNITS = 5 * 17  # a line up to this length without terminal punctuation is furniture by its shape


def named(names: str, rows: AnyArray) -> Columns:
    """Rows of one array (columns, lines) as columns, by their names."""
    return dict(zip(names.split(), rows, strict=True))


def kinds(lines: Lines) -> tuple[Bools, Bools, Bools]:
    """(long, tiny, terminated): prose by its length, furniture by its length, sentence end."""
    ends: Bools = lines.marks[:, ENDS_WITH] == TERMINAL
    long = (lines.units >= LONG_UNITS) & (ends | (lines.units >= LONG_BARE_UNITS))
    tiny = (lines.units <= TINY_UNITS) & ~ends
    return long, tiny, ends


def _gap_columns(lines: Lines) -> Columns:
    """The white space before and after each block: empty lines, indent."""
    seg = lines.seg
    before = lines.marks[:, BREAKS]
    sums = prefix_sums(before >= 2)
    return {
        "blank_before": np.minimum(before, 4),
        "blank_after": np.minimum(shifted(before, 1, seg), 4),
        "indent": np.where(lines.glued, 0, lines.marks[:, INDENT]),
        "page_blank_share": share(sums[seg.end] - sums[seg.first], seg.end - seg.first),
        "glued": lines.glued,
    }


def _number_columns(lines: Lines) -> Columns:
    """Traces of dates, times and addresses, in any script's digits."""
    return {
        "times": lines.marks[:, TIMES],
        "dates": lines.marks[:, DATES],
        "years": lines.word_counts[:, YEARS],
        "numbers": share(lines.word_counts[:, DIGITS], lines.token_count),
    }


def shape_columns(lines: Lines) -> Columns:
    """All columns of this family: name → (lines,) numbers."""
    counts = lines.counts
    chars = lines.end - lines.start
    first, last = lines.marks[:, OPENS_WITH], lines.marks[:, ENDS_WITH]
    cased = counts[:, LOWER] + counts[:, UPPER]
    letters = cased + counts[:, LETTER] + counts[:, SINGLE] + counts[:, MARK]
    capital, small = lines.word_counts[:, CAPITALS], lines.word_counts[:, SMALLS]
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
        "opens_mark": (first == SEPARATOR) | (first == DASH) | (first == SYMBOL) | (first == ADDRESS),
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
