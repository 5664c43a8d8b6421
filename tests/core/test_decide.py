"""Decisions on small pages with given scores: rules, captions, modes, guards, and the words that explain each run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cleaner.config import Options
from cleaner.core.decide import decide
from cleaner.model import Captions, Confidence, Decision, Document, Evidence, Label, Mode, Page, Reason
from cleaner.text.page import make_page

STORY = "The council voted on Monday to repair the old bridge, and the mayor said that work would begin before the first snow fell."
OTHER = "A rescue ship reached the harbour with forty sailors on board, and the captain thanked the crews that had searched all night."


def page_of(*lines: str, labels: tuple[tuple[int, Reason, Confidence, bool], ...] = ()) -> Page:
    page = make_page(Document("x", "\n".join(lines)))
    made = [Label(page.blocks[b].start, page.blocks[b].end, reason, "test.rule", sure, marker=marker) for b, reason, sure, marker in labels]
    return replace(page, labels=tuple(made))


def decided(page: Page, scores: list[float], evidence: Evidence | None = None, **options: object) -> Decision:
    return decide(page, evidence, Options(**options), np.array(scores))  # type: ignore[arg-type]


def removed(page: Page, decision: Decision) -> list[int]:
    return [b for b, block in enumerate(page.blocks) if any(label.start <= block.start < label.end for label in decision.removed)]


@pytest.mark.parametrize(
    ("confidence", "score", "goes"), [("certain", 0.99, True), ("likely", 0.99, False), ("likely", 0.7, True), ("hint", 0.7, False)]
)
def test_what_a_rule_may_do_depends_on_its_confidence(confidence: str, score: float, goes: bool) -> None:
    page = page_of(
        "A bridge is repaired", STORY, "Share this story with friends", STORY + " Again.", labels=((2, Reason.SHARE, Confidence(confidence), False),)
    )
    decision = decided(page, [0.99, 0.99, score, 0.99])

    assert removed(page, decision) == ([2] if goes else [])
    assert len(decision.flagged) == (0 if goes else 1)


@pytest.mark.parametrize(("captions", "goes"), [(Captions.FIRST, [2]), (Captions.ALL, []), (Captions.DROP, [2, 3])])
def test_captions(captions: Captions, goes: list[int]) -> None:
    lines = ("A bridge is repaired", STORY, "The old bridge in winter (agency)", "The mayor at the bridge (agency)", STORY + " More.")
    page = page_of(*lines, labels=tuple((b, Reason.CAPTION, Confidence.CERTAIN, False) for b in (2, 3)))

    assert removed(page, decided(page, [0.99, 0.99, 0.02, 0.9, 0.99], captions=captions)) == goes


@pytest.mark.parametrize(("mode", "goes"), [(Mode.STRICT, [2, 3]), (Mode.DEFAULT, [3]), (Mode.SAFE, [])])
def test_modes_move_the_threshold(mode: Mode, goes: list[int]) -> None:
    lines = ("A bridge is repaired", STORY, "Forty sailors are safe at last", "Ship reaches harbour after the storm", "Share")
    page = page_of(*lines, labels=((4, Reason.SHARE, Confidence.CERTAIN, False),))

    assert removed(page, decided(page, [0.99, 0.99, 0.6, 0.2, 0.0], mode=mode)) == [*goes, 4]


@pytest.mark.parametrize(("last", "goes"), [(0.01, [2, 3]), (0.06, [])])
def test_the_doubtful_goes_only_where_something_is_surely_foreign(last: float, goes: list[int]) -> None:
    page = page_of("A bridge is repaired", STORY, "Forty sailors are safe at last", "Ship reaches harbour after the storm")

    assert removed(page, decided(page, [0.99, 0.99, 0.1, last])) == goes


def test_an_appended_story_says_why_it_went_and_whose_it_is() -> None:
    page = page_of(
        "A bridge is repaired",
        STORY,
        "Read also",
        "Ship reaches harbour",
        OTHER,
        OTHER + " At last.",
        labels=((2, Reason.RELATED, Confidence.CERTAIN, True),),
    )
    numbers = np.zeros(6, dtype=np.int32)
    evidence = Evidence(1, numbers, numbers, ("", "", "", "", "page-7", "page-7"), numbers, numbers)
    run = [label for label in decided(page, [0.99, 0.99, 0, 0.1, 0.1, 0.1], evidence).removed if label.author == "core"]

    assert [(label.reason, label.item) for label in run] == [(Reason.APPENDED, 1)] * 3
    assert {label.evidence for label in run} == {"behind a marker; owned by page-7; opens with a headline of its own"}
    assert run[-1].owner == "page-7"


def test_teasers_become_items_of_their_own() -> None:
    teasers = ("Ship reaches harbour", OTHER, "Bakery wins a prize", STORY.replace("bridge", "oven"))
    page = page_of("A bridge is repaired", STORY, "Read also", *teasers, labels=((2, Reason.RELATED, Confidence.CERTAIN, True),))
    run = [label.item for label in decided(page, [0.99, 0.99, 0, 0.1, 0.1, 0.1, 0.1]).removed if label.author == "core"]

    assert run == [1, 1, 2, 2]


def test_a_page_is_never_emptied_by_the_scorer() -> None:
    page = page_of("Ship reaches harbour", "Forty sailors safe")
    decision = decided(page, [0.0, 0.0])

    assert (removed(page, decision), decision.guards) == ([], ("nothing_kept",))
    assert [label.author for label in decision.flagged] == ["core", "core"]


def test_the_copy_that_stays_speaks_for_its_repeat() -> None:
    page = page_of("Example News - A bridge is repaired", "A bridge is repaired", STORY)
    repeat = Label(0, page.blocks[0].end, Reason.TITLE_REPEAT, "repeats", Confidence.LIKELY, twin=1)

    assert removed(page, decided(replace(page, labels=(repeat,)), [0.97, 0.03, 0.99])) == [0]


@pytest.mark.parametrize(("twin", "confidence", "sure", "gone"), [
    (1, Confidence.LIKELY, 0.97, []),  # beside its twin: the scorer has a say
    (1, Confidence.LIKELY, 0.5, [0]),
    (1, Confidence.CERTAIN, 0.97, [0]),  # the same words twice
    (2, Confidence.LIKELY, 0.97, [0]),  # a copy further down
])  # fmt: skip
def test_a_paragraph_beside_one_with_nearly_its_words_may_be_the_storys(twin: int, confidence: Confidence, sure: float, gone: list[int]) -> None:
    page = page_of(STORY, OTHER, STORY)
    repeat = Label(0, page.blocks[0].end, Reason.TEXT_REPEAT, "repeats", confidence, twin=twin)

    assert removed(page, decided(replace(page, labels=(repeat,)), [sure, 0.99, 0.99])) == gone


def test_a_signature_ends_a_teaser_and_a_caption_begins_one() -> None:
    lines = (
        "Ship reaches harbour",
        OTHER,
        "By Ann Example",
        "Europe: an oven seen at night in the old town of the baker (agency)",
        "Bakery wins a prize",
        OTHER,
    )
    labels = (
        (2, Reason.RELATED, Confidence.CERTAIN, True),
        (5, Reason.BYLINE, Confidence.CERTAIN, False),
        (6, Reason.CAPTION, Confidence.LIKELY, False),
    )
    page = page_of("A bridge is repaired", STORY, "Read also", *lines, labels=labels)
    run = [label.item for label in decided(page, [0.99, 0.99, 0, 0.1, 0.1, 0.0, 0.1, 0.1, 0.1]).removed if label.author == "core"]

    assert run == [1, 1, 2, 2, 2]


def test_what_stands_between_title_and_story_is_no_item() -> None:
    page = page_of(
        "A bridge is repaired",
        "Share",
        "Photo gallery of bridges",
        "Archive of the town",
        STORY,
        labels=((1, Reason.SHARE, Confidence.CERTAIN, False),),
    )
    run = [(label.reason, label.item) for label in decided(page, [0.99, 0.0, 0.0, 0.0, 0.99]).removed if label.author == "core"]

    assert run == [(Reason.RELATED, 0), (Reason.RELATED, 0)]
