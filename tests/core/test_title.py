"""The title of a story is kept: the likeliest headline above it, the one whose words the story uses."""

from __future__ import annotations

import numpy as np
import pytest

from cleaner.core.scorer import Scored, score_page
from cleaner.core.selection import Claims
from cleaner.core.title import keep_title
from cleaner.model import Document
from cleaner.text.page import make_page

STORY = (
    "The harbour ferry sailed again on Monday morning after eleven weeks in the dry dock, the port authority said.",
    "Engineers replaced both propellers of the ferry and painted the hull, and the repairs cost less than planned.",
)
TITLE = "Harbour ferry returns after winter repairs"

# (what is tested, lines before the story, their probabilities, which of them are furniture, which of them stays)
CASES = [
    ("a lost title is kept", ["Menu", TITLE], [0.0, 0.3], [], TITLE),
    ("but no furniture", ["Menu", TITLE], [0.0, 0.3], [TITLE], ""),
    ("and nothing that is surely none", ["Menu", TITLE], [0.0, 0.1], [], ""),
    ("of two the one whose words the story uses", ["Sports pages and results", TITLE], [0.35, 0.25], [], TITLE),
    ("of two with such words the likelier one", ["Harbour ferry repairs: your questions", TITLE], [0.25, 0.45], [], TITLE),
    ("a headline before a sentence", [TITLE, "Our reporter Ann Lee was on the ferry."], [0.25, 0.6], [], TITLE),
    ("a sentence where there is no headline", ["Menu", "The ferry is back."], [0.0, 0.4], [], "The ferry is back."),
]


def scored_with(lines: list[str], probability: list[float]) -> Scored:
    return score_page(make_page(Document("d", "\n".join(lines))), None, np.array(probability))


@pytest.mark.parametrize(("head", "sure", "furniture", "title"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_title(head: list[str], sure: list[float], furniture: list[str], title: str) -> None:
    lines, probability = [*head, *STORY], [*sure, 0.9, 0.9]
    nothing = [False] * len(lines)
    claims = Claims([line in furniture for line in lines], nothing, nothing, nothing)
    scored = scored_with(lines, probability)

    keep = keep_title(scored, [line in STORY for line in lines], claims, scored.probability)

    assert [line for line, stays in zip(lines, keep, strict=True) if stays] == [*([title] if title else []), *STORY]
