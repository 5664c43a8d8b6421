"""The runs of an index: folders of sorted arrays that are written once and never changed; reading opens them without loading them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cleaner.config import INDEX
from cleaner.errors import InputError, OutputError
from cleaner.model import Uint64s
from cleaner.repeats.signature import Int64s, Signatures, Uint32s
from cleaner.text.fold import code_points

_PARTS = {"bands": np.uint64, "hashes": np.uint64, "hash_rows": np.uint32, "names": np.uint64, "lengths": np.int64}
_TEXTS = ("ids", "published", "texts")


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Stories to be added or asked for: ids, dates (ISO 8601, empty unknown), texts in UTF-8, and the hashes of their words (uint64)."""

    ids: Sequence[str]
    published: Sequence[str]
    texts: Sequence[bytes]
    hashes: Uint64s
    signatures: Signatures


def name_hashes(names: Sequence[str]) -> Uint64s:
    """One hash for each id (uint64)."""
    from cleaner.repeats import kernel

    ends = np.zeros(len(names) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, names), dtype=np.int64, count=len(names)), out=ends[1:])
    out = np.empty(len(names), dtype=np.uint64)
    kernel.hash_rows(code_points("".join(names)).astype(np.uint64), ends, out)
    return out


def band_keys(values: Uint32s, band: int) -> Uint64s:
    """The sorted keys of one band of a signature matrix (uint64): a value's key above the number of its row."""
    from cleaner.repeats import joins

    keys = np.empty(len(values), dtype=np.uint64)
    joins.band_keys(values, band, 1, keys)
    keys.sort()
    return keys


def write_run(folder: Path, entries: Entries) -> None:
    """Write entries as a run: the arrays of its columns, each a file without a header."""
    folder.mkdir()
    with open(folder / "bands", "wb") as stream:
        for band in range(INDEX.bands):
            band_keys(entries.signatures.values, band).tofile(stream)
    order = np.argsort(entries.hashes, kind="stable")
    entries.hashes[order].tofile(folder / "hashes")
    order.astype(np.uint32).tofile(folder / "hash_rows")
    np.sort(name_hashes(entries.ids)).tofile(folder / "names")
    np.fromiter(map(len, entries.texts), dtype=np.int64, count=len(entries.texts)).tofile(folder / "lengths")
    for name, strings in (("ids", entries.ids), ("published", entries.published)):
        _write_texts(folder / name, [string.encode("utf-8", "surrogatepass") for string in strings])
    _write_texts(folder / "texts", entries.texts)
    sync_folder(folder)


def _write_texts(path: Path, packed: Sequence[bytes]) -> None:
    ends = np.zeros(len(packed) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, packed), dtype=np.int64, count=len(packed)), out=ends[1:])
    ends.tofile(path.with_suffix(".ends"))
    with open(path, "wb") as stream:
        stream.writelines(packed)


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
        os.replace(temporary, path)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a folder and the files in it last through a power cut."""
    for path in [*(path for path in folder.iterdir() if path.is_file()), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def merge_runs(folder: Path, runs: Sequence[tuple[Path, int]]) -> None:
    """Write several runs (folder, stories) as one; a band or a column is in memory at a time, texts a piece at a time."""
    folder.mkdir()
    firsts = np.cumsum([0] + [stories for _, stories in runs])[:-1].tolist()
    with open(folder / "bands", "wb") as stream:
        for band in range(INDEX.bands):
            keys = [column(path, "bands", stories, band) + np.uint64(first) for (path, stories), first in zip(runs, firsts, strict=True)]
            np.sort(np.concatenate(keys)).tofile(stream)
    rows = [column(path, "hash_rows", stories).astype(np.int64) + first for (path, stories), first in zip(runs, firsts, strict=True)]
    hashes = np.concatenate([column(path, "hashes", stories) for path, stories in runs])
    order = np.argsort(hashes, kind="stable")
    hashes[order].tofile(folder / "hashes")
    np.concatenate(rows)[order].astype(np.uint32).tofile(folder / "hash_rows")
    np.sort(np.concatenate([column(path, "names", stories) for path, stories in runs])).tofile(folder / "names")
    np.concatenate([column(path, "lengths", stories) for path, stories in runs]).tofile(folder / "lengths")
    for name in _TEXTS:
        _join_texts(folder / name, [(path / name, stories) for path, stories in runs])
    sync_folder(folder)


def _join_texts(path: Path, parts: Sequence[tuple[Path, int]]) -> None:
    ends, total = [np.zeros(1, dtype=np.int64)], 0
    with open(path, "wb") as out:
        for part, stories in parts:
            own = np.fromfile(part.with_suffix(".ends"), dtype=np.int64, count=stories + 1)
            ends.append(own[1:] + total)
            total += int(own[-1])
            with open(part, "rb") as stream:
                while piece := stream.read(1 << 22):
                    out.write(piece)
    np.concatenate(ends).tofile(path.with_suffix(".ends"))


def column(run: Path, name: str, stories: int, band: int = 0) -> npt.NDArray[Any]:
    """A column of a run as it lies on disk, mapped, not loaded; of `bands` the band asked for. Raises InputError for a file cut short."""
    kind = np.dtype(_PARTS[name])
    try:
        return np.memmap(run / name, dtype=kind, mode="r", offset=band * stories * kind.itemsize, shape=(stories,))
    except (OSError, ValueError) as error:
        raise InputError(f"{run / name}: is missing or cut short ({error}); the index is damaged, build it anew") from error


def take_texts(run: Path, name: str, stories: int, rows: Iterable[int]) -> list[str]:
    """The texts of some rows of a text column (ids, published, texts)."""
    out = []
    ends: Int64s = np.memmap((run / name).with_suffix(".ends"), dtype=np.int64, mode="r", shape=(stories + 1,))
    with open(run / name, "rb") as stream:
        for row in rows:
            stream.seek(int(ends[row]))
            out.append(stream.read(int(ends[row + 1] - ends[row])).decode("utf-8", "surrogatepass"))
    return out
