"""Lines of one template have one form, whatever fills them; the compiled loop says what a plain one says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.config import FORMS
from cleaner.model import Document, Page
from cleaner.repeats.forms import line_forms
from cleaner.repeats.ownership import gather, summarise
from cleaner.text.page import make_page


def page_of(*lines: str, id: str = "d", site: str = "") -> Page:
    return make_page(Document(id, "\n".join(lines), site))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Read also: Ferry is back", "READ ALSO: The price of bread rises again", True),
        ("اقرأ أيضا: عودة العبارة", "إقرأ أيضاً: ارتفاع سعر الخبز", True),
        ("Lire aussi > Le ferry", "Lire aussi > Le pain", True),
        ("See also... The ferry", "See also... The bread", True),
        ("Published: 2/5/2016", "Published: 13/11/2021", True),
        ("7 minutes to read", "12 minutes to read", True),
        ("ያንብቡ፦ | ጀልባዋ ተመለሰች", "ያንብቡ፦ | ዳቦ ተወደደ", True),
        ("Tags - ferry, port", "Tags - bread", True),
        ("Read also: Ferry is back", "See also: Ferry is back", False),
        ("Half-way house for the ferry", "Half-hearted plan for bread", False),
        ("7 minutes to read", "7 seconds to read", False),
        ("Related The ferry is back", "Related Bread is dear", False),
        ("Most read The ferry is back", "Most read Bread is dear", True),
    ],
)
def test_lines_of_one_template_have_one_form(one: str, other: str, same: bool) -> None:
    first, second = line_forms(page_of(one, other)).tolist()

    assert (first == second) is same


def test_a_line_without_words_has_no_form() -> None:
    assert line_forms(page_of("***", "One")).tolist()[0] == 0


def test_the_batch_counts_pages_of_a_site_that_hold_a_form() -> None:
    pages = [page_of(f"Story {word}", f"Read also: {word} and more of it", id=word, site="x") for word in ("ferry", "bread", "boats")]
    pages.append(page_of("Read also: nothing here", id="other", site="y"))
    known = gather([summarise(page) for page in pages])

    assert [one.host_forms.tolist() for one in known] == [[1, 3], [1, 3], [1, 3], [1]]
    assert known[0].host_repeats.tolist() == [1, 1]


def plain_form(text: str) -> tuple[str, ...]:
    """The form of a folded line of ASCII letters, by the words of the docstring."""
    parts = re.findall(r"(\w+)(\W*)", text)
    words = ["#" if word.isdigit() else word for word, _ in parts]
    for place, (_, gap) in enumerate(parts[:-1][: FORMS.label_words]):
        if re.search(r"[:;|>]|\.\.|(?:(?<= )[-/])|[-/] ", gap):
            return ("label", *words[: place + 1])
    if "#" in words and len(words) <= FORMS.numbered_words:
        return ("numbered", *words)
    return ("opening", *words[: FORMS.opening_words]) if len(words) > FORMS.opening_words else ("whole", *words)


@given(
    st.lists(
        st.lists(st.sampled_from(["a", "b", "12", "7", ":", " - ", "-", "..", " ", ", ", "|"]), min_size=1, max_size=16).map("".join), max_size=12
    )
)
def test_compiled_forms_are_equal_where_plain_ones_are(lines: list[str]) -> None:
    page = page_of(*lines)
    texts = [page.folded.text[start:end] for start, end in page.block_spans.tolist()]
    worded = [(text, form) for text, form in zip(texts, line_forms(page).tolist(), strict=True) if re.search(r"\w", text)]

    for text, form in worded:
        for other, its in worded:
            assert (form == its) is (plain_form(text) == plain_form(other)), (text, other)
