"""Rows of a run's output files, and the way back from them to the original text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from cleaner.emit.metadata import FIELDS
from cleaner.errors import BooksError
from cleaner.model import Item, Label, Reason, Rejected, Result, Status

CORE_COLUMNS = ("id", "text", "title", *FIELDS, "lang", "site", "url", "evidence")  # all that rows of `core_row` can hold, in their order
APPENDED_COLUMNS = ("id", "parent", "title", "text", "reason", "owner")


class SpanRow(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A label in the books, of a removed span with its text; encoded without what is empty."""

    start: int
    end: int
    reason: Reason
    author: str
    evidence: str = ""
    probability: float | None = None
    item: int = 0
    text: str = ""


def core_row(result: Result) -> dict[str, Any]:
    """The record of a kept core story."""
    document = result.document
    row: dict[str, Any] = {"id": document.id, "text": result.core, "title": result.title}
    row |= {name: result.metadata[name] for name in FIELDS if result.metadata.get(name)}
    row |= {name: value for name, value in (("lang", document.lang), ("site", document.site), ("url", document.url)) if value}
    return row | {"evidence": "document" if result.alone else "batch"}


def appended_rows(result: Result) -> list[dict[str, Any]]:
    """The records of the stories and teasers that stood behind or inside the core story; id is `PARENT!n`."""
    return [_appended_row(result.document.id, item) for item in result.items]


def _appended_row(parent: str, item: Item) -> dict[str, Any]:
    row = {"id": f"{parent}!{item.number}", "parent": parent, "title": item.title, "text": item.text, "reason": item.reason.value}
    return row | ({"owner": item.owner} if item.owner else {})


def audit_row(result: Result, status: Status, reason: str = "") -> dict[str, Any]:
    """One record's entry in the books: where it went, every removed span with its text, the sums.

    A dropped record's language, site and core text stand here, because they stand nowhere else. Spans are structs, to be encoded by msgspec.
    """
    document, account = result.document, result.account
    row: dict[str, Any] = {"file": document.origin.file, "record": document.origin.record, "id": document.id}
    row |= {"url": document.url} if document.url else {}
    row |= {"status": status.value} | ({"reason": reason} if reason else {})
    row["books"] = {"total": account.total, "kept": account.kept, "removed": dict(account.removed), "inserted": account.inserted}
    row["spans"] = [_span(label, document.text) for label in result.removed]
    row |= {"inserts": list(result.inserts)} if result.inserts else {}
    row |= {"flags": [_span(label, "") for label in result.flagged]} if result.flagged else {}
    row |= {"guards": list(account.flags)} if account.flags else {}
    row |= {"notes": list(document.notes)} if document.notes else {}
    if status is not Status.DROPPED:
        return row
    return row | {name: value for name, value in (("lang", document.lang), ("site", document.site)) if value} | {"core": result.core}


def _span(label: Label, text: str) -> SpanRow:
    probability = None if label.probability is None else round(label.probability, 3)
    return SpanRow(
        label.start, label.end, label.reason, label.author, label.evidence, probability, label.item, text[label.start : label.end] if text else ""
    )


def rejected_row(rejected: Rejected) -> dict[str, Any]:
    """The books' entry of a record that could not be read."""
    origin = rejected.origin
    row: dict[str, Any] = {"file": origin.file, "record": origin.record, "id": rejected.id}
    row |= {"url": rejected.url} if rejected.url else {}
    return row | {"status": Status.QUARANTINED.value, "reason": rejected.reason} | ({"offset": origin.offset} if origin.offset >= 0 else {})


def restore_text(core: str, row: Mapping[str, Any]) -> str:
    """Put the removed spans of an audit row back into its core text: the document's text before cleaning, exactly.

    Raises BooksError where core and audit do not belong together.
    """
    cuts = [(span["start"], 1, span["end"], span["text"]) for span in row["spans"]]
    cuts += [(at, 0, at, "") for at in row.get("inserts", ())]
    parts: list[str] = []
    position = taken = 0
    for start, is_span, end, text in sorted(cuts):
        parts += [core[taken : taken + start - position], text]
        taken += start - position + (0 if is_span else 1)
        position = end
    restored = "".join([*parts, core[taken:]])
    if len(restored) != row["books"]["total"]:
        raise BooksError(f"{row['file']} record {row['record']} ({row['id']}): {len(restored)} characters restored, {row['books']['total']} expected")
    return restored
