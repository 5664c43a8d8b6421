"""A record on its way out: its rows as they will stand in the output, made once where the result is, so that writing only copies bytes."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from cleaner.emit.account import appended_rows, audit_row, core_row, rejected_row
from cleaner.io.writer import encode_row
from cleaner.model import Rejected, Result, Status
from cleaner.text.fold import fold_text


@dataclass(frozen=True, slots=True)
class Leaving:
    """One record: input file, id, where it goes, and its JSON lines.

    `content` is the line of the core story or of the quarantine, empty for a dropped record; `fault` what the user is told of a quarantined one.
    """

    file: str
    id: str
    status: Status
    audit: bytes
    content: bytes = b""
    appended: tuple[bytes, ...] = ()
    fault: str = ""


def leaving(result: Result | Rejected) -> Leaving:
    """The rows of a result, or of what is there in its place."""
    if isinstance(result, Rejected):
        row = rejected_row(result)
        raw = base64.b64encode(result.raw).decode("ascii")
        return Leaving(result.origin.file, result.id, Status.QUARANTINED, encode_row(row), encode_row(row | {"raw": raw}), (), fault_line(result))
    document = result.document
    reason = "" if _has_words(result.core) else _why_empty(result)
    appended = tuple(encode_row(row) for row in appended_rows(result))
    if reason:
        return Leaving(document.origin.file, document.id, Status.DROPPED, encode_row(audit_row(result, Status.DROPPED, reason)), b"", appended)
    content, audit = encode_row(core_row(result)), encode_row(audit_row(result, Status.KEPT))
    return Leaving(document.origin.file, document.id, Status.KEPT, audit, content, appended)


def as_duplicate(kept: Leaving, keeper: str) -> Leaving:
    """The same record, dropped for a story it repeats. Its text, language and site move to the audit, its appended stories are left to its keeper."""
    row: dict[str, Any] = {}
    for name, value in msgspec.json.decode(kept.audit).items():
        row |= {"status": Status.DROPPED, "reason": f"duplicate of {keeper}"} if name == "status" else {name: value}
    story = msgspec.json.decode(kept.content)
    row |= {name: story[name] for name in ("lang", "site") if name in story} | {"core": story["text"]}
    return replace(kept, status=Status.DROPPED, audit=encode_row(row), content=b"", appended=())


def _has_words(core: str) -> bool:
    return any(char.isalnum() for char in core) or bool(fold_text(core).strip())


def _why_empty(result: Result) -> str:
    """`empty`, or `emptied by rule R` with the author that took most of it."""
    taken: dict[str, int] = {}
    for label in result.removed:
        if fold_text(result.document.text[label.start : label.end]).strip():
            taken[label.author] = taken.get(label.author, 0) + label.end - label.start
    return f"emptied by rule {max(sorted(taken), key=lambda author: taken[author])}" if taken else "empty"


def fault_line(rejected: Rejected) -> str:
    """One line on a quarantined record for the user: file, record, id, reason; control characters escaped."""
    name = f" ({rejected.id})" if rejected.id and rejected.id != rejected.origin.file else ""
    line = f"{rejected.origin.file} record {rejected.origin.record}{name}: {rejected.reason}"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in line)
