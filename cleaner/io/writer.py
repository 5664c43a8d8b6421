"""Write output files that are whole or not there: temporary name in the same folder, fsync, rename; the same bytes every time."""

from __future__ import annotations

import contextlib
import gzip
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol, cast

import msgspec

from cleaner.errors import MissingExtra, OutputError, RefusedError
from cleaner.io.parquet import table_rows

COMPRESSIONS = {"": "", "none": "", "gz": ".gz", "zst": ".zst"}
FORMATS = ("jsonl", "parquet")
_TEMPORARY = ".tmp"
_BUFFER = 1 << 18  # bytes of a file that are written at a time


def suffix_of(compress: str) -> str:
    """The suffix of a compression's name (none, gz, zst); raises RefusedError for another."""
    if compress not in COMPRESSIONS:
        raise RefusedError(f"compression {compress!r} is unknown; choose one of {', '.join(filter(None, COMPRESSIONS))}")
    return COMPRESSIONS[compress]


def check_format(format: str, compress: str) -> None:
    """Refuse what cannot be written. Raises RefusedError, MissingExtra."""
    suffix_of(compress)
    if format not in FORMATS:
        raise RefusedError(f"format {format!r} is unknown; choose one of {', '.join(FORMATS)}")
    if format == "parquet":
        if suffix_of(compress):
            raise RefusedError("Parquet packs its columns itself; leave --compress out, or choose --format jsonl")
        try:
            import pyarrow  # noqa: F401
        except ImportError as error:
            raise MissingExtra("Parquet needs pyarrow: pip install 'cleaner[arrow]'") from error


class Sink(Protocol):
    """Something that takes encoded rows."""

    def write(self, row: bytes, /) -> Any:
        """Take a row."""


@contextlib.contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors into OutputError with the path they happened at."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise _output_error(error, path) from error


def _output_error(error: OSError, path: Path) -> OutputError:
    if isinstance(error, OutputError):
        return error
    told = f"{error.filename or path}: cannot be written ({error.strerror or error})"
    return OutputError(f"{told}; make room or choose another output folder")


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
            with open(temporary, "wb", buffering=_BUFFER) as stream:
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
def part_files(
    output: Path, name: str, compress: str, tables: Mapping[str, Sequence[str]] | None = None
) -> Iterator[tuple[Callable[[str, bytes], None], list[tuple[str, int]]]]:
    """Write rows to part files of several folders side by side: gives a function of folder and encoded row, and a list for the names and sizes.

    `tables` names the columns of folders whose parts are Parquet; all others are JSON lines. A file is made with its first row; all get their
    final names when the block ends well, none otherwise; then the list is filled. Raises OutputError.
    """
    streams: dict[str, Sink] = {}
    parts: list[tuple[str, int]] = []
    columns = tables or {}

    def path_of(folder: str) -> Path:
        return output / folder / (f"{name}.parquet" if folder in columns else f"{name}.jsonl{suffix_of(compress)}")

    with contextlib.ExitStack() as stack:

        def write(folder: str, row: bytes) -> None:
            try:
                if folder not in streams:
                    stream = stack.enter_context(atomic_file(path_of(folder)))
                    streams[folder] = stack.enter_context(_sink(stream, columns.get(folder), compress))
                streams[folder].write(row)
            except OSError as error:
                raise _output_error(error, path_of(folder)) from error

        yield write, parts
    parts += [(f"{folder}/{path_of(folder).name}", path_of(folder).stat().st_size) for folder in sorted(streams)]


def _sink(stream: IO[bytes], columns: Sequence[str] | None, compress: str) -> contextlib.AbstractContextManager[Sink]:
    return table_rows(stream, columns) if columns else _packed(stream, compress)


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
