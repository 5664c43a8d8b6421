"""Clean what comes through a pipe: one document, or line by line a stream of them, each document by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from cleaner.config import STREAM, FieldNames, Options
from cleaner.emit.account import core_row
from cleaner.engine.faults import DOCUMENT_FAULTS, RUN_FAULTS
from cleaner.errors import CleanerError, InputError
from cleaner.io.discover import Source
from cleaner.io.read_html import read_html
from cleaner.io.read_jsonl import read_jsonl
from cleaner.io.read_text import read_text
from cleaner.model import Document, Record, Rejected
from cleaner.pipeline import clean, to_document
from cleaner.rules.compile import Ruleset

STDIN = Source("-", "-")
_PAGE = re.compile(rb"\s*(<!doctype html|<html|<head|<body)", re.IGNORECASE)


def read_document(raw: bytes, site: str = "") -> Document:
    """The document in some bytes: HTML if they open like a page, else text. Raises InputError where there is none."""
    reader = read_html if _PAGE.match(raw.removeprefix(b"\xef\xbb\xbf")) else read_text
    record = next(iter(reader(replace(STDIN, site=site), [raw])))
    document = to_document(record) if isinstance(record, Record) else record
    if isinstance(document, Rejected):
        raise InputError(f"standard input: {document.reason}")
    return document


def pieces_of(stream: BinaryIO) -> Iterator[bytes]:
    """What a pipe has to give, at most a line at a time, so that nobody waits for the line behind it."""
    return iter(lambda: stream.readline(STREAM.chunk_bytes), b"")


def clean_lines(pieces: Iterable[bytes], ruleset: Ruleset, options: Options, names: FieldNames) -> Iterator[dict[str, Any]]:
    """A row for each JSON line that is not blank, in order and at once: the core story's record, or `{id, error}`."""
    for record in read_jsonl(STDIN, pieces, names):
        yield _answer(record, ruleset, options)


def _answer(record: Record | Rejected, ruleset: Ruleset, options: Options) -> dict[str, Any]:
    if isinstance(record, Rejected):
        return {"id": record.id or f"{record.origin.file}#{record.origin.record}", "error": record.reason}
    try:
        document = to_document(record)
        if isinstance(document, Rejected):
            return {"id": record.id, "error": document.reason}
        return core_row(clean(document, ruleset, options))
    except RUN_FAULTS:
        raise
    except DOCUMENT_FAULTS as error:
        return {"id": record.id, "error": str(error) if isinstance(error, CleanerError) else f"{type(error).__name__}: {error}"}
