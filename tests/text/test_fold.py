"""The matching form: one letter for all ways of writing it, and a map back to the author's own."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.text.fold import fold, fold_char, fold_text

CASES = [
    ("إقرأ أيضاً", "اقرا ايضا"),
    ("مُقرِّرًا", "مقررا"),
    ("الـعـربـيـة", "العربيه"),
    ("ﻻ ﷲ", "لا الله"),
    ("کوریا الشمالیة", "كوريا الشماليه"),
    ("على مستوى", "علي مستوي"),
    ("٢٠٢٣ ۲۰۲۳ ２０２３", "2023 2023 2023"),
    ("Ｆｕｌｌ Straße", "full strasse"),
    ("À LIRE AUSSI", "a lire aussi"),
    ("İstanbul ışık", "istanbul isik"),
    ("«quoted» “text” ‘it’s’", '"quoted" "text" \'it\'s\''),
    ("a\u200bb\u200fc\u202ed\ufeff", "abcd"),
    ("tab\tand\u00a0space", "tab and space"),
    ("हिन्दी", "हिन्दी"),
    ("ภาษาไทย", "ภาษาไทย"),
    ("新聞 한국", "新聞 한국"),
]


@pytest.mark.parametrize(("written", "folded"), CASES)
def test_folds_what_looks_alike_to_one_form(written: str, folded: str) -> None:
    assert fold_text(written) == folded


@pytest.mark.parametrize(("one", "other"), [("한", "하"), ("が", "か"), ("ق", "ف"), ("ء", "ا")])
def test_keeps_letters_apart_that_differ(one: str, other: str) -> None:
    assert fold_text(one) != fold_text(other)


@pytest.mark.parametrize("text", ["Zeit für Überraschungen", "آمنة أُمّ", "ёлка й", "Ελλάδα"])
def test_decomposed_text_folds_like_composed_text(text: str) -> None:
    assert fold_text(unicodedata.normalize("NFD", text)) == fold_text(unicodedata.normalize("NFC", text))


@given(st.text())
def test_every_folded_character_comes_from_where_the_map_says(text: str) -> None:
    folded = fold(text)

    assert len(folded.origin) == len(folded.text) + 1
    assert folded.origin[-1] == len(text)
    assert all(a <= b for a, b in itertools.pairwise(folded.origin))
    assert "".join(fold_char(char) for char in text if ord(char) < 0x20000) == "".join(
        char for char, at in zip(folded.text, folded.origin, strict=False) if ord(text[at]) < 0x20000
    )


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_text(fold_text(text)) == fold_text(text)
