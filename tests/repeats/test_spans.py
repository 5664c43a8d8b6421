"""What two stories have in common: matched spans, and paragraphs that several stories share, against a plain reference."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.config import SPANS
from cleaner.repeats.spans import matched_spans, shared_paragraphs
from cleaner.text.fold import fold_text


def paragraph(seed: int, words: int) -> str:
    dice = random.Random(seed)
    return " ".join("".join(dice.choice("bdfgklmnprst") + dice.choice("aeiou") for _ in range(3)) for _ in range(words))


LINES = [paragraph(n, SPANS.paragraph_words + n) for n in range(4)] + [paragraph(9, SPANS.paragraph_words - 1), "", "Short line"]


def reference(texts: list[str]) -> set[tuple[tuple[int, int, int], ...]]:
    """Shared paragraphs one by one, neighbours not joined."""
    places: dict[str, list[tuple[int, int, int]]] = {}
    for number, text in enumerate(texts):
        at = 0
        for line in text.split("\n"):
            if len(line.split()) >= SPANS.paragraph_words:
                places.setdefault(fold_text(line), []).append((number, at, at + len(line)))
            at += len(line) + 1
    return {tuple(one) for one in places.values() if len({number for number, _, _ in one}) > 1}


@given(st.lists(st.lists(st.sampled_from(LINES), max_size=5).map("\n".join), max_size=5))
@settings(max_examples=80, deadline=None)
def test_shared_paragraphs_are_those_of_the_reference(texts: list[str]) -> None:
    found = [one.places for one in shared_paragraphs(iter(texts))]

    assert found == sorted(found)
    pieces = {tuple((number, start) for number, start, _ in one) for one in reference(texts)}
    for places in found:
        assert tuple((number, start) for number, start, _ in places) in pieces
        assert len({texts[number][start:end] for number, start, end in places}) == 1
    covered = {(number, at) for places in found for number, start, end in places for at in range(start, end)}
    expected = {(number, at) for one in reference(texts) for number, start, end in one for at in range(start, end)}
    assert expected <= covered


def test_neighbouring_paragraphs_are_one_run() -> None:
    both = f"{LINES[0]}\n{LINES[1]}"

    (found,) = shared_paragraphs([f"{LINES[2]}\n{both}", both])

    assert found.places == ((0, len(LINES[2]) + 1, len(LINES[2]) + 1 + len(both)), (1, 0, len(both)))


def test_nothing_is_shared_by_nothing() -> None:
    assert shared_paragraphs([]) == []
    assert shared_paragraphs(["", "Short line"]) == []


def test_matched_spans_close_small_holes() -> None:
    text, other = paragraph(1, 20), paragraph(2, 20)

    assert matched_spans(text, other + " " + text) == [(0, len(text))]
    assert matched_spans(text, other) == []
