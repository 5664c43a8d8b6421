"""The index of stories on disk between batches: immutable sorted runs, texts that are only added to, a manifest that says what counts.

What the manifest names is whole; what it does not name was left by a writer that was killed, and goes when the next one comes. A story's
id stands in an index once: to add it again changes nothing, so an interrupted `add` is simply repeated.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from cleaner.config import INDEX, SIGNATURE
from cleaner.errors import RefusedError
from cleaner.model import Bools, Uint64s
from cleaner.repeats.clusters import CoreSummary, word_hashes
from cleaner.repeats.runs import (
    TEXTS,
    Entries,
    Run,
    append_texts,
    column,
    disk_errors,
    merge_runs,
    name_hashes,
    sync,
    take_names,
    take_texts,
    write_run,
    write_whole,
)  # fmt: skip
from cleaner.repeats.shelf import Shelf
from cleaner.repeats.signature import SPEC, Desk, Int64s, Signatures, SignatureSpec, read_texts, sign

FORMAT = 2
MANIFEST = "index.json"
_LOCK = ".lock"
_ORPHANS_SECONDS = 3.0  # workers of a killed writer hold its lock until the system has ended them


@dataclass(frozen=True, slots=True)
class Batch:
    """What one `cleaner run` has put in: its key, its stories `[first, behind)`, the folder of its page tables in the index."""

    key: str
    first: int
    behind: int
    pages: str


@dataclass(frozen=True, slots=True)
class StoryIndex:
    """An index as its manifest describes it; nothing of it is loaded. `sizes`: bytes of names and texts; `next` numbers the next run."""

    path: Path
    spec: SignatureSpec
    runs: tuple[Run, ...] = ()
    batches: tuple[Batch, ...] = ()
    sizes: tuple[int, ...] = (0, 0)
    next: int = 1

    @property
    def stories(self) -> int:
        """The number of stories in all runs."""
        return sum(run.stories for run in self.runs)


def create_index(path: Path, spec: SignatureSpec = SPEC) -> StoryIndex:
    """Make an empty index. Raises RefusedError where the folder holds anything."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise RefusedError(f"{path}: is there already and not empty; choose another folder, or `cleaner index add` to the index in it")
    with disk_errors(path):
        path.mkdir(parents=True, exist_ok=True)
    return commit(StoryIndex(path, spec))


def open_index(path: Path, spec: SignatureSpec = SPEC) -> StoryIndex:
    """Open an index: read its manifest. Raises RefusedError where there is none, or one of another spec."""
    file = path / MANIFEST
    try:
        row = msgspec.json.decode(file.read_bytes())
        if row["format"] != FORMAT:
            raise RefusedError(f"{path}: is an index of format {row['format']}, this version reads {FORMAT}; build it anew")
        runs, batches = tuple(Run(**run) for run in row["runs"]), tuple(Batch(**batch) for batch in row["batches"])
        index = StoryIndex(path, SignatureSpec(**row["spec"]), runs, batches, tuple(row["sizes"]), row["next"])
    except FileNotFoundError as error:
        raise RefusedError(f"{path}: holds no index; make one with `cleaner index build`") from error
    except RefusedError:
        raise
    except (ValueError, TypeError, KeyError) as error:
        raise RefusedError(f"{file}: is no manifest of an index ({error}); restore it or build the index anew") from error
    spec.check(index.spec, str(path))
    return index


def commit(index: StoryIndex) -> StoryIndex:
    """Make what the index says count from now on, for good; runs it no longer names go. Needs the lock of `writing`."""
    with disk_errors(index.path):
        sync(path for name in TEXTS for path in index.path.glob(f"{name}*"))
    rows = {"runs": [asdict(run) for run in index.runs], "batches": [asdict(batch) for batch in index.batches]}
    row = {"format": FORMAT, "spec": asdict(index.spec), **rows, "sizes": index.sizes, "next": index.next}
    write_whole(index.path / MANIFEST, msgspec.json.format(msgspec.json.encode(row), indent=1) + b"\n")
    sweep(index)
    return index


def sweep(index: StoryIndex) -> None:
    """Take away runs and page tables that the manifest does not name. Needs the lock of `writing`."""
    named = {run.name for run in index.runs} | {batch.pages for batch in index.batches}
    for left in (*index.path.glob("*run-*"), *index.path.glob("*pages-*")):
        if left.name not in named:
            shutil.rmtree(left)


@contextlib.contextmanager
def writing(path: Path, spec: SignatureSpec = SPEC) -> Iterator[StoryIndex]:
    """Hold an index for writing; what a killed writer left goes. The lock falls with the process. Raises RefusedError where another writes."""
    open_index(path, spec)
    with disk_errors(path), open(path / _LOCK, "a+", encoding="utf-8") as lock:
        _take(path, lock.fileno())
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on {socket.gethostname()}")
        lock.flush()
        index = open_index(path, spec)
        sweep(index)
        yield index


def _take(path: Path, lock: int) -> None:
    until = time.monotonic() + _ORPHANS_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            holder = os.pread(lock, 1_000, 0).decode("utf-8", "replace")
            if _is_gone(holder) and time.monotonic() < until:
                time.sleep(0.05)
                continue
            raise RefusedError(f"{path}: {holder or 'another process'} is writing to this index; wait until it has ended") from error


def _is_gone(holder: str) -> bool:
    """Whether the process that a lock names was one of this machine and has ended."""
    _, number, _, host = (*holder.split(), "", "", "", "")[:4]
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def entries_of(stories: Iterable[CoreSummary], spec: SignatureSpec = SPEC, size: int = INDEX.batch, *, packed: bool = True) -> Iterator[Entries]:
    """Stories signed and ready for an index, a batch at a time; those without words are left out. To be added, they must be `packed`."""
    batch: list[CoreSummary] = []
    signing = _Signing(spec, packed=packed)
    for story in stories:
        batch.append(story)
        if len(batch) == SIGNATURE.batch_texts or len(signing) + len(batch) == size:
            signing.take(batch)
            batch = []
        if len(signing) >= size:
            yield signing.entries()
            signing = _Signing(spec, packed=packed)
    signing.take(batch)
    if len(signing):
        yield signing.entries()


class _Signing:
    """Entries as they grow; texts go to a shelf at once."""

    __slots__ = ("_desk", "_hashes", "_ids", "_numbers", "_published", "_shelf", "_spec", "_values")

    def __init__(self, spec: SignatureSpec, *, packed: bool) -> None:
        self._spec, self._shelf, self._desk = spec, Shelf(packed=packed), Desk()
        self._ids: list[str] = []
        self._published: list[str] = []
        self._hashes = [np.zeros(0, dtype=np.uint64)]
        self._values = [np.zeros((0, spec.permutations), dtype=np.uint32)]

    def __len__(self) -> int:
        return len(self._ids)

    def take(self, batch: Sequence[CoreSummary]) -> None:
        """Sign some stories; those without words are left out."""
        readings = read_texts([story.text for story in batch], self._desk)
        hashes, values = word_hashes(readings), sign(readings, self._spec).values
        kept = hashes != 0
        self._hashes.append(hashes[kept])
        self._values.append(values[kept])
        for story, wanted in zip(batch, kept.tolist(), strict=True):
            if wanted:
                self._ids.append(story.id)
                self._published.append(story.published)
                self._shelf.put(story.text)

    def entries(self) -> Entries:
        """What was signed."""
        signed = Signatures(self._spec, np.concatenate(self._values))
        return Entries(self._ids, self._published, self._shelf, np.arange(len(self._ids)), np.concatenate(self._hashes), signed)


def _chosen(entries: Entries, rows: Int64s) -> Entries:
    if len(rows) == len(entries.ids):
        return entries
    ids, published = ([column[row] for row in rows.tolist()] for column in (entries.ids, entries.published))
    signed = replace(entries.signatures, values=entries.signatures.values[rows])
    return Entries(ids, published, entries.shelf, entries.numbers[rows], entries.hashes[rows], signed)


def add_entries(index: StoryIndex, entries: Entries, *, anew: bool = False) -> StoryIndex:
    """Add a batch as a run, which counts when it is committed; needs the lock of `writing`.

    Ids the index has, and second copies of an id in the batch, are left out; `anew` adds all of them.
    """
    names = name_hashes(entries.ids)
    if not anew:
        fresh = np.flatnonzero(_unknown(index, names))
        entries, names = _chosen(entries, fresh), names[fresh]
    if not len(entries.ids):
        return index
    run = Run(f"run-{index.next:06d}", index.stories, len(entries.ids))
    with disk_errors(index.path):
        write_run(index.path / run.name, entries, names, run.first)
        sizes = append_texts(index.path, entries, run.first, index.sizes)
    return _tiered(replace(index, runs=(*index.runs, run), sizes=sizes, next=index.next + 1))


def _unknown(index: StoryIndex, names: Uint64s) -> Bools:
    """Which of these ids (their hashes) stand nowhere in the index and not before in the batch."""
    ordered, places = np.unique(names, return_index=True)
    fresh = np.ones(len(ordered), dtype=np.bool_)
    for run in index.runs:
        held = column(index.path / run.name, "ids", run.stories)
        fresh &= held[np.minimum(np.searchsorted(held, ordered), len(held) - 1)] != ordered
    out = np.zeros(len(names), dtype=np.bool_)
    out[places[fresh]] = True
    return out


def _tiered(index: StoryIndex) -> StoryIndex:
    """Merge the newest runs where `INDEX.tier` of them are about of one size, so that there are never many."""
    while len(index.runs) >= INDEX.tier and index.runs[-INDEX.tier].stories < INDEX.tier * index.runs[-1].stories:
        index = merge_last(index, INDEX.tier)
    return index


def settled(index: StoryIndex) -> StoryIndex:
    """The newest runs merged into one as far as they are no small part of those before, so that questions meet few runs; to be committed."""
    count, stories = min(1, len(index.runs)), index.runs[-1].stories if index.runs else 0
    while count < len(index.runs) and index.runs[-count - 1].stories <= INDEX.settle * stories:
        count, stories = count + 1, stories + index.runs[-count - 1].stories
    return merge_last(index, count)


def merge_last(index: StoryIndex, count: int) -> StoryIndex:
    """Merge the newest `count` runs into one, which counts when it is committed. Needs the lock of `writing`."""
    if count < 2:
        return index
    old = index.runs[-count:]
    run = Run(f"run-{index.next:06d}", old[0].first, sum(one.stories for one in old))
    with disk_errors(index.path):
        merge_runs(index.path / run.name, [(index.path / one.name, one.stories) for one in old])
    return replace(index, runs=(*index.runs[:-count], run), next=index.next + 1)


def copy_in(index: StoryIndex, other: StoryIndex) -> StoryIndex:
    """Add all stories and batches of another index of the same spec, built elsewhere. Needs the lock of `writing` on the first."""
    index.spec.check(other.spec, str(other.path))
    at = 0
    for batch in (*other.batches, Batch("", other.stories, other.stories, "")):
        index = _copied(index, other, range(at, batch.first))
        first = index.stories
        if batch.key and all(one.key != batch.key for one in index.batches):
            index = _copied(index, other, range(batch.first, batch.behind))
            index = add_batch(index, batch.key, first, other.path / batch.pages)
        at = batch.behind
    return index


def _copied(index: StoryIndex, other: StoryIndex, rows: range) -> StoryIndex:
    for low in range(rows.start, rows.stop, INDEX.batch):
        some = rows[low - rows.start : low - rows.start + INDEX.batch]
        names, texts = take_names(other.path, other.stories, some), take_texts(other.path, other.stories, some)
        stories = (CoreSummary(id, text, len(text), published) for (id, published), text in zip(names, texts, strict=True))
        for entries in entries_of(stories, index.spec):
            index = commit(add_entries(index, entries))
    return index


def add_batch(index: StoryIndex, key: str, first: int, pages: Path) -> StoryIndex:
    """Enter the stories from `first` on as a batch, and copy the folder of its page tables in; it counts when it is committed."""
    name = f"pages-{index.next:06d}"
    with disk_errors(index.path):
        shutil.copytree(pages, index.path / name)
        sync([*(index.path / name).iterdir(), index.path / name])
    return replace(index, batches=(*index.batches, Batch(key, first, index.stories, name)), next=index.next + 1)
