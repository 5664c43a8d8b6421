"""Read Parquet with pyarrow: row group by row group, only the columns that are needed; a damaged row group costs itself."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from io import BufferedReader
from typing import IO, Any, BinaryIO

from cleaner.config import STREAM, FieldNames
from cleaner.errors import InputError, MissingExtra
from cleaner.io.discover import Source
from cleaner.io.limits import Fault, unpacked
from cleaner.io.read_jsonl import METADATA, Row, make_record
from cleaner.model import Origin, Record, Rejected
from cleaner.text.decode import decode

PARQUET = b"PAR1"  # how a file begins
_OTHERS = ("lang", "host", "site")


def read_parquet(source: Source, opened: BufferedReader, names: FieldNames, first: int = 0, behind: int = -1) -> Iterator[Record | Rejected]:
    """A record for each row of the row groups `[first, behind)` (-1: to the last); record n is row n of the file.

    A file without a usable text column is one rejected record. Raises MissingExtra.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtra("Parquet needs pyarrow: pip install 'cleaner[arrow]'") from error
    from pyarrow.parquet import ParquetFile

    with contextlib.ExitStack() as stack:
        stream: IO[bytes] = opened
        fault = None
        if not opened.peek(len(PARQUET)).startswith(PARQUET):  # packed as a whole
            spool = stack.enter_context(tempfile.TemporaryFile())
            fault, stream = _spooled(unpacked(opened, source.name), spool), spool
        try:
            file = None if fault else ParquetFile(stream, memory_map=False)
            columns = _columns(file.schema_arrow, names) if file else []
        except (pyarrow.ArrowException, OSError, InputError) as error:
            fault = Fault(str(error) if isinstance(error, InputError) else f"damaged: {error}")
        if fault or file is None:
            stream.seek(0)
            yield Rejected(Origin(source.name, 1), fault.reason if fault else "", source.name, raw=stream.read(STREAM.kept_raw))
            return
        for group in range(first, file.num_row_groups if behind < 0 else behind):
            yield from _group(file, group, columns, source, names)


def _spooled(pieces: Iterable[bytes | Fault], stream: BinaryIO) -> Fault | None:
    """The file unpacked on disk: Parquet is read from its end. Returns what stands in the way."""
    size = 0
    for piece in pieces:
        if isinstance(piece, Fault):
            return piece
        size += len(piece)
        if size > STREAM.spool_bytes:
            return Fault(f"too_large: more than {STREAM.spool_bytes} bytes of Parquet in one file")
        stream.write(piece)
    stream.seek(0)
    return None


def _columns(schema: Any, names: FieldNames) -> list[str]:
    """The columns to read. Raises InputError where none holds text or HTML."""
    from pyarrow import types

    content = [name for name in (names.text, names.html) if name in schema.names]
    if not content:
        raise InputError(f"missing field {names.text} (columns: {', '.join(schema.names)})")
    kinds = {name: schema.field(name).type for name in content}
    kinds = {name: kind.value_type if types.is_dictionary(kind) else kind for name, kind in kinds.items()}
    tests = (types.is_string, types.is_large_string, types.is_string_view, types.is_binary, types.is_large_binary, types.is_null)
    if not any(test(kind) for kind in kinds.values() for test in tests):
        told = ", ".join(f"{name} is {kind}" for name, kind in kinds.items())
        raise InputError(f"field {told}, need string")
    wanted = [*content, names.id, names.url, names.site, *_OTHERS, *(key for keys in METADATA.values() for key in keys)]
    return [name for name in dict.fromkeys(wanted) if name in schema.names]


def _group(file: Any, group: int, columns: list[str], source: Source, names: FieldNames) -> Iterator[Record | Rejected]:
    import pyarrow

    number = sum(file.metadata.row_group(before).num_rows for before in range(group))
    try:
        for batch in file.iter_batches(batch_size=STREAM.parquet_rows, row_groups=[group], columns=columns, use_threads=False):
            for at in range(batch.num_rows):
                number += 1
                yield _record({name: batch.column(name)[at].as_py() for name in columns}, Origin(source.name, number), source, names)
    except (pyarrow.ArrowException, OSError) as error:
        yield Rejected(Origin(source.name, number + 1), f"damaged: {error}; the rest of row group {group} was not read", source.name)


def _record(row: dict[str, Any], origin: Origin, source: Source, names: FieldNames) -> Record | Rejected:
    notes: tuple[str, ...] = ()
    for name in (names.text, names.html):
        value = row.get(name)
        if isinstance(value, bytes):
            try:
                decoded = decode(value)
                if decoded.encoding != "utf-8" and not any(char.isalnum() for char in decoded.text):
                    raise InputError(f"undecodable: no letters in {decoded.encoding}")
            except InputError as error:
                return Rejected(origin, str(error), str(row.get(names.id) or f"{source.name}#{origin.record}"), raw=value[: STREAM.kept_raw])
            row[name], notes = decoded.text, notes + decoded.notes
    raw = row.get(names.text) or row.get(names.html) or ""
    return make_record(Row(origin, row, str(raw)[: STREAM.kept_raw].encode("utf-8", "replace"), notes), source, names)
