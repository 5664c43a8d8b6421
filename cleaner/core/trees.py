"""Boosted trees as flat arrays, scored for many lines at once; scores are sums of integers, the same on every machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from cleaner.core.segments import Floats, Int64s

Matrix: TypeAlias = npt.NDArray[np.float32]

LEAF_UNIT = 4096  # integer leaf value of a log-odds of 1
MOST_LEAVES = 64  # of a tree: the leaves a line can still reach are bits of one number
NODES = 4  # of a tree that are tested together
_SIZES = ("feature", "threshold", "left", "value", "roots")


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees whose nodes lie in one row of arrays (n,): a line goes from node `i` to `left[i]` if its column `feature[i]` is at most
    `threshold[i]`, else to `left[i] + 1`; a leaf leads to itself. `value` (int32): 1/4096 log-odds of the leaves. `roots` (trees,).
    """

    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float32]
    left: npt.NDArray[np.int32]
    value: npt.NDArray[np.int32]
    roots: npt.NDArray[np.int32]
    depth: int
    base: int

    def scores(self, rows: Matrix) -> Int64s:
        """Log-odds in 1/4096 of each row (float32, lines x columns; laid out column by column it is not copied) → (lines,)."""
        from cleaner.core.walk import score_columns  # imports Numba

        splits = splits_of(self)
        columns = np.ascontiguousarray(rows.T, dtype=np.float32)
        return score_columns(columns, splits.feature, splits.threshold, splits.kept, splits.leaves, splits.value) + self.base


@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """The inner nodes of a forest, tree by tree (trees x nodes), and its leaves, a bit each, counted from the left (uint32 or uint64).

    `feature`: the column of a node. `threshold`: the value up to which a line passes. `kept`: the leaves still in reach of a line that does
    not. A row is filled up to a multiple of four with nodes that every line passes. `leaves` (trees): all of the tree's. `value` (int32, trees
    x 64).
    """

    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float32]
    kept: npt.NDArray[Any]
    leaves: npt.NDArray[Any]
    value: npt.NDArray[np.int32]


@cache
def splits_of(forest: Forest) -> Splits:
    """Number the leaves of each tree from left to right. Raises ValueError where a tree has more than 64."""
    leaf = forest.left == np.arange(len(forest.left))
    inner = np.flatnonzero(~leaf)
    left = forest.left[inner]
    leaves, first, tree = leaf.astype(np.int64), np.zeros(len(leaf), dtype=np.int64), np.zeros(len(leaf), dtype=np.int32)
    tree[forest.roots] = np.arange(len(forest.roots))
    for _ in range(forest.depth):
        leaves[inner] = leaves[left] + leaves[left + 1]
    for _ in range(forest.depth):
        first[left], first[left + 1] = first[inner], first[inner] + leaves[left]
        tree[left] = tree[left + 1] = tree[inner]
    if leaves.max(initial=0) > MOST_LEAVES:
        raise ValueError(f"a tree has {leaves.max()} leaves, at most {MOST_LEAVES} can be scored")
    value = np.zeros((len(forest.roots), MOST_LEAVES), dtype=np.int32)
    value[tree[leaf], first[leaf]] = forest.value[leaf]
    bits = np.uint32 if leaves.max() <= 32 else np.uint64
    kept = ~(_ones(leaves[left]) << first[inner].astype(np.uint64))
    row = tree[inner]  # not descending: a tree's nodes lie together
    place = np.arange(len(row)) - np.searchsorted(row, row)
    shape = (len(forest.roots), -(-(place.max(initial=-1) + 1) // NODES) * NODES)
    feature, threshold, rest = np.zeros(shape, np.int32), np.full(shape, np.inf, np.float32), np.full(shape, ~bits(0), bits)
    feature[row, place], threshold[row, place], rest[row, place] = forest.feature[inner], forest.threshold[inner], kept
    return Splits(feature, threshold, rest, _ones(leaves[forest.roots]).astype(bits), value)


def _ones(counts: Int64s) -> npt.NDArray[np.uint64]:
    """Numbers with so many low bits set (1 to 64)."""
    return np.uint64(0xFFFFFFFFFFFFFFFF) >> (64 - counts).astype(np.uint64)


def probabilities(scores: Floats) -> Floats:
    """The probability that belongs to each log-odds (in 1/4096)."""
    out: Floats = 1.0 / (1.0 + np.exp(-scores / LEAF_UNIT))
    return out


def _add_node(node: Mapping[str, Any], at: int, table: list[list[float]], level: int) -> int:
    """Enter a node of LightGBM's dump at row `at`, its children behind; returns the depth below."""
    if "leaf_value" in node:
        table[at] = [0, np.inf, at, node["leaf_value"] * LEAF_UNIT]
        return level
    left = len(table)
    table += [[], []]
    table[at] = [node["split_feature"], node["threshold"], left, 0]
    return max(_add_node(node["left_child"], left, table, level + 1), _add_node(node["right_child"], left + 1, table, level + 1))


def _lower_float32(values: Floats) -> npt.NDArray[np.float32]:
    """The largest float32 not above each value: comparing float32 columns with it gives what comparing with the value gives."""
    near = values.astype(np.float32)
    return np.where(near.astype(np.float64) > values, np.nextafter(near, np.float32(-np.inf)), near).astype(np.float32)


def forest_from_dumps(dumps: Sequence[Mapping[str, Any]]) -> Forest:
    """Turn what `lightgbm.Booster.dump_model` gives into one forest (training only): the mean of several is one with smaller leaves."""
    table: list[list[float]] = []
    roots, depth = [], 0
    for tree in (tree for dump in dumps for tree in dump["tree_info"]):
        roots.append(len(table))
        table.append([])
        depth = max(depth, _add_node(tree["tree_structure"], roots[-1], table, 0))
    columns = np.array(table, dtype=np.float64)
    columns[:, 3] = np.round(columns[:, 3] / len(dumps))
    return Forest(
        columns[:, 0].astype(np.int32),
        _lower_float32(columns[:, 1]),
        columns[:, 2].astype(np.int32),
        columns[:, 3].astype(np.int32),
        np.array(roots, dtype=np.int32),
        depth,
        0,
    )


def forest_arrays(forest: Forest, prefix: str) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a forest by name, small types, for the weights file."""
    return {
        f"{prefix}_feature": forest.feature.astype(np.uint16),
        f"{prefix}_threshold": forest.threshold,
        f"{prefix}_left": forest.left.astype(np.uint16),
        f"{prefix}_value": forest.value.astype(np.int16),
        f"{prefix}_roots": forest.roots.astype(np.uint16),
        f"{prefix}_depth": np.array([forest.depth, forest.base], dtype=np.int32),
    }


def forest_of(arrays: Mapping[str, npt.NDArray[Any]], prefix: str) -> Forest:
    """The forest that `forest_arrays` wrote."""
    depth, base = (int(number) for number in arrays[f"{prefix}_depth"])
    feature, threshold, left, value, roots = (arrays[f"{prefix}_{name}"] for name in _SIZES)
    return Forest(feature.astype(np.int32), threshold, left.astype(np.int32), value.astype(np.int32), roots.astype(np.int32), depth, base)
