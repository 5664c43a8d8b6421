"""Scoring a forest without walking gives what walking each tree gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.core.trees import LEAF_UNIT, forest_from_dumps

COLUMNS = 3
NUMBERS = st.sampled_from([-2.0, -0.5, 0.0, 0.1, 0.5, 3.0])
LEAVES = st.integers(-4096, 4096).map(lambda value: {"leaf_value": value / LEAF_UNIT})


def split(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"split_feature": st.integers(0, COLUMNS - 1), "threshold": NUMBERS, "left_child": children, "right_child": children}
    )


TREES = st.recursive(LEAVES, split, max_leaves=30).map(lambda tree: {"tree_structure": tree})
ROWS = st.lists(st.lists(NUMBERS, min_size=COLUMNS, max_size=COLUMNS), min_size=1, max_size=90)


def walked(node: Mapping[str, Any], row: np.ndarray) -> int:
    while "leaf_value" not in node:
        node = node["left_child" if float(row[node["split_feature"]]) <= node["threshold"] else "right_child"]
    return round(node["leaf_value"] * LEAF_UNIT)


def chain(leaves: int) -> Mapping[str, Any]:
    """A tree whose every test peels off one leaf on the left."""
    node: Mapping[str, Any] = {"leaf_value": leaves - 1}
    for leaf in reversed(range(leaves - 1)):
        node = {"split_feature": 0, "threshold": leaf, "left_child": {"leaf_value": leaf}, "right_child": node}
    return node


@given(st.lists(TREES, min_size=1, max_size=6), ROWS)
@settings(max_examples=60, deadline=None)
def test_scores_are_those_of_walking(trees: list[dict[str, Any]], rows: list[list[float]]) -> None:
    matrix = np.array(rows, dtype=np.float32)
    expected = [sum(walked(tree["tree_structure"], row) for tree in trees) for row in matrix]

    assert forest_from_dumps([{"tree_info": trees}]).scores(matrix).tolist() == expected
    assert forest_from_dumps([{"tree_info": trees}]).scores(np.asfortranarray(matrix)).tolist() == expected


@pytest.mark.parametrize("leaves", [1, 2, 31, 32, 33, 63, 64])
def test_every_leaf_is_reached(leaves: int) -> None:
    rows = np.arange(leaves, dtype=np.float32)[:, None]
    forest = forest_from_dumps([{"tree_info": [{"tree_structure": chain(leaves)}, {"tree_structure": {"leaf_value": 0.5}}]}])

    assert (forest.scores(rows) / LEAF_UNIT).tolist() == [leaf + 0.5 for leaf in range(leaves)]


def test_trees_of_too_many_leaves_are_refused() -> None:
    with pytest.raises(ValueError, match="65 leaves"):
        forest_from_dumps([{"tree_info": [{"tree_structure": chain(65)}]}]).scores(np.zeros((1, 1), dtype=np.float32))
