"""The index of stories on disk between batches: immutable sorted runs, a manifest that names them, one writer at a time.

What the manifest names is whole; what it does not name was left by a writer that was killed, and goes when the next one comes. A story's
id stands in an index once: to add it again changes nothing, so an interrupted `add` is simply repeated.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from cleaner.config import CLUSTERS, INDEX, ClusterLimits
from cleaner.errors import RefusedError
from cleaner.model import Bools, Uint64s
from cleaner.repeats.clusters import CoreSummary, accepted, similarity, sketch_texts, word_hashes
from cleaner.repeats.runs import Entries, band_keys, column, disk_errors, merge_runs, name_hashes, take_texts, write_run, write_whole
from cleaner.repeats.signature import SPEC, Int64s, SignatureSpec, Uint32s, read_texts, sign

FORMAT = 1
MANIFEST = "index.json"
_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an index: its folder's name and the number of its stories."""

    name: str
    stories: int


@dataclass(frozen=True, slots=True)
class StoryIndex:
    """An index as its manifest describes it; nothing of it is loaded. `next` numbers the next run."""

    path: Path
    spec: SignatureSpec
    runs: tuple[Run, ...] = ()
    next: int = 1

    @property
    def stories(self) -> int:
        """The number of stories in all runs."""
        return sum(run.stories for run in self.runs)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The story of an index that one asked for repeats: its id and date, how alike they are."""

    id: str
    published: str
    similarity: float
    containment: float


def create_index(path: Path, spec: SignatureSpec = SPEC) -> StoryIndex:
    """Make an empty index. Raises RefusedError where the folder holds anything."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise RefusedError(f"{path}: is there already and not empty; choose another folder, or `cleaner index add` to the index in it")
    with disk_errors(path):
        path.mkdir(parents=True, exist_ok=True)
    index = StoryIndex(path, spec)
    _commit(index)
    return index


def open_index(path: Path, spec: SignatureSpec = SPEC) -> StoryIndex:
    """Open an index: read its manifest. Raises RefusedError where there is none, or one of another spec."""
    file = path / MANIFEST
    try:
        row = msgspec.json.decode(file.read_bytes())
        found, runs = SignatureSpec(**row["spec"]), tuple(Run(**run) for run in row["runs"])
        if row["format"] != FORMAT:
            raise RefusedError(f"{path}: is an index of format {row['format']}, this version reads {FORMAT}; build it anew")
        index = StoryIndex(path, found, runs, row["next"])
    except FileNotFoundError as error:
        raise RefusedError(f"{path}: holds no index; make one with `cleaner index build`") from error
    except (ValueError, TypeError, KeyError) as error:
        raise RefusedError(f"{file}: is no manifest of an index ({error}); restore it or build the index anew") from error
    spec.check(index.spec, str(path))
    return index


def _commit(index: StoryIndex) -> None:
    row = {"format": FORMAT, "spec": asdict(index.spec), "runs": [asdict(run) for run in index.runs], "next": index.next}
    write_whole(index.path / MANIFEST, msgspec.json.format(msgspec.json.encode(row), indent=1) + b"\n")


@contextlib.contextmanager
def writing(path: Path, spec: SignatureSpec = SPEC) -> Iterator[StoryIndex]:
    """Hold an index for writing; what a killed writer left goes. The lock falls with the process. Raises RefusedError where another writes."""
    index = open_index(path, spec)
    with disk_errors(path), open(path / _LOCK, "a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise RefusedError(f"{path}: {lock.read().strip() or 'another process'} is writing to this index; wait until it has ended") from error
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on {socket.gethostname()}")
        lock.flush()
        index = open_index(path, spec)
        named = {run.name for run in index.runs}
        for left in path.glob("*run-*"):
            if left.name not in named:
                shutil.rmtree(left)
        yield index


def entries_of(stories: Iterable[CoreSummary], spec: SignatureSpec = SPEC, size: int = INDEX.batch) -> Iterator[Entries]:
    """Stories signed and ready for an index, a batch at a time; those without words are left out."""
    batch: list[CoreSummary] = []
    for story in stories:
        batch.append(story)
        if len(batch) == size:
            yield _entries(batch, spec)
            batch = []
    if batch:
        yield _entries(batch, spec)


def _entries(batch: Sequence[CoreSummary], spec: SignatureSpec) -> Entries:
    texts = [story.text for story in batch]
    values, hashes = np.empty((len(batch), spec.permutations), dtype=np.uint32), np.empty(len(batch), dtype=np.uint64)
    sizes = np.empty(len(batch), dtype=np.uint32)
    for low in range(0, len(batch), 128):
        readings = read_texts(texts[low : low + 128])
        part = sign(readings, spec)
        values[low : low + 128], sizes[low : low + 128], hashes[low : low + 128] = part.values, part.sizes, word_hashes(readings)
    packed = [text.encode("utf-8", "surrogatepass") for text in texts]
    entries = Entries([story.id for story in batch], [story.published for story in batch], packed, hashes, replace(part, values=values, sizes=sizes))
    return _chosen(entries, np.flatnonzero(hashes != 0))


def _chosen(entries: Entries, rows: Int64s) -> Entries:
    if len(rows) == len(entries.ids):
        return entries
    signed = replace(entries.signatures, values=entries.signatures.values[rows], sizes=entries.signatures.sizes[rows])
    ids, published = ([column[row] for row in rows.tolist()] for column in (entries.ids, entries.published))
    return Entries(ids, published, [entries.texts[row] for row in rows.tolist()], entries.hashes[rows], signed)


def add_entries(index: StoryIndex, entries: Entries) -> StoryIndex:
    """Add a batch as a run; ids the index has, and second copies of an id in the batch, are left out. Needs the lock of `writing`."""
    names = name_hashes(entries.ids)
    fresh = np.zeros(len(names), dtype=np.bool_)
    fresh[np.unique(names, return_index=True)[1]] = True
    for run in index.runs:
        fresh &= ~_contains(column(index.path / run.name, "names", run.stories), names)
    entries = _chosen(entries, np.flatnonzero(fresh))
    if not len(entries.ids):
        return index
    run = Run(f"run-{index.next:06d}", len(entries.ids))
    _placed(index, run.name, lambda folder: write_run(folder, entries))
    index = replace(index, runs=(*index.runs, run), next=index.next + 1)
    _commit(index)
    return _tiered(index)


def _contains(ordered: Uint64s, wanted: Uint64s) -> Bools:
    places = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return np.asarray(ordered[places] == wanted)


def _placed(index: StoryIndex, name: str, write: Callable[[Path], None]) -> None:
    """Write a run beside its place and move it there whole."""
    temporary = index.path / f".{name}"
    with disk_errors(temporary):
        write(temporary)
        os.replace(temporary, index.path / name)


def _tiered(index: StoryIndex) -> StoryIndex:
    """Merge the newest runs where `INDEX.tier` of them are about of one size, so that there are never many."""
    while len(index.runs) >= INDEX.tier and index.runs[-INDEX.tier].stories < INDEX.tier * index.runs[-1].stories:
        index = merge_last(index, INDEX.tier)
    return index


def merge_last(index: StoryIndex, count: int) -> StoryIndex:
    """Merge the newest `count` runs into one. Needs the lock of `writing`."""
    old = index.runs[-count:]
    if len(old) < 2:
        return index
    run = Run(f"run-{index.next:06d}", sum(one.stories for one in old))
    _placed(index, run.name, lambda folder: merge_runs(folder, [(index.path / one.name, one.stories) for one in old]))
    index = replace(index, runs=(*index.runs[:-count], run), next=index.next + 1)
    _commit(index)
    for one in old:
        shutil.rmtree(index.path / one.name)
    return index


def copy_in(index: StoryIndex, other: StoryIndex) -> StoryIndex:
    """Add all stories of another index of the same spec, built elsewhere. Needs the lock of `writing` on the first."""
    index.spec.check(other.spec, str(other.path))
    for run in other.runs:
        for low in range(0, run.stories, INDEX.batch):
            rows = range(low, min(low + INDEX.batch, run.stories))
            ids, published, texts = (take_texts(other.path / run.name, name, run.stories, rows) for name in ("ids", "published", "texts"))
            stories = (CoreSummary(*row) for row in zip(ids, texts, map(len, texts), published, strict=True))
            for entries in entries_of(stories, index.spec):
                index = add_entries(index, entries)
    return index


def query_entries(index: StoryIndex, entries: Entries, limits: ClusterLimits = CLUSTERS) -> list[Earlier | None]:
    """For each story the one of the index that it repeats most, None where there is none.

    The most contained first, then the most similar, the earliest date, the smallest id: the same answer for the same stories, however
    they were added.
    """
    best: list[Earlier | None] = [None] * len(entries.ids)
    proposed = propose(index, entries.signatures.values)
    last = 0
    for run in index.runs:
        folder, first, last = index.path / run.name, last, last + run.stories
        near = proposed[(proposed[:, 1] >= first) & (proposed[:, 1] < last)] - np.array([0, first])
        exact = _others(folder, run.stories, _equal(folder, run.stories, entries.hashes), entries)
        near = near[~np.isin(near[:, 0], exact[:, 0])]
        near = _others(folder, run.stories, near, entries)
        figures = np.concatenate([np.ones((len(exact), 2)), _compared(folder, run.stories, near, entries, limits)])
        pairs = np.concatenate([exact, near])[figures[:, 1] > 0]
        figures = figures[figures[:, 1] > 0]
        rows = pairs[:, 1].tolist()
        ids, dates = (take_texts(folder, name, run.stories, rows) for name in ("ids", "published"))
        for number, id, date, (jaccard, contained) in zip(pairs[:, 0].tolist(), ids, dates, figures.tolist(), strict=True):
            found = Earlier(id, date, round(jaccard, 4), round(contained, 4))
            held = best[number]
            if held is None or _better(found) < _better(held):
                best[number] = found
    return best


def _others(folder: Path, stories: int, pairs: Int64s, entries: Entries) -> Int64s:
    """The pairs whose row is not the very story that is asked for: its own entry must not hide its copies."""
    names = take_texts(folder, "ids", stories, pairs[:, 1].tolist())
    other = [name != entries.ids[number] for name, number in zip(names, pairs[:, 0].tolist(), strict=True)]
    return pairs[np.array(other, dtype=np.bool_)]


def _better(one: Earlier) -> tuple[float, float, bool, str, str]:
    return -one.containment, -one.similarity, not one.published, one.published, one.id


def _equal(folder: Path, stories: int, hashes: Uint64s) -> Int64s:
    """Pairs (number asked, row) of stories with equal words."""
    ordered = column(folder, "hashes", stories)
    low, high = np.searchsorted(ordered, hashes), np.searchsorted(ordered, hashes, side="right")
    asked = np.repeat(np.arange(len(hashes)), high - low)
    rows = np.arange(int((high - low).sum())) - np.repeat(np.cumsum(high - low) - (high - low), high - low) + np.repeat(low, high - low)
    return np.stack([asked, np.asarray(column(folder, "hash_rows", stories))[rows].astype(np.int64)], axis=1)


def propose(index: StoryIndex, values: Uint32s) -> Int64s:
    """Pairs (number asked, row counted through all runs; int64, pairs x 2) that agree in enough of the values looked up.

    A band of a run is mapped, read and let go before the next, so that little of the index is ever in memory.
    """
    from cleaner.repeats import joins

    found: list[Uint64s] = []
    room = np.empty(max(1 << 12, 2 * len(values)), dtype=np.uint64)
    for band in range(INDEX.bands):
        asked, first = band_keys(values, band), 0
        for run in index.runs:
            keys = np.asarray(column(index.path / run.name, "bands", run.stories, band))
            count = joins.probe_band(asked, keys, INDEX.bucket, first, room)
            if count < 0:
                room = np.empty(-count, dtype=np.uint64)
                count = joins.probe_band(asked, keys, INDEX.bucket, first, room)
            found.append(room[:count].copy())
            first += run.stories
    pairs = np.concatenate([np.zeros(0, dtype=np.uint64), *found])
    size = 1 << max(12, int(2 * len(pairs)).bit_length())
    pairs = pairs[: joins.frequent(pairs, INDEX.agreements, np.zeros(size, dtype=np.uint8), pairs)]
    pairs, counts = np.unique(pairs, return_counts=True)
    pairs = pairs[counts >= INDEX.agreements]
    return np.stack([pairs >> np.uint64(32), pairs & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)


def _compared(
    folder: Path, stories: int, pairs: Int64s, entries: Entries, limits: ClusterLimits
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Similarity and containment of pairs (float64, pairs x 2), zero where they are not alike; decided as within a batch."""
    from cleaner.repeats import kernel

    out = np.zeros((len(pairs), 2))
    for low in range(0, len(pairs), limits.pairs):
        some = pairs[low : low + limits.pairs]
        asked, left = np.unique(some[:, 0], return_inverse=True)
        rows, right = np.unique(some[:, 1], return_inverse=True)
        texts = [entries.texts[number].decode("utf-8", "surrogatepass") for number in asked.tolist()] + take_texts(
            folder, "texts", stories, rows.tolist()
        )
        sketches, ends = sketch_texts(texts, limits)
        figures = np.empty((len(some), 4))
        kernel.compare_pairs(sketches, ends, np.stack([left, right + len(asked)], axis=1), limits.opening_letters, figures)
        sizes = np.diff(ends)
        for place in np.flatnonzero(accepted(figures, limits)).tolist():
            one, other = figures[place, 0], figures[place, 1]
            alike = similarity(one, other, int(sizes[left[place]]), int(sizes[right[place] + len(asked)]))
            out[low + place] = alike, max(one, other)
    return out
