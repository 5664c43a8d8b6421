"""The compiled loops that read a text: its lines, its matching form, its words; code points in, arrays out, each in one pass.

Importing this module imports Numba (.3 CPU seconds), so it is imported inside functions. Compiled code is cached beside this file, or in
the user's cache folder where the installation is read-only (`NUMBA_CACHE_DIR` names another); where neither can be written it is compiled
anew in every process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from cleaner.model import Int32s, Uint64s
from cleaner.text.blocks import BREAK, LOWER, SPACE, UPPER
from cleaner.text.fold import DROPPED, SEVERAL
from cleaner.text.tokens import SINGLE, WORD

Uint8s = npt.NDArray[np.uint8]
Uint32s = npt.NDArray[np.uint32]
Int64s = npt.NDArray[np.int64]
F = TypeVar("F", bound=Callable[..., object])

_TEH_MARBUTA, _WAW = 0x0629, 0x0648
_FIRST_SPACELESS = 0x0E00  # Thai; the scripts before it have spaces
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31 = np.uint64(27), np.uint64(30), np.uint64(31)


def compiled(function: F) -> F:
    """Compile a function, once for all processes where its code can be cached."""
    try:
        return cast(F, njit(cache=True, nogil=True)(function))
    except RuntimeError:  # Numba finds no folder it may write its cache to
        return cast(F, njit(nogil=True)(function))


@compiled
def mix(value: np.uint64) -> np.uint64:
    """The finalizer of SplitMix64, as `text.tokens.mix` applies it to arrays."""
    out = value + _BASE
    out = (out ^ (out >> _S30)) * _MIX1
    out = (out ^ (out >> _S27)) * _MIX2
    return out ^ (out >> _S31)


@compiled
def sequence_hash(values: Uint64s) -> np.uint64:
    """The hash of a whole sequence (uint64), as `text.tokens.sequence_hashes` gives it; 0 for an empty one."""
    total, power = np.uint64(0), np.uint64(1)
    for value in values:
        total += mix(value) * power
        power *= _BASE
    return mix(total) if len(values) else np.uint64(0)


@compiled
def split_lines(codes: Uint32s, kinds: Uint8s, heading: int) -> tuple[Int32s, bool]:
    """The lines of a text without their outer white space (int32, lines x 2), and whether one may be glued to a heading.

    `kinds` (uint8): SPACE, BREAK, LOWER or UPPER for each code point that is one. It may be glued where, within the first `heading`
    characters, a small letter stands before a capital or teh marbuta before waw.
    """
    lines = np.empty((len(codes) // 2 + 1, 2), dtype=np.int32)
    count = opens = 0
    glued = False
    limit = np.uint64(len(kinds))
    while opens < len(codes):
        # Only breaks are looked for on the way: words end too often and too irregularly for the processor to guess where.
        closes = opens
        while closes < len(codes) and (codes[closes] >= limit or kinds[codes[closes]] != BREAK):
            closes += 1
        first, last = opens, closes
        while first < last and codes[first] < limit and kinds[codes[first]] == SPACE:
            first += 1
        while first < last and codes[last - 1] < limit and kinds[codes[last - 1]] == SPACE:
            last -= 1
        if first < last:
            lines[count, 0], lines[count, 1] = first, last
            count += 1
            glued |= _may_be_glued(codes[first : min(last, first + heading)], kinds)
        opens = closes + 1
    return lines[:count].copy(), glued


@compiled
def _may_be_glued(codes: Uint32s, kinds: Uint8s) -> bool:
    """Whether a small letter stands right before a capital, or teh marbuta before waw; `kinds` as in `split_lines`."""
    limit, glued = np.uint64(len(kinds)), False
    before, before_kind = np.uint32(0), np.uint8(0)
    for code in codes:
        kind = kinds[code] if code < limit else np.uint8(0)
        glued |= (kind == UPPER and before_kind == LOWER) or (code == _WAW and before == _TEH_MARBUTA)
        before, before_kind = code, kind
    return glued


@compiled
def _fold_plain(codes: Uint32s, table: Uint32s) -> tuple[Uint32s, Int32s, bool]:
    """`fold_codes` up to the first code point that becomes several, and whether there is none."""
    limit = np.uint64(len(table))
    out, origin = np.empty(len(codes), dtype=np.uint32), np.empty(len(codes) + 1, dtype=np.int32)
    place = np.uint64(0)  # unsigned: no place counts from the end, which Numba would ask at each step
    for at in range(len(codes)):
        code = np.uint64(codes[np.uint64(at)])
        value = table[code] if code < limit else np.uint32(code)
        if value == SEVERAL:
            return out[:place], origin[:place], False
        if value != DROPPED:
            out[place], origin[place] = value, at
            place += np.uint64(1)
    origin[place] = len(codes)
    return out[:place], origin[: place + np.uint64(1)], True


@compiled
def fold_codes(codes: Uint32s, table: Uint32s, firsts: Uint32s, several: Uint32s) -> tuple[Uint32s, Int32s]:
    """Fold code points; gives those of the matching form (uint32) and where each came from (int32, one more for the end).

    `table` (uint32): what each code point becomes, DROPPED, or SEVERAL; all beyond it stand for themselves. Those of `firsts` (uint32, in
    order) become the code points of their row in `several` (uint32, 0: no more).
    """
    plain, plain_origin, done = _fold_plain(codes, table)
    if done:
        return plain, plain_origin
    size = 0
    for code in codes:
        value = table[code] if code < len(table) else code
        if value == SEVERAL:
            size += int(np.count_nonzero(several[np.searchsorted(firsts, code)]))
        elif value != DROPPED:
            size += 1
    out, origin = np.empty(size, dtype=np.uint32), np.empty(size + 1, dtype=np.int32)
    place = 0
    for at in range(len(codes)):
        code = codes[at]
        value = table[code] if code < len(table) else code
        if value == SEVERAL:
            for value in several[np.searchsorted(firsts, code)]:
                if value:
                    out[place], origin[place] = value, at
                    place += 1
        elif value != DROPPED:
            out[place], origin[place] = value, at
            place += 1
    origin[size] = len(codes)
    return out, origin


@compiled
def cut_words(codes: Uint32s, spans: Int32s, kinds: Uint8s) -> tuple[Uint64s, Int32s, Int32s, Int32s, Uint64s]:
    """Cut the blocks of a folded text into words; the arrays of `model.Tokens` in their order.

    `spans` (int32, blocks x 2): half-open, in order, without common characters. `kinds` (uint8): WORD for a part of a word, SINGLE for a
    word by itself; so are all beyond it.
    """
    limit = np.uint64(len(kinds))
    hashes = np.empty(len(codes), dtype=np.uint64)
    starts, ends = np.empty(len(codes), dtype=np.int32), np.empty(len(codes), dtype=np.int32)
    offsets, block_hashes = np.zeros(len(spans) + 1, dtype=np.int32), np.empty(len(spans), dtype=np.uint64)
    count = np.uint64(0)
    for block in range(len(spans)):
        at, end = np.uint64(spans[block, 0]), np.uint64(spans[block, 1])
        whole, step = np.uint64(0), np.uint64(1)  # as in `sequence_hash`
        while at < end:
            code = np.uint64(codes[at])
            kind = kinds[code] if code < limit else SINGLE
            if kind == 0:
                at += np.uint64(1)
                continue
            starts[count] = at
            total, power = mix(code), np.uint64(1)
            at += np.uint64(1)
            while kind == WORD and at < end:
                code = np.uint64(codes[at])
                if code >= limit or kinds[code] != WORD:
                    break
                power *= _BASE
                total += mix(code) * power
                at += np.uint64(1)
            ends[count], hashes[count] = at, mix(total)
            whole += mix(hashes[count]) * step
            step *= _BASE
            count += np.uint64(1)
        offsets[block + 1] = count
        block_hashes[block] = mix(whole) if offsets[block + 1] > offsets[block] else np.uint64(0)
    return hashes[:count].copy(), starts[:count].copy(), ends[:count].copy(), offsets, block_hashes


@compiled
def folded_spans(origin: Int32s, edges: Int32s) -> Int32s:
    """Where spans of a text (int32, blocks x 2, in order) lie in its matching form; `origin` as `fold_codes` gives it."""
    out = np.empty_like(edges)
    at = before = 0
    for row in range(len(edges)):
        for side in range(2):
            # As far from the last edge as in the text, but for what was folded away or became several between them.
            edge = edges[row, side]
            at = min(at + edge - before, len(origin) - 1)
            while origin[at] < edge:
                at += 1
            while at and origin[at - 1] >= edge:
                at -= 1
            out[row, side] = at
            before = edge
    return out


@compiled
def read_page(
    codes: Uint32s, kinds: Uint8s, heading: int, folds: tuple[Uint32s, Uint32s, Uint32s], classes: Uint8s
) -> tuple[tuple[Int32s, bool], tuple[Uint32s, Int32s], Int32s, tuple[Uint64s, Int32s, Int32s, Int32s, Uint64s]]:
    """All that a page is made of, in one call: `split_lines`, `fold_codes`, `folded_spans` and `cut_words` on the code points of its text."""
    lines, glued = split_lines(codes, kinds, heading)
    folded, origin = fold_codes(codes, folds[0], folds[1], folds[2])
    spans = folded_spans(origin, lines)
    return (lines, glued), (folded, origin), spans, cut_words(folded, spans, classes)


@compiled
def weigh_words(codes: Uint32s, starts: Int32s, ends: Int32s, offsets: Int32s, single: float) -> npt.NDArray[np.float64]:
    """The words of each block of a folded text (float64), those that are one character of a script without spaces counted as `single`."""
    out = np.zeros(len(offsets) - 1, dtype=np.float64)
    for block in range(len(out)):
        for token in range(offsets[block], offsets[block + 1]):
            alone = ends[token] - starts[token] == 1 and codes[starts[token]] >= _FIRST_SPACELESS
            out[block] += single if alone else 1.0
    return out
