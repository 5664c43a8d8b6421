"""Write output files that are whole or not there: temporary name in the same folder, fsync, rename; the same bytes every time."""

from __future__ import annotations

import contextlib
import gzip
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from cleaner.errors import OutputError, RefusedError

COMPRESSIONS = {"": "", "none": "", "gz": ".gz", "zst": ".zst"}
_TEMPORARY = ".tmp"


def suffix_of(compress: str) -> str:
    """The suffix of a compression's name (none, gz, zst); raises RefusedError for another."""
    if compress not in COMPRESSIONS:
        raise RefusedError(f"compression {compress!r} is unknown; choose one of {', '.join(filter(None, COMPRESSIONS))}")
    return COMPRESSIONS[compress]


@contextlib.contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors into OutputError with the path they happened at."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        told = f"{error.filename or path}: cannot be written ({error.strerror or error})"
        raise OutputError(f"{told}; make room or choose another output folder") from error


def make_folder(path: Path) -> None:
    """Make a folder and those above it. Raises OutputError."""
    with output_errors(path):
        path.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to that takes its final name when the block ends well, and leaves nothing when it does not."""
    temporary = path.with_name(f".{path.name}{_TEMPORARY}")
    with output_errors(path):
        try:
            with open(temporary, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, path)
            _sync_folder(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _sync_folder(folder: Path) -> None:
    """Make a rename in this folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def encode_row(row: Mapping[str, Any]) -> bytes:
    """One JSON line in UTF-8, keys in the order given."""
    return msgspec.json.encode(row) + b"\n"


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as one plain JSONL file, atomically. Raises OutputError."""
    with atomic_file(path) as stream:
        stream.writelines(map(encode_row, rows))


@contextlib.contextmanager
def part_files(output: Path, name: str, compress: str) -> Iterator[tuple[Callable[[str, Mapping[str, Any]], None], list[tuple[str, int]]]]:
    """Write rows to part files of several folders side by side: gives a function of folder and row, and a list for the names and sizes.

    A file is made with its first row; all get their final names when the block ends well, none otherwise; then the list is filled. Raises
    OutputError.
    """
    streams: dict[str, IO[bytes]] = {}
    parts: list[tuple[str, int]] = []
    file = f"{name}.jsonl{suffix_of(compress)}"
    with contextlib.ExitStack() as stack:

        def write(folder: str, row: Mapping[str, Any]) -> None:
            path = output / folder / file
            with output_errors(path):
                if folder not in streams:
                    streams[folder] = stack.enter_context(_packed(stack.enter_context(atomic_file(path)), compress))
                streams[folder].write(encode_row(row))

        yield write, parts
    parts += [(f"{folder}/{file}", (output / folder / file).stat().st_size) for folder in sorted(streams)]


@contextlib.contextmanager
def _packed(stream: IO[bytes], compress: str) -> Iterator[IO[bytes]]:
    if suffix_of(compress) == ".gz":
        # No name and no time in the header, so that equal content gives equal files.
        with gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0) as out:
            yield cast("IO[bytes]", out)
    elif suffix_of(compress) == ".zst":
        import zstandard

        with zstandard.ZstdCompressor().stream_writer(stream, closefd=False) as packed:
            yield cast("IO[bytes]", packed)
    else:
        yield stream


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write one JSON document, indented for readers, atomically. Raises OutputError."""
    with atomic_file(path) as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")
