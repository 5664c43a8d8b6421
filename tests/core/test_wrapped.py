"""Hard-wrapped text is read as paragraphs; lists, poems and ordinary pages are left as they are."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest

from cleaner import clean
from cleaner.core.wrapped import first_blocks, joined, joined_evidence, spread
from cleaner.model import Document, Evidence, Page
from cleaner.text.page import make_page

FIRST = "The night train stopped at a station that nobody had used for years, and an elephant stepped down to look about in the cold."
SECOND = "By the time the stationmaster had found his lamp there were two hundred people on the platform and a camel in the waiting room."
THIRD = "No one in the town slept and no one wanted to, and the children sat on the wall counting wagons until the sun came up again."
POEM = "By the stair, a coat\nthat has learned to wait.\nA kettle, cold,\nand two cups put away\nfor no one I would know."
LIST = "\n".join(f"{name} of the harbour quarter" for name in ("The baker", "A painter", "The old pilot", "Two sailors", "One dog", "A captain"))


def page_of(text: str) -> Page:
    return make_page(Document("d", text))


def wrapped(*paragraphs: str, width: int = 50, gap: str = "\n") -> str:
    return gap.join(textwrap.fill(paragraph, width) for paragraph in paragraphs)


@pytest.mark.parametrize(("width", "gap", "paragraphs"), [(45, "\n\n", 3), (60, "\n\n", 3), (60, "\n", 3)])
def test_wrapped_lines_become_paragraphs(width: int, gap: str, paragraphs: int) -> None:
    page = page_of(wrapped(FIRST, SECOND, THIRD, width=width, gap=gap))
    firsts = first_blocks(page)
    whole = joined(page, firsts)

    assert len(page.blocks) > 6
    assert len(whole.blocks) <= paragraphs + 1
    assert (whole.blocks[0].start, whole.blocks[-1].end) == (0, len(page.document.text))
    assert whole.tokens.offsets[-1] == page.tokens.offsets[-1]
    assert len(whole.tokens.block_hashes) == len(whole.blocks)


@pytest.mark.parametrize("text", [POEM, LIST, f"{FIRST}\n{SECOND}\n{THIRD}", "", "One line"], ids=["poem", "list", "paragraphs", "empty", "line"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    page = page_of(text)
    firsts = first_blocks(page)

    assert firsts.tolist() == list(range(len(page.blocks)))
    assert joined(page, firsts) is page


def test_scores_and_evidence_follow() -> None:
    firsts = np.array([0, 1, 3], dtype=np.int32)
    numbers = np.array([5, 4, 2, 1], dtype=np.int32)
    evidence = joined_evidence(Evidence(3, numbers, numbers, ("", "a", "a", "b"), numbers, numbers), firsts)

    assert spread(np.array([0.1, 0.2, 0.3]), firsts, 4).tolist() == [0.1, 0.2, 0.2, 0.3]
    assert evidence is not None
    assert (evidence.owner, evidence.host_repeats.tolist(), evidence.owner_rank.tolist()) == (("", "a", "b"), [5, 2, 1], [5, 4, 1])
    assert evidence.host_forms.tolist() == [5, 4, 1]


def test_a_wrapped_story_is_kept_line_by_line() -> None:
    text = "THE CIRCUS CAME BY RAIL\n\n" + wrapped(FIRST, SECOND, THIRD, gap="\n\n")

    assert clean(text).core == text
