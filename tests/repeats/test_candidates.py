"""The compiled joins and comparisons against plain references: the same pairs, the same shares."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.config import CLUSTERS
from cleaner.repeats import joins, kernel
from cleaner.repeats.candidates import agreeing_pairs, band_pairs, rows_of
from cleaner.repeats.runs import keys_by_band
from cleaner.repeats.signature import bands_and_rows

UNCAPPED = replace(CLUSTERS, bucket=1_000, agreements=3)


@st.composite
def matrices(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """A matrix of few different values, and a rank for each row, or none."""
    rows = draw(st.integers(0, 30))
    chance = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    values = chance.integers(0, draw(st.integers(1, 40)), (rows, 8)).astype(np.uint32)
    ranks = chance.permutation(rows).astype(np.int64)
    ranks[chance.random(rows) < 0.2] = -1
    return values, ranks


@given(matrices())
@settings(max_examples=150, deadline=None)
def test_agreeing_pairs_are_all_and_only_those(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    values, ranks = drawn
    ranked = sorted((rank, row) for row, rank in enumerate(ranks.tolist()) if rank >= 0)
    expected = [[a, b] for (a, row), (b, other) in combinations(ranked, 2) if (values[row] == values[other]).sum() >= 3]

    assert agreeing_pairs(values, ranks, UNCAPPED).tolist() == expected
    assert rows_of(ranks)[[rank for rank, _ in ranked]].tolist() == [row for _, row in ranked]


@given(matrices())
@settings(max_examples=100, deadline=None)
def test_band_pairs_are_all_and_only_those(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    values, ranks = drawn
    bands, rows = bands_and_rows(0.6, 8)
    ranked = sorted((rank, row) for row, rank in enumerate(ranks.tolist()) if rank >= 0)

    def meet(row: int, other: int) -> bool:
        return any((values[row, band * rows : (band + 1) * rows] == values[other, band * rows : (band + 1) * rows]).all() for band in range(bands))

    expected = [[a, b] for (a, row), (b, other) in combinations(ranked, 2) if meet(row, other)]

    assert band_pairs(values, ranks, 0.6, UNCAPPED).tolist() == expected


@pytest.mark.parametrize("size", [64, 65, 300])
def test_of_a_full_bucket_the_first_four_meet_all_others(size: int) -> None:
    values = np.ones((size, 8), dtype=np.uint32)

    pairs = agreeing_pairs(values, np.arange(size), replace(CLUSTERS, bucket=64))

    assert len(pairs) == (size * (size - 1) // 2 if size <= 64 else sum(size - 1 - left for left in range(4)))


SKETCHES = st.lists(st.lists(st.integers(0, 12) | st.sampled_from([0xFFFFFFFF, 1 << 20]), max_size=20), min_size=2, max_size=6)


@given(SKETCHES, st.integers(1, 8))
@settings(max_examples=150, deadline=None)
def test_shares_are_those_of_sets(sketches: list[list[int]], opening: int) -> None:
    """0 and 1 count as one value: a free place in the table is a 0."""
    sketches = [[max(1, value) for value in one] for one in sketches]
    ends = np.cumsum([0, *map(len, sketches)])
    pairs = np.array(list(combinations(range(len(sketches)), 2)))
    out = np.empty((len(pairs), 4))

    kernel.compare_pairs(np.array([value for one in sketches for value in one], dtype=np.uint32), ends, pairs, opening, out)

    def share(values: list[int], other: list[int]) -> float:
        return sum(value in set(other) for value in values) / max(1, len(values))

    for (left, right), row in zip(pairs.tolist(), out.tolist(), strict=True):
        one, other = sketches[left], sketches[right]
        assert row == [share(one, other), share(other, one), share(one[:opening], other), share(other[:opening], one)]


@given(st.integers(1, 80), st.integers(0, 30), st.integers(1, 25), st.integers(0, 1 << 32))
@settings(max_examples=100, deadline=None)
def test_a_band_answers_what_a_dictionary_would(stories: int, questions: int, different: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    held, asked = (chance.integers(0, different, (count, 64)).astype(np.uint32) for count in (stories, questions))
    keys, wanted = keys_by_band(held, 100)[0], keys_by_band(asked)[0]
    starts = np.empty((1 << int(chance.integers(0, 7))) + 1, dtype=np.uint32)
    joins.band_starts(keys, starts)
    out = np.empty(stories * questions + 1, dtype=np.uint64)

    count = joins.probe_band(wanted, keys, starts, 8, out)

    places = {value: [row for row in range(stories) if held[row, 0] == value] for value in range(different)}
    answers = {row: (found if len(found) <= 8 else found[:4]) for row in range(questions) if (found := places[int(asked[row, 0])])}
    assert sorted(out[:count].tolist()) == sorted((row << 32) | (100 + place) for row, found in answers.items() for place in found)
    assert joins.probe_band(wanted, keys, starts, 8, out[: max(0, count - 1)]) == (-count if count else 0)
