"""Token arrays: the same words get the same hashes wherever they stand."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.model import Document, Page
from cleaner.text.page import make_page


def words_of(page: Page) -> list[list[str]]:
    words = [page.folded.text[start:end] for start, end in zip(page.tokens.starts, page.tokens.ends, strict=True)]
    offsets = page.tokens.offsets.tolist()
    return [words[start:end] for start, end in itertools.pairwise(offsets)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Read more: 3 things", [["read", "more", "3", "things"]]),
        ("قال الوزير،\nثم غادر.", [["قال", "الوزير"], ["ثم", "غادر"]]),
        ("新聞 2024年", [["新", "聞", "2024", "年"]]),
        ("***\nend", [[], ["end"]]),
        ("हिन्दी में", [["हिन्दी", "में"]]),
    ],
)
def test_blocks_own_their_words(text: str, words: list[list[str]]) -> None:
    assert words_of(make_page(Document("x", text))) == words


@given(st.lists(st.text(alphabet="abcdé قمر٣新", min_size=1), min_size=1, max_size=8))
def test_hashes_are_equal_exactly_where_words_are(lines: list[str]) -> None:
    page = make_page(Document("x", "\n".join(lines)))
    words = [word for line in words_of(page) for word in line]
    hashes = page.tokens.hashes.tolist()

    assert len({(word, key) for word, key in zip(words, hashes, strict=True)}) == len(set(words)) == len(set(hashes))


def test_block_hashes_ignore_case_marks_and_punctuation() -> None:
    page = make_page(Document("x", "قالَ الوزير\nقال الوزير!\nقال وزير\n—"))
    first, second, third, empty = page.tokens.block_hashes.tolist()

    assert first == second != third
    assert empty == 0
