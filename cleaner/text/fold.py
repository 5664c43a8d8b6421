"""Fold text to its matching form: one letter for all the ways of writing it, nothing invisible, with a map back.

Matching happens on the fold, the author's letters are emitted. Folded away: compatibility forms (NFKC, presentation
forms, full width), case, Latin, Greek, Cyrillic, Hebrew and Arabic marks, tatweel, invisible and bidi characters, alef, hamza,
yeh, kaf and heh forms, digits of every script, quotes and dashes. Marks of Indic and South-East Asian scripts are vowels and stay.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from cleaner.model import Folded

_TABLE_SIZE = 0x20000
DROPPED = 0xFFFFFFFF
SEVERAL = 0xFFFFFFFE
# Ranges whose characters may fold to something else; all others (CJK, Hangul, most symbols) stand for themselves.
_FOLDED_RANGES = (
    (0x0000, 0x3400), (0xA640, 0xA7FF), (0xAB30, 0xABC0), (0xF900, 0xFB00), (0xFB00, 0x10000), (0x1D400, 0x1D800),
    (0x1EE00, 0x1EF00), (0x10400, 0x10450), (0x1F100, 0x1F200),
)  # fmt: skip
# Marks that only decorate a letter; the marks of other scripts are vowels.
_DROPPED_MARKS = (
    (0x0300, 0x0370), (0x0483, 0x0488), (0x0591, 0x05C8), (0x0610, 0x061B), (0x064B, 0x0660), (0x0670, 0x0671), (0x06D6, 0x06ED),
    (0x08D3, 0x0900), (0x1AB0, 0x1B00), (0x1DC0, 0x1E00), (0x20D0, 0x2100), (0xFE00, 0xFE10), (0xFE20, 0xFE30),
)  # fmt: skip
_LETTERS = {
    "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ک": "ك", "ڪ": "ك", "ة": "ه", "ہ": "ه", "ە": "ه", "ۃ": "ه", "ھ": "ه", "ٱ": "ا",
    "ı": "i", "ø": "o", "đ": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe",
    "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "〝": '"', "〞": '"',
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "‹": "'", "›": "'", "`": "'", "´": "'", "ʼ": "'", "ʻ": "'",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "ـ": "",
}  # fmt: skip


def _is_dropped(char: str) -> bool:
    code = ord(char)
    return unicodedata.category(char) == "Cf" or any(low <= code < high for low, high in _DROPPED_MARKS)


def fold_char(char: str) -> str:
    """Fold one character on its own: zero, one or more characters.

    >>> fold_char("أ"), fold_char("É"), fold_char("٣"), fold_char("\u200b"), fold_char("ﻻ")
    ('ا', 'e', '3', '', 'لا')
    """
    if char == "\n" or char in "\r\u2028\u2029\x85\v\f":
        return "\n"
    if char in _LETTERS:
        return _LETTERS[char]
    if char.isspace():
        return " "
    out = []
    for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold()):
        if _is_dropped(part):
            continue
        digit = unicodedata.decimal(part, None)
        out.append(str(digit) if digit is not None else " " if part.isspace() else _LETTERS.get(part, part))
    return unicodedata.normalize("NFC", "".join(out))


@cache
def fold_tables() -> tuple[npt.NDArray[np.uint32], dict[int, str]]:
    """The fold of every character below 0x20000 as one array (uint32) and the few that become several characters."""
    table = np.arange(_TABLE_SIZE, dtype=np.uint32)
    several: dict[int, str] = {}
    for low, high in _FOLDED_RANGES:
        for code in range(low, high):
            folded = fold_char(chr(code)) if not 0xD800 <= code < 0xE000 else chr(0xFFFD)
            if len(folded) == 1:
                table[code] = ord(folded)
            else:
                table[code] = SEVERAL if folded else DROPPED
                if folded:
                    several[code] = folded
    return table, several


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """The characters of a text as code points (uint32, one for each character)."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def fold(text: str) -> Folded:
    """Fold a whole text.

    Returns the folded text and, for each of its characters, the position in `text` it came from (int32, one more entry
    for the end). Linear in the length of the text.
    """
    table, several = fold_tables()
    codes = code_points(text)
    mapped = table[np.minimum(codes, _TABLE_SIZE - 1)]
    mapped = np.where(codes >= _TABLE_SIZE, codes, mapped) if codes.size and codes.max() >= _TABLE_SIZE else mapped
    if (mapped == SEVERAL).any():
        return _fold_expanding(codes, mapped, several, len(text))
    kept = np.flatnonzero(mapped != DROPPED).astype(np.int32)
    origin = np.append(kept, np.int32(len(text))).astype(np.int32)
    return Folded(mapped[kept].tobytes().decode("utf-32-le"), origin)


def _fold_expanding(codes: npt.NDArray[np.uint32], mapped: npt.NDArray[np.uint32], several: dict[int, str], length: int) -> Folded:
    """`fold` for a text with characters that become several: repeat their positions, then fill their places."""
    counts = (mapped != DROPPED).astype(np.int64)
    places = np.flatnonzero(mapped == SEVERAL)
    counts[places] = [len(several[int(codes[place])]) for place in places]
    origin = np.repeat(np.arange(len(codes), dtype=np.int32), counts)
    out = np.repeat(mapped, counts)
    begins = np.cumsum(counts) - counts
    for place in places:
        folded = several[int(codes[place])]
        out[begins[place] : begins[place] + len(folded)] = [ord(char) for char in folded]
    return Folded(out.tobytes().decode("utf-32-le"), np.append(origin, np.int32(length)).astype(np.int32))


def fold_text(text: str) -> str:
    """The folded text alone, for literals and patterns.

    >>> fold_text("إقرأ أيضاً")
    'اقرا ايضا'
    """
    return fold(text).text
