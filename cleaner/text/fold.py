"""Fold text to its matching form: one letter for all the ways of writing it, nothing invisible, with a map back.

Matching happens on the fold, the author's letters are emitted. Folded away: compatibility forms (NFKC, presentation
forms, full width), case, Latin, Greek, Cyrillic, Hebrew and Arabic marks, tatweel, invisible and bidi characters, alef, hamza,
yeh, kaf and heh forms, digits of every script, quotes and dashes. Marks of Indic and South-East Asian scripts are vowels and stay.
"""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from cleaner.model import Folded, Int32s, Uint32s

_TABLE_SIZE = 0x20000
DROPPED = 0xFFFFFFFF
SEVERAL = 0xFFFFFFFE
# Ranges whose characters may fold to something else; all others (CJK, Hangul, most symbols) stand for themselves.
# They stand in order.
FOLDED_RANGES = (
    (0x0000, 0x3400), (0xA640, 0xA7FF), (0xAB30, 0xABC0), (0xF900, 0xFB00), (0xFB00, 0x10000), (0x1D400, 0x1D800),
    (0x1EE00, 0x1EF00), (0x10400, 0x10450), (0x1F100, 0x1F200),
)  # fmt: skip
# Marks that only decorate a letter; the marks of other scripts are vowels.
_DROPPED_MARKS = (
    (0x0300, 0x0370), (0x0483, 0x0488), (0x0591, 0x05C8), (0x0610, 0x061B), (0x064B, 0x0660), (0x0670, 0x0671), (0x06D6, 0x06ED),
    (0x08D3, 0x0900), (0x1AB0, 0x1B00), (0x1DC0, 0x1E00), (0x20D0, 0x2100), (0xFE00, 0xFE10), (0xFE20, 0xFE30),
)  # fmt: skip
_BREAKS = frozenset("\n\r\u2028\u2029\x85\v\f")
_LETTERS = {
    "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ک": "ك", "ڪ": "ك", "ة": "ه", "ہ": "ه", "ە": "ه", "ۃ": "ه", "ھ": "ه", "ٱ": "ا",
    "ı": "i", "ø": "o", "đ": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe",
    "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "〝": '"', "〞": '"',
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "‹": "'", "›": "'", "`": "'", "´": "'", "ʼ": "'", "ʻ": "'",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "ـ": "",
}  # fmt: skip


def fold_char(char: str) -> str:
    """Fold one character on its own: zero, one or more characters.

    >>> fold_char("أ"), fold_char("É"), fold_char("٣"), fold_char("\u200b"), fold_char("ﻻ")
    ('ا', 'e', '3', '', 'لا')
    """
    return fold_chars([char])[0]


def fold_chars(chars: Sequence[str]) -> list[str]:
    """Fold each of some characters on its own."""
    dropped = _dropped_marks()
    return [_fold_parts(char, parts, dropped) for char, parts in zip(chars, _decomposed(chars), strict=True)]


def _decomposed(chars: Sequence[str]) -> list[str]:
    """Each character in small letters and decomposed; done at once, for a line feed between two keeps them apart (line feeds become spaces)."""
    apart = "\n".join(" " if char == "\n" else char for char in chars)
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", apart).casefold()).split("\n")


@cache
def _dropped_marks() -> frozenset[str]:
    return frozenset(chr(code) for low, high in _DROPPED_MARKS for code in range(low, high))


def _fold_parts(char: str, parts: str, dropped: frozenset[str]) -> str:
    """The fold of a character that decomposes to `parts`."""
    if char in _BREAKS:
        return "\n"
    if char in _LETTERS:
        return _LETTERS[char]
    if char.isspace():
        return " "
    if parts == char and char not in dropped and unicodedata.category(char) not in ("Cf", "Nd"):
        return char
    out = []
    for part in parts:
        if part in dropped or unicodedata.category(part) == "Cf":
            continue
        digit = unicodedata.decimal(part, None)
        out.append(str(digit) if digit is not None else " " if part.isspace() else _LETTERS.get(part, part))
    return unicodedata.normalize("NFC", "".join(out))


@cache
def fold_tables() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """The fold of every character below 0x20000 (uint32), those that become several (uint32, in order) and a row with what each becomes."""
    table = np.arange(_TABLE_SIZE, dtype=np.uint32)
    several: dict[int, str] = {}
    chars = [chr(code) for low, high in FOLDED_RANGES for code in range(low, high)]
    for char, folded in zip(chars, fold_chars(chars), strict=True):
        if char != folded:
            table[ord(char)] = ord(folded) if len(folded) == 1 else SEVERAL if folded else DROPPED
        if len(folded) > 1:
            several[ord(char)] = folded
    rows = np.zeros((len(several), max(map(len, several.values()))), dtype=np.uint32)
    for row, folded in enumerate(several.values()):
        rows[row, : len(folded)] = code_points(folded)
    return table, np.array(list(several), dtype=np.uint32), rows


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """The characters of a text as code points (uint32, one for each character)."""
    return np.frombuffer(codecs.utf_32_le_encode(text, "surrogatepass")[0], dtype=np.uint32)


def text_of(codes: Uint32s) -> str:
    """The text of code points."""
    return codecs.utf_32_le_decode(codes)[0]  # type: ignore[arg-type]


def fold(text: str) -> Folded:
    """Fold a whole text.

    Returns the folded text and, for each of its characters, the position in `text` it came from (int32, one more entry
    for the end). Linear in the length of the text.
    """
    codes, origin = fold_codes(code_points(text))
    return Folded(text_of(codes), origin, codes)


def fold_codes(codes: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint32], Int32s]:
    """`fold` on code points (uint32)."""
    from cleaner.text import kernel

    return kernel.fold_codes(codes, *fold_tables())


def fold_text(text: str) -> str:
    """The folded text alone, for literals and patterns.

    >>> fold_text("إقرأ أيضاً")
    'اقرا ايضا'
    """
    return fold(text).text
