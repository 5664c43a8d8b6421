"""The compiled passes over characters, words and labels against the same in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.core.lines import (
    BRACKET,
    BREAKS,
    COLON,
    DASH,
    DASH_AT,
    DATES,
    DIGIT,
    ENDS_WITH,
    INDENT,
    LEAD_CHARS,
    LOWER,
    OPENS_WITH,
    QUOTE,
    SINGLE,
    SINGLE_UNITS,
    SPACE,
    STYLES,
    TIMES,
    UPPER,
    WORD_UNITS,
    Lines,
    character_classes,
    make_lines,
)
from cleaner.core.marks import FAMILIES, label_table
from cleaner.core.scan import compare_styles
from cleaner.core.terms import STEM_CHARS, stem_hashes
from cleaner.model import Confidence, Document, Label, Page, Reason
from cleaner.text.page import make_page
from cleaner.text.tokens import sequence_hashes

PIECES = [
    "ferry", "The", "PORT", "  ", " ", "\n", "\r", "\n\n", "12:30", "3/4", "2023", "١٩٩٩", "—", " - ", "(", ")", ":", "“", "”", "«", "أ", "إلى",
    "وقالت", "والعبارة", "بالميناء", "للعبارة", "渡轮", "恢", "か", "。", "a-b", "1.5", "...", "𐐷", "\u0301", "é", "’", "x" * 70,
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map("".join).filter(lambda text: make_page(Document("d", text)).blocks)
PAGES = st.lists(TEXTS.map(lambda text: make_page(Document("d", text))), min_size=1, max_size=3)


def class_of(char: str) -> int:
    return int(character_classes()[ord(char)]) if ord(char) < 0x10000 else 13


def expected_marks(page: Page, number: int) -> dict[int, int]:
    """Breaks, indent, times, dates and the place of the first spaced dash of a block, by hand."""
    text, block = page.document.text, page.blocks[number]
    behind = page.blocks[number - 1].end if number else block.start
    kinds = [class_of(char) for char in text]
    amid = [at for at in range(block.start, block.end) if 0 < at < len(text) - 1 and kinds[at - 1] == DIGIT and kinds[at + 1] == DIGIT]
    line = kinds[block.start : block.end]
    spaced = [at + 1 for at in range(1, min(len(line), LEAD_CHARS - 1)) if line[at] == DASH and SPACE in (line[at - 1], *line[at + 1 : at + 2])]
    bare = len(line) - next((n for n in range(2) if len(line) == n + 1 or line[-1 - n] not in (QUOTE, BRACKET)), 2)
    opens = max(text.rfind("\n", 0, block.start), text.rfind("\r", 0, block.start)) + 1
    return {
        BREAKS: text.count("\n", behind, block.start),
        INDENT: min(40, block.start - opens),
        TIMES: sum(kinds[at] == COLON for at in amid),
        DATES: sum(text[at] in "/-." for at in amid),
        DASH_AT: spaced[0] if spaced else 0,
        OPENS_WITH: line[0],
        ENDS_WITH: line[bare - 1],
    }


@given(PAGES)
@settings(max_examples=60, deadline=None)
def test_lines_are_read_as_by_hand(pages: list[Page]) -> None:
    lines = make_lines(pages)
    variants = [variant for group in STYLES for variant in group]

    row = 0
    for page in pages:
        for number, block in enumerate(page.blocks):
            text = page.document.text[block.start : block.end]
            marks = {mark: int(lines.marks[row, mark]) for mark in expected_marks(page, number)}
            assert marks == expected_marks(page, number)
            assert lines.counts[row].tolist() == np.bincount([class_of(char) for char in text], minlength=16).tolist()
            assert lines.styles[row].tolist() == [sum(char in variant for char in text) for variant in variants]
            assert lines.classes[lines.start[row] : lines.end[row]].tolist() == [class_of(char) for char in text]
            row += 1


@given(PAGES)
@settings(max_examples=60, deadline=None)
def test_words_are_counted_as_by_hand(pages: list[Page]) -> None:
    lines = make_lines(pages)
    words = ["".join(map(chr, lines.folded[low:high])) for low, high in lines.spans.tolist()]
    kinds = lines.token_class.tolist()

    for row in range(lines.seg.size):
        own = [place for place in range(len(words)) if lines.token_line[place] == row]
        years = [place for place in own if kinds[place] == DIGIT and len(words[place]) == 4 and words[place][:2] in ("13", "14", "19", "20")]
        units = sum(SINGLE_UNITS if kinds[place] == SINGLE else WORD_UNITS for place in own)
        counts = [units, *(sum(kinds[place] == kind for place in own) for kind in (DIGIT, UPPER, LOWER))]
        assert lines.word_counts[row, [0, 1, 3, 4]].tolist() == counts
        assert lines.word_counts[row, 2] == len(years)


def plain_stems(lines: Lines) -> list[tuple[int, int]]:
    """Spans of the stems, rule by rule."""
    out = []
    spans, kinds = lines.spans.tolist(), lines.token_class.tolist()
    for place, (start, end) in enumerate(spans):
        word = "".join(map(chr, lines.folded[start:end]))
        opens = start
        if len(word) >= 6 and word[0] in "وفبكل" and word[1:3] == "ال":
            opens += 3
        elif len(word) >= 5 and word[:2] in ("ال", "لل"):
            opens += 2
        elif len(word) >= 5 and word[0] == "و":
            opens += 1
        following = place + 1 < len(spans) and kinds[place] == kinds[place + 1] == SINGLE and spans[place + 1][0] == end
        joined = following and lines.token_line[place] == lines.token_line[place + 1]
        out.append((opens, min(end, opens + STEM_CHARS) + joined))
    return out


@given(PAGES)
@settings(max_examples=60, deadline=None)
def test_stems_hash_like_sequences(pages: list[Page]) -> None:
    lines = make_lines(pages)
    spans = np.array(plain_stems(lines), dtype=np.int64).reshape(-1, 2)

    assert stem_hashes(lines).tolist() == sequence_hashes(lines.folded.astype(np.uint64), spans[:, 0], spans[:, 1]).tolist()


REASONS = st.sampled_from([Reason.RELATED, Reason.DATE, Reason.TEXT_REPEAT, Reason.SPACE])
SPANS = st.tuples(st.integers(0, 60), st.integers(1, 60)).map(lambda pair: (pair[0], pair[0] + pair[1]))
LABELS = st.builds(lambda span, *rest: Label(*span, *rest), SPANS, REASONS, st.sampled_from(["a.b", "repeats"]), st.sampled_from(list(Confidence)))


@given(TEXTS, st.lists(LABELS, max_size=6), st.booleans(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_labels_are_entered_as_by_hand(text: str, labels: list[Label], marker: bool, lexicon: bool) -> None:
    made = make_page(Document("d", text))
    labels = [Label(one.start, one.end, one.reason, one.author, one.confidence, marker=marker) for one in labels]
    page = Page(made.document, made.blocks, made.folded, made.block_spans, made.tokens, tuple(labels))
    table = label_table([made, page], make_lines([made, page]), lexicon)[len(made.blocks) :]

    for row, block in zip(table, page.blocks, strict=True):
        expected = [0.0] * (len(FAMILIES) + 2)
        for label in labels:
            overlap = min(block.end, label.end) - max(block.start, label.start)
            if overlap <= 0 or not (lexicon or label.author == "repeats"):
                continue
            part = overlap / (block.end - block.start)
            strength = {Confidence.CERTAIN: 3, Confidence.LIKELY: 2, Confidence.HINT: 1}[label.confidence]
            own = [strength * part if label.reason in reasons else 0 for reasons in FAMILIES.values()]
            own += [part * label.marker, part * (label.confidence is Confidence.CERTAIN)]
            expected = [max(pair) for pair in zip(expected, own, strict=True)]
        assert row.tolist() == expected


@pytest.mark.parametrize(("text", "kind"), [("(", BRACKET), (":", COLON), ("–", DASH)])
def test_classes(text: str, kind: int) -> None:
    assert class_of(text) == kind


@given(st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5), min_size=1, max_size=12), st.data())
@settings(max_examples=60, deadline=None)
def test_styles_are_compared_as_by_hand(styles: list[list[int]], data: st.DataObject) -> None:
    size = len(styles)
    counts = np.concatenate((np.zeros((1, 5), dtype=np.int64), np.cumsum(styles, axis=0)))
    start = np.array([data.draw(st.integers(0, line)) for line in range(size)], dtype=np.int64)
    end = np.minimum(np.arange(size) + 3, size)
    groups = (range(0, 2), range(2, 5))
    out = np.zeros((2, size))
    compare_styles(counts, start, end, np.array([0, 2, 5]), out)

    for line in range(size):
        before, here = counts[line] - counts[start[line]], counts[end[line]] - counts[line]
        both = [group for group in groups if before[group].sum() and here[group].sum()]
        gaps = [np.abs(before[group] / before[group].sum() - here[group] / here[group].sum()).sum() for group in both]
        assert out[1, line] == len(both)
        assert out[0, line] == pytest.approx(sum(gaps))
