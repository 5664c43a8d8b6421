"""Pairs of blocks with the same words or nearly so: proposed by shared rare tokens, decided by exact counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleaner.config import REPEATS
from cleaner.model import Page, Uint64s
from cleaner.repeats.shape import Shape

_LIMITS = (REPEATS.near_jaccard, REPEATS.containment, REPEATS.length_ratio, REPEATS.shared_token_blocks)


@dataclass(frozen=True, slots=True, order=True)
class NearPair:
    """Two places of a shape (left < right), the Jaccard of their token sets and the share of the smaller set in the larger."""

    left: int
    right: int
    jaccard: float
    containment: float


def tokens_at(page: Page, shape: Shape, place: int) -> Uint64s:
    """The token hashes of the block at a place, in order."""
    low, high = page.tokens.offsets[shape.index[place] : shape.index[place] + 2].tolist()
    return page.tokens.hashes[low:high]


def near_pairs(page: Page, shape: Shape, least: int) -> list[NearPair]:
    """Pairs of blocks of at least `least` distinct tokens that are nearly the same; of equal blocks only the first takes part."""
    from cleaner.repeats import overlap  # imports Numba

    places = [place for place, count in enumerate(shape.counts) if count >= least]
    if len(set(shape.hashes)) < len(shape.hashes):
        firsts = dict(zip(reversed(shape.hashes), reversed(range(len(shape.hashes))), strict=True))
        places = [place for place in places if firsts[shape.hashes[place]] == place]
    if len(places) < 2:
        return []
    blocks = np.array([shape.index[place] for place in places], dtype=np.int32)
    rows = overlap.near_sets(page.tokens.hashes, page.tokens.offsets, blocks, least, _LIMITS)
    if not len(rows):
        return []
    near = sorted(_near(places[left], places[right], shared, sizes) for left, right, shared, *sizes in rows.tolist())
    ordered = [overlap.shared_pairs(tokens_at(page, shape, pair.left), tokens_at(page, shape, pair.right))[1] for pair in near]
    return [pair for pair, share in zip(near, ordered, strict=True) if share >= REPEATS.near_order]


def _near(left: int, right: int, shared: int, sizes: list[int]) -> NearPair:
    return NearPair(left, right, shared / (sum(sizes) - shared), shared / min(sizes))


def equal_places(shape: Shape, least: int) -> list[list[int]]:
    """Places of equal blocks of at least `least` tokens, each list in order, for every such block that stands more than once."""
    if len(set(shape.hashes)) == len(shape.hashes):
        return []
    places: dict[int, list[int]] = {}
    for place, key in enumerate(shape.hashes):
        if shape.counts[place] >= least:
            places.setdefault(key, []).append(place)
    return [equal for equal in places.values() if len(equal) > 1]
