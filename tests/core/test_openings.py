"""Signs of another story's opening: datelines, pairs of words used anew, another hand's marks."""

from __future__ import annotations

import numpy as np

from cleaner.core.layout import layout_of
from cleaner.core.lines import make_lines
from cleaner.core.openings import opening_columns
from cleaner.model import Document
from cleaner.text.page import make_page

STORY = [
    "PORT ALDER (NHA) - The harbour ferry sailed again on Monday morning after eleven weeks in the dry dock, harbour master Ida Quill said.",
    'Engineers replaced both propellers and painted the hull, and the work cost "much less" than the town council had feared in the spring.',
    'Passengers who had used the bus all winter queued on the "cold" harbour wall before sunrise to be on board for the first crossing.',
]
OTHER = [
    "LAKE TOWN \u2014 A bakery on the market square won the regional prize on Friday for a loaf that takes three days to make and bake.",
    "The judges spoke of \u201ca small wonder\u201d and asked for the recipe, which the baker said his grandmother had never written down at all.",
]


def columns_of(*lines: str) -> dict[str, list[float]]:
    made = make_lines([make_page(Document("d", "\n".join(lines)))])
    return {name: np.asarray(column, dtype=np.float64).tolist() for name, column in opening_columns(made, layout_of(made)).items()}


def test_a_dateline_is_seen_where_a_paragraph_opens_with_one() -> None:
    columns = columns_of(*STORY, *OTHER)

    assert columns["dash_at"][0] > 0 and columns["dash_at"][3] > 0
    assert columns["dash_at"][1] == 0
    assert columns["dateline_since"] == [0, 0, 0, 1, 1]
    assert columns["dateline_head"][0] == 1


def test_a_name_given_in_full_again_is_seen() -> None:
    fill = [f"Paragraph number {n} tells of wholly different matters, of {n} boats and {n} nets, and ends with one more word." for n in range(8)]
    columns = columns_of(*STORY, *fill, "At the end harbour master Ida Quill thanked everyone who had waited so long on the wall in rain and wind.")

    assert columns["pairs_anew"][-1] > 0
    assert columns["pairs_head"][-1] > 0
    assert columns["pairs_anew"][4] == 0


def test_another_hand_writes_other_marks() -> None:
    columns = columns_of(*STORY, *OTHER)

    assert columns["style_apart"][3] > 1.0
    assert columns_of(*STORY)["style_apart"] == [0.0] * 3


def test_one_line_pages() -> None:
    assert all(len(column) == 1 for column in columns_of("Ferry").values())
