"""What rules know of single characters, as one table: their symbols in outlines, their kinds, the classes that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import regex

from cleaner.model import Int32s, Uint64s
from cleaner.rules.folding import is_outer, is_word
from cleaner.rules.gates import CLASSES
from cleaner.rules.tables import DIGIT_SYMBOL, GAP_SYMBOL, INNER_BIT, WORD_BIT, Uint32s
from cleaner.text.fold import code_points

_PAGE, _ALL = 256, 0x110000
# Behind the third plane only selectors of variants are more than private characters, or none: one page stands for all the others.
_LISTED = (*range(0, 0xD800, _PAGE), *range(0xE000, 0x34000, _PAGE), 0xE0100, 0xF0000)


def make_letters(symbols: Mapping[str, int], classes: Sequence[str]) -> tuple[Int32s, Uint64s]:
    """The rows and characters of `Tables`, from the symbols of letters; `classes`: characters, or names of `CLASSES`, a bit each."""
    codes = _codes()
    table = np.zeros((len(codes), 2), dtype=np.uint64)
    table[:, 0] = _kinds()
    chars = np.array([ord(char) for char in symbols], dtype=np.uint32)
    table[np.searchsorted(codes, chars), 0] |= np.array(list(symbols.values()), dtype=np.uint64)
    for bit, name in enumerate(classes):
        held = _held(CLASSES[name]) if name in CLASSES else codes == ord(name)
        table[held, 1] |= np.uint64(1 << bit)
    return _paged(codes, table)


@cache
def _codes() -> Uint32s:
    return np.concatenate([np.arange(page, page + _PAGE, dtype=np.uint32) for page in _LISTED])


@cache
def _held(pattern: str) -> npt.NDArray[np.bool_]:
    """Which of the listed characters a class holds."""
    replaced = code_points(regex.sub(pattern, "\n", _codes().tobytes().decode("utf-32-le")))
    return np.not_equal(replaced, _codes())


@cache
def _kinds() -> Uint64s:
    """Of the listed characters: whether they count at the ends of a block, whether they are parts of words; gap, digit or letter (0)."""
    text = _codes().tobytes().decode("utf-32-le")
    kinds = np.array([(not is_outer(char)) << INNER_BIT | is_word(char) << WORD_BIT for char in text], dtype=np.uint64)
    signs = _held(r"\W") | (kinds >> np.uint64(INNER_BIT) & np.uint64(1) == 0)
    return kinds | np.where(signs, GAP_SYMBOL, np.where(_held(r"\d"), DIGIT_SYMBOL, 0)).astype(np.uint64)


def _paged(codes: Uint32s, table: Uint64s) -> tuple[Int32s, Uint64s]:
    """Cut a table of characters into pages, equal ones kept once; characters that are not in it share the last one."""
    kept: dict[bytes, int] = {}
    numbers = [kept.setdefault(page.tobytes(), len(kept)) for page in table.reshape(-1, _PAGE, 2)]
    rows = np.full(_ALL // _PAGE, numbers[-1], dtype=np.int32)
    rows[codes[::_PAGE] // _PAGE] = numbers
    return rows * np.int32(_PAGE), np.frombuffer(b"".join(kept), dtype=np.uint64).reshape(-1, 2).copy()
