"""The compiled loops over what recurs, and over the terms of lines, against the same in plain Python."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.core.links import (
    COMMON,
    FRONT,
    IN_BLOCK,
    LATER,
    LEAD,
    LEAD_BLOCK,
    LEAD_NEXT,
    SEEN,
    SOON,
    TERMS,
    USES,
    share_chosen,
    sum_borders,
    sum_centre,
    sum_uses,
)
from cleaner.core.openings import FAR_BACK
from cleaner.core.recurrence import count_copies, look_up, number_keys, pair_terms, recur_pairs, recur_triples, weigh_pairs
from cleaner.core.terms import COMMON_WEIGHT, FREQUENT_WEIGHTS, MIN_COVERAGE, PLACE_BITS, UNKNOWN_WEIGHT
from cleaner.text.tokens import mix

# Pages of lines of words; a word is a small number, so that words recur.
PAGES = st.lists(st.lists(st.lists(st.integers(0, 6), max_size=9), min_size=1, max_size=12), min_size=1, max_size=4)


class Laid:
    """Pages laid end to end: words, the line and the page of each, where pages begin."""

    def __init__(self, pages: list[list[list[int]]]) -> None:
        self.lines = [line for page in pages for line in page]
        self.page = [number for number, page in enumerate(pages) for _ in page]
        self.words = mix(np.array([word for line in self.lines for word in line], dtype=np.uint64))
        self.line_of = np.array([number for number, line in enumerate(self.lines) for _ in line], dtype=np.int64)
        self.bounds = np.cumsum([0, *(sum(map(len, page)) for page in pages)]).astype(np.int64)
        self.offsets = np.cumsum([0, *map(len, pages)]).astype(np.int64)

    def runs(self, length: int) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The runs of so many words of each line, with the line; those of two pages differ."""
        for number, line in enumerate(self.lines):
            for at in range(len(line) - length + 1):
                yield number, (self.page[number], *line[at : at + length])

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """The pairs and uses of the words as terms."""
        numbers = np.empty(len(self.words), dtype=np.int64)
        count = number_keys(self.words, self.bounds, numbers)
        pairs, uses = np.empty((len(self.words), 4), dtype=np.int64), np.empty((count, 3), dtype=np.int64)
        return pairs[: pair_terms(numbers, self.line_of, pairs, uses)], uses


@given(PAGES)
@settings(max_examples=60, deadline=None)
def test_equal_keys_of_a_page_have_one_number(pages: list[list[list[int]]]) -> None:
    laid = Laid(pages)
    numbers = np.empty(len(laid.words), dtype=np.int64)
    count = number_keys(laid.words, laid.bounds, numbers)
    order: dict[tuple[int, ...], int] = {}

    assert numbers.tolist() == [order.setdefault(key, len(order)) for _, key in laid.runs(1)]
    assert count == len(order)


@given(PAGES)
@settings(max_examples=60, deadline=None)
def test_terms_of_lines(pages: list[list[list[int]]]) -> None:
    laid = Laid(pages)
    pairs, uses = laid.pairs()
    order: dict[tuple[int, ...], int] = {}
    places: dict[int, list[int]] = {}
    expected = []
    for line, key in laid.runs(1):
        term = order.setdefault(key, len(order))
        if line not in places.setdefault(term, []):
            places[term].append(line)
            expected.append((term, line))

    assert pairs[:, :2].tolist() == [list(pair) for pair in expected]
    for term, line, before, after in pairs.tolist():
        at = places[term].index(line)
        assert before == (places[term][at - 1] if at else -1)
        assert after == (places[term][at + 1] if at + 1 < len(places[term]) else -1)
    assert uses[:, 1:].tolist() == [[places[term][0], places[term][-1]] for term in range(len(order))]
    assert laid.line_of[uses[:, 0]].tolist() == uses[:, 1].tolist()


@given(PAGES, st.sets(st.integers(0, 47)))
@settings(max_examples=60, deadline=None)
def test_pairs_of_words(pages: list[list[list[int]]], heads: set[int]) -> None:
    laid = Laid(pages)
    size = len(laid.lines)
    head = np.array([line in heads for line in range(size)], dtype=np.bool_)
    out = np.zeros((5, size), dtype=np.int64)
    recur_pairs(laid.words, laid.line_of, laid.bounds, head, out)
    expected = np.zeros((5, size), dtype=np.int64)
    runs = list(laid.runs(2))
    for at, (line, key) in enumerate(runs):
        before = [other for other, same in runs[:at] if same == key]
        after = [other for other, same in runs[at + 1 :] if same == key]
        earlier = bool(before) and before[-1] < line
        expected[0, line] += 1
        expected[1, line] += earlier and any(head[other] for other in (*before, line, *after))
        expected[2, line] += earlier and before[-1] < line - FAR_BACK
        expected[3, line] += earlier and before[-1] >= line - FAR_BACK
        expected[4, line] += bool(after) and after[0] > line

    assert out.tolist() == expected.tolist()


@given(PAGES)
@settings(max_examples=60, deadline=None)
def test_runs_of_three_words(pages: list[list[list[int]]]) -> None:
    laid = Laid(pages)
    out = np.zeros((3, len(laid.lines)), dtype=np.int64)
    recur_triples(laid.words, laid.line_of, laid.bounds, out)
    runs = list(laid.runs(3))
    expected = np.zeros_like(out)
    for line, key in runs:
        same = [other for other, other_key in runs if other_key == key]
        expected[:, line] += [min(same) < line, max(same) > line, 1]

    assert out.tolist() == expected.tolist()


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=8), min_size=1, max_size=4))
def test_copies_of_lines(pages: list[list[int]]) -> None:
    hashes = np.array([value for page in pages for value in page], dtype=np.uint64)
    bounds = np.cumsum([0, *map(len, pages)]).astype(np.int64)
    out = np.zeros((3, len(hashes)), dtype=np.int64)
    count_copies(hashes, bounds, out)
    expected = []
    for page, base in zip(pages, bounds.tolist(), strict=False):
        for at, value in enumerate(page):
            expected.append([page.count(value), page[:at].count(value), base + page.index(value)] if value else [1, 0, base + at])

    assert out.T.tolist() == expected


@given(st.lists(st.integers(0, 2**32 - 1), unique=True), st.lists(st.integers(0, 2**64 - 1)), st.data())
def test_weights_are_looked_up(known: list[int], others: list[int], data: st.DataObject) -> None:
    table = np.array(sorted(known), dtype=np.uint32)
    values = np.arange(len(table), dtype=np.uint8)
    places = np.searchsorted(table, np.arange((1 << PLACE_BITS) + 1, dtype=np.uint64) << np.uint64(32 - PLACE_BITS))
    keys = np.array([*others, *(value << 32 | 7 for value in known)], dtype=np.uint64)
    weight, hit = np.full(len(keys), -1, dtype=np.int64), np.zeros(len(keys), dtype=np.bool_)
    look_up(keys, (table, values, places), weight, hit)
    order = {int(key): int(value) for key, value in zip(table, values, strict=True)}

    assert weight.tolist() == [order.get(int(key) >> 32, -1) for key in keys]
    assert hit.tolist() == [int(key) >> 32 in order for key in keys]


def weights_of(pairs: np.ndarray) -> np.ndarray:
    return pairs[:, 0] % 5 * 20 + 3


@given(PAGES, st.lists(st.integers(0, 3), min_size=48, max_size=48))
@settings(max_examples=40, deadline=None)
def test_sums_over_chosen_lines(pages: list[list[list[int]]], bits: list[int]) -> None:
    laid = Laid(pages)
    pairs, uses = laid.pairs()
    size, weight = len(laid.lines), weights_of(pairs)
    chosen = np.array(bits[:size], dtype=np.uint8)
    out = np.zeros((2, size), dtype=np.int64)
    share_chosen(pairs, weight, chosen, len(uses), out)
    expected = np.zeros_like(out)
    for row in range(2):
        hit = {term for term, line, _, _ in pairs.tolist() if chosen[line] >> row & 1}
        for (term, line, _, _), heavy in zip(pairs.tolist(), weight.tolist(), strict=True):
            expected[row, line] += heavy * (term in hit)

    assert out.tolist() == expected.tolist()


@given(PAGES, st.lists(st.integers(0, 4), min_size=4, max_size=4))
@settings(max_examples=40, deadline=None)
def test_sums_over_uses(pages: list[list[list[int]]], opens: list[int]) -> None:
    laid = Laid(pages)
    pairs, uses = laid.pairs()
    size, weight = len(laid.lines), weights_of(pairs)
    start = np.array([int(laid.offsets[page]) + opens[page] for page in laid.page], dtype=np.int64)
    out = np.zeros((USES, size), dtype=np.int64)
    sum_uses(pairs, weight, uses, start, out)
    expected = np.zeros_like(out)
    for (term, line, before, after), heavy in zip(pairs.tolist(), weight.tolist(), strict=True):
        seen, in_block, soon = before >= 0, 0 <= before >= start[line], 0 <= after <= line + 3
        expected[TERMS, line] += 1
        expected[COMMON, line] += heavy < COMMON_WEIGHT
        expected[SEEN, line] += heavy * seen
        expected[IN_BLOCK, line] += heavy * in_block
        expected[SOON, line] += heavy * soon
        expected[LEAD, line] += heavy * (soon and not seen)
        expected[LEAD_BLOCK, line] += heavy * (soon and not in_block)
        expected[LEAD_NEXT, line] += heavy * (after == line + 1 and not in_block)
        expected[FRONT, line] += heavy * (seen and start[line] - 1 <= uses[term, 1] <= start[line] + 2)
        expected[LATER, line] += heavy * (uses[term, 2] > line + 6)
    named = [TERMS, COMMON, SEEN, IN_BLOCK, SOON, LEAD, LEAD_BLOCK, LEAD_NEXT, FRONT, LATER]

    assert out[named].tolist() == expected[named].tolist()


@given(PAGES)
@settings(max_examples=40, deadline=None)
def test_sums_over_borders(pages: list[list[list[int]]]) -> None:
    laid = Laid(pages)
    pairs, _ = laid.pairs()
    size, weight = len(laid.lines), weights_of(pairs)
    out = np.zeros((4, size + 1), dtype=np.int64)
    sum_borders(pairs, weight, (3, 6), out)
    crossing = np.zeros((2, size), dtype=np.int64)
    for (_, line, before, _), heavy in zip(pairs.tolist(), weight.tolist(), strict=True):
        for row, reach in enumerate((3, 6)):
            for border in range(size):  # between border - 1 and border
                near = border - reach <= before < border <= line < border + reach
                crossing[row, border] += heavy * (before >= 0 and near)

    assert np.cumsum(out[2:], axis=1)[:, :-1].tolist() == crossing.tolist()
    assert out[0].sum() == weight[pairs[:, 2] < 0].sum()
    assert out[1].sum() == weight[pairs[:, 3] < 0].sum()


@given(PAGES, st.lists(st.integers(0, 16), min_size=48, max_size=48))
@settings(max_examples=40, deadline=None)
def test_sums_over_a_centre(pages: list[list[list[int]]], members: list[int]) -> None:
    laid = Laid(pages)
    pairs, uses = laid.pairs()
    size, weight = len(laid.lines), weights_of(pairs)
    member = np.array(members[:size], dtype=np.int64)
    out = np.zeros((4, size))
    sum_centre(pairs, weight, member, len(uses), out)
    total = np.bincount(pairs[:, 0], weight * member[pairs[:, 1]], len(uses))
    others = total[pairs[:, 0]] - weight * member[pairs[:, 1]]

    assert out[0].tolist() == np.bincount(pairs[:, 1], weight * others, size).tolist()
    assert out[1].tolist() == np.bincount(pairs[:, 1], weight * weight, size).tolist()
    assert out[2].tolist() == np.bincount(pairs[:, 1], weight * (others > 0), size).tolist()
    assert out[3].tolist() == np.bincount(uses[:, 1], total * total, size).tolist()


@given(PAGES, st.integers(0, 2**48 - 1), st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_pairs_are_weighed_by_the_table_or_by_their_page(pages: list[list[list[int]]], longs: int, strangers: int) -> None:
    laid = Laid(pages)
    pairs, uses = laid.pairs()
    size, words = len(laid.lines), [key[-1] for _, key in laid.runs(1)]
    long = np.array([longs >> line & 1 for line in range(size)], dtype=np.bool_)
    known = np.array([words[first] >= strangers for first in uses[:, 0].tolist()], dtype=np.bool_)
    heavy = np.array([100 + words[first] for first in uses[:, 0].tolist()], dtype=np.int64)
    weight, total = np.empty(len(pairs), dtype=np.int64), np.zeros(size, dtype=np.int64)
    coverage = weigh_pairs(pairs, np.array(laid.page), long, (heavy, known), weight, total)
    expected, sums = [], [0] * size
    for term, line in pairs[:, :2].tolist():
        page = laid.page[line]
        told = [bool(known[other]) for other, at in pairs[:, :2].tolist() if laid.page[at] == page]
        prose = [at for at in range(size) if laid.page[at] == page and long[at]]
        part = sum(other == term and bool(long[at]) for other, at in pairs[:, :2].tolist())
        light = [value for least, whole, value in FREQUENT_WEIGHTS if part >= 2 and part * whole >= len(prose) * least]
        expected.append(int(heavy[term]) if sum(told) / len(told) >= MIN_COVERAGE else [UNKNOWN_WEIGHT, *light][-1])
        sums[line] += expected[-1]
        assert coverage[page] == sum(told) / len(told)

    assert weight.tolist() == expected
    assert total.tolist() == sums
    assert all(coverage[page] == 0 for page in range(len(pages)) if not any(pages[page]))
