"""Rows of our own output as Parquet tables of text columns, and back: equal rows are equal files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec

from cleaner.config import STREAM


class _Rows:
    """Takes rows as JSON lines and writes them as row groups."""

    def __init__(self, writer: Any, columns: Sequence[str]) -> None:
        self._writer = writer
        self._columns = columns
        self._held: list[dict[str, str]] = []

    def write(self, row: bytes, /) -> None:
        """Take a row."""
        self._held.append(msgspec.json.decode(row))
        if len(self._held) == STREAM.written_rows:
            self.flush()

    def flush(self) -> None:
        """Write what is held as a row group. Raises ValueError for a field that no column is for: nothing is left out in silence."""
        strange = sorted({name for row in self._held for name in row if name not in self._columns})
        if strange:
            raise ValueError(f"no column for {', '.join(strange)}")
        if self._held:
            import pyarrow

            columns = {name: [row.get(name) for row in self._held] for name in self._columns}
            self._writer.write_table(pyarrow.table(columns, schema=self._writer.schema))
        self._held = []


@contextlib.contextmanager
def table_rows(stream: IO[bytes], columns: Sequence[str]) -> Iterator[_Rows]:
    """Write rows (JSON lines of texts) to a stream as a Parquet table of these columns, packed with zstd; a field that a row has not is null."""
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    schema = pyarrow.schema([(name, pyarrow.string()) for name in columns])
    with ParquetWriter(stream, schema, compression="zstd", store_schema=False) as writer:
        rows = _Rows(writer, columns)
        yield rows
        rows.flush()


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """The rows of such a table, without the fields that are null."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=STREAM.parquet_rows):
            yield from ({name: value for name, value in row.items() if value is not None} for row in batch.to_pylist())
