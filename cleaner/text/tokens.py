"""Turn a folded text into token arrays, once per document."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from cleaner.model import Int32s, Tokens, Uint64s
from cleaner.text.fold import code_points

_TABLE_SIZE = 0x20000
WORD, SINGLE = 1, 2
# Scripts written without spaces: each character is a token of its own.
_SINGLE_RANGES = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x3040, 0x3100), (0x31F0, 0x3200), (0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00),
)  # fmt: skip
_WORD_RANGES = ((0x0000, 0x3040), (0xA000, 0xABFF), (0xFB00, 0x10000), (0x10000, 0x11F00), (0x1D400, 0x1D800), (0x1E000, 0x1F000))
# Odd multiplier and its inverse modulo 2^64: a token's hash must not depend on where it stands.
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)


@cache
def character_classes() -> npt.NDArray[np.uint8]:
    """For every character below 0x20000: 0 no part of a word, 1 part of a word, 2 a word by itself."""
    table = np.zeros(_TABLE_SIZE, dtype=np.uint8)
    for low, high in _WORD_RANGES:
        for code in range(low, high):
            char = chr(code)
            # A mark belongs to its word; str.isalnum knows letters and digits only.
            table[code] = WORD if char.isalnum() or _is_mark(char) else 0
    table[0xAC00:0xD7A4] = WORD
    for low, high in _SINGLE_RANGES:
        for code in range(low, high):
            table[code] = SINGLE if chr(code).isalnum() or _is_mark(chr(code)) else 0
    return table


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def mix(values: Uint64s) -> Uint64s:
    """The finalizer of SplitMix64 (Steele, Lea, Flood 2014): spreads every input bit over the output."""
    out = values + np.uint64(0x9E3779B97F4A7C15)
    out = (out ^ (out >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    out = (out ^ (out >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Uint64s = out ^ (out >> np.uint64(31))
    return mixed


def sequence_hashes(values: Uint64s, starts: npt.NDArray[np.integer], ends: npt.NDArray[np.integer]) -> Uint64s:
    """Hash each half-open range of `values` (uint64): equal sequences get equal hashes wherever they stand.

    Polynomial prefix sums modulo 2^64, then a finalizer; an empty range hashes to 0. Shapes: starts and ends (n,), out (n,).
    """
    size = len(values)
    powers = np.full(size + 1, _BASE, dtype=np.uint64)
    powers[0] = 1
    np.multiply.accumulate(powers, out=powers)
    inverse = np.full(size + 1, _INVERSE, dtype=np.uint64)
    inverse[0] = 1
    np.multiply.accumulate(inverse, out=inverse)
    prefix = np.zeros(size + 1, dtype=np.uint64)
    np.cumsum(mix(values) * powers[:-1], out=prefix[1:])
    hashes = mix((prefix[ends] - prefix[starts]) * inverse[starts])
    hashes[np.asarray(ends) <= np.asarray(starts)] = 0
    return hashes


def tokenise(folded: str, block_spans: Int32s) -> Tokens:
    """Cut a folded text into tokens, block by block.

    `block_spans` (int32, blocks x 2): half-open spans of the blocks in the folded text, in order; between them stand no words. A token
    never crosses a block's border, so glued blocks come apart.
    """
    return tokenise_codes(code_points(folded), block_spans)


def tokenise_codes(codes: npt.NDArray[np.uint32], block_spans: Int32s) -> Tokens:
    """`tokenise` on the code points of a folded text (uint32)."""
    from cleaner.text import kernel

    return Tokens(*kernel.cut_words(codes, block_spans, character_classes()))
