"""What the lines of a page look like, measured for many pages at once, against the same in plain Python."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.core.lines import make_lines
from cleaner.core.outline import outlines_of
from cleaner.model import Document
from cleaner.text.page import make_page

ENDS = ".!?؟。！？।۔։…;؛:"
CLOSING = " \"')]}»”’）】」』*"
LETTERS = st.sampled_from("ab. …:;!\"')]»*。ก漢\n")
TEXTS = st.lists(st.text(alphabet=LETTERS, min_size=1).filter(lambda text: text.strip() != ""), min_size=1, max_size=4)


def ends(line: str) -> bool:
    bare = line.rstrip(CLOSING)
    return bare[-1:] in set(ENDS) and not bare.endswith("...")


@given(TEXTS)
def test_lines_of_many_pages_end_as_each_does_by_itself(texts: list[str]) -> None:
    pages = [make_page(Document("", text)) for text in texts]

    outlines = outlines_of(make_lines(pages))

    for page, outline in zip(pages, outlines, strict=True):
        assert outline.terminal == [ends(page.document.text[block.start : block.end]) for block in page.blocks]


@pytest.mark.parametrize(
    ("line", "words", "terminal", "long", "headline"),
    [
        ("The old bridge reopens", 4.0, False, False, True),
        ("The old bridge reopens ...", 4.0, False, False, True),
        ('He said: "We open on Friday."', 6.0, True, False, False),
        ("one " * 12 + "two:", 13.0, True, True, False),
        ("one " * 19 + "two", 20.0, False, True, False),
        ("橋の再開通", 5 / 1.7, False, False, False),
    ],
)
def test_a_line_is_measured(line: str, words: float, terminal: bool, long: bool, headline: bool) -> None:
    outline = outlines_of(make_lines([make_page(Document("", line))]))[0]

    assert outline.words == [pytest.approx(words)]
    assert (outline.terminal, outline.long, outline.headline) == ([terminal], [long], [headline])
