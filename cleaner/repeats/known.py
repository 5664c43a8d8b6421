"""Questions to an index: which of its stories a new one repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cleaner.config import CLUSTERS, INDEX, ClusterLimits
from cleaner.model import Floats, Uint64s
from cleaner.repeats.clusters import accepted, similarity, sketch_texts
from cleaner.repeats.index import StoryIndex
from cleaner.repeats.runs import Entries, bands_of, column, keys_by_band, take_names, take_texts
from cleaner.repeats.signature import Int64s, Uint32s

_HITS = 128  # hits a question that there is room for at first


@dataclass(frozen=True, slots=True)
class Earlier:
    """The story of an index that one asked for repeats: its id and date, how alike they are."""

    id: str
    published: str
    similarity: float
    containment: float


def query_entries(
    index: StoryIndex, entries: Entries, limits: ClusterLimits = CLUSTERS, left_out: Sequence[range] | None = None
) -> list[Earlier | None]:
    """For each story the one of the index that it repeats most, None where there is none.

    The most contained first, then the most similar, the earliest date, the smallest id: the same answer for the same stories, however
    they were added. A story of the same id is none to repeat, unless `left_out` says which rows of the index shall not answer.
    """
    exact = _others(index, _standing(_equal(index, entries.hashes), left_out), entries, left_out)
    near = _standing(propose(index, entries.signatures.values), left_out)
    near = near[~np.isin(near[:, 0], exact[:, 0])]
    compared = _compared(index, near, entries, limits)
    alike = compared[:, 1] > 0
    pairs, figures = np.concatenate([exact, near[alike]]), np.concatenate([np.ones((len(exact), 2)), compared[alike]])
    best: list[Earlier | None] = [None] * len(entries.ids)
    names = take_names(index.path, index.stories, pairs[:, 1].tolist())
    for number, (id, date), (jaccard, contained) in zip(pairs[:, 0].tolist(), names, figures.tolist(), strict=True):
        found = Earlier(id, date, round(jaccard, 4), round(contained, 4))
        held = best[number]
        if (id != entries.ids[number] or left_out is not None) and (held is None or _better(found) < _better(held)):
            best[number] = found
    return best


def _standing(pairs: Int64s, left_out: Sequence[range] | None) -> Int64s:
    """The pairs whose row may answer."""
    kept = np.ones(len(pairs), dtype=np.bool_)
    for rows in left_out or ():
        kept &= (pairs[:, 1] < rows.start) | (pairs[:, 1] >= rows.stop)
    return pairs[kept]


def _others(index: StoryIndex, pairs: Int64s, entries: Entries, left_out: Sequence[range] | None) -> Int64s:
    """The pairs whose row is not the very story that is asked for: its own entry must not hide its copies."""
    if left_out is not None:
        return pairs
    names = take_names(index.path, index.stories, pairs[:, 1].tolist())
    other = [id != entries.ids[number] for (id, _), number in zip(names, pairs[:, 0].tolist(), strict=True)]
    return pairs[np.array(other, dtype=np.bool_)]


def _better(one: Earlier) -> tuple[float, float, bool, str, str]:
    return -one.containment, -one.similarity, not one.published, one.published, one.id


def _equal(index: StoryIndex, hashes: Uint64s) -> Int64s:
    """Pairs (number asked, row; int64, pairs x 2) of stories with equal words."""
    order = np.argsort(hashes)
    found = [np.zeros((0, 2), dtype=np.int64)]
    for run in index.runs:
        held = column(index.path / run.name, "hashes", run.stories)
        low, high = np.searchsorted(held, hashes[order]), np.searchsorted(held, hashes[order], side="right")
        places = np.arange(int((high - low).sum())) + np.repeat(low - np.cumsum(high - low) + (high - low), high - low)
        rows = column(index.path / run.name, "hash_rows", run.stories)[places].astype(np.int64)
        found.append(np.stack([np.repeat(order, high - low), rows], axis=1))
    return np.concatenate(found)


def propose(index: StoryIndex, values: Uint32s) -> Int64s:
    """Pairs (number asked, row; int64, pairs x 2, sorted) that agree in enough of the values looked up, a part of the questions at a time."""
    room = np.empty(_HITS * min(len(values), INDEX.asked) + 1, dtype=np.uint64)
    found = [np.zeros((0, 2), dtype=np.int64)]
    for low in range(0, len(values), INDEX.asked):
        pairs, room = _proposed(index, values[low : low + INDEX.asked], room)
        found.append(pairs + np.array([low, 0]))
    return np.concatenate(found)


def _proposed(index: StoryIndex, values: Uint32s, room: Uint64s) -> tuple[Int64s, Uint64s]:
    """The pairs of a part of the questions, and the room for hits, which may have grown."""
    from cleaner.repeats import joins

    runs = [bands_of(index.path / run.name, run.stories) for run in index.runs]
    held = 0
    for asked in keys_by_band(values):
        for run in runs:
            keys, starts = next(run)
            count = joins.probe_band(asked, keys, starts, INDEX.bucket, room[held:])
            if count < 0:
                room = np.concatenate([room[:held], np.empty(max(held, -count), dtype=np.uint64)])
                count = joins.probe_band(asked, keys, starts, INDEX.bucket, room[held:])
            held += count
    table = np.zeros(1 << max(12, int(2 * held).bit_length()), dtype=np.uint8)
    pairs = room[: joins.frequent(room[:held], INDEX.agreements, table, room)]
    pairs, counts = np.unique(pairs, return_counts=True)
    pairs = pairs[counts >= INDEX.agreements]
    return np.stack([pairs >> np.uint64(32), pairs & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64), room


def _compared(index: StoryIndex, pairs: Int64s, entries: Entries, limits: ClusterLimits) -> Floats:
    """Similarity and containment of pairs (float64, pairs x 2), zero where they are not alike; decided as within a batch."""
    from cleaner.repeats import kernel

    out = np.zeros((len(pairs), 2))
    for low in range(0, len(pairs), limits.pairs):
        some = pairs[low : low + limits.pairs]
        asked, left = np.unique(some[:, 0], return_inverse=True)
        rows, right = np.unique(some[:, 1], return_inverse=True)
        texts = entries.shelf.take(entries.numbers[asked].tolist()) + take_texts(index.path, index.stories, rows.tolist())
        sketches, ends = sketch_texts(texts, limits)
        figures = np.empty((len(some), 4))
        kernel.compare_pairs(sketches, ends, np.stack([left, right + len(asked)], axis=1), limits.opening_letters, figures)
        sizes = np.diff(ends)
        for place in np.flatnonzero(accepted(figures, limits)).tolist():
            one, other = figures[place, 0], figures[place, 1]
            alike = similarity(one, other, int(sizes[left[place]]), int(sizes[right[place] + len(asked)]))
            out[low + place] = alike, max(one, other)
    return out
