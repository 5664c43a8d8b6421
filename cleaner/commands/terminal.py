"""What commands share: flags for rules, data to stdout, documents behind a path. Light to import; what is heavy waits for its use."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cleaner.model import Document

FINDINGS, QUARANTINE = 1, 3  # exit codes that are no errors

RulesFlag = Annotated[
    list[Path],
    typer.Option("--rules", metavar="DIR", default_factory=list, show_default=False, help="Rule files added to the built-in packs (repeatable)."),
]
DisableFlag = Annotated[
    list[str], typer.Option(metavar="PREFIX", default_factory=list, show_default=False, help="Leave out rules whose id starts so (repeatable).")
]


def write_data(data: str) -> None:
    """Print data, in UTF-8 whatever the locale, and let it go at once; a reader who has enough ends the command quietly."""
    try:
        sys.stdout.buffer.write(data.encode("utf-8", "surrogatepass"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is left to say, not even at exit
        raise typer.Exit from None


def read_documents(file: str) -> tuple[list[Document], list[str]]:
    """The documents behind a path, and a message for each record that is none."""
    from cleaner.config import FieldNames
    from cleaner.io.discover import discover
    from cleaner.io.read import Span, read_records
    from cleaner.model import Document, Rejected
    from cleaner.pipeline import to_document

    found = discover([file])
    records = [record for source in found.sources for record in read_records(Span(source), FieldNames())]
    read = [record if isinstance(record, Rejected) else to_document(record) for record in [*found.rejected, *records]]
    faults = [f"{one.origin.file}: record {one.origin.record}: {one.reason}" for one in read if isinstance(one, Rejected)]
    return [one for one in read if isinstance(one, Document)], faults
