"""What training makes of its pages: labels by alignment, further pages that keep their labels, figures of what stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from cleaner.core.augment import PAIR, PLAIN, augmented, pairs
from cleaner.core.figures import Scored, by_marks, cleaned, kept_text, save_scores, without_rules
from cleaner.core.gold import CORE, NEUTRAL, OTHER, Example, Printed, align
from cleaner.core.marks import REPEATS_AUTHOR
from cleaner.model import Confidence, Decision, Document, Label, Page, Reason
from cleaner.text.page import make_page

FIRST = "The harbour ferry sailed again on Monday morning after eleven weeks in the dry dock, the port said."
SECOND = "Engineers replaced both propellers of the ferry and painted the hull, and the repairs cost less than planned."
THIRD = "Passengers who had used the bus all winter queued on the harbour wall before sunrise to be on board."


def page_of(*lines: str) -> Page:
    return make_page(Document("d", "\n".join(lines)))


def test_alignment_finds_the_article_in_its_page() -> None:
    page = page_of("Port News", "Home", FIRST, "Advertisement", SECOND, THIRD, "Home", "Read on: " + SECOND)

    marks = align(page, f"{FIRST}\n{SECOND}\n{THIRD}")

    assert marks.tolist() == [NEUTRAL, OTHER, CORE, OTHER, CORE, CORE, OTHER, OTHER]


def test_further_training_pages_keep_their_labels() -> None:
    lines = ["Harbour ferry returns", FIRST, SECOND, THIRD, "Share"]
    marks = np.array([CORE, CORE, CORE, CORE, OTHER], dtype=np.int8)
    examples = [Example("composite", f"host{n}", 1.0, page_of(*lines), marks) for n in range(12)]

    made = augmented(examples, [])

    assert [example.group for example in made] == [PLAIN] * 12
    for example in made:
        text = example.page.document.text
        core = " ".join(text[b.start : b.end] for b, mark in zip(example.page.blocks, example.marks, strict=True) if mark == CORE)
        assert core == " ".join(lines[:4])


def test_pairs_print_a_second_story_of_the_site_as_foreign() -> None:
    def printed(number: int) -> Printed:
        lines = (f"Story number {number}", *(f"Paragraph {place} of story {number} is here." for place in range(8)), "Source: port")
        return Printed(f"p{number}", "host", "en", lines, (True,) * 9 + (False,), (), ())

    made = list(pairs([printed(number) for number in range(40)]))

    assert {example.group for example in made} == {PAIR}
    for example in made:
        text, number = example.page.document.text, example.page.document.id.split("!")[0][1:]
        core = [text[b.start : b.end] for b, mark in zip(example.page.blocks, example.marks, strict=True) if mark == CORE]
        assert core == [f"Story number {number}", *(f"Paragraph {place} of story {number} is here." for place in range(8))]
        assert len(example.page.blocks) == 20


def test_what_is_scored_is_what_stays(tmp_path: Path) -> None:
    page = page_of("Ferry is back", FIRST, SECOND, "Share")
    gone = Label(page.blocks[3].start, page.blocks[3].end, Reason.SHARE, "en.share.word", Confidence.CERTAIN)

    assert kept_text(page, Decision((gone,))) == f"Ferry is back\n{FIRST}\n{SECOND}"
    scored = Scored("set", "", [page], [None], [np.array([0.99, 0.99, 0.99, 0.9])])
    assert cleaned(scored) == {"d": page.document.text}
    save_scores(tmp_path / "p.npz", [scored])
    with np.load(tmp_path / "p.npz") as saved:
        assert saved["set||d"].tolist() == [0.99, 0.99, 0.99, 0.9]


def test_without_rules_leaves_what_the_page_says_itself() -> None:
    page = page_of("Ferry is back", FIRST)
    labels = tuple(Label(0, 5, Reason.TITLE_REPEAT, author, Confidence.LIKELY) for author in ("en.share.word", REPEATS_AUTHOR))

    assert [label.author for label in without_rules(replace(page, labels=labels)).labels] == [REPEATS_AUTHOR]


def test_pages_without_a_scorer_of_their_own_are_judged_by_their_marks() -> None:
    page = page_of("Ferry is back", FIRST, SECOND, "Share")
    gone = Label(page.blocks[3].start, page.blocks[3].end, Reason.SHARE, "en.share.word", Confidence.CERTAIN)
    scores, marks = [np.array([0.99, 0.99, 0.99, 0.9])], [np.array([CORE, CORE, CORE, OTHER], dtype=np.int8)]

    assert by_marks(Scored("set", "", [replace(page, labels=(gone,))], [None], scores, marks)) == "F1 1.0000 exact 1.0000 leak 0.0000 (1)"
    assert by_marks(Scored("set", "", [page], [None], scores, marks)).endswith("exact 0.0000 leak 1.0000 (1)")
