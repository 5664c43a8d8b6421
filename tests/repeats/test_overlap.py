"""Blocks with nearly the same words, found by counting rare words, are those that comparing each with each finds."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleaner.config import REPEATS
from cleaner.model import Confidence, Document, Label, Reason
from cleaner.repeats.in_document import find_repeats
from cleaner.repeats.overlap import blocks_with, count_words, near_sets, shared_pairs
from cleaner.repeats.pairs import equal_places, near_pairs
from cleaner.repeats.shape import Shape, long_blocks, removed_blocks, shape_of
from cleaner.repeats.titles import parts
from cleaner.text.page import make_page

PARAGRAPH = "the new bridge over the river opened on friday after three years of work and many delays"
LIMITS = (0.85, 0.95, 0.7, 3)
BLOCKS = st.lists(st.lists(st.integers(0, 12), max_size=12), max_size=9)


def plain_pairs(blocks: list[list[int]], least: int, limits: tuple[float, float, float, int]) -> set[tuple[int, ...]]:
    """Each block against each: like enough, of like size, and one of the words they share stands in few blocks."""
    jaccard, containment, ratio, common = limits
    sets = [set(block) for block in blocks]
    holders = Counter(word for block in sets for word in block)
    found: set[tuple[int, ...]] = set()
    for (left, one), (right, other) in itertools.combinations(enumerate(sets), 2):
        shared, small, large = len(one & other), min(len(one), len(other)), max(len(one), len(other))
        alike = shared >= jaccard * len(one | other) or shared >= containment * small
        if alike and small >= max(1, least) and small >= ratio * large and any(holders[word] <= common for word in one & other):
            found.add((left, right, shared, len(one), len(other)))
    return found


@given(BLOCKS, st.integers(0, 4), st.sampled_from([LIMITS, (0.5, 0.6, 0.5, 2), (0.9, 0.8, 0.1, 9)]))
@example([[1, 2, 3, 4, 5]] * 3, 4, LIMITS)
@example([[1, 2, 3, 4, 5]] * 4, 4, LIMITS)
@example([[1, 2, 3, 4, n] for n in range(5, 12)], 0, (0.5, 0.6, 0.5, 2))
def test_near_sets_are_those_of_each_against_each(blocks: list[list[int]], least: int, limits: tuple[float, float, float, int]) -> None:
    hashes = np.array([word * 0x9E3779B97F4A7C15 % (1 << 64) for block in blocks for word in block], dtype=np.uint64)
    offsets = np.array([0, *itertools.accumulate(map(len, blocks))], dtype=np.int32)

    rows = near_sets(hashes, offsets, np.arange(len(blocks), dtype=np.int32), least, limits)

    assert len(rows) == len({tuple(row) for row in rows.tolist()})
    assert {tuple(row) for row in rows.tolist()} == plain_pairs(blocks, least, limits)


def test_more_pairs_than_there_is_room_for_at_first() -> None:
    """Groups of three copies, each with words of its own: more rows than the first allocation holds."""
    blocks = [[group * 10 + word for word in range(6)] for group in range(20) for _ in range(3)]
    hashes = np.array([word for block in blocks for word in block], dtype=np.uint64)
    offsets = np.arange(0, 6 * len(blocks) + 1, 6, dtype=np.int32)

    rows = near_sets(hashes, offsets, np.arange(len(blocks), dtype=np.int32), 5, LIMITS)

    assert {tuple(row) for row in rows.tolist()} == plain_pairs(blocks, 5, LIMITS)
    assert len(rows) == 60


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (PARAGRAPH.replace("friday", "monday"), True),
        (" ".join(reversed(PARAGRAPH.split())), False),  # the same words in another order
        (PARAGRAPH.split("after")[0], False),
    ],
)
def test_near_pairs_have_the_same_words_in_nearly_the_same_order(other: str, alike: bool) -> None:
    page = make_page(Document("x", f"{PARAGRAPH}\nSomething else stands between the two of them here.\n{other}"))
    shape = shape_of(page, long_blocks(page), [True] * len(page.blocks))

    pairs = near_pairs(page, shape, 5)

    assert [(pair.left, pair.right) for pair in pairs] == ([(0, 2)] if alike else [])
    assert all(pair.jaccard >= REPEATS.near_jaccard for pair in pairs)


def test_equal_places_come_in_order_and_short_blocks_are_left_out() -> None:
    page = make_page(Document("x", "\n".join(["one two three", "a", "four five six", "a", "One, two, three!", "four five six", "one two three"])))
    shape = shape_of(page, long_blocks(page), [True] * len(page.blocks))

    assert equal_places(shape, 3) == [[0, 4, 6], [2, 5]]
    assert equal_places(shape, 1) == [[0, 4, 6], [1, 3], [2, 5]]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from(list(Confidence))), max_size=6))
def test_blocks_that_lie_whole_in_a_label_of_a_rule_have_gone(spans: list[tuple[int, int, Confidence]]) -> None:
    page = make_page(Document("x", "one two\n\nthree\nfour five six\nseven\neight"))
    labels = tuple(Label(start, end, Reason.SHARE, "test", sure) for start, end, sure in spans)
    held = [[one for one in labels if one.start <= block.start and block.end <= one.end] for block in page.blocks]

    gone = removed_blocks(replace(page, labels=labels))

    assert gone == [any(one.confidence is not Confidence.HINT for one in some) for some in held]


def test_a_page_of_one_short_line_over_and_over_keeps_the_first() -> None:
    """Side by side, all go in one round: a round for each would take the square of their number."""
    page = make_page(Document("x", "\n".join(["the old bridge reopens"] * 300)))

    labels = find_repeats(page)

    assert [label.start for label in labels] == [block.start for block in page.blocks[1:]]
    assert {label.twin for label in labels} == {0}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("old bridge reopens - city - the daily example", ["old bridge reopens", "old bridge reopens - city"]),
        ("old bridge reopens | | city", ["old bridge reopens"]),
        ("old bridge reopens  |city", ["old bridge reopens"]),
        ("well-known bridge", []),
        ("a" + " " * 100_000 + "b", []),
    ],
)
def test_parts_of_a_title_line(line: str, found: list[str]) -> None:
    assert parts(line) == found


@given(st.lists(st.booleans(), min_size=1, max_size=20), st.data())
def test_the_next_paragraph_is_the_nearest_behind_within_reach(flags: list[bool], data: st.DataObject) -> None:
    shape = Shape(list(range(len(flags))), [9] * len(flags), [1] * len(flags), flags)
    place, steps = data.draw(st.integers(0, len(flags) - 1)), data.draw(st.integers(0, len(flags)))

    behind = [at for at in range(place + 1, len(flags)) if flags[at] and at - place <= steps]

    assert shape.next_long(place, steps) == min(behind, default=-1)


def test_a_shape_without_blocks_keeps_the_others_in_order() -> None:
    shape = Shape([0, 2, 5], [9, 3, 12], [7, 8, 9], [False, False, True]).without({1: "gone"})

    assert (shape.index, shape.counts, shape.hashes, shape.long) == ([0, 5], [9, 12], [7, 9], [False, True])


@given(st.lists(st.lists(st.integers(1, 3), max_size=6), max_size=5))
def test_words_are_counted_block_by_block_and_blocks_of_single_characters_told_apart(blocks: list[list[int]]) -> None:
    lengths = np.array([length for block in blocks for length in block], dtype=np.int32)
    ends = np.cumsum(lengths).astype(np.int32)
    offsets = np.array([0, *itertools.accumulate(map(len, blocks))], dtype=np.int32)

    spaceless = [len(block) >= 2 and 2 * block.count(1) > len(block) for block in blocks]
    counted = [-len(block) if single else len(block) for block, single in zip(blocks, spaceless, strict=True)]
    assert count_words(ends - lengths, ends, offsets, 2).tolist() == counted


@given(st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=6), st.lists(st.integers(0, 5), max_size=4), st.sampled_from([0.0, 1.2, 2.0]))
def test_blocks_are_found_by_how_many_of_their_words_are_known(blocks: list[list[int]], known: list[int], needed: float) -> None:
    hashes = np.array([word for block in blocks for word in block], dtype=np.uint64)
    offsets = np.array([0, *itertools.accumulate(map(len, blocks))], dtype=np.int32)

    found = blocks_with(hashes, offsets, np.array(known, dtype=np.uint64), needed, (2, 4))

    enough = [2 <= len(block) <= 4 and sum(word in known for word in block) >= needed for block in blocks]
    assert found.tolist() == [block for block, fits in enumerate(enough) if fits]


TOKENS = st.lists(st.integers(0, 3), max_size=12).map(lambda values: np.array(values, dtype=np.uint64))


@given(TOKENS, TOKENS)
def test_shared_pairs_are_those_of_the_sets_of_neighbours(left: Any, right: Any) -> None:
    a, b = (set(pairwise(tokens.tolist())) for tokens in (left, right))

    shared = len(a & b)
    assert shared_pairs(left, right) == (shared / max(1, len(a | b)), shared / max(1, min(len(a), len(b))))
