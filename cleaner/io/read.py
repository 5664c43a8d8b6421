"""Open an input and read its records, whatever its format: the one door from files to records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from itertools import chain
from typing import Any

from cleaner.config import STREAM, FieldNames
from cleaner.io.discover import Source
from cleaner.io.limits import Fault, Stretch, as_utf8, cut_lines, unpacked
from cleaner.io.read_csv import read_csv
from cleaner.io.read_html import read_html
from cleaner.io.read_jsonl import is_jsonl, read_jsonl
from cleaner.io.read_parquet import PARQUET, read_parquet
from cleaner.io.read_text import read_text
from cleaner.io.read_warc import read_warc
from cleaner.model import Origin, Record, Rejected
from cleaner.text.decode import marked_encoding, utf16_encoding

_PAGE = re.compile(rb"\s*(<!doctype html|<html|<head|<body|<\?xml[^>]*>\s*<(!doctype )?html)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a source, cut between records: bytes `[start, end)` (end -1: to the end), first line or record number `line`.

    `offset` is that of the first byte when all before it is unpacked. Of a Parquet file `start` and `end` are row groups.
    """

    source: Source
    start: int = 0
    end: int = -1
    line: int = 1
    offset: int = 0


def read_records(span: Span, names: FieldNames) -> Iterator[Record | Rejected]:
    """The records of a source or of a part of one, in order, lazily; a file that cannot be opened or read on is one rejected record."""
    source = span.source
    try:
        with open(source.path, "rb") as stream:
            yield from _by_kind(span, stream, names)
    except OSError as error:
        yield Rejected(Origin(source.name, span.line), f"unreadable: {error.strerror}", source.name)


def _part(stream: BufferedReader, start: int, end: int) -> Iterator[bytes]:
    stream.seek(start)
    while start < end:
        piece = stream.read(min(STREAM.chunk_bytes, end - start))
        if not piece:
            return
        start += len(piece)
        yield piece


def _by_kind(span: Span, stream: BufferedReader, names: FieldNames) -> Iterator[Record | Rejected]:
    source = span.source
    if source.kind == "parquet":
        return read_parquet(source, stream, names, span.start, span.end)
    if source.kind == "jsonl":
        pieces = unpacked(stream, source.name) if span.end < 0 else _part(stream, span.start, span.end)
        return read_jsonl(source, _utf8_lines(pieces), names, span.line, span.start)
    if source.kind == "warc":
        part: Any = stream if span.end < 0 else BufferedReader(Stretch(stream, span.start, span.end))
        return read_warc(source, unpacked(part, source.name), names, span.line, span.offset)
    pieces = unpacked(stream, source.name)
    if source.kind == "csv":
        return read_csv(source, _utf8_lines(pieces), names)
    return read_html(source, pieces) if source.kind == "html" else read_text(source, pieces)


def _utf8_lines(pieces: Iterator[bytes | Fault]) -> Iterator[bytes | Fault]:
    """The same content; UTF-16 and UTF-32 turned to UTF-8, because there a line feed is no single byte."""
    first = next(pieces, b"")
    rest = chain([first], pieces)
    if isinstance(first, Fault):
        return rest
    encoding = marked_encoding(first) or utf16_encoding(first)
    return rest if encoding in ("", "utf-8") else as_utf8(rest, encoding)


def sniff_kind(source: Source) -> str:
    """The format of a file whose name does not tell: HTML by its opening, JSONL if every line is an object, else text."""
    try:
        with open(source.path, "rb") as stream:
            pieces = unpacked(stream, source.name)
            first = next(pieces, b"")
            marked = "" if isinstance(first, Fault) else kind_by_marks(first)
            if marked:
                return marked
            if isinstance(first, Fault) or _PAGE.match(first):
                return "text" if isinstance(first, Fault) else "html"
            return "jsonl" if is_jsonl(cut_lines(_utf8_lines(chain([first], pieces)))) else "text"
    except OSError:
        return "text"


def kind_by_marks(head: bytes) -> str:
    """The format that the first bytes of a file name beyond doubt, whatever its name says; empty if none.

    >>> kind_by_marks(b"WARC/1.0\\r\\n"), kind_by_marks(b"{}")
    ('warc', '')
    """
    return "parquet" if head.startswith(PARQUET) else "warc" if head.startswith((b"WARC/1.", b"WARC/0.")) else ""


def marked_kind(source: Source) -> str:
    """The format of a file by its marks, else by its name."""
    try:
        with open(source.path, "rb") as stream:
            first = next(unpacked(stream, source.name), b"")
            return (kind_by_marks(first) if isinstance(first, bytes) else "") or source.kind
    except OSError:
        return source.kind
