"""A block belongs to the page where it stands nearest the top, and re-posted pages count as one."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.model import Document, Evidence
from cleaner.repeats.ownership import PageSummary, gather, page_groups, summarise
from cleaner.text.page import make_page


def paragraph(topic: str, number: int) -> str:
    """A made-up paragraph of 16 words that stands nowhere else."""
    return f"{topic.title()} {number}: the {topic} committee met again on day {number} and put off its vote until week {number + 1}."


def story(topic: str, paragraphs: int = 6) -> list[str]:
    return [f"The {topic} committee cannot agree on anything", *(paragraph(topic, n) for n in range(paragraphs))]


def summary(id: str, lines: list[str], site: str = "") -> PageSummary:
    return summarise(make_page(Document(id, "\n".join(lines), site)))


def evidence(**pages: list[str]) -> dict[str, Evidence]:
    return dict(zip(pages, gather([summary(id, lines) for id, lines in pages.items()]), strict=True))


def test_an_appended_story_belongs_to_its_own_page() -> None:
    known = evidence(bread=story("bread"), boats=[*story("boats"), "Related", *story("bread")])

    assert known["boats"].owner[8:] == ("bread",) * 7
    assert known["boats"].owner_rank[8:].tolist() == [0, 0, 1, 2, 3, 4, 5]
    assert known["boats"].elsewhere.tolist() == [0] * 8 + [1] * 7
    assert known["bread"].owner == ("",) * 7
    assert known["bread"].owner_rank.tolist() == [-1] * 7
    assert known["bread"].elsewhere.tolist() == [1] * 7


def test_a_quoted_lead_belongs_to_the_story_it_opens() -> None:
    boats = story("boats")
    known = evidence(bread=story("bread"), boats=[*boats[:3], story("bread")[1], *boats[3:]])

    assert known["boats"].owner[3] == "bread"
    assert known["bread"].owner[1] == ""


def test_a_title_belongs_to_the_page_it_is_the_title_of() -> None:
    """A teaser in the head of another page stands nearer the top there, and is still ours."""
    bread = ["Home", "News", "Advertise with us on this page today", *story("bread")]
    bread[0] = f"{story('bread')[0]} - The Example"
    known = evidence(boats=["Latest", story("bread")[0], *story("boats")], bread=bread)

    assert known["boats"].owner[1] == "bread"
    assert known["bread"].owner[3] == ""


def test_short_lines_have_no_owner() -> None:
    known = evidence(bread=["Share this page with friends", *story("bread")], boats=[*story("boats"), "Share this page with friends"])

    assert set(known["boats"].owner) == {""}
    assert not known["boats"].elsewhere.any()


def test_reposted_pages_count_as_one() -> None:
    """Without groups the copy of a story would be owned by its original and vanish."""
    bread = story("bread", 8)
    edited = [*bread[:5], "One paragraph of this copy was written anew by an editor who had the time for it.", *bread[6:]]
    known = evidence(bread=bread, copy=edited, boats=[*story("boats"), *bread])

    assert set(known["bread"].owner) == set(known["copy"].owner) == {""}
    assert known["bread"].elsewhere.tolist() == [1] * 9
    assert known["boats"].elsewhere[7:].tolist() == [1] * 9
    assert set(known["boats"].owner[7:]) <= {"bread", "copy"}


def test_pages_with_the_same_long_item_are_no_reposts() -> None:
    item = story("bread", 9)
    pages = [summary("a", [*story("boats", 3), *item]), summary("b", [*story("trams", 3), *item])]

    assert page_groups(pages).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("sites", "pages", "repeats"),
    [
        (("x", "x", "x"), [3, 3, 3], [3, 3, 2]),
        (("x", "x", "y"), [2, 2, 1], [2, 2, 1]),
        (("x", "", ""), [1, 0, 0], [1, 0, 0]),
        (("", "", ""), [0, 0, 0], [0, 0, 0]),
    ],
)
def test_lines_are_counted_by_site(sites: tuple[str, ...], pages: list[int], repeats: list[int]) -> None:
    """`repeats`: of the line that all pages hold twice, seen from each; of the line two pages hold for the third."""
    texts = [[*story("bread"), "Follow us", "Follow us"], [*story("boats"), "Follow us", "Letters"], [*story("trams"), "Follow us", "Letters"]]
    known = gather([summary(str(n), text, site) for n, (text, site) in enumerate(zip(texts, sites, strict=True))])

    assert [page.host_pages for page in known] == pages
    assert [int(page.host_repeats[-2]) for page in known[:2]] + [int(known[2].host_repeats[-1])] == repeats


def test_copies_on_one_site_are_one_page_of_it() -> None:
    known = gather([summary("a", story("bread"), "x"), summary("b", story("bread"), "x"), summary("c", story("boats"), "x")])

    assert [page.host_pages for page in known] == [2, 2, 2]
    assert known[0].host_repeats.tolist() == [1] * 7


@pytest.mark.parametrize("lines", [[], ["***"], ["One line"]])
def test_pages_without_much_have_evidence_too(lines: list[str]) -> None:
    known = gather([summary("a", lines, "x"), summary("b", lines, "x")])

    assert [len(page.owner) for page in known] == [len(lines)] * 2
    assert all(len(page.host_repeats) == len(page.elsewhere) == len(page.owner_rank) == len(lines) for page in known)


def test_no_pages_no_evidence() -> None:
    assert gather([]) == []


LINES = st.sampled_from([line for topic in ("bread", "boats", "trams") for line in story(topic, 4)] + ["Follow us", "***"])
PAGES = st.lists(st.tuples(st.lists(LINES, max_size=9), st.sampled_from(["", "x", "y"])), max_size=6)


@given(PAGES, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_order_of_the_batch_changes_nothing(pages: list[tuple[list[str], str]], chance: random.Random) -> None:
    summaries = [summary(str(n), lines, site) for n, (lines, site) in enumerate(pages)]
    shuffled = list(range(len(pages)))
    chance.shuffle(shuffled)

    def figures(known: Evidence) -> tuple[object, ...]:
        arrays = (known.host_repeats, known.host_forms, known.elsewhere, known.owner_rank)
        return known.host_pages, known.owner, *(array.tolist() for array in arrays)

    straight = {one.id: figures(known) for one, known in zip(summaries, gather(summaries), strict=True)}
    mixed = [summaries[n] for n in shuffled]
    assert {one.id: figures(known) for one, known in zip(mixed, gather(mixed), strict=True)} == straight


@given(PAGES)
@settings(max_examples=40)
def test_owned_blocks_stand_elsewhere(pages: list[tuple[list[str], str]]) -> None:
    summaries = {str(n): summary(str(n), lines, site) for n, (lines, site) in enumerate(pages)}
    for page, known in zip(summaries.values(), gather(list(summaries.values())), strict=True):
        for block, owner in enumerate(known.owner):
            assert (owner != "") == (known.owner_rank[block] >= 0)
            if owner:
                assert owner != page.id
                assert known.elsewhere[block] > 0
                assert page.hashes[block] in summaries[owner].hashes


def test_summaries_travel_between_processes() -> None:
    sent = summary("a", story("bread"), "x")
    received = pickle.loads(pickle.dumps(sent))

    assert (received.id, received.site, received.hashes.tolist()) == (sent.id, sent.site, sent.hashes.tolist())


def test_strangers_need_no_heavy_import() -> None:
    """datasketch takes most of a second to import, so it waits for pages that have something in common."""
    code = (
        "import sys; from cleaner.model import Document; from cleaner.text.page import make_page;"
        "from cleaner.repeats import in_document, ownership, clusters;"
        "pages = [make_page(Document(i, f'{i} was seen on the road to the old harbour again on Monday morning.')) for i in 'ab'];"
        "[in_document.find_repeats(page) for page in pages]; ownership.gather([ownership.summarise(page) for page in pages]);"
        "clusters.group_cores([clusters.summarise_text('a', 'one story')]);"
        "sys.exit('datasketch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_large_batches_are_sorted_not_searched() -> None:
    pages = [summary(str(n), [*story(f"topic{n}", 20), paragraph("ferry", n % 7), "Follow us"], f"site{n % 50}") for n in range(1500)]
    start = time.process_time()
    gather(pages)

    assert time.process_time() - start < 5.0
