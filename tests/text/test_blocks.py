"""Blocks are the lines of a text; glued sub-headings are taken apart, single missing spaces are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.text.blocks import repair_glued, split_blocks

PARAGRAPH = "وزير الزراعة إن الموسم الحالي كان أفضل من المواسم السابقة بفضل الأمطار التي هطلت على معظم المحافظات منذ بداية العام."
LATIN = "The harvest was better than in earlier seasons, the minister said, thanks to the rain that fell on most provinces this spring."


def lines_of(text: str) -> list[str]:
    return [text[block.start : block.end] for block in repair_glued(text, split_blocks(text))]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        (" \n\t\n ", []),
        ("one\n\n  two  \r\nthree", ["one", "two", "three"]),
        ("one\u2028two\u0085three\u2029four", ["one", "two", "three", "four"]),
        ("خطة جديدةوقال " + PARAGRAPH, ["خطة جديدة", "وقال " + PARAGRAPH]),
        ("زار الوزير القريةالقديمة أمس، " + PARAGRAPH, ["زار الوزير القريةالقديمة أمس، " + PARAGRAPH]),
        ("انتهت الجلسة. ثم عقدت لجنة المتابعةوقال " + PARAGRAPH, ["انتهت الجلسة. ثم عقدت لجنة المتابعةوقال " + PARAGRAPH]),
        ("Better cropsThe rain helped. " + LATIN, ["Better cropsThe rain helped. " + LATIN]),
        ("Good harvestThe minister " + LATIN + "\nThis harvest.", ["Good harvest", "The minister " + LATIN, "This harvest."]),
        ("Many JavaScript people met. " + LATIN, ["Many JavaScript people met. " + LATIN]),
    ],
)  # fmt: skip
def test_lines_become_blocks(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


@given(st.text(alphabet=st.sampled_from("ab ة و م ق\n\r\u2028.ABcd\t")))
def test_blocks_partition_the_text_but_for_white_space(text: str) -> None:
    blocks = repair_glued(text, split_blocks(text))
    position, between = 0, ""
    for block in blocks:
        assert position <= block.start < block.end
        between += text[position : block.start]
        position = block.end
    assert not (between + text[position:]).strip()
