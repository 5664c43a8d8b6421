"""What of a folded text counts where rules compare: words, outer punctuation, single spaces."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from cleaner.text.fold import fold_text

# Scripts written without spaces between words (Thai, Lao, Myanmar, Khmer, kana, Han): no word boundary is asked of them.
_UNSPACED = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x3040, 0x3100), (0x31F0, 0x3200), (0x3400, 0xA000), (0xF900, 0xFB00), (0x20000, 0x40000),
)  # fmt: skip


def is_word(char: str) -> bool:
    """Whether a character is part of a word of a script that puts spaces between words.

    >>> [is_word(char) for char in ("a", "ق", "7", "-", "新")]
    [True, True, True, False, False]
    """
    if not char.isalnum() and not unicodedata.category(char).startswith("M"):
        return False
    return char < "\u0e00" or not any(low <= ord(char) < high for low, high in _UNSPACED)


def is_outer(char: str) -> bool:
    """Whether a character is punctuation, symbol or space, which do not count at the ends of a block."""
    return not (char.isalnum() or unicodedata.category(char).startswith("M"))


def strip_outer(text: str) -> tuple[int, int]:
    """The half-open span of a text without outer punctuation, symbols and space; `(len, 0)` where nothing is left.

    >>> strip_outer("- Read more: ")
    (2, 11)
    """
    start, end = 0, len(text)
    while start < end and is_outer(text[start]):
        start += 1
    while end > start and is_outer(text[end - 1]):
        end -= 1
    return (start, end) if start < end else (len(text), 0)


def fold_all(texts: Sequence[str]) -> list[str]:
    """Fold many one-line texts at once, runs of spaces made one."""
    return [" ".join(folded.split()) for folded in fold_text("\n".join(texts)).split("\n")] if texts else []
