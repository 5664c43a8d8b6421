"""Pairs of signatures worth a comparison: bands joined on sorted arrays, in memory that grows with the number of signatures alone.

With one row a band, a pair is a candidate from a number of agreements on; a value that very many stories share (a template's, a stock
phrase's) proposes only comparisons with the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cleaner.config import CLUSTERS, ClusterLimits
from cleaner.model import Uint64s
from cleaner.repeats.signature import Int64s, SignatureSpec, Uint8s, Uint32s, bands_and_rows, sign_sets

_TABLE_LEAST, _SLOTS_A_ROW = 1 << 16, 256
_PENDING = 1 << 18  # pairs that wait before they are made distinct


def agreeing_pairs(values: Uint32s, ranks: Int64s, limits: ClusterLimits = CLUSTERS) -> Int64s:
    """Pairs of ranks (int64, pairs x 2, left < right, sorted) whose rows agree in at least `limits.agreements` values of the matrix.

    `ranks` (int64): one for each row, all different, -1 for a row that is left out. A pair is collected once its slot in a hashed table has
    been counted often enough; those that only shared a slot go when the rows themselves are compared.
    """
    from cleaner.repeats import joins

    size = _TABLE_LEAST
    while size < min(_SLOTS_A_ROW * len(values), limits.table):
        size *= 2
    pairs = _collected(values, ranks, (values.shape[1], 1), np.zeros(size, dtype=np.uint8), limits)
    out = np.empty(len(pairs), dtype=np.int64)
    joins.agreements(values, rows_of(ranks)[pairs], out)
    return pairs[out >= limits.agreements]


def band_pairs(values: Uint32s, ranks: Int64s, threshold: float, limits: ClusterLimits = CLUSTERS) -> Int64s:
    """Pairs of ranks (int64, pairs x 2, left < right, sorted) whose rows agree in a whole band, for a Jaccard of `threshold`."""
    return _collected(values, ranks, bands_and_rows(threshold, values.shape[1]), np.zeros(1, dtype=np.uint8), limits)


def rows_of(ranks: Int64s) -> Int64s:
    """For each rank its row (int64), -1 where no row has it."""
    out = np.full(int(ranks.max(initial=-1)) + 1, -1, dtype=np.int64)
    ranked = np.flatnonzero(ranks >= 0)
    out[ranks[ranked]] = ranked
    return out


def _sorted_bands(values: Uint32s, ranks: Int64s, shape: tuple[int, int]) -> Iterator[Uint64s]:
    from cleaner.repeats import joins

    bands, rows = shape
    room = np.empty(len(values), dtype=np.uint64)
    for first in range(0, bands * rows, rows):
        keys = room[: joins.band_keys(values, ranks, (first, first + rows), room)]
        keys.sort()
        yield keys


def _collected(values: Uint32s, ranks: Int64s, shape: tuple[int, int], counts: Uint8s, limits: ClusterLimits) -> Int64s:
    from cleaner.repeats import joins

    least = limits.agreements if shape[1] == 1 else 1
    found = np.zeros(0, dtype=np.uint64)
    room, held = np.empty(max(_PENDING, len(values)), dtype=np.uint64), 0
    for keys in _sorted_bands(values, ranks, shape):
        place = (0, 0)
        while place[0] < len(keys):
            count, *at = joins.collect_pairs(keys, limits.bucket, counts, least, place, room[held:])
            held, place = held + count, (at[0], at[1])
            if place[0] < len(keys) or 2 * held > len(room):
                found, held = _distinct(found, room[:held]), 0
    found = _distinct(found, room[:held])
    return np.stack([found >> np.uint64(32), found & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)


def _distinct(found: Uint64s, fresh: Uint64s) -> Uint64s:
    """The distinct values of both, sorted."""
    values = np.concatenate([found, fresh])
    values.sort()
    return values[np.append(True, values[1:] != values[:-1])] if len(values) else values


def lsh_pairs(sets: Sequence[Uint64s], threshold: float, permutations: int) -> list[tuple[int, int]]:
    """Pairs (a < b) of sets of hashes that MinHash LSH takes for alike at a Jaccard of `threshold`; sorted, empty sets have no pairs."""
    filled = np.array([place for place, values in enumerate(sets) if len(values)], dtype=np.int64)
    if len(filled) < 2:
        return []
    signed = sign_sets([sets[place] for place in filled.tolist()], SignatureSpec(permutations=permutations))
    pairs = filled[band_pairs(signed.values, np.arange(len(filled)), threshold)]
    return [(left, right) for left, right in pairs.tolist()]
