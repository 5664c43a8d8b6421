"""Rendering: kept and removed text partition the document, and the audit gives every character back."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.config import Options
from cleaner.emit.account import audit_row, restore_text
from cleaner.emit.render import render
from cleaner.errors import BooksError
from cleaner.model import Confidence, Decision, Document, Label, Page, Reason, Result, Status
from cleaner.text.page import make_page


def label(start: int, end: int, reason: Reason = Reason.SHARE, item: int = 0) -> Label:
    return Label(start, end, reason, "test", Confidence.CERTAIN, item=item)


def rendered(text: str, *spans: tuple[int, int]) -> Result:
    page = make_page(Document("x", text))
    return render(page, Decision(tuple(label(*span) for span in spans)), Options(), alone=True)


def books_of(result: Result) -> Any:
    """The row of the books as it is read back."""
    return msgspec.json.decode(msgspec.json.encode(audit_row(result, Status.KEPT)))


def remove(text: str, *parts: str) -> Result:
    return rendered(text, *((text.index(part), text.index(part) + len(part)) for part in parts))


@pytest.mark.parametrize(
    ("text", "parts", "core"),
    [
        ("one\ntwo\nthree", ["two"], "one\nthree"),
        ("one\n\n  two\n\nthree", ["two"], "one\n\nthree"),
        ("one\ntwo", ["one"], "two"),
        ("one\n\ntwo\n", ["two"], "one"),
        ("one two three", ["two"], "one three"),
        ("one two", ["two"], "one"),
        ("one two\nthree", ["two"], "one\nthree"),
        ("one two\nthree", ["one"], "two\nthree"),
        ("one(two)three", ["(two)"], "onethree"),
        ("one", ["one"], ""),
        ("one\n\ntwo\n\nthree\n", ["two", "three"], "one"),
        ("\n one\n\ntwo \n", ["one"], "two"),
        ("one\n \ntwo\nthree\nfour", ["two", "three"], "one\n \nfour"),
    ],
)
def test_removal_leaves_no_gap(text: str, parts: list[str], core: str) -> None:
    assert remove(text, *parts).core == core


def test_a_glued_heading_gets_its_line_break() -> None:
    text = "خطة جديدةوقال " + "وزير الزراعة إن الموسم الحالي كان أفضل من المواسم السابقة بفضل الأمطار التي هطلت على المحافظات."
    result = rendered(text)

    assert result.core == text.replace("جديدةوقال", "جديدة\nوقال")
    assert result.account.inserted == 1
    assert restore_text(result.core, books_of(result)) == text


def test_items_hold_each_line_once() -> None:
    page = make_page(Document("x", "story\nother headline\nother headline\nother text"))
    lines = [label(block.start, block.end, Reason.APPENDED, item=1) for block in page.blocks[1:]]
    (item,) = render(page, Decision(tuple(lines)), Options(), alone=True).items

    assert (item.title, item.text) == ("other headline", "other headline\nother text")


@st.composite
def pages_with_labels(draw: st.DrawFn) -> tuple[Page, tuple[Label, ...]]:
    text = draw(st.text(alphabet=st.sampled_from("ab قة\n \r\t.و\u2028"), max_size=60))
    edges = st.integers(0, len(text))
    spans = draw(st.lists(st.tuples(edges, edges), max_size=5))
    return make_page(Document("x", text)), tuple(label(min(span), max(span), draw(st.sampled_from(list(Reason)))) for span in spans)


@given(pages_with_labels())
def test_the_books_balance_and_restore_gives_back_every_character(drawn: tuple[Page, tuple[Label, ...]]) -> None:
    page, labels = drawn
    text = page.document.text
    result = render(page, Decision(labels), Options(), alone=True)
    row = books_of(result)

    assert restore_text(result.core, row) == text
    assert result.account.kept + sum(result.account.removed.values()) == result.account.total == len(text)
    assert len(result.core) == result.account.kept + result.account.inserted
    assert result.core == result.core.strip()
    assert all(before.end <= after.start for before, after in itertools.pairwise(result.removed))


@given(pages_with_labels())
def test_each_character_goes_with_the_first_label_on_it_and_nothing_else_goes_but_white_space(drawn: tuple[Page, tuple[Label, ...]]) -> None:
    page, labels = drawn
    text = page.document.text
    numbered = tuple(msgspec.structs.replace(one, author=str(number)) for number, one in enumerate(labels))

    result = render(page, Decision(numbered), Options(), alone=True)

    gone = {at: one.author for one in result.removed for at in range(one.start, one.end)}
    for at, char in enumerate(text):
        first = next((one.author for one in numbered if one.start <= at < one.end), None)
        assert gone.get(at) == first or (first is None and char.isspace())
    assert not result.core or not (result.core[0].isspace() or result.core[-1].isspace())
    kept = next((text[block.start : block.end] for block in page.blocks if block.start not in gone), "")
    assert result.title in ("", kept)


def test_restore_refuses_a_core_text_that_is_not_its_own() -> None:
    row = books_of(remove("one\ntwo\nthree", "two"))

    with pytest.raises(BooksError, match="record 1"):
        restore_text("one\nthree and more", row)


@pytest.mark.parametrize(
    ("said", "row"),
    [
        ({}, {"start": 0, "end": 4, "reason": "share", "author": "test", "text": "Tail"}),
        ({"evidence": "why", "item": 2}, {"start": 0, "end": 4, "reason": "share", "author": "test", "evidence": "why", "item": 2, "text": "Tail"}),
        ({"probability": 0.0}, {"start": 0, "end": 4, "reason": "share", "author": "test", "probability": 0.0, "text": "Tail"}),
        ({"probability": 0.12345}, {"start": 0, "end": 4, "reason": "share", "author": "test", "probability": 0.123, "text": "Tail"}),
    ],
)
def test_the_books_hold_of_a_label_what_it_says(said: dict[str, Any], row: dict[str, Any]) -> None:
    removed = msgspec.structs.replace(label(0, 4), **said)
    page = make_page(Document("x", "Tail"))
    books = books_of(render(page, Decision((removed,), (removed,)), Options(), alone=True))

    assert [list(one.items()) for one in books["spans"]] == [list(row.items())]
    assert books["flags"] == [{name: value for name, value in row.items() if name != "text"}]
