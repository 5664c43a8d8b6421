"""The compiled loop that hashes the forms of lines.

Importing this module imports Numba, so it is imported inside functions.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cleaner.model import Int32s, Uint64s
from cleaner.text.kernel import compiled, mix

Uint32s = npt.NDArray[np.uint32]

_COLON, _SEMICOLON, _BAR, _GREATER = 0x3A, 0x3B, 0x7C, 0x3E
_DOT, _HYPHEN, _SLASH, _SPACE = 0x2E, 0x2D, 0x2F, 0x20
_ZERO, _NINE = 0x30, 0x39
_NUMBER, _STEP = np.uint64(0x9E3779B97F4A7C15), np.uint64(0x100000001B3)
_LABEL, _NUMBERED, _OPENING, _WHOLE = 1, 2, 3, 4


@compiled
def _parts(codes: Uint32s, start: int, end: int) -> bool:
    """Whether what stands between two words parts a label: a colon, a bar, an arrow, dots, or a dash or slash beside a space."""
    for at in range(start, end):
        code = codes[at]
        if code in (_COLON, _SEMICOLON, _BAR, _GREATER):
            return True
        if code == _DOT and at + 1 < end and codes[at + 1] == _DOT:
            return True
        if code in (_HYPHEN, _SLASH) and ((at > start and codes[at - 1] == _SPACE) or (at + 1 < end and codes[at + 1] == _SPACE)):
            return True
    return False


@compiled
def _is_number(codes: Uint32s, start: int, end: int) -> bool:
    others = 0
    for at in range(start, end):
        others += codes[at] < _ZERO or codes[at] > _NINE
    return others == 0


@compiled
def hash_forms(codes: Uint32s, starts: Int32s, ends: Int32s, offsets: Int32s, hashes: Uint64s, limits: tuple[int, int, int]) -> Uint64s:
    """Hash the form of each block (uint64, blocks); the arrays as in `model.Tokens`, `codes` of the folded text.

    `limits`: words of a label, of an opening, of a line with numbers, at most.
    """
    label, opening, numbered = limits
    out = np.zeros(len(offsets) - 1, dtype=np.uint64)
    for block in range(len(out)):
        low, high = offsets[block], offsets[block + 1]
        if low == high:
            continue
        size, kind = 0, 0
        for token in range(low, min(low + label, high - 1)):
            if _parts(codes, ends[token], starts[token + 1]):
                size, kind = token + 1 - low, _LABEL
                break
        if not size and high - low <= numbered:
            for token in range(low, high):
                if _is_number(codes, starts[token], ends[token]):
                    size, kind = high - low, _NUMBERED
                    break
        if not size:
            size, kind = (opening, _OPENING) if high - low > opening else (high - low, _WHOLE)
        total = np.uint64(kind)
        for token in range(low, low + size):
            word = _NUMBER if _is_number(codes, starts[token], ends[token]) else hashes[token]
            total = mix((total * _STEP) ^ word)
        out[block] = max(total, np.uint64(1))
    return out
