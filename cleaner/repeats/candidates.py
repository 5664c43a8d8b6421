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


def agreeing_pairs(values: Uint32s, limits: ClusterLimits = CLUSTERS) -> Int64s:
    """Pairs of rows (int64, pairs x 2, left < right, sorted) that agree in at least `limits.agreements` values of the matrix.

    Two passes over the sorted columns: the first counts every pair in a hashed table, the second collects those whose count reaches the
    least. A pair that shares its slot may be collected needlessly; none is lost.
    """
    from cleaner.repeats import joins

    size = _TABLE_LEAST
    while size < min(_SLOTS_A_ROW * len(values), limits.table):
        size *= 2
    counts = np.zeros(size, dtype=np.uint8)
    for keys in _sorted_bands(values, values.shape[1], 1):
        joins.count_agreements(keys, limits.bucket, counts)
    pairs = _collected(values, (values.shape[1], 1), counts, limits)
    out = np.empty(len(pairs), dtype=np.int64)
    joins.agreements(values, pairs, out)
    return pairs[out >= limits.agreements]


def band_pairs(values: Uint32s, threshold: float, limits: ClusterLimits = CLUSTERS) -> Int64s:
    """Pairs of rows (int64, pairs x 2, left < right, sorted) that agree in a whole band, for a Jaccard of `threshold`."""
    return _collected(values, bands_and_rows(threshold, values.shape[1]), np.zeros(1, dtype=np.uint8), limits)


def _sorted_bands(values: Uint32s, bands: int, rows: int) -> Iterator[Uint64s]:
    from cleaner.repeats import joins

    for first in range(0, bands * rows, rows):
        keys = np.empty(len(values), dtype=np.uint64)
        joins.band_keys(values, first, rows, keys)
        keys.sort()
        yield keys


def _collected(values: Uint32s, shape: tuple[int, int], counts: Uint8s, limits: ClusterLimits) -> Int64s:
    from cleaner.repeats import joins

    least = limits.agreements if shape[1] == 1 else 1
    found = np.zeros(0, dtype=np.uint64)
    fresh: list[Uint64s] = []
    room = np.empty(max(1024, len(values)), dtype=np.uint64)
    for keys in _sorted_bands(values, *shape):
        count = joins.collect_pairs(keys, limits.bucket, counts, least, room)
        if count < 0:
            room = np.empty(-count, dtype=np.uint64)
            count = joins.collect_pairs(keys, limits.bucket, counts, least, room)
        fresh.append(room[:count].copy())
        if sum(map(len, fresh)) > max(_PENDING, len(found)):
            found, fresh = np.unique(np.concatenate([found, *fresh])), []
    found = np.unique(np.concatenate([found, *fresh]))
    return np.stack([found >> np.uint64(32), found & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)


def lsh_pairs(sets: Sequence[Uint64s], threshold: float, permutations: int) -> list[tuple[int, int]]:
    """Pairs (a < b) of sets of hashes that MinHash LSH takes for alike at a Jaccard of `threshold`; sorted, empty sets have no pairs."""
    filled = np.array([place for place, values in enumerate(sets) if len(values)], dtype=np.int64)
    if len(filled) < 2:
        return []
    signed = sign_sets([sets[place] for place in filled.tolist()], SignatureSpec(permutations=permutations))
    pairs = filled[band_pairs(signed.values, threshold)]
    return [(left, right) for left, right in pairs.tolist()]
