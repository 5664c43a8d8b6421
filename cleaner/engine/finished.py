"""Read a finished run back page by page: the whole text of every record and what was removed from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cleaner.emit.account import restore_text
from cleaner.engine.restore import core_rows, read_rows, unchanged
from cleaner.errors import BooksError, RefusedError
from cleaner.model import Status
from cleaner.rules.observed import Cut, Finished, Flag


def read_finished(run: Path) -> Iterator[Finished]:
    """The pages of a run's output folder in its own order, quarantined records left out.

    A record's site is the host of its URL, where none was given. Raises RefusedError where the folder holds no finished run,
    BooksError where its parts do not belong together.
    """
    if not (run / "manifest.json").is_file():
        raise RefusedError(f"{run}: no finished run (manifest.json is missing); name the output folder of `cleaner run`")
    for audit in sorted((run / "audit").glob("part-*.jsonl*")):
        with unchanged(audit):
            cores = {row["id"]: row for row in core_rows(run, audit.name)}
            for row in read_rows(audit):
                if row["status"] != Status.QUARANTINED:
                    yield _finished(row, cores.get(row["id"]))


def _finished(row: Mapping[str, Any], core: Mapping[str, Any] | None) -> Finished:
    if row["status"] == Status.KEPT and core is None:
        raise BooksError(f"{row['file']} record {row['record']} ({row['id']}): kept, but not in core/; the output was changed after the run")
    text = restore_text(core["text"] if core else row["core"], row)
    cuts = tuple(Cut(span["start"], span["end"], span["reason"], span["author"], span.get("item", 0)) for span in row["spans"])
    flags = tuple(Flag(flag["author"], flag.get("evidence", "").startswith("guard ")) for flag in row.get("flags", ()))
    known = core or row
    site = known.get("site") or urlsplit(row.get("url", "")).hostname or ""
    return Finished(row["id"], site, known.get("lang", ""), text, cuts, flags)
