"""Read CSV and TSV: rows cut by bytes first, so that an open quote or a bad row costs itself and not the rows behind it."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from cleaner.config import READ, STREAM, FieldNames
from cleaner.errors import InputError
from cleaner.io.discover import Source
from cleaner.io.limits import Fault, Line, cut_lines
from cleaner.io.read_jsonl import Row, make_record
from cleaner.model import Origin, Record, Rejected
from cleaner.text.decode import decode

_BOM = b"\xef\xbb\xbf"
_DELIMITERS = b",;\t|"


@dataclass(frozen=True, slots=True)
class Table:
    """What the first row says: the names of the columns and the byte between them."""

    columns: tuple[str, ...]
    delimiter: str


class _Lines:
    """Lines that can be given back, so that a row that went wrong is cut again."""

    def __init__(self, lines: Iterable[Line | Fault]) -> None:
        self._lines = iter(lines)
        self._back: deque[Line | Fault] = deque()

    def next(self) -> Line | Fault | None:
        """The next line, None at the end."""
        return self._back.popleft() if self._back else next(self._lines, None)

    def give_back(self, lines: Sequence[Line | Fault]) -> None:
        """Read these again."""
        self._back.extendleft(reversed(lines))


def read_csv(source: Source, pieces: Iterable[bytes | Fault], names: FieldNames) -> Iterator[Record | Rejected]:
    """A record for each row behind the first one, which names the columns; record n is the n-th row behind it."""
    lines = _Lines(cut_lines(pieces))
    table: Table | None = None
    number = 0
    while (first := lines.next()) is not None:
        if isinstance(first, Fault):
            number += 1
            yield Rejected(Origin(source.name, number, first.offset), first.reason, raw=first.raw)
        elif not first.raw.strip() or first.raw == _BOM:
            continue
        elif table is None:
            try:
                table = _table(first)
            except (csv.Error, InputError) as error:
                yield Rejected(Origin(source.name, 1, first.offset), f"broken first row: {error}", source.name, raw=first.raw[: STREAM.kept_raw])
                return
        else:
            number += 1
            row = _row(lines, first, table, Origin(source.name, number, first.offset))
            yield row if isinstance(row, Rejected) else make_record(row, source, names)


def _table(line: Line) -> Table:
    raw = line.raw.removeprefix(_BOM)
    delimiter = max(_DELIMITERS, key=lambda byte: (raw.count(byte), -_DELIMITERS.index(byte)))
    names = next(csv.reader([_text(raw)[0]], delimiter=chr(delimiter), strict=True))
    return Table(tuple(name.strip() for name in names), chr(delimiter))


def _text(raw: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        return raw.decode("utf-8"), ()
    except UnicodeDecodeError:
        decoded = decode(raw)
        return decoded.text, decoded.notes


def _row(lines: _Lines, first: Line, table: Table, origin: Origin) -> Row | Rejected:
    """The row that begins at a line; where it does not come out, the line alone is bad and those behind it are read again."""
    held, size, quotes = [first], len(first.raw), first.raw.count(b'"')
    while quotes % 2 and size <= READ.raw_bytes:
        line = lines.next()
        if not isinstance(line, Line):
            lines.give_back([*held[1:], *([] if line is None else [line])])
            return Rejected(origin, "broken row: a quote is never closed", raw=first.raw[: STREAM.kept_raw])
        held.append(line)
        size, quotes = size + len(line.raw) + 1, quotes + line.raw.count(b'"')
    raw = b"\n".join(line.raw for line in held)
    try:
        text, notes = _text(raw)
        csv.field_size_limit(max(csv.field_size_limit(), READ.raw_bytes))  # the module's own bound would stop at 131,072 characters
        (values,) = csv.reader(StringIO(text, newline=""), delimiter=table.delimiter, strict=True)
    except (csv.Error, ValueError, InputError) as error:
        lines.give_back(held[1:])
        return Rejected(origin, f"broken row: {error}", raw=raw[: STREAM.kept_raw])
    if len(values) != len(table.columns):
        lines.give_back(held[1:])
        told = f"broken row: {len(values)} fields where the first row names {len(table.columns)}"
        return Rejected(origin, told, raw=first.raw[: STREAM.kept_raw])
    return Row(origin, dict(zip(table.columns, values, strict=True)), raw, notes)
