"""Carry out a run on this machine: the steps of `steps.py` on every shard, in this process or in several, and the reductions between.

read (map) -> gather (reduce) -> clean (map) -> group (reduce) -> write (map) -> groups, manifest
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from cleaner import __version__
from cleaner.config import RUN
from cleaner.engine.folder import MANIFEST, check_same_run, claimed, clear
from cleaner.engine.plan import Counts, RunPlan, RunSummary
from cleaner.engine.progress import Progress, Silence
from cleaner.engine.shards import Survey, survey
from cleaner.engine.steps import Cleaning, Job, Reading, Writing, clean_shard, dump, read_shard, store_rules, work_file, write_shard
from cleaner.errors import BooksError, CleanerError
from cleaner.io.discover import discover, distinct_id
from cleaner.io.writer import output_errors, suffix_of, write_json, write_rows
from cleaner.model import Duplicates, Evidence, Group
from cleaner.repeats.clusters import group_cores
from cleaner.repeats.ownership import PageSummary, gather
from cleaner.rules.compile import compile_rules
from cleaner.rules.load import load_rules

Each = Callable[[Callable[..., Any], Sequence[tuple[Any, ...]]], Iterator[Any]]


def run(plan: RunPlan, progress: Progress | None = None) -> RunSummary:
    """Clean all inputs of a plan into its output folder.

    The output is the same, byte for byte, for any number of workers and any order of inputs. Raises RefusedError and RuleError before
    any work, OutputError where the output cannot be written, BooksError where the books do not balance.
    """
    suffix_of(plan.compress)
    ruleset = compile_rules(load_rules(plan.rules, plan.disable))
    with claimed(plan.output, plan.force) as work, contextlib.closing(progress or Silence()) as told:
        job = Job(work, plan.output, ruleset.digest, plan.fields, plan.options, plan.compress)
        found = discover(plan.inputs, _spooled(plan, work), str(plan.output))
        told.stage("looking", None)
        inputs = survey(found)
        manifest = _manifest(plan, job, inputs)
        check_same_run(plan.output, manifest, plan.force)
        store_rules(job, ruleset)
        clear(plan.output)
        with _crew(min(plan.jobs or os.cpu_count() or 1, len(inputs.shards))) as each:
            readings = _read(job, inputs, each, told)
            groups = _clean(job, readings, each, told)
            writings = _write(job, readings, groups, each, told)
        summary = _summary(plan, inputs, groups, writings, found.skipped)
        _close_books(readings, summary)
        write_rows(plan.output / "groups.jsonl", [_group_row(group) for group in groups])
        write_json(plan.output / MANIFEST, _filled(manifest, summary))
    return summary


def _spooled(plan: RunPlan, work: Path) -> str:
    """Standard input as a file, so that it can be hashed, sniffed and cut like any other; empty if it is no input."""
    if "-" not in plan.inputs:
        return ""
    path = work / "stdin"
    with output_errors(path), open(path, "wb") as stream:
        shutil.copyfileobj(sys.stdin.buffer, stream)
    return str(path)


@contextlib.contextmanager
def _crew(workers: int) -> Iterator[Each]:
    """A function that does a step for each tuple of arguments, in order: in this process, or in several."""
    if workers <= 1:
        yield lambda step, arguments: (step(*one) for one in arguments)
        return
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(RUN.start_method))

    def each(step: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        for future in [pool.submit(step, *one) for one in arguments]:
            yield future.result()

    try:
        yield each
    except BrokenProcessPool as error:
        raise CleanerError("a worker process died (killed, or out of memory); run again with fewer --jobs") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _read(job: Job, inputs: Survey, each: Each, told: Progress) -> list[Reading]:
    told.stage("reading", None)
    readings = []
    for reading in each(read_shard, [(job, shard) for shard in inputs.shards]):
        readings.append(reading)
        told.advance(len(reading.summaries))
    return readings


def _clean(job: Job, readings: Sequence[Reading], each: Each, told: Progress) -> tuple[Group, ...]:
    told.stage("comparing", None)
    _store_evidence(job, readings)
    told.stage("cleaning", sum(len(reading.summaries) for reading in readings))
    cleanings: list[Cleaning] = []
    for cleaning in each(clean_shard, [(job, reading.number) for reading in readings]):
        cleanings.append(cleaning)
        told.advance(cleaning.records)
    told.stage("grouping", None)
    return () if job.options.duplicates is Duplicates.OFF else group_cores([core for cleaning in cleanings for core in cleaning.cores])


def _store_evidence(job: Job, readings: Sequence[Reading]) -> None:
    """Reduce 1: give every record its own id, gather what the batch knows, leave it beside the pages of each shard."""
    taken: set[str] = set()
    named = [[_distinct(summary, taken) for summary in reading.summaries] for reading in readings]
    pages = [summary for shard in named for summary in shard if summary is not None]
    known: Iterator[Evidence | None] = iter([None] * len(pages) if job.options.alone else gather(pages))
    for reading, shard in zip(readings, named, strict=True):
        rows = [("", None) if summary is None else (summary.id, next(known)) for summary in shard]
        dump(work_file(job, "evidence", reading.number), rows)


def _distinct(summary: PageSummary | None, taken: set[str]) -> PageSummary | None:
    return None if summary is None else replace(summary, id=distinct_id(summary.id, taken))


def _write(job: Job, readings: Sequence[Reading], groups: Sequence[Group], each: Each, told: Progress) -> list[Writing]:
    told.stage("writing", sum(len(reading.summaries) for reading in readings))
    keepers = {member.id: group.keeper for group in groups for member in group.members} if job.options.duplicates is Duplicates.DROP else {}
    writings = []
    for writing in each(write_shard, [(job, reading.number, keepers) for reading in readings]):
        writings.append(writing)
        told.advance(sum(counts.read for counts in writing.files.values()))
    return writings


def _summary(plan: RunPlan, inputs: Survey, groups: Sequence[Group], writings: Sequence[Writing], skipped: tuple[str, ...]) -> RunSummary:
    files = {file.name: Counts() for file in inputs.files}
    for writing in writings:
        for name, counts in writing.files.items():
            files[name] += counts
    total = sum(files.values(), Counts())
    appended = sum(writing.appended for writing in writings)
    faults = tuple(fault for writing in writings for fault in writing.faults)
    return RunSummary(plan.output, total, files, appended, len(groups), skipped, faults, 3 if total.quarantined else 0)


def _close_books(readings: Sequence[Reading], summary: RunSummary) -> None:
    """Every record that was read must have gone somewhere, exactly once. Raises BooksError."""
    read = sum(len(reading.summaries) for reading in readings)
    if read != summary.counts.read or not summary.counts.balanced:
        raise BooksError(f"books do not balance: {read} records read, {summary.counts}; the output is not to be trusted, report this as a bug")


def _group_row(group: Group) -> dict[str, Any]:
    members = [{"id": one.id, "similarity": round(one.similarity, 4), "containment": round(one.containment, 4)} for one in group.members]
    return {"keeper": group.keeper, "members": members}


def _manifest(plan: RunPlan, job: Job, inputs: Survey) -> dict[str, Any]:
    """What the run depends on; counts follow when it has ended. No times and no machine's paths, so that equal runs are equal files."""
    return {
        "cleaner": __version__,
        "counts": {},
        "inputs": [asdict(file) for file in inputs.files],
        "rules": {"sha256": job.digest, "disabled": sorted(plan.disable)},
        "options": {name: getattr(value, "value", value) for name, value in asdict(plan.options).items()},
        "fields": asdict(plan.fields),
        "compress": plan.compress or "none",
    }


def _filled(manifest: dict[str, Any], summary: RunSummary) -> dict[str, Any]:
    inputs = [file | {"counts": _books_row(summary.files[file["name"]])} for file in manifest["inputs"]]
    more = {"appended": summary.appended, "groups": summary.groups}
    return manifest | {"counts": _books_row(summary.counts), "inputs": inputs} | more


def _books_row(counts: Counts) -> dict[str, int]:
    return {"in": counts.read, "kept": counts.kept, "dropped": counts.dropped, "quarantined": counts.quarantined}
