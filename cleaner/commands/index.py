"""The commands `cleaner index ...`: stories kept on disk between batches, to ask whether a new one is known."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cleaner.commands.terminal import QUARANTINE, write_data
from cleaner.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cleaner.repeats.runs import Entries

index_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keep stories on disk between batches and find copies of them.")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the index.")]
Inputs = Annotated[list[str], typer.Argument(metavar="INPUT...", help="Stories: files, folders, globs (OUT/core of a run), or -.")]
Others = Annotated[list[Path] | None, typer.Argument(metavar="[OTHER...]", help="Indexes built elsewhere.")]
TextField = Annotated[str, typer.Option(metavar="NAME", help="JSONL field that holds the text.")]
IdField = Annotated[str, typer.Option(metavar="NAME", help="JSONL field that holds the id.")]


@index_app.command("build")
def index_build(path: Folder, inputs: Inputs, text_field: TextField = "text", id_field: IdField = "id") -> None:
    """Make an index from stories; the folder must be empty or not there."""
    from cleaner.repeats.index import create_index

    create_index(path)
    _add(path, inputs, text_field, id_field)


@index_app.command("add")
def index_add(path: Folder, inputs: Inputs, text_field: TextField = "text", id_field: IdField = "id") -> None:
    """Add stories to an index; ids it has are left as they are, so an interrupted command is simply repeated."""
    _add(path, inputs, text_field, id_field)


@index_app.command("query")
def index_query(path: Folder, inputs: Inputs, text_field: TextField = "text", id_field: IdField = "id") -> None:
    """Print a JSON line for each story that the index knows: {id, duplicate_of, published, similarity, containment}."""
    from cleaner.config import INDEX
    from cleaner.repeats.index import open_index
    from cleaner.repeats.known import query_entries

    index, faults, asked, known = open_index(path), list[str](), 0, 0
    for entries in _entries(inputs, text_field, id_field, faults, INDEX.asked, packed=False):
        for name, found in zip(entries.ids, query_entries(index, entries), strict=True):
            asked += 1
            if found:
                known += 1
                row: dict[str, Any] = {"id": name, "duplicate_of": found.id, "published": found.published}
                row |= {"similarity": found.similarity, "containment": found.containment}
                write_data(json.dumps(row, ensure_ascii=False) + "\n")
    _tell([f"{asked} stories asked for, {known} known"], faults)


@index_app.command("merge")
def index_merge(
    path: Folder, others: Annotated[list[Path] | None, typer.Argument(metavar="OTHER...", help="Indexes built elsewhere.")] = None
) -> None:
    """Take the stories of other indexes in, then make one run of all."""
    from cleaner.repeats.index import commit, copy_in, merge_last, open_index, writing

    found = [open_index(other) for other in others or []]
    with writing(path) as index:
        for other in found:
            if other.path.resolve() == path.resolve():
                raise RefusedError(f"{path}: cannot be merged into itself; name another index")
            index = copy_in(index, other)
        index = commit(merge_last(index, len(index.runs)))
    _tell([f"{index.stories} stories in {len(index.runs)} runs"], [])


@index_app.command("info")
def index_info(path: Folder) -> None:
    """Print what an index holds, as JSON: stories, runs, batches, bytes on disk, spec of its signatures."""
    from dataclasses import asdict

    from cleaner.repeats.index import open_index

    index = open_index(path)
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    row: dict[str, Any] = {"stories": index.stories, "bytes": size, "bytes_a_story": round(size / max(1, index.stories))}
    row |= {"runs": [asdict(run) for run in index.runs], "batches": len(index.batches), "spec": asdict(index.spec)}
    write_data(json.dumps(row, indent=1) + "\n")


def _add(path: Path, inputs: Sequence[str], text_field: str, id_field: str) -> None:
    from cleaner.config import INDEX
    from cleaner.repeats.index import add_entries, commit, settled, writing

    faults: list[str] = []
    read = 0
    with writing(path) as index:
        before = index.stories
        for entries in _entries(inputs, text_field, id_field, faults, INDEX.batch, packed=True):
            read += len(entries.ids)
            index = commit(add_entries(index, entries))
        index = commit(settled(index))
    _tell([f"{read} stories read, {index.stories - before} added, {index.stories} in {path}"], faults)


def _entries(inputs: Sequence[str], text_field: str, id_field: str, faults: list[str], size: int, *, packed: bool) -> Iterator[Entries]:
    from cleaner.config import FieldNames
    from cleaner.engine.stories import read_stories, sources_of, summaries_of
    from cleaner.repeats.index import entries_of

    with sources_of(inputs) as sources:
        yield from entries_of(summaries_of(read_stories(sources, FieldNames(text=text_field, id=id_field), faults)), size=size, packed=packed)


def _tell(lines: list[str], faults: list[str]) -> None:
    print("\n".join([*(f"quarantined {fault}" for fault in faults), *lines]), file=sys.stderr)
    if faults:
        raise typer.Exit(QUARANTINE)
