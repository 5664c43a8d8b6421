"""The compiled loops over characters and words: what each line holds of them, in one pass. Importing this module imports Numba."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleaner.core.lines import (
    BRACKET,
    BRACKET_AT,
    BREAKS,
    CAPITALS,
    CLASSES,
    CLOSES,
    COLON,
    COLON_AT,
    DASH,
    DASH_AT,
    DATES,
    DIGIT,
    DIGITS,
    ENDS,
    ENDS_WITH,
    INDENT,
    LEAD_CHARS,
    LOWER,
    MARKS,
    MOST_INDENT,
    OPENS_WITH,
    QUOTE,
    SINGLE,
    SINGLE_UNITS,
    SMALLS,
    SPACE,
    SYMBOL,
    TIMES,
    UNITS,
    UPPER,
    WORD_UNITS,
    YEARS,
)  # fmt: skip
from cleaner.core.terms import STEM_CHARS
from cleaner.text.kernel import compiled, mix

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]
Uint8s = npt.NDArray[np.uint8]
Uint32s = npt.NDArray[np.uint32]
Uint64s = npt.NDArray[np.uint64]

_CR, _LF = 13, 10
_SLASH, _HYPHEN, _DOT, _ZERO = 0x2F, 0x2D, 0x2E, 48
_ALEF, _BEH, _FEH, _KAF, _LAM, _WAW = 0x627, 0x628, 0x641, 0x643, 0x644, 0x648
_BASE = np.uint64(0x9E3779B97F4A7C15)


@compiled
def _gap(codes: Uint32s, behind: int, start: int) -> tuple[int, int]:
    """Line breaks between the line before and this one, and the characters from the last break or return to it."""
    breaks = 0
    for at in range(behind, start):
        breaks += codes[at] == _LF
    at = start
    while at > 0 and start - at < MOST_INDENT and codes[at - 1] != _LF and codes[at - 1] != _CR:
        at -= 1
    return breaks, start - at


@compiled
def _lead(classes: Uint8s, start: int, end: int, marks: Int64s) -> None:
    """Where a dash beside a space, a bracket and a colon first stand in the line's first characters (from 1; 0: nowhere)."""
    for place in range(min(LEAD_CHARS, end - start)):
        at = start + place
        kind = classes[at]
        if kind == DASH and not marks[DASH_AT] and 0 < place < LEAD_CHARS - 1:
            if classes[at - 1] == SPACE or (at + 1 < end and classes[at + 1] == SPACE):
                marks[DASH_AT] = place + 1
        elif kind == BRACKET and not marks[BRACKET_AT]:
            marks[BRACKET_AT] = place + 1
        elif kind == COLON and not marks[COLON_AT]:
            marks[COLON_AT] = place + 1


@compiled
def _last(classes: Uint8s, start: int, end: int) -> int:
    """Class of the line's last character before up to two closing quotes and brackets."""
    at = end - 1
    while at > start and at >= end - 2 and classes[at] in (BRACKET, QUOTE):
        at -= 1
    return int(classes[at])


@compiled
def scan_lines(codes: Uint32s, spans: Int64s, firsts: Int64s, tables: tuple[Uint8s, Uint8s], classes: Uint8s, out: Int64s) -> None:
    """Read the lines' characters, once: fill `classes` (uint8, characters) and `out` (int64, lines x columns).

    `codes` (uint32): the texts; `spans` (lines x 2); `firsts` (lines): the page's first line. `tables` (uint8, 0x10000): class of a
    code point, its variant from 1 (0: none). Columns: characters of each class, then the marks of `lines`, then the variants.
    """
    kinds, variants = tables
    for at in range(len(codes)):
        classes[at] = kinds[codes[at]] if codes[at] < len(kinds) else SYMBOL
    behind = CLASSES + MARKS - 1  # the column ahead of the variants holds characters without one until its own mark is entered
    for line in range(len(spans)):
        start, end, own = spans[line, 0], spans[line, 1], out[line]
        marks = own[CLASSES : CLASSES + MARKS]
        marks[BREAKS], marks[INDENT] = _gap(codes, start if line == firsts[line] else spans[line - 1, 1], start)
        for at in range(start, end):
            code, kind = codes[at], classes[at]
            out[line, kind] += 1
            out[line, behind + (variants[code] if code < len(variants) else 0)] += 1
            joins = kind == COLON or code in (_SLASH, _HYPHEN, _DOT)
            if joins and 0 < at < len(codes) - 1 and classes[at - 1] == DIGIT and classes[at + 1] == DIGIT:
                marks[TIMES if kind == COLON else DATES] += 1
        marks[OPENS_WITH], marks[ENDS_WITH] = classes[start], _last(classes, start, end)
        _lead(classes, start, end, marks)


@compiled
def find_ends(codes: Uint32s, spans: Int64s, signs: Uint8s, out: Bools) -> None:
    """Whether each line ends as a sentence does, closing quotes and brackets aside (bool); three dots end a line that was cut short.

    `codes` (uint32): the texts; `spans` (lines x 2); `signs` (uint8): `lines.end_signs`.
    """
    for line in range(len(spans)):
        start, at = spans[line, 0], spans[line, 1] - 1
        while at >= start and codes[at] < len(signs) and signs[codes[at]] == CLOSES:
            at -= 1
        if at >= start and codes[at] < len(signs) and signs[codes[at]] == ENDS:
            out[line] = not (at >= start + 2 and codes[at] == _DOT and codes[at - 1] == _DOT and codes[at - 2] == _DOT)


@compiled
def _is_year(codes: Uint32s, start: int, end: int) -> bool:
    head = (np.int64(codes[start]) - _ZERO) * 10 + np.int64(codes[start + 1]) - _ZERO if end - start == 4 else 0
    return head == 13 or head == 14 or head == 19 or head == 20


@compiled
def scan_words(codes: Uint32s, spans: Int64s, line_of: Int64s, kinds: Uint8s, out: Int64s) -> None:
    """Count each line's words (int64, lines x 5, named in `lines`): `codes` folded, `spans` (words x 2) in them, `kinds`: class of the first."""
    for word in range(len(spans)):
        line, kind = line_of[word], kinds[word]
        out[line, UNITS] += SINGLE_UNITS if kind == SINGLE else WORD_UNITS
        if kind == UPPER:
            out[line, CAPITALS] += 1
        elif kind == LOWER:
            out[line, SMALLS] += 1
        elif kind == DIGIT:
            out[line, DIGITS] += 1
            out[line, YEARS] += _is_year(codes, spans[word, 0], spans[word, 1])


@compiled
def _affix(codes: Uint32s, start: int, length: int) -> int:
    """How many characters of Arabic particles and article a word opens with."""
    first, second = codes[start], codes[start + 1]
    particle = first in (_WAW, _FEH, _BEH, _KAF, _LAM)
    if length >= 6 and particle and second == _ALEF and codes[start + 2] == _LAM:
        return 3
    if second == _LAM and first in (_ALEF, _LAM):
        return 2
    return int(first == _WAW)


@compiled
def hash_stems(codes: Uint32s, spans: Int64s, line_of: Int64s, kinds: Uint8s, out: Uint64s) -> None:
    """Hash each word cut to its stem into `out` (uint64), as `text.tokens.sequence_hashes` does; of scripts without spaces two characters."""
    last = len(spans) - 1
    for word in range(len(spans)):
        start, end = spans[word, 0], spans[word, 1]
        opens = start + _affix(codes, start, end - start) if end - start >= 5 else start
        closes = min(end, opens + STEM_CHARS)
        if word < last and kinds[word] == SINGLE and kinds[word + 1] == SINGLE and spans[word + 1, 0] == end and line_of[word + 1] == line_of[word]:
            closes += 1
        total, power = np.uint64(0), np.uint64(1)
        for at in range(opens, closes):
            total += mix(np.uint64(codes[at])) * power
            power *= _BASE
        out[word] = mix(total) if closes > opens else np.uint64(0)


@compiled
def enter_labels(labels: Int64s, start: Int64s, end: Int64s, offsets: Int64s, table: Floats) -> None:
    """Enter labels into the rows of the lines they touch: the most of strength times share of the line for each family, marker and certain.

    `labels` (labels x 7, as `marks` lists them); `offsets` (pages + 1): the pages' lines; `table` (float64, lines x families + 2).
    """
    marker, certain = table.shape[1] - 2, table.shape[1] - 1
    for number in range(len(labels)):
        opens, closes, page, family, strength = labels[number, 0], labels[number, 1], labels[number, 2], labels[number, 3], labels[number, 4]
        low, high = offsets[page], offsets[page + 1]
        line = low + np.searchsorted(end[low:high], opens, side="right")
        while line < high and start[line] < closes:
            part = (min(end[line], closes) - max(start[line], opens)) / (end[line] - start[line])
            if family >= 0:
                table[line, family] = max(table[line, family], strength * part)
            if labels[number, 5]:
                table[line, marker] = max(table[line, marker], part)
            if labels[number, 6]:
                table[line, certain] = max(table[line, certain], part)
            line += 1


@compiled
def compare_styles(counts: Int64s, start: Int64s, end: Int64s, groups: Int64s, out: Floats) -> None:
    """How far each line's spelling is other than that of the lines before it: rows of `out` (float64, 2 x lines), gap and groups compared.

    `counts` (lines + 1 x variants): characters of each variant before a line; compared are those from `start` up to the line with those from
    it up to `end`. `groups` (groups + 1): where the variants of a group begin.
    """
    for line in range(len(start)):
        before, behind = start[line], end[line]
        for group in range(len(groups) - 1):
            all_before = all_here = 0
            for n in range(groups[group], groups[group + 1]):
                all_before += counts[line, n] - counts[before, n]
                all_here += counts[behind, n] - counts[line, n]
            if all_before > 0 and all_here > 0:
                gap = 0.0
                for n in range(groups[group], groups[group + 1]):
                    gap += abs((counts[line, n] - counts[before, n]) / all_before - (counts[behind, n] - counts[line, n]) / all_here)
                out[0, line] += gap
                out[1, line] += 1
