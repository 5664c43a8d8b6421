"""From probabilities to lines: gaps, islands, headlines; and the labels training makes for itself."""

from __future__ import annotations

import numpy as np
import pytest

from cleaner.core.augment import augmented
from cleaner.core.gold import CORE, NEUTRAL, OTHER, Example, align
from cleaner.core.runs import fitted_threshold, story_lines
from cleaner.model import Document, Page
from cleaner.text.page import make_page

FIRST = "The harbour ferry sailed again on Monday morning after eleven weeks in the dry dock, the port said."
SECOND = "Engineers replaced both propellers of the ferry and painted the hull, and the repairs cost less than planned."
THIRD = "Passengers who had used the bus all winter queued on the harbour wall before sunrise to be on board."


def page_of(*lines: str) -> Page:
    return make_page(Document("d", "\n".join(lines)))


def kept(lines: list[str], probabilities: list[float]) -> list[int]:
    return np.flatnonzero(story_lines(page_of(*lines), np.array(probabilities), 0.5)).tolist()


@pytest.mark.parametrize(("lines", "probabilities", "expected"), [
    (["Ferry is back", FIRST, SECOND], [0.9, 0.95, 0.95], [0, 1, 2]),
    (["Ferry is back", FIRST, "A gap of four words", SECOND], [0.9, 0.95, 0.3, 0.95], [0, 1, 2, 3]),
    (["Ferry is back", FIRST, "Two words", SECOND], [0.9, 0.95, 0.3, 0.95], [0, 1, 3]),
    (["Ferry is back", FIRST, SECOND, "a", "b", "c", "d", "Far off"], [0.9, 0.95, 0.95, 0, 0, 0, 0, 0.55], [0, 1, 2]),
    (["Harbour ferry returns after repairs", FIRST, SECOND], [0.2, 0.95, 0.95], [0, 1, 2]),
    (["Harbour ferry returns after repairs", FIRST, SECOND], [0.01, 0.95, 0.95], [1, 2]),
    (["Ferry returns after repairs | Port News", "Home", "Ferry returns after repairs", FIRST, SECOND], [0.9, 0, 0.2, 0.95, 0.95], [2, 3, 4]),
    (["Ferry returns after repairs", "Home", "Ferry returns after repairs", FIRST, SECOND], [0.9, 0, 0.2, 0.95, 0.95], [0, 3, 4]),
    ([FIRST, SECOND], [0.4, 0.4], [0, 1]),
])  # fmt: skip
def test_lines_that_stay(lines: list[str], probabilities: list[float], expected: list[int]) -> None:
    assert kept(lines, probabilities) == expected


def test_threshold_sinks_where_nothing_looks_like_a_story() -> None:
    long = np.array([True, True])

    assert fitted_threshold(np.array([0.95, 0.95]), long, 0.5) == 0.5
    assert fitted_threshold(np.array([0.45, 0.45]), long, 0.5) == pytest.approx(0.25)


def test_no_blocks() -> None:
    assert story_lines(page_of(""), np.zeros(0), 0.5).shape == (0,)


def test_alignment_finds_the_article_in_its_page() -> None:
    page = page_of("Port News", "Home", FIRST, "Advertisement", SECOND, THIRD, "Home", "Read on: " + SECOND)

    marks = align(page, f"{FIRST}\n{SECOND}\n{THIRD}")

    assert marks.tolist() == [NEUTRAL, OTHER, CORE, OTHER, CORE, CORE, OTHER, OTHER]


def test_further_training_pages_keep_their_labels() -> None:
    lines = ["Harbour ferry returns", FIRST, SECOND, THIRD, "Share"]
    marks = np.array([CORE, CORE, CORE, CORE, OTHER], dtype=np.int8)
    examples = [Example("composite", f"host{n}", 1.0, page_of(*lines), marks) for n in range(12)]

    made = augmented(examples)

    assert len(made) == 12
    for example in made:
        text = example.page.document.text
        core = " ".join(text[b.start : b.end] for b, mark in zip(example.page.blocks, example.marks, strict=True) if mark == CORE)
        assert core == " ".join(lines[:4])
