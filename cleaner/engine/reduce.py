"""The two reductions of a run: what the batch knows about each page, and which core stories are one. A worker does them, like any step."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from cleaner.config import RUN
from cleaner.engine.crew import NOWHERE, Care, Pulse
from cleaner.engine.earlier import COPIES, earlier_groups, earlier_tables, known_stories
from cleaner.engine.restore import core_rows, read_rows
from cleaner.engine.steps import CoreText, Job, work_file
from cleaner.engine.tables import EvidenceTable, evidence_table, load_pages, renamed, store_evidence, store_table
from cleaner.engine.workfiles import dump, fetch
from cleaner.io.discover import distinct_id
from cleaner.model import Duplicates, Group
from cleaner.repeats.clusters import CoreSummary, group_cores, summarise_text
from cleaner.repeats.known import Earlier
from cleaner.repeats.ownership import gather

EVIDENCE = ".evidence"  # in the output folder: what finished shards tell later ones
_FINISHED = 1 << 40  # characters added to the length of a story that an earlier run kept: it stays the keeper


def evidence_file(output: Path, number: int) -> Path:
    """Where a finished run keeps the page table of a shard."""
    return output / EVIDENCE / f"pages-{number:05d}"


def gather_shards(job: Job, finished: Sequence[int], fresh: Sequence[int], _care: Care, pulse: Pulse) -> int:
    """Reduce 1: give every page its own id, gather what the batch knows of each, leave it beside the pages of each fresh shard.

    Pages of `finished` shards, and of earlier batches in the run's index, speak, but get no evidence. Returns the number of all pages.
    """
    pulse.beat(NOWHERE)
    pages = _name_pages(job, finished, fresh)
    before, named = [evidence_file(job.output, number) for number in finished], [work_file(job.work, "named", number) for number in fresh]
    earlier = earlier_tables(job, before, named)
    pages += sum(len(load_pages(path).ids) for path in earlier)
    for number, table in zip(fresh, _known(job, [*earlier, *before, *named], len(earlier) + len(before), pages), strict=True):
        store_evidence(work_file(job.work, "evidence", number), table)
    return pages


def _known(job: Job, named: Sequence[Path], skipped: int, pages: int) -> Iterator[EvidenceTable | None]:
    """The evidence on each table in `named` but the first `skipped`; None for each where pages stand alone."""
    if job.options.alone:
        yield from [None] * (len(named) - skipped)
    elif pages < RUN.large_batch:
        tables = [load_pages(path) for path in named]
        found = iter(gather([page for table in tables for page in table.pages()]))
        for number, table in enumerate(tables):
            mine = list(islice(found, len(table.ids)))
            if number >= skipped:
                yield evidence_table(mine)
    else:
        from cleaner.engine.evidence import gather_on_disk

        yield from gather_on_disk(named, job.work / "spill", skipped)


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


def group_shards(job: Job, finished: Sequence[int], fresh: Sequence[int], _care: Care, pulse: Pulse) -> int:
    """Reduce 2: find near-duplicates among the core stories; leave for each fresh shard which of its records go, and the groups' rows.

    Stories that an earlier run has kept stay, and are the keepers of their groups; so are those of earlier batches in the run's index.
    Returns the number of groups.
    """
    pulse.beat(NOWHERE)
    groups, foreign = _grouped(job, finished, fresh) if job.options.duplicates is not Duplicates.OFF else ((), set[str]())
    copies = {member.id: group.keeper for group in groups for member in group.members}
    drops = copies if job.options.duplicates is Duplicates.DROP else {}
    dump(job.work / COPIES, [set(copies)])
    for number in fresh:
        ids = load_pages(work_file(job.work, "named", number)).ids
        dump(work_file(job.work, "keepers", number), [{one: drops[one] for one in ids if one in drops}])
    dump(job.work / "groups", (_group_row(group, foreign) for group in groups))
    return len(groups)


def _grouped(job: Job, finished: Sequence[int], fresh: Sequence[int]) -> tuple[tuple[Group, ...], set[str]]:
    """All groups, and the keepers that stand in the index only. Stories are read one after the other, never held."""
    kept: set[str] = set()
    known: dict[str, Earlier] = {}
    if job.index:
        before, named = [evidence_file(job.output, number) for number in finished], [work_file(job.work, "named", number) for number in fresh]
        known = known_stories(job, _fresh_cores(job.work, fresh), {name for path in (*before, *named) for name in load_pages(path).ids})

    def stories() -> Iterator[CoreSummary]:
        for number in finished:
            for core in _kept_cores(job.output, number):
                kept.add(core.id)
                yield core
        yield from (core for core in _fresh_cores(job.work, fresh) if core.id not in known)

    return _grown(job.output, (*group_cores(stories()), *earlier_groups(known)), kept, {one.id for one in known.values()})


def _fresh_cores(work: Path, numbers: Sequence[int]) -> Iterator[CoreSummary]:
    cores = (core for number in numbers for core in fetch(work_file(work, "cores", number), CoreText))
    return (summarise_text(one.id, one.text, one.published) for one in cores)


def _kept_cores(output: Path, number: int) -> Iterator[CoreSummary]:
    for row in core_rows(output, f"part-{number:05d}"):
        core = summarise_text(row["id"], row["text"], row.get("published", ""))
        yield replace(core, length=core.length + _FINISHED)


def _grown(output: Path, groups: Iterable[Group], kept: set[str], foreign: set[str]) -> tuple[tuple[Group, ...], set[str]]:
    """The groups of earlier runs, with the members that have come since, and all keepers that stand in the index only."""
    path = output / "groups.jsonl"
    rows = list(read_rows(path)) if kept and path.is_file() else []
    old = {row["keeper"]: msgspec.convert(row, Group) for row in rows}
    for group in groups:
        members = {member.id: member for member in group.members if member.id not in kept}
        if group.keeper in old:
            members |= {member.id: member for member in old[group.keeper].members}
        if members:
            old[group.keeper] = Group(group.keeper, tuple(members[name] for name in sorted(members)))
    return tuple(old[name] for name in sorted(old)), foreign | {row["keeper"] for row in rows if row.get("earlier")}


def _group_row(group: Group, foreign: Container[str]) -> dict[str, Any]:
    members = [{"id": one.id, "similarity": round(one.similarity, 4), "containment": round(one.containment, 4)} for one in group.members]
    return {"keeper": group.keeper, **({"earlier": True} if group.keeper in foreign else {}), "members": members}
