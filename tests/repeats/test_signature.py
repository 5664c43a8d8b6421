"""Signatures are datasketch's own, of its default scheme; the spec says what they are made of."""

from __future__ import annotations

import numpy as np
import pytest
from datasketch import MinHash

from cleaner.repeats.signature import SPEC, lsh_pairs, shingles, sign


def values(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.uint64)


def test_signatures_are_those_of_datasketch() -> None:
    ours = sign([values(1, 2, 3)])[0]
    reference = MinHash(num_perm=SPEC.permutations, seed=SPEC.seed)
    for number in (1, 2, 3):
        reference.update(number.to_bytes(8, "little"))

    assert ours.scheme == reference.scheme == SPEC.scheme
    assert ours.hashvalues.tolist() == reference.hashvalues.tolist()


@pytest.mark.parametrize(
    ("tokens", "size", "count"), [((), 2, 0), ((5,), 2, 1), ((5, 6), 2, 1), ((5, 6, 7), 2, 2), ((5, 6, 5, 6), 2, 2), ((5, 5, 5), 1, 1)]
)
def test_shingles_are_distinct_windows(tokens: tuple[int, ...], size: int, count: int) -> None:
    assert len(shingles(values(*tokens), size)) == count


def test_shingles_know_order_and_no_place() -> None:
    assert (
        shingles(values(1, 2), 2).tolist() == shingles(values(9, 1, 2), 2)[np.isin(shingles(values(9, 1, 2), 2), shingles(values(1, 2), 2))].tolist()
    )
    assert shingles(values(1, 2), 2).tolist() != shingles(values(2, 1), 2).tolist()


def test_pairs_are_sorted_places_and_empty_sets_have_none() -> None:
    rows = [values(*range(0, 60)), values(), values(*range(500, 560)), values(*range(1, 61)), values()]

    assert lsh_pairs(rows, 0.5) == [(0, 3)]
