"""Carry out a run on this machine: the steps of `steps.py` on every shard, the reductions of `reduce.py` between, all in worker processes.

read (map) -> gather (reduce) -> clean (map) -> group (reduce) -> write (map) -> groups, manifest

This process only schedules and keeps the books. What a step has done is marked in the work folder, so that a run that was stopped or
killed goes on from there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from cleaner import __version__
from cleaner.config import RUN
from cleaner.engine.crew import Crew, Task
from cleaner.engine.earlier import enter_run, held_index, remembered, state_of
from cleaner.engine.folder import GROUPS, MANIFEST, check_inputs, check_settings, check_unfinished, claimed, damaged, prepare, read_manifest, tidy
from cleaner.engine.plan import Counts, Outlook, Remembered, RunPlan, RunSummary
from cleaner.engine.progress import Progress, Silence
from cleaner.engine.reduce import evidence_file, gather_shards, group_shards
from cleaner.engine.refusal import left_undone
from cleaner.engine.shards import Shard, Survey, survey
from cleaner.engine.steps import Cleaning, Job, Reading, clean_shard, read_shard, work_file
from cleaner.engine.warm import settled_memory, warm_up
from cleaner.engine.workfiles import dump, load
from cleaner.engine.writing import Writing, write_shard
from cleaner.errors import BooksError, RuleError, StoppedError, TooManyFaults
from cleaner.io.discover import discover
from cleaner.io.writer import check_format, output_errors, write_json, write_rows
from cleaner.rules.cache import load_ruleset


@dataclass(frozen=True, slots=True)
class _Session:
    """One run under way: what it works on, who works, who is told; `finished` shards are those of an earlier run."""

    plan: RunPlan
    job: Job
    crew: Crew
    told: Progress
    finished: tuple[int, ...]


def run(plan: RunPlan, progress: Progress | None = None) -> RunSummary:
    """Clean all inputs of a plan into its output folder; go on with a run that was stopped, add to one that is finished.

    The output is the same, byte for byte, for any number of workers and any order of inputs. Raises RefusedError and RuleError before
    any work, OutputError where the output cannot be written, BooksError where the books do not balance, StoppedError after a signal.
    """
    check_format(plan.format, plan.compress)
    try:
        ruleset = load_ruleset(plan.rules, plan.disable)
    except RuleError as error:
        raise RuleError([*error.faults, *left_undone(plan)]) from error
    with contextlib.closing(progress or Silence()) as told, _stoppable(), claimed(plan.output, plan.force) as work, held_index(plan) as index:
        told.stage("looking", None)
        found = discover(plan.inputs, _spooled(plan, work), str(plan.output))
        old = None if plan.force else read_manifest(plan.output / MANIFEST)
        inputs, manifest, old, notes = _settled(plan, ruleset.digest, found, old)
        if old and not inputs.shards:
            tidy(plan.output, old["parts"])
            shutil.rmtree(work)
            return replace(_finished(plan, old), skipped=found.skipped, notes=tuple(notes))
        place = remembered(plan, inputs, old)
        if index and place:
            manifest["index"] = state_of(index, place.own)
        intent = manifest | {"base": old["counts"] if old else None, "shards": [shard.number for shard in inputs.shards]}
        notes += ["going on where the last run was stopped"] if prepare(plan.output, work, intent, old["parts"] if old else {}) else []
        job = Job(work, plan.output, ruleset, plan.fields, plan.options, plan.compress, plan.format, place)
        warm_up(ruleset, plan.options, inputs.shards)
        crew = Crew(min(plan.jobs or os.cpu_count() or 1, max(1, len(inputs.shards))), job)
        session = _Session(plan, job, crew, told, tuple(range(old["generations"][-1]["behind"] if old else 0)))
        with contextlib.closing(crew), settled_memory():
            readings, writings, groups = _carried_out(session, inputs.shards)
            summary = _summary(plan, inputs, groups, writings, old)
            _close_books(readings, summary, old)
            if place:
                ((_, _),) = crew.each([Task(enter_run, ((), [reading.number for reading in readings]), bounded=False)])
        notes += [f"a worker was lost and replaced ({reason})" for reason in crew.deaths]
        summary = replace(summary, skipped=found.skipped, notes=tuple(notes))
        _publish(session, readings, _filled(manifest, summary, writings, old, place))
    return summary


def look(plan: RunPlan) -> Outlook:
    """What a run of this plan would do; reads its inputs, writes nothing. Raises RefusedError and RuleError as the run would."""
    check_format(plan.format, plan.compress)
    rules = load_ruleset(plan.rules, plan.disable)
    found = discover([one for one in plan.inputs if one != "-"], "", str(plan.output))
    old = None if plan.force else read_manifest(plan.output / MANIFEST)
    inputs, _, old, notes = _settled(plan, rules.digest, found, old)
    size = sum(max(0, file.size) for file in inputs.files)
    behind = old["generations"][-1]["behind"] if old else 0
    return Outlook(len(inputs.files), size, len(inputs.shards), behind, len(rules.rules), found.skipped, tuple(notes))


def _settled(plan: RunPlan, digest: str, found: Any, old: dict[str, Any] | None) -> tuple[Survey, dict[str, Any], dict[str, Any] | None, list[str]]:
    """The inputs that are to be cleaned, the manifest to be, the finished run that stands (None where all is done anew), notes on it."""
    finished = {file["name"] for file in old["inputs"]} if old else set()
    inputs = survey(found, finished, old["generations"][-1]["behind"] if old else 0)
    manifest = _manifest(plan, digest, inputs)
    anew = [] if plan.force else check_unfinished(plan.output, manifest)
    if old is None:
        return inputs, manifest, None, anew
    check_settings(plan.output, old, manifest)
    check_inputs(plan.output, old, manifest)
    lost = damaged(plan.output, old["parts"])
    if lost:
        return survey(found), manifest, None, [*anew, f"the output was damaged ({', '.join(lost[:3])}): all is done again"]
    added = len(inputs.files) - len(finished)
    if not added:
        return inputs, manifest, old, [*anew, "nothing new: the finished output stands as it is"]
    told = f"{added} inputs added to {len(finished)} finished ones, which stay as they are (--force redoes them with the new evidence)"
    return inputs, manifest, old, [*anew, told]


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into StoppedError, once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)

    def stop(number: int, _: FrameType | None) -> NoReturn:
        for one in numbers:
            signal.signal(one, signal.SIG_IGN)
        raise StoppedError(number, signal.Signals(number).name)

    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _spooled(plan: RunPlan, work: Path) -> str:
    """Standard input as a file, so that it can be hashed, sniffed and cut like any other; empty if it is no input."""
    if "-" not in plan.inputs:
        return ""
    path = work / "stdin"
    with output_errors(path), open(path, "wb") as stream:
        shutil.copyfileobj(sys.stdin.buffer, stream)
    return str(path)


def _carried_out(session: _Session, shards: Sequence[Shard]) -> tuple[list[Reading], list[Writing], int]:
    """All steps, in order."""
    readings = _limited(session, shards) if session.plan.limit >= 0 else _read(session, shards)
    numbers = [reading.number for reading in readings]
    records = sum(reading.records for reading in readings)
    rejected = sum(reading.rejected for reading in readings)
    _check_faults(session.plan, records, rejected)
    _reduced(session, "comparing", gather_shards, numbers, records)
    cleanings = _cleaned(session, numbers, records)
    _check_faults(session.plan, records, sum(one.rejected for one in cleanings))
    groups = _reduced(session, "grouping", group_shards, numbers, records)
    return readings, _written(session, numbers, records), groups


def _each(session: _Session, kind: str, tasks: dict[int, Task], told: Callable[[Any], None]) -> list[Any]:
    """The answers of a step for all shards, in order; those that an earlier try has marked as done are taken from there."""
    answers: dict[int, Any] = {}
    for number in tasks:
        mark = work_file(session.job.work, f"{kind}.done", number)
        if mark.exists():
            (answers[number],) = load(mark)
            told(answers[number])
    waiting = [task for number, task in tasks.items() if number not in answers]
    passed = [sum(answer.records for answer in answers.values())]
    for _, answer in session.crew.each(waiting, lambda running: session.told.passed(passed[0] + running)):
        dump(work_file(session.job.work, f"{kind}.done", answer.number), [answer])
        answers[answer.number] = answer
        passed[0] += answer.records
        told(answer)
    return [answers[number] for number in tasks]


def _read(session: _Session, shards: Sequence[Shard]) -> list[Reading]:
    session.told.stage("reading", None)
    seen = [0, 0]

    def watch(reading: Reading) -> None:
        seen[:] = [seen[0] + reading.records, seen[1] + reading.rejected]
        if seen[0] >= RUN.early_records:
            _check_faults(session.plan, *seen)

    return _each(session, "read", {shard.number: Task(read_shard, (shard, -1)) for shard in shards}, watch)


def _limited(session: _Session, shards: Sequence[Shard]) -> list[Reading]:
    """Read shard after shard until there are as many records as are asked for."""
    session.told.stage("reading", session.plan.limit)
    readings: list[Reading] = []
    left = session.plan.limit
    for shard in shards:
        if left > 0 or not readings:
            readings += _each(session, "read", {shard.number: Task(read_shard, (shard, left))}, lambda _: None)
            left -= readings[-1].records
    return readings


def _check_faults(plan: RunPlan, records: int, rejected: int) -> None:
    if records and rejected / records > plan.fail_over:
        told = f"{rejected} of {records} records are quarantined, more than --fail-over {plan.fail_over:g} allows"
        raise TooManyFaults(f"{told}; see why with a higher share, or mend the input")


def _reduced(session: _Session, stage: str, step: Callable[..., int], fresh: Sequence[int], records: int) -> int:
    """A reduction, done by one worker; where it is large, that worker ends with it, and so does its memory."""
    session.told.stage(stage, None)
    mark = session.job.work / f"{stage}.done"
    large = records > RUN.small_batch or session.finished
    if not mark.exists():
        if large:
            session.crew.dismiss()
        with output_errors(session.job.work):  # all that a reduction opens are files of its own
            ((_, answer),) = session.crew.each([Task(step, (session.finished, fresh), bounded=False)])
        if large:
            session.crew.dismiss()
        dump(mark, [answer])
    (figure,) = load(mark)
    return int(figure)


def _cleaned(session: _Session, numbers: Sequence[int], records: int) -> list[Cleaning]:
    session.told.stage("cleaning", records)
    books = [Counts()]

    def watch(cleaning: Cleaning) -> None:
        _remove(session, cleaning.number, "pages", "evidence", "summaries")
        books[0] += Counts(cleaning.records, cleaning.kept, cleaning.records - cleaning.kept - cleaning.rejected, cleaning.rejected)
        session.told.tally(books[0])

    return _each(session, "clean", {number: Task(clean_shard, (number,)) for number in numbers}, watch)


def _written(session: _Session, numbers: Sequence[int], records: int) -> list[Writing]:
    session.told.stage("writing", records)
    books = [Counts()]

    def watch(writing: Writing) -> None:
        _remove(session, writing.number, "results", "keepers", *(() if session.plan.index else ("cores",)))
        books[0] += sum(writing.files.values(), Counts())
        session.told.tally(books[0])

    return _each(session, "write", {number: Task(write_shard, (number,), bounded=False) for number in numbers}, watch)


def _remove(session: _Session, number: int, *kinds: str) -> None:
    for kind in kinds:
        work_file(session.job.work, kind, number).unlink(missing_ok=True)


def _summary(plan: RunPlan, inputs: Survey, groups: int, writings: Sequence[Writing], old: dict[str, Any] | None) -> RunSummary:
    files = {file.name: Counts() for file in inputs.files}
    files |= {file["name"]: _counts(file["counts"]) for file in (old["inputs"] if old else ())}
    for writing in writings:
        for name, counts in writing.files.items():
            files[name] += counts
    total = sum(files.values(), Counts())
    appended = sum(writing.appended for writing in writings) + (old["appended"] if old else 0)
    faults = tuple(fault for writing in writings for fault in writing.faults)
    size = sum(max(0, file.size) for file in inputs.files)
    return RunSummary(plan.output, total, files, appended, groups, (), faults, 3 if total.quarantined else 0, (), size)


def _finished(plan: RunPlan, old: dict[str, Any]) -> RunSummary:
    """The summary of a run that was finished before."""
    files = {file["name"]: _counts(file["counts"]) for file in old["inputs"]}
    total = sum(files.values(), Counts())
    return RunSummary(plan.output, total, files, old["appended"], old["groups"], exit_code=3 if total.quarantined else 0)


def _counts(row: dict[str, int]) -> Counts:
    return Counts(row["in"], row["kept"], row["dropped"], row["quarantined"])


def _close_books(readings: Sequence[Reading], summary: RunSummary, old: dict[str, Any] | None) -> None:
    """Every record that was read must have gone somewhere, exactly once. Raises BooksError."""
    read = sum(reading.records for reading in readings) + (old["counts"]["in"] if old else 0)
    if read != summary.counts.read or not summary.counts.balanced:
        raise BooksError(f"books do not balance: {read} records read, {summary.counts}; the output is not to be trusted, report this as a bug")


def _publish(session: _Session, readings: Sequence[Reading], manifest: dict[str, Any]) -> None:
    """What makes a run finished: what it tells later ones, the groups, the manifest last. Each can be done twice."""
    work, output = session.job.work, session.job.output
    for number in (reading.number for reading in readings):
        named = work_file(work, "named", number)
        if named.exists():
            with output_errors(output):
                os.replace(named, evidence_file(output, number))
    write_rows(output / GROUPS, load(work / "groups"))
    write_json(output / MANIFEST, manifest)
    shutil.rmtree(work)


def _manifest(plan: RunPlan, digest: str, inputs: Survey) -> dict[str, Any]:
    """What the run depends on; counts follow when it has ended. No times and no machine's paths, so that equal runs are equal files."""
    return {
        "cleaner": __version__,
        "counts": {},
        "inputs": [asdict(file) for file in inputs.files],
        "rules": {"sha256": digest, "disabled": sorted(plan.disable)},
        "options": {name: getattr(value, "value", value) for name, value in asdict(plan.options).items()},
        "fields": asdict(plan.fields),
        "format": plan.format,
        "compress": plan.compress or "none",
        "limit": plan.limit,
    }


def _filled(
    manifest: dict[str, Any], summary: RunSummary, writings: Sequence[Writing], old: dict[str, Any] | None, place: Remembered | None
) -> dict[str, Any]:
    inputs = [file | {"counts": _books_row(summary.files[file["name"]])} for file in manifest["inputs"]]
    first = old["generations"][-1]["behind"] if old else 0
    generation: dict[str, Any] = {"inputs": len(inputs) - (len(old["inputs"]) if old else 0), "first": first, "behind": first + len(writings)}
    generation |= {"index": place.key} if place else {}
    more: dict[str, Any] = {"appended": summary.appended, "groups": summary.groups}
    more["generations"] = [*(old["generations"] if old else ()), generation]
    more["parts"] = (old["parts"] if old else {}) | {name: size for writing in writings for name, size in writing.parts}
    return manifest | {"counts": _books_row(summary.counts), "inputs": inputs} | more


def _books_row(counts: Counts) -> dict[str, int]:
    return {"in": counts.read, "kept": counts.kept, "dropped": counts.dropped, "quarantined": counts.quarantined}
