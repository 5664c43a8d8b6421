"""Boosted trees as flat arrays, walked for many lines and all trees at once; scores are sums of integers, the same on every machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cleaner.core.segments import Floats, Int64s

LEAF_UNIT = 4096  # integer leaf value of a log-odds of 1
_CHUNK = 1 << 18  # line-tree pairs walked at a time: keeps the arrays in the cache
COMPILED_ROWS = 1_000  # lines from which the compiled loop is worth the import of Numba
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

    def scores(self, rows: npt.NDArray[np.float32]) -> Int64s:
        """Log-odds in 1/4096 of each row (lines, columns) → (lines,)."""
        if len(rows) >= COMPILED_ROWS:
            from cleaner.core.walk import walk  # imports Numba

            return walk(np.ascontiguousarray(rows), self.feature, self.threshold, self.left, self.value, self.roots) + self.base
        step = max(1, _CHUNK // max(1, len(self.roots)))
        parts = [self._walk(rows[at : at + step]) for at in range(0, len(rows), step)]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    def _walk(self, rows: npt.NDArray[np.float32]) -> Int64s:
        flat = np.ascontiguousarray(rows).ravel()
        base = (np.arange(len(rows), dtype=np.int32) * rows.shape[1])[:, None]
        node = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        for _ in range(self.depth):
            right = flat.take(self.feature.take(node) + base) > self.threshold.take(node)
            node = self.left.take(node) + right
        total: Int64s = self.value.take(node).sum(axis=1, dtype=np.int64) + self.base
        return total


def probabilities(scores: Int64s) -> Floats:
    """The probability that belongs to each log-odds."""
    out: Floats = 1.0 / (1.0 + np.exp(-scores / LEAF_UNIT))
    return out


def _add_node(node: Mapping[str, Any], at: int, table: list[list[float]], level: int) -> int:
    """Enter a node of LightGBM's dump at row `at`, its children behind; returns the depth below."""
    if "leaf_value" in node:
        table[at] = [0, np.inf, at, round(node["leaf_value"] * LEAF_UNIT)]
        return level
    left = len(table)
    table += [[], []]
    table[at] = [node["split_feature"], node["threshold"], left, 0]
    return max(_add_node(node["left_child"], left, table, level + 1), _add_node(node["right_child"], left + 1, table, level + 1))


def _lower_float32(values: Floats) -> npt.NDArray[np.float32]:
    """The largest float32 not above each value: comparing float32 columns with it gives what comparing with the value gives."""
    near = values.astype(np.float32)
    return np.where(near.astype(np.float64) > values, np.nextafter(near, np.float32(-np.inf)), near).astype(np.float32)


def forest_from_dump(dump: Mapping[str, Any]) -> Forest:
    """Turn what `lightgbm.Booster.dump_model` gives into arrays (training only)."""
    table: list[list[float]] = []
    roots, depth = [], 0
    for tree in dump["tree_info"]:
        roots.append(len(table))
        table.append([])
        depth = max(depth, _add_node(tree["tree_structure"], roots[-1], table, 0))
    columns = np.array(table, dtype=np.float64)
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
