"""What a page says twice goes once; what a story may say twice stays."""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.model import Confidence, Document, Label, Page, Reason
from cleaner.repeats.in_document import find_repeats
from cleaner.text.page import make_page

TITLE = "Harbour bridge reopens after nine months of repairs"
LEAD = "The harbour bridge was opened to traffic again on Monday, nine months after a barge struck one of its piers in thick fog."
WORKS = "Engineers replaced two steel girders and the bearings below them, and lifted the roadway by the width of a hand, the city said."
COSTS = "The repairs cost four million crowns, a quarter less than planned, because the steel had been ordered before prices began to rise."
FERRY = "The ferry that carried commuters through the winter will run until Friday and then return to its summer route around the islands."
CAPTION = "A barge lies below the harbour bridge (Northern Press)"
OTHER = "Bakers in the old town said that customers were coming back, and that the first loaves had been sold before seven in the morning."


NAMED = {"TITLE": TITLE, "LEAD": LEAD, "WORKS": WORKS, "COSTS": COSTS, "FERRY": FERRY, "CAPTION": CAPTION, "OTHER": OTHER}


def page_of(*lines: str, title: str = "") -> Page:
    return make_page(Document("d", "\n".join(lines), metadata={"title": title} if title else {}))


def drawn(case: str) -> list[str]:
    """The lines of a case with the names of the paragraphs above filled in; "- " must go, two spaces must stay."""
    return [re.sub(r"\b[A-Z]{4,}\b", lambda name: NAMED.get(name.group(), name.group()), line[8:]) for line in case.strip("\n").split("\n")]


def marked(lines: list[str]) -> list[str]:
    page = page_of(*(line[2:] for line in lines))
    gone = {label.start for label in find_repeats(page)}
    return [("- " if block.start in gone else "  ") + page.document.text[block.start : block.end] for block in page.blocks]


def label_of(page: Page, block: int) -> Label:
    return next(label for label in find_repeats(page) if label.start == page.blocks[block].start)


GO = {
    "doubled title": """
          TITLE
        - TITLE
          LEAD
          WORKS""",
    "title below the byline": """
          TITLE
          By A Writer
        - TITLE
          LEAD
          WORKS""",
    "title with the site's name": """
        - TITLE - The Example
          Home
          TITLE
          LEAD
          WORKS""",
    "site's name and section first": """
        - The Example | City | TITLE
          Home
          TITLE
          LEAD
          WORKS""",
    "title cut short": """
        - TITLE - The Example
        - Harbour bridge reopens after nine months of ..
          TITLE
          LEAD
          WORKS""",
    "title with one more word": """
        - TITLE | The Example
          Home
          TITLE today
          LEAD
          WORKS""",
    "breadcrumb": """
          TITLE
        - Home » City » TITLE
          LEAD
          WORKS""",
    "most-read list": """
          TITLE
          LEAD
          WORKS
          Most read
          Ferry to run all summer again
        - TITLE""",
    "title behind foreign headlines": """
          Storm warning for the coast
          TITLE
          Share
        - TITLE
          LEAD
          WORKS""",
    "two-word title side by side": """
          Bridge opens
        - Bridge opens
          LEAD""",
    "title without paragraphs": """
          TITLE
        - TITLE
          Read more""",
    "title in other letters": """
          TITLE
        - HARBOUR BRIDGE REOPENS after nine months of repairs
          LEAD
          WORKS""",
    "Arabic title with marks": """
          افتتاح جسر الميناء بعد تسعة أشهر
        - اِفتتاح جسر الميناء بعد تسعة اشهر
          LEAD
          WORKS""",
    "caption in the head": """
          TITLE
          CAPTION
        - CAPTION
          By A Writer
        - CAPTION
          LEAD
          WORKS""",
    "caption with an added credit": """
          TITLE
          A barge lies below the harbour bridge
        - CAPTION
          LEAD
          WORKS""",
    "doubled caption in the story": """
          TITLE
          LEAD
          Workers lift a new girder
        - Workers lift a new girder
          WORKS""",
    "paragraph": """
          TITLE
          LEAD
          WORKS
        - LEAD
          COSTS""",
    "lead as a teaser among menus": """
          City
          Sports
          Harbour
        - LEAD
          Weather
          Tides
          Jobs
          Boats
          Letters
          TITLE
          LEAD
          WORKS
          COSTS""",
    "second copy of the story": """
          TITLE
          LEAD
          Two girders
          WORKS
          COSTS
          Related
        - TITLE
        - LEAD
        - Two girders
        - WORKS
        - COSTS""",
    "edited second copy": """
          TITLE
          LEAD
          Engineers replaced two steel girders and the bearings below them, and lifted the roadway by a hand, the city said.
          COSTS
          FERRY
          More
        - LEAD
        - The engineers replaced three girders of steel and the bearings, and lifted the roadway by a hand, the city says.
        - COSTS
        - FERRY""",
    "Chinese title of many characters": """
          港口大桥经过九个月维修后星期一重新开放通车恢复正常交通
          来源
        - 港口大桥经过九个月维修后星期一重新开放通车恢复正常交通
          市政府星期一宣布，经过九个月的维修，港口大桥重新开放，工程师更换了两根钢梁和下面的支座，维修费用比计划少四分之一。""",
    "leaked markup": """
          TITLE
          LEAD
        - alt="WORKS" />
          WORKS
          COSTS""",
}

STAY = {
    "sub-headings": """
          TITLE
          LEAD
          What comes next?
          WORKS
          What comes next?
          COSTS""",
    "labels of an interview": """
          TITLE
          LEAD
          Q:
          WORKS
          س:
          Q:
          COSTS
          س:
          FERRY""",
    "stars": """
          TITLE
          ***
          LEAD
          ***
          WORKS""",
    "refrain": """
          Song of the ferry
          The water is wide and the evening is long
          Row on till the harbour lights show
          The wind is behind us
          Row on till the harbour lights show
          The morning is near""",
    "steps of a recipe": """
          Two loaves
          OTHER
          Rye
          Cover the bowl and leave it to rest for an hour.
          Bake it until brown.
          Wheat
          Cover the bowl and leave it to rest for an hour.
          Bake it until brown.""",
    "ingredients": """
          Two loaves
          a pinch of salt
          one spoon of honey
          two cups of rye
          a handful of seeds
          a pinch of salt
          Mix well.
          OTHER""",
    "rows with other numbers": """
          Results
          In district 2 the turnout was 61 per cent of all voters, and the list of the harbour party won 4 seats.
          In district 3 the turnout was 58 per cent of all voters, and the list of the harbour party won 5 seats.
          In district 4 the turnout was 70 per cent of all voters, and the list of the harbour party won 2 seats.""",
    "rows of a plan": """
          A week of meals
          OTHER
          Monday: 1 cup of oats, 2 eggs, half an apple, 3 slices of rye bread, 1 spoon of honey and 4 walnuts.
          Tuesday's row comes next.
          Monday: 1 cup of oats, 2 eggs, half an apple, 3 slices of rye bread, 1 spoon of honey and 4 walnuts.
          LEAD""",
    "Burmese paragraphs of the same characters": """
          မြို့တော် တံတား ပြန်ဖွင့်
          ကခဂဃငစဆဇဈညတထဒဓနပဖဗဘမယရလဝသဟအဃငစဆဇဈညတထဒဓနပဖဗဘမယရလဝသဟအကဂငဆဈတဒနဖဘယလသအကခဂဃငစဆဇဈညတထဒဓနပဖဗဘမယရလဝသဟအ။
          အဟသဝလရယမဘဗဖပနဓဒထတညဈဇဆစငဃဂခကခဃစဇညထဓပဗမရဝဟအဟသဝလရယမဘဗဖပနဓဒထတညဈဇဆစငဃဂခကကဃဆညဒပဘရသ။""",
    "stock phrases": """
          TITLE
          LEAD
          The mayor of Easton sent condolences to the families of the dead and wished the injured a speedy recovery, an aide said.
          WORKS
          COSTS
          The mayor of Weston sent condolences to the families of the dead and wished the injured a speedy recovery, an aide said.""",
    "paragraph that opens with the title": """
          TITLE
          TITLE, the city said on Monday, and the first lorries crossed it before dawn.
          WORKS""",
    "caption that quotes a paragraph": """
          TITLE
          Engineers replaced two steel girders (Northern Press)
          LEAD
          WORKS""",
    "section's name in the title line": """
          City Desk | TITLE
          LEAD
          WORKS
          City Desk""",
    "number in the title changed": """
          Forty hurt as 2 trains collide near Weston
          LEAD
          WORKS
          Forty hurt as 3 trains collide near Weston""",
    "two-word title again later": """
          Bridge opens
          LEAD
          WORKS
          Bridge opens
          COSTS""",
}


@pytest.mark.parametrize("case", GO.values(), ids=GO.keys())
def test_repeats_go(case: str) -> None:
    assert marked(drawn(case)) == drawn(case)


@pytest.mark.parametrize("case", STAY.values(), ids=STAY.keys())
def test_what_may_repeat_stays(case: str) -> None:
    assert marked(drawn(case)) == drawn(case)


@pytest.mark.parametrize(
    ("lines", "block", "reason", "confidence", "evidence"),
    [
        ((TITLE, TITLE, LEAD), 1, Reason.TITLE_REPEAT, Confidence.CERTAIN, "same words as block 1"),
        ((f"{TITLE} - The Example", TITLE, LEAD), 0, Reason.TITLE_REPEAT, Confidence.LIKELY, "nearly the same words as block 2"),
        ((TITLE, CAPTION, CAPTION, LEAD), 2, Reason.CAPTION_REPEAT, Confidence.CERTAIN, "same words as block 2"),
        ((TITLE, LEAD, WORKS, LEAD), 3, Reason.TEXT_REPEAT, Confidence.CERTAIN, "same words as block 2"),
        ((TITLE, LEAD, LEAD.replace("thick ", ""), WORKS), 2, Reason.TEXT_REPEAT, Confidence.LIKELY, "nearly the same words as block 2"),
    ],
)
def test_labels_say_why(lines: tuple[str, ...], block: int, reason: Reason, confidence: Confidence, evidence: str) -> None:
    label = label_of(page_of(*lines), block)

    assert (label.author, label.reason, label.confidence, label.evidence) == ("repeats", reason, confidence, evidence)


def test_declared_title_is_known() -> None:
    lines = ("Home", "News", "City", TITLE, "By A Writer", LEAD, WORKS, "Most read", TITLE)

    assert not find_repeats(page_of(*lines))
    assert [label.evidence for label in find_repeats(page_of(*lines, title=TITLE))] == ["same words as block 4"]


def test_what_a_rule_removes_is_no_copy_to_keep() -> None:
    page = page_of(TITLE, TITLE, LEAD, WORKS)
    ticker = Label(0, len(TITLE), Reason.NAV, "any.nav.ticker", Confidence.CERTAIN)

    assert not find_repeats(replace(page, labels=(ticker,)))
    assert find_repeats(replace(page, labels=(msgspec.structs.replace(ticker, confidence=Confidence.HINT),)))


def test_a_paragraph_outlives_a_caption_of_the_same_words() -> None:
    page = page_of(TITLE, LEAD, WORKS, LEAD, COSTS)
    caption = Label(page.blocks[1].start, page.blocks[1].end, Reason.CAPTION, "any.captions.credit", Confidence.CERTAIN)

    assert [label.start for label in find_repeats(replace(page, labels=(caption,)))] == [page.blocks[1].start]


POOL = st.sampled_from([TITLE, f"{TITLE} - The Example", LEAD, WORKS, COSTS, CAPTION, OTHER, "Home", "***", "Q:", "Two girders"])
EDITED = st.sampled_from([f'alt="{WORKS}"', WORKS + " Again.", TITLE + " today", TITLE[:40] + " ..", CAPTION[:37]])


@given(st.lists(POOL | EDITED, max_size=14))
@settings(max_examples=300)
def test_cleaning_twice_finds_nothing_new(lines: list[str]) -> None:
    page = page_of(*lines)
    gone = {label.start for label in find_repeats(page)}
    clean = [page.document.text[block.start : block.end] for block in page.blocks if block.start not in gone]

    assert find_repeats(page_of(*clean)) == ()


@given(st.lists(POOL | st.text(alphabet="ab c.\nجة1", max_size=30), max_size=12))
@settings(max_examples=300)
def test_labels_are_whole_blocks_and_one_copy_stays(lines: list[str]) -> None:
    page = page_of(*lines)
    labels = find_repeats(page)
    text = page.document.text
    gone = [(label.start, label.end) for label in labels]

    assert set(gone) <= {(block.start, block.end) for block in page.blocks}
    assert len(set(gone)) == len(gone)
    certain = [(label.start, label.end) for label in labels if label.confidence is Confidence.CERTAIN]
    words = {"".join(char for char in text[start:end] if char.isalnum()) for start, end in certain}
    kept = "\n".join(text[block.start : block.end] for block in page.blocks if (block.start, block.end) not in gone)
    squeezed = "".join(char for char in kept if char.isalnum())
    assert all(word in squeezed for word in words)


def test_long_pages_take_no_quadratic_time() -> None:
    rows = [f"Row {n} of the list of ships that called at the harbour in the year {n}, with cargo and the name of the master." for n in range(4000)]

    assert find_repeats(page_of(TITLE, *rows)) == ()
