"""What an index holds on disk: texts that are only ever added to, and runs, folders of sorted arrays that are written once; both are mapped,
not loaded.
"""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from cleaner.config import INDEX
from cleaner.errors import InputError, OutputError
from cleaner.model import Uint64s
from cleaner.repeats.shelf import Packer, Shelf
from cleaner.repeats.signature import Int64s, Signatures, Uint32s
from cleaner.text.fold import code_points

_COLUMNS = {"bands": np.uint64, "hashes": np.uint64, "hash_rows": np.uint32, "ids": np.uint64}
_SHARE = 16  # keys of a band in a share of it, about; two of its cache lines
TEXTS = ("names", "texts")  # of each story its id and date, and its text


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Stories to be added or asked for: ids, dates (ISO 8601, empty unknown), the hashes of their words (uint64), signatures.

    The text of a story lies on the shelf under its number (int64).
    """

    ids: Sequence[str]
    published: Sequence[str]
    shelf: Shelf
    numbers: Int64s
    hashes: Uint64s
    signatures: Signatures


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an index: its folder's name, the number of its first story and how many there are."""

    name: str
    first: int
    stories: int


def name_hashes(names: Sequence[str]) -> Uint64s:
    """One hash for each id (uint64)."""
    from cleaner.repeats import kernel

    ends = np.zeros(len(names) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, names), dtype=np.int64, count=len(names)), out=ends[1:])
    out = np.empty(len(names), dtype=np.uint64)
    kernel.hash_rows(code_points("".join(names)).astype(np.uint64), ends, out)
    return out


def keys_by_band(values: Uint32s, first: int = 0) -> Uint64s:
    """The sorted keys of each band of a signature matrix (uint64, bands x rows): a value's key above the number of its row, from `first` on."""
    from cleaner.repeats import joins

    keys = np.empty((INDEX.bands, len(values)), dtype=np.uint64)
    joins.keys_by_band(values, first, keys)
    keys.sort(axis=1)
    return keys


def write_run(folder: Path, entries: Entries, names: Uint64s, first: int) -> None:
    """Write entries as a run: the arrays of its columns, each a file without a header. `names`: the hashes of the ids."""
    folder.mkdir()
    _write_bands(folder, keys_by_band(entries.signatures.values, first))
    order = np.argsort(entries.hashes)
    entries.hashes[order].tofile(folder / "hashes")
    (order + first).astype(np.uint32).tofile(folder / "hash_rows")
    np.sort(names).tofile(folder / "ids")
    sync_folder(folder)


def _write_bands(folder: Path, bands: Iterable[Uint64s]) -> None:
    """Write sorted keys band by band, and where each share of them begins."""
    from cleaner.repeats import joins

    with open(folder / "bands", "wb") as stream, open(folder / "starts", "wb") as beginnings:
        for keys in bands:
            keys.tofile(stream)
            starts = np.empty(_starts(len(keys)), dtype=np.uint32)
            joins.band_starts(keys, starts)
            starts.tofile(beginnings)


def _starts(stories: int) -> int:
    """The number of shares into which the keys of a band are parted, and one."""
    return (1 << max(0, stories // _SHARE).bit_length()) + 1


def merge_runs(folder: Path, parts: Sequence[tuple[Path, int]]) -> None:
    """Write several runs (folder, stories) as one; a band or a column is in memory at a time."""
    folder.mkdir()
    _write_bands(folder, _merged_bands(parts))
    hashes, rows, ids = (np.concatenate([column(path, name, stories) for path, stories in parts]) for name in ("hashes", "hash_rows", "ids"))
    order = np.argsort(hashes)
    hashes[order].tofile(folder / "hashes")
    rows[order].tofile(folder / "hash_rows")
    np.sort(ids).tofile(folder / "ids")
    sync_folder(folder)


def _merged_bands(parts: Sequence[tuple[Path, int]]) -> Iterator[Uint64s]:
    """The bands of several runs as one, each in the same memory as the one before."""
    room = np.empty(sum(stories for _, stories in parts), dtype=np.uint64)
    for band in zip(*(bands_of(path, stories) for path, stories in parts), strict=True):
        np.concatenate([keys for keys, _ in band], out=room)
        room.sort()
        yield room


def mapped(path: Path, kind: type, count: int) -> npt.NDArray[Any]:
    """The first `count` values of a file, mapped, not loaded. Raises InputError for a file that is missing or cut short."""
    return np.frombuffer(_map(path, count * np.dtype(kind).itemsize), dtype=kind)


def _map(path: Path, size: int) -> mmap.mmap:
    try:
        with open(path, "rb") as stream:
            return mmap.mmap(stream.fileno(), size, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: is missing or cut short ({error}); the index is damaged, build it anew") from error


def column(run: Path, name: str, stories: int) -> npt.NDArray[Any]:
    """A column of a run as it lies on disk."""
    return mapped(run / name, _COLUMNS[name], stories)


def bands_of(run: Path, stories: int) -> Iterator[tuple[Uint64s, Uint32s]]:
    """The bands of a run and their starts, each given back to the system before the next, so that memory never holds two."""
    content, size = _map(run / "bands", INDEX.bands * stories * 8), stories * 8
    starts = mapped(run / "starts", np.uint32, INDEX.bands * _starts(stories)).reshape(INDEX.bands, -1)
    for band in range(INDEX.bands):
        yield np.frombuffer(content, dtype=np.uint64, count=stories, offset=band * size), starts[band]
        low = band * size // mmap.PAGESIZE * mmap.PAGESIZE
        content.madvise(mmap.MADV_DONTNEED, low, (band + 1) * size - low)


def append_texts(folder: Path, entries: Entries, stories: int, sizes: Sequence[int]) -> tuple[int, ...]:
    """Write the names and texts of entries behind those of the `stories` there are (`sizes`: bytes of each column); gives the new sizes."""
    names = list(map(msgspec.json.encode, zip(entries.ids, entries.published, strict=True)))
    columns = ([(b"".join(names), np.fromiter(map(len, names), np.int64, len(names)))], entries.shelf.contents(entries.numbers))
    return tuple(_append(folder / name, pieces, stories, size) for name, pieces, size in zip(TEXTS, columns, sizes, strict=True))


def _append(path: Path, pieces: Iterable[tuple[bytes, Int64s]], stories: int, size: int) -> int:
    """Write pieces (bytes, lengths of the texts in them) behind the first `size` bytes of a file, and where each text ends; what was there goes."""
    lengths = [np.zeros(0, dtype=np.int64)]
    with open(path, "r+b" if path.exists() else "w+b") as stream:
        stream.seek(size)
        for content, sizes in pieces:
            stream.write(content)
            lengths.append(sizes)
        stream.truncate()
    ends = np.cumsum(np.concatenate(lengths)) + size
    path = path.with_suffix(".ends")
    with open(path, "r+b" if path.exists() else "w+b") as stream:
        stream.seek(stories * 8)
        stream.write(ends.tobytes())
        stream.truncate()
    return int(ends[-1]) if len(ends) else size


def take_names(folder: Path, stories: int, rows: Sequence[int]) -> list[tuple[str, str]]:
    """The ids and dates of some stories."""
    return [(id, published) for id, published in (msgspec.json.decode(content) for content in _contents(folder / "names", stories, rows))]


def take_texts(folder: Path, stories: int, rows: Sequence[int]) -> list[str]:
    """The texts of some stories."""
    packer = Packer(packed=True)
    return [packer.unpack(content) for content in _contents(folder / "texts", stories, rows)]


def _contents(path: Path, stories: int, rows: Sequence[int]) -> Iterator[bytes]:
    if not rows:
        return
    ends = mapped(path.with_suffix(".ends"), np.int64, stories)
    places = np.array(rows, dtype=np.int64)
    starts = np.where(places > 0, ends[places - 1], 0)
    with open(path, "rb") as stream:  # read, not mapped: a mapped page of a text holds its neighbours in memory too
        for start, end in zip(starts.tolist(), ends[places].tolist(), strict=True):
            yield os.pread(stream.fileno(), end - start, start)


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors into OutputError with the path they happened at."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{error.filename or path}: cannot be written ({error.strerror or error}); make room or choose another folder") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file that takes its name when it is whole."""
    temporary = path.with_name(f".{path.name}.tmp")
    with disk_errors(path):
        temporary.write_bytes(content)
        sync([temporary])
        os.replace(temporary, path)
        sync([path.parent])


def sync_folder(folder: Path) -> None:
    """Make a folder and the files in it last through a power cut."""
    sync([*(path for path in folder.iterdir() if path.is_file()), folder])


def sync(paths: Iterable[Path]) -> None:
    """Make files and folders last through a power cut."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
