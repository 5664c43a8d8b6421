"""The two reductions of a run: what the batch knows about each page, and which core stories are one. A worker does them, like any step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from cleaner.config import RUN
from cleaner.engine.crew import NOWHERE, Care, Pulse
from cleaner.engine.restore import read_rows
from cleaner.engine.steps import Job, work_file
from cleaner.engine.tables import PageTable, load_pages, renamed, store_table
from cleaner.engine.workfiles import dump, load
from cleaner.io.discover import distinct_id
from cleaner.model import Duplicates, Evidence, Group
from cleaner.repeats.clusters import CoreSummary, group_cores, summarise_text
from cleaner.repeats.ownership import gather

EVIDENCE = ".evidence"  # in the output folder: what finished shards tell later ones
_FINISHED = 1 << 40  # characters added to the length of a story that an earlier run kept: it stays the keeper


def evidence_file(output: Path, number: int) -> Path:
    """Where a finished run keeps the page table of a shard."""
    return output / EVIDENCE / f"pages-{number:05d}"


def gather_shards(job: Job, finished: Sequence[int], fresh: Sequence[int], _care: Care, pulse: Pulse) -> int:
    """Reduce 1: give every page its own id, gather what the batch knows of each, leave it beside the pages of each fresh shard.

    Pages of `finished` shards speak, but get no evidence. Returns the number of all pages.
    """
    pulse.beat(NOWHERE)
    pages = _name_pages(job, finished, fresh)
    named = [*(evidence_file(job.output, number) for number in finished), *(work_file(job.work, "named", number) for number in fresh)]
    if job.options.alone:
        known: Iterator[Evidence | None] = iter([None] * pages)
    elif pages < RUN.large_batch:
        known = iter(gather([page for path in named for page in load_pages(path).pages()]))
    else:
        from cleaner.engine.evidence import gather_on_disk

        known = gather_on_disk(named, job.work / "spill")
    for path in named[: len(finished)]:
        for _ in load_pages(path).ids:
            next(known)
    for number, path in zip(fresh, named[len(finished) :], strict=True):
        dump(work_file(job.work, "evidence", number), _rows(load_pages(path), known))
    return pages


def _name_pages(job: Job, finished: Sequence[int], fresh: Sequence[int]) -> int:
    """Write the tables of fresh shards again with ids that are distinct in the whole batch; returns the number of pages."""
    taken: set[str] = set()
    pages = 0
    for number in finished:
        taken.update(load_pages(evidence_file(job.output, number)).ids)
    for number in fresh:
        table = load_pages(work_file(job.work, "summaries", number))
        store_table(work_file(job.work, "named", number), renamed(table, [distinct_id(wanted, taken) for wanted in table.ids]))
        pages += len(table.ids)
    return pages + sum(len(load_pages(evidence_file(job.output, number)).ids) for number in finished)


def _rows(table: PageTable, known: Iterator[Evidence | None]) -> Iterator[tuple[str, Evidence | None]]:
    """One (id, evidence) for each record of a shard; a record that is no page has neither."""
    ids = iter(table.ids)
    for is_page in table.present.tolist():
        yield (next(ids), next(known)) if is_page else ("", None)


def group_shards(job: Job, finished: Sequence[int], fresh: Sequence[int], _care: Care, pulse: Pulse) -> int:
    """Reduce 2: find near-duplicates among the core stories; leave for each fresh shard which of its records go, and the groups' rows.

    Stories that an earlier run has kept stay, and are the keepers of their groups. Returns the number of groups.
    """
    pulse.beat(NOWHERE)
    groups: tuple[Group, ...] = ()
    if job.options.duplicates is not Duplicates.OFF:
        cores = [core for number in fresh for core in load(work_file(job.work, "cores", number))]
        kept = [core for number in finished for core in _kept_cores(job.output, number)]
        groups = _grown(job.output, group_cores([*kept, *cores]), {core.id for core in kept})
    drops = {member.id: group.keeper for group in groups for member in group.members} if job.options.duplicates is Duplicates.DROP else {}
    for number in fresh:
        ids = load_pages(work_file(job.work, "named", number)).ids
        dump(work_file(job.work, "keepers", number), [{one: drops[one] for one in ids if one in drops}])
    dump(job.work / "groups", map(_group_row, groups))
    return len(groups)


def _kept_cores(output: Path, number: int) -> Iterator[CoreSummary]:
    for path in sorted((output / "core").glob(f"part-{number:05d}.jsonl*")):
        for row in read_rows(path):
            core = summarise_text(row["id"], row["text"], row.get("published", ""))
            yield replace(core, length=core.length + _FINISHED)


def _grown(output: Path, groups: Iterable[Group], kept: set[str]) -> tuple[Group, ...]:
    """The groups of earlier runs, with the members that have come since."""
    path = output / "groups.jsonl"
    old = {row["keeper"]: msgspec.convert(row, Group) for row in read_rows(path)} if kept and path.is_file() else {}
    for group in groups:
        members = {member.id: member for member in group.members if member.id not in kept}
        if group.keeper in old:
            members |= {member.id: member for member in old[group.keeper].members}
        if members:
            old[group.keeper] = Group(group.keeper, tuple(members[name] for name in sorted(members)))
    return tuple(old[name] for name in sorted(old))


def _group_row(group: Group) -> dict[str, Any]:
    members = [{"id": one.id, "similarity": round(one.similarity, 4), "containment": round(one.containment, 4)} for one in group.members]
    return {"keeper": group.keeper, "members": members}
