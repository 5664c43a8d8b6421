"""What an index remembers of earlier batches, for a run with `--index`: their pages speak, their stories stay the keepers.

A run is one batch of the index, under a key made of its inputs. It is entered once, all at a time, when the books of the run are closed and
before its manifest says that it is finished. What an earlier run over the same inputs entered is left out, so that a run done again gives
the same output and enters nothing twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cleaner.config import INDEX
from cleaner.engine.crew import NOWHERE, Care, Pulse
from cleaner.engine.plan import Remembered, RunPlan
from cleaner.engine.shards import Survey
from cleaner.engine.steps import CoreText, Job, work_file
from cleaner.engine.tables import PageTable, load_pages, store_pages
from cleaner.engine.workfiles import fetch, load
from cleaner.errors import RefusedError
from cleaner.io.writer import output_errors
from cleaner.model import Bools, Duplicates, Group, Member, Uint64s
from cleaner.repeats.clusters import CoreSummary, summarise_text
from cleaner.repeats.index import StoryIndex, add_batch, add_entries, commit, create_index, entries_of, open_index, settled, sweep, writing
from cleaner.repeats.known import Earlier, query_entries

COPIES = "copies"  # work file: the ids of stories that repeat another, which the index need not hold


@contextlib.contextmanager
def held_index(plan: RunPlan) -> Iterator[StoryIndex | None]:
    """Hold the index of a run, made where there is none, against other writers while the block runs; None for a run without one.

    Raises RefusedError where the folder holds something else, another process writes to it, or stories are not to be compared.
    """
    if plan.index is None:
        yield None
        return
    if plan.options.duplicates is Duplicates.OFF:
        raise RefusedError("--index: compares stories, which --duplicates off forbids; leave one of them out")
    made = not plan.index.exists()
    if made or not any(plan.index.iterdir()):
        create_index(plan.index)
    try:
        with writing(plan.index) as index:
            yield index
    finally:
        if made and not open_index(plan.index).batches:
            shutil.rmtree(plan.index)  # a run that came to nothing leaves nothing behind


def remembered(plan: RunPlan, inputs: Survey, old: Mapping[str, Any] | None) -> Remembered | None:
    """The run's place in its index: the key tells the inputs by name and content."""
    if plan.index is None:
        return None
    finished = {file["name"] for file in old["inputs"]} if old else set()
    fresh = [(file.name, file.sha256) for file in inputs.files if file.name not in finished]
    key = hashlib.sha256(json.dumps([fresh, plan.limit]).encode()).hexdigest()
    before = {generation["index"] for generation in (old["generations"] if old else ()) if "index" in generation}
    return Remembered(plan.index, key, frozenset({key, *before}))


def state_of(index: StoryIndex, own: Container[str]) -> dict[str, Any]:
    """What a run's output depends on, for its manifest: how many stories, of which batches of others, the index holds."""
    others = [batch.key for batch in index.batches if batch.key not in own]
    mine = sum(batch.behind - batch.first for batch in index.batches if batch.key in own)
    digest = hashlib.sha256("\n".join(others).encode()).hexdigest()
    return {"stories": index.stories - mine, "batches": len(others), "sha256": digest}


def earlier_tables(job: Job, finished: Sequence[Path], fresh: Sequence[Path]) -> list[Path]:
    """The page tables of earlier batches, reduced to the pages that can say something of the fresh ones: those of their sites or with their lines.

    An id that a page of this run has too ends in `@index` there.
    """
    if job.index is None:
        return []
    taken, sites, hashes = _traits(finished, fresh)
    found: list[Path] = []
    for batch in open_index(job.index.path).batches:
        if batch.key in job.index.own:
            continue
        for path in sorted((job.index.path / batch.pages).iterdir()):
            table = load_pages(path)
            speaks = _speaking(table, sites, hashes)
            if speaks.any():
                found.append(work_file(job.work, "earlier", len(found)))
                pages = zip(table.pages(), speaks.tolist(), strict=True)
                store_pages(found[-1], [replace(page, id=_apart(page.id, taken)) for page, wanted in pages if wanted])
    return found


def _traits(finished: Sequence[Path], fresh: Sequence[Path]) -> tuple[set[str], set[str], Uint64s]:
    """All ids of a run, and the sites and lines (uint64, sorted) of its fresh pages."""
    taken = {name for path in finished for name in load_pages(path).ids}
    sites, hashes = set[str](), np.zeros(0, dtype=np.uint64)
    for path in fresh:
        table = load_pages(path)
        taken.update(table.ids)
        sites.update(table.sites)
        hashes = np.union1d(hashes, table.hashes)
    return taken, sites - {""}, hashes[hashes != 0]


def _speaking(table: PageTable, sites: set[str], hashes: Uint64s) -> Bools:
    """Which pages of a table can say something of pages with these sites and lines."""
    edges = np.concatenate([[0], np.cumsum(table.sizes, dtype=np.int64)])
    shared = np.concatenate([[0], np.cumsum(np.isin(table.hashes, hashes))])
    speaking: Bools = (np.diff(shared[edges]) > 0) | np.array([site in sites for site in table.sites], dtype=np.bool_)
    return speaking


def _apart(name: str, taken: set[str]) -> str:
    return f"{name}@index" if name in taken else name


def known_stories(job: Job, cores: Iterable[CoreSummary], taken: set[str]) -> dict[str, Earlier]:
    """The fresh stories that repeat one of an earlier batch, each with that one; `taken` are the ids of this run."""
    if job.index is None:
        return {}
    index = open_index(job.index.path)
    own = [range(batch.first, batch.behind) for batch in index.batches if batch.key in job.index.own]
    known = {}
    for entries in entries_of(cores, size=INDEX.asked, packed=False):
        for name, found in zip(entries.ids, query_entries(index, entries, left_out=own), strict=True):
            if found:
                known[name] = Earlier(_apart(found.id, taken), found.published, found.similarity, found.containment)
    return known


def earlier_groups(known: Mapping[str, Earlier]) -> tuple[Group, ...]:
    """The groups whose keeper is a story of an earlier batch."""
    members: dict[str, list[Member]] = {}
    for name in sorted(known):
        members.setdefault(known[name].id, []).append(Member(name, known[name].similarity, known[name].containment))
    return tuple(Group(keeper, tuple(members[keeper])) for keeper in sorted(members))


def enter_run(job: Job, _finished: Sequence[int], fresh: Sequence[int], _care: Care, pulse: Pulse) -> int:
    """Enter the run in its index as one batch: its page tables, and the stories that repeat none. Returns how many; 0 where it was entered before."""
    pulse.beat(NOWHERE)
    assert job.index is not None
    index = open_index(job.index.path)
    if any(batch.key == job.index.key for batch in index.batches):
        return 0
    sweep(index)
    first = index.stories
    (copies,) = load(job.work / COPIES)
    cores = (core for number in fresh for core in fetch(work_file(job.work, "cores", number), CoreText) if core.id not in copies)
    for entries in entries_of(summarise_text(core.id, core.text, core.published) for core in cores):
        index = add_entries(index, entries, anew=True)
    index = settled(index)
    commit(add_batch(index, job.index.key, first, _page_folder(job, fresh)))
    return index.stories - first


def _page_folder(job: Job, fresh: Sequence[int]) -> Path:
    """The page tables of a run in a folder of their own, ready to be copied."""
    folder = job.work / "entered"
    with output_errors(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for number in fresh:
            shutil.copyfile(work_file(job.work, "named", number), work_file(folder, "pages", number))
    return folder
