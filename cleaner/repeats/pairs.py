"""Pairs of blocks with nearly the same words: proposed by shared rare tokens, decided by exact counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cleaner.config import REPEATS
from cleaner.model import Page, Uint64s
from cleaner.repeats.shape import Shape


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two places of a shape (left < right), the Jaccard of their token sets and the share of the smaller set in the larger."""

    left: int
    right: int
    jaccard: float
    containment: float


@dataclass(frozen=True, slots=True, eq=False)
class _Incidence:
    """Which distinct token stands in which place: rows sorted by place, then token number; `df` is the number of places of each token."""

    place: npt.NDArray[np.int64]
    token: npt.NDArray[np.int64]
    df: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]


def tokens_at(page: Page, shape: Shape, place: int) -> Uint64s:
    """The token hashes of the block at a place, in order."""
    low, high = page.tokens.offsets[shape.index[place] : shape.index[place] + 2].tolist()
    return page.tokens.hashes[low:high]


def token_pairs(tokens: Uint64s) -> Uint64s:
    """Hashes of the distinct pairs of neighbouring tokens (uint64, sorted)."""
    return np.unique(tokens[:-1] * np.uint64(0x9E3779B97F4A7C15) + tokens[1:])


def shared_pairs(left: Uint64s, right: Uint64s) -> tuple[float, float]:
    """How alike two token sequences are in order: Jaccard of their token pairs, and the share of the smaller set in the larger."""
    a, b = token_pairs(left), token_pairs(right)
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / max(1, len(a) + len(b) - shared), shared / max(1, min(len(a), len(b)))


def near_pairs(page: Page, shape: Shape, least: int) -> list[NearPair]:
    """Pairs of blocks of at least `least` distinct tokens that are nearly the same; of equal blocks only the first takes part.

    Prefix filter: two sets that share the share t of the smaller one share one of its size - ceil(t * size) + 1 rarest tokens.
    """
    first = np.zeros(len(shape.index), dtype=np.bool_)
    first[np.unique(shape.hashes, return_index=True)[1]] = True
    places = np.flatnonzero(first & (shape.counts >= least))
    if len(places) < 2:
        return []
    rows = _incidence(page, shape, places)
    left, right = _proposed(rows)
    fits = (np.minimum(rows.sizes[left], rows.sizes[right]) >= least) & (left != right)
    fits &= np.minimum(rows.sizes[left], rows.sizes[right]) >= REPEATS.length_ratio * np.maximum(rows.sizes[left], rows.sizes[right])
    near = _decided(rows, places, left[fits], right[fits])
    return [pair for pair in near if shared_pairs(tokens_at(page, shape, pair.left), tokens_at(page, shape, pair.right))[1] >= REPEATS.near_order]


def _incidence(page: Page, shape: Shape, places: npt.NDArray[np.intp]) -> _Incidence:
    blocks = shape.index[places]
    lows, sizes = page.tokens.offsets[blocks].astype(np.int64), shape.counts[places].astype(np.int64)
    owner = np.repeat(np.arange(len(places)), sizes)
    _, token = np.unique(page.tokens.hashes[_ranges(lows, sizes)], return_inverse=True)
    width = int(token.max()) + 1
    distinct = np.unique(owner * width + token)
    place, token = distinct // width, distinct % width
    return _Incidence(place, token, np.bincount(token, minlength=width), np.bincount(place, minlength=len(places)))


def _ranges(lows: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The numbers low, low + 1 ... low + size - 1 of all ranges, one behind the other."""
    return np.arange(int(sizes.sum())) + np.repeat(lows - np.cumsum(sizes) + sizes, sizes)


def _proposed(rows: _Incidence) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Places that share a token which is rare, and among the rarest of the first of them."""
    order = np.lexsort((rows.df[rows.token], rows.place))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(np.cumsum(rows.sizes) - rows.sizes, rows.sizes)
    prefix = rows.sizes - np.ceil(REPEATS.near_jaccard * rows.sizes).astype(np.int64) + 1
    df = rows.df[rows.token]
    probes = np.flatnonzero((rank < prefix[rows.place]) & (df > 1) & (df <= REPEATS.shared_token_blocks))
    by_token = np.argsort(rows.token, kind="stable")
    opens = np.cumsum(rows.df) - rows.df
    found = rows.place[by_token[_ranges(opens[rows.token[probes]], df[probes])]]
    return np.repeat(rows.place[probes], df[probes]), found


def _decided(rows: _Incidence, places: npt.NDArray[np.intp], left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> list[NearPair]:
    if not len(left):
        return []
    low, high = np.minimum(left, right), np.maximum(left, right)
    pairs = np.unique(low * len(places) + high)
    low, high = pairs // len(places), pairs % len(places)
    width = len(rows.df)
    keys = rows.place * width + rows.token
    edges = np.append(0, np.cumsum(rows.sizes))
    own = _ranges(edges[low], rows.sizes[low])
    wanted = np.repeat(high, rows.sizes[low]) * width + rows.token[own]
    hit = keys[np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)] == wanted
    shared = np.add.reduceat(hit.astype(np.int64), np.cumsum(rows.sizes[low]) - rows.sizes[low])
    union = rows.sizes[low] + rows.sizes[high] - shared
    containment = shared / np.minimum(rows.sizes[low], rows.sizes[high])
    near = (shared >= REPEATS.near_jaccard * union) | (containment >= REPEATS.containment)
    figures = zip(places[low[near]].tolist(), places[high[near]].tolist(), (shared / union)[near].tolist(), containment[near].tolist(), strict=True)
    return [NearPair(*figure) for figure in figures]


def equal_places(shape: Shape, least: int) -> list[list[int]]:
    """Places of equal blocks of at least `least` tokens, each list in order, for every such block that stands more than once."""
    order = np.argsort(shape.hashes, kind="stable")
    order = order[shape.counts[order] >= least]
    ordered = shape.hashes[order]
    opens = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(order) else order
    sizes = np.diff(np.append(opens, len(order)))
    runs = [order[low : low + size].tolist() for low, size in zip(opens[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True)]
    return sorted(runs)
