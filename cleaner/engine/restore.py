"""Give back what a run was given: the exact text of every record, from its output and its audit, part by part."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from cleaner.emit.account import restore_text
from cleaner.errors import BooksError, CleanerError, RefusedError
from cleaner.io.limits import Fault, cut_lines, unpacked
from cleaner.io.parquet import read_table
from cleaner.io.writer import make_folder, write_rows
from cleaner.model import Status

_ANY_LENGTH = 1 << 62  # bytes of a line: rows of our own output have no bound


@dataclass(frozen=True, slots=True)
class Restored:
    """How many records were given back, and how many the run never held as text (quarantined)."""

    records: int
    quarantined: int


def restore_run(finished: Path, output: Path) -> Restored:
    """Write `output/part-*.jsonl` with rows `{id, text}`, one part for each part of the audit.

    Raises RefusedError where `finished` holds no finished run or `output` holds one, BooksError where output and audit do not belong together.
    """
    if not (finished / "manifest.json").is_file():
        raise RefusedError(f"{finished}: no finished run (manifest.json is missing); name the output folder of `cleaner run`")
    if (output / "manifest.json").exists():
        raise RefusedError(f"{output}: holds a run of its own; choose another folder")
    make_folder(output)
    records = quarantined = 0
    for audit in sorted((finished / "audit").glob("part-*.jsonl*")):
        with unchanged(audit):
            rows = list(read_rows(audit))
            texts = [row for row in rows if row["status"] != Status.QUARANTINED]
            cores = {row["id"]: row["text"] for row in core_rows(finished, audit.name)}
            write_rows(output / f"{audit.name.split('.')[0]}.jsonl", ({"id": row["id"], "text": _text(row, cores)} for row in texts))
            records, quarantined = records + len(texts), quarantined + len(rows) - len(texts)
    return Restored(records, quarantined)


@contextlib.contextmanager
def unchanged(part: Path) -> Iterator[None]:
    """Turn what rows raise that no run has written into BooksError with the part they stand in."""
    try:
        yield
    except CleanerError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        told = f"{type(error).__name__}: {error}"
        raise BooksError(f"{part}: a row is not as a run writes it ({told}); the output was changed after the run") from error


def _text(row: Mapping[str, Any], cores: Mapping[str, str]) -> str:
    """A dropped record's core stands in the audit itself, a kept one's in the part of the same name."""
    if row["status"] == Status.KEPT and row["id"] not in cores:
        raise BooksError(f"{row['file']} record {row['record']} ({row['id']}): kept, but not in core/; the output was changed after the run")
    return restore_text(cores[row["id"]] if row["status"] == Status.KEPT else row["core"], row)


def core_rows(run: Path, part: str) -> Iterator[Any]:
    """The rows of the core stories that belong to a part of the audit (its name, or that before the first dot), whatever their format."""
    for path in sorted((run / "core").glob(f"{part.split('.')[0]}.*")):
        yield from read_table(path) if path.suffix == ".parquet" else read_rows(path)


def read_rows(path: Path) -> Iterator[Any]:
    """The rows of an output part, packed or not. Raises BooksError where it is damaged."""
    with open(path, "rb") as stream:
        for line in cut_lines(unpacked(stream, path.name), _ANY_LENGTH):
            if isinstance(line, Fault):
                raise BooksError(f"{path}: {line.reason}; the output was changed after the run")
            yield msgspec.json.decode(line.raw)
