"""The steps of a run on one shard, as functions of paths and small values, so that any process can do them.

Between the steps pages and results wait on disk in the run's work folder, one file a shard; nothing of a record stays in memory.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from cleaner.config import RUN, STREAM, FieldNames, Options
from cleaner.core.scorer import score_many
from cleaner.emit.account import appended_rows, audit_row, core_row, rejected_row
from cleaner.engine.crew import NOWHERE, READING, WORKING, Care, Place, Pulse
from cleaner.engine.plan import Counts
from cleaner.engine.shards import Shard
from cleaner.engine.tables import store_pages
from cleaner.engine.workfiles import dump, load
from cleaner.errors import BooksError, CleanerError, MissingExtra, OutputError
from cleaner.io.read import Span, read_records
from cleaner.io.writer import part_files
from cleaner.model import Captured, Document, Duplicates, Evidence, Floats, Label, Origin, Page, Record, Rejected, Result, Status
from cleaner.pipeline import clean_page, read_page, to_document
from cleaner.repeats.clusters import CoreSummary, summarise_core
from cleaner.repeats.ownership import PageSummary, summarise
from cleaner.rules.compile import Ruleset
from cleaner.text.fold import fold_text
from cleaner.text.page import make_page

# Errors of the run, not of a document: they stop everything.
RUN_FAULTS = (BooksError, MissingExtra, OutputError)
# What a hostile document can raise in code that is right for all others: its values, its depth, its size, its shape. Errors that no
# document causes (OSError, ImportError, KeyboardInterrupt, SystemExit) are not here: they must not pass for a bad record.
DOCUMENT_FAULTS = (
    CleanerError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, MemoryError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """What every step needs to know of the run: work and output folder, the rules, names of fields, options."""

    work: Path
    output: Path
    ruleset: Ruleset
    fields: FieldNames
    options: Options
    compress: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Step 1 of a shard: how many records it holds, and how many of them could not be read."""

    number: int
    records: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Step 2 of a shard: records, kept ones before duplicates are known, quarantined ones."""

    number: int
    records: int
    kept: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One record on its way out: its result, or why there is none; `dropped` is the reason it is not kept, empty if it is."""

    result: Result | Rejected
    dropped: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """Step 3 of a shard: books for each file, appended records, a line for each quarantined record, the parts (name, bytes)."""

    number: int
    files: Mapping[str, Counts]
    appended: int
    faults: tuple[str, ...]
    parts: tuple[tuple[str, int], ...] = ()

    @property
    def records(self) -> int:
        """How many records the books hold."""
        return sum(counts.read for counts in self.files.values())


@dataclass(frozen=True, slots=True)
class _Read:
    """A page as it waits on disk: what cannot be made again from the document cheaply."""

    document: Document
    labels: tuple[Label, ...]
    captured: tuple[Captured, ...]


def work_file(work: Path, kind: str, number: int) -> Path:
    """The work file of a shard: pages, summaries, evidence, results, cores or keepers."""
    return work / f"{kind}-{number:05d}"


def read_shard(job: Job, shard: Shard, most: int, care: Care, pulse: Pulse) -> Reading | None:
    """Step 1: read the records of a shard (at most `most`, if that is not negative), make their pages, say what the batch needs to know."""
    summaries: list[PageSummary | None] = []
    rejected = 0

    def pages() -> Iterator[_Read | Rejected]:
        nonlocal rejected
        for index, record in enumerate(_records(shard, job.fields, care, pulse)):
            if index == most:
                return
            page = _at(pulse, (WORKING, 0, index), care, record, lambda one: _page(one, job.ruleset))
            rejected += isinstance(page, Rejected)
            summaries.append(None if isinstance(page, Rejected) else summarise(page))
            yield page if isinstance(page, Rejected) else _Read(page.document, page.labels, page.captured)

    if care.only >= 0:
        for _ in pages():
            pass
        return None
    dump(work_file(job.work, "pages", shard.number), pages())
    pulse.beat(NOWHERE)
    store_pages(work_file(job.work, "summaries", shard.number), summaries)
    return Reading(shard.number, len(summaries), rejected)


def _records(shard: Shard, fields: FieldNames, care: Care, pulse: Pulse) -> Iterator[Record | Rejected]:
    """The records of a shard in order; where reading on has killed workers, the rest of that input is one rejected record."""
    index = 0
    for number, item in enumerate(shard.items):
        if isinstance(item, Rejected):
            yield item
            index += 1
            continue
        records, last = read_records(item, fields), item.line - 1
        while True:
            place = (READING, number, index)
            pulse.beat(place)
            reason = care.left_out.get(place)
            record = _unread(item, last + 1, reason) if reason else next(records, None)
            if record is None:
                break
            last = record.origin.record
            yield record
            index += 1
            if reason:
                break


def _unread(span: Span, number: int, reason: str) -> Rejected:
    return Rejected(Origin(span.source.name, number), f"{reason}; the rest of this input was not read", span.source.name)


def _at(pulse: Pulse, place: Place, care: Care, record: Any, step: Callable[[Any], Any]) -> Any:
    """Do a step on a record that care does not leave out; in a trial, on the suspected one only."""
    pulse.beat(place)
    if place in care.left_out:
        return record if isinstance(record, Rejected) else _rejection(record, care.left_out[place])
    if care.only >= 0 and care.only != place[2]:
        return record if isinstance(record, Rejected) else _rejection(record, "not tried")
    return _caught(record, step)


def _page(record: Record, ruleset: Ruleset) -> Page | Rejected:
    document = to_document(record)
    return document if isinstance(document, Rejected) else read_page(document, ruleset)


def _caught(record: Any, step: Callable[[Any], Any]) -> Any:
    """Do one step on one record; what its content raises becomes a rejection, once, here."""
    if isinstance(record, Rejected):
        return record
    try:
        return step(record)
    except RUN_FAULTS:
        raise
    except DOCUMENT_FAULTS as error:
        told = str(error) if isinstance(error, CleanerError) else f"{type(error).__name__}: {error}"
        return _rejection(record, told[: RUN.reason_chars])


def _rejection(record: Page | Record | _Read, reason: str) -> Rejected:
    source = record if isinstance(record, Record) else record.document
    return Rejected(source.origin, reason, source.id, source.url, _raw(source))


def _raw(source: Record | Document) -> bytes:
    content = source.text if source.text is not None else getattr(source, "html", None) or b""
    return (content if isinstance(content, bytes) else content.encode("utf-8", "replace"))[: STREAM.kept_raw]


def clean_shard(job: Job, number: int, care: Care, pulse: Pulse) -> Cleaning | None:
    """Step 2: decide on every page of a shard with the batch's evidence, and keep the results."""
    cores: list[CoreSummary] = []
    records = kept = rejected = 0

    def outcomes() -> Iterator[Outcome]:
        nonlocal records, kept, rejected
        for batch in _batches(job, number, care, pulse):
            for index, page, evidence, scores in batch:
                result = _at(pulse, (WORKING, 0, index), care, page, partial(clean_page, evidence=evidence, options=job.options, scores=scores))
                outcome = _outcome(result)
                refused = isinstance(result, Rejected)
                records, kept, rejected = records + 1, kept + (not outcome.dropped and not refused), rejected + refused
                if isinstance(outcome.result, Result) and not outcome.dropped and job.options.duplicates is not Duplicates.OFF:
                    cores.append(summarise_core(outcome.result))
                yield outcome

    if care.only >= 0:
        for _ in outcomes():
            pass
        return None
    dump(work_file(job.work, "results", number), outcomes())
    pulse.beat(NOWHERE)
    dump(work_file(job.work, "cores", number), cores)
    return Cleaning(number, records, kept, rejected)


_Item = tuple[int, Page | Rejected | _Read, Evidence | None, Floats | None]


def _batches(job: Job, number: int, care: Care, pulse: Pulse) -> Iterator[list[_Item]]:
    """Records of a shard with their evidence, some at a time, scored together; one by one where care is asked for."""
    batch: list[_Item] = []
    chars = 0
    waiting = zip(load(work_file(job.work, "pages", number)), load(work_file(job.work, "evidence", number)), strict=True)
    for index, (page, (name, evidence)) in enumerate(waiting):
        place = (WORKING, 0, index)
        if care.careful or not batch:
            pulse.beat(place)
        batch.append((index, page if place in care.left_out else _made(page, name), evidence, None))
        chars += len(page.document.text) if isinstance(page, _Read) else 0
        if care.careful or len(batch) >= RUN.batch_pages or chars >= RUN.batch_chars:
            yield _scored(batch, care)
            batch, chars = [], 0
    yield _scored(batch, care)


def _made(page: _Read | Rejected, name: str) -> Page | Rejected:
    """The page again, under the id it has in this run, where another record took its own first."""
    if isinstance(page, Rejected):
        return page
    made = make_page(replace(page.document, id=name) if name != page.document.id else page.document)
    return replace(made, labels=page.labels, captured=page.captured)


def _scored(batch: list[_Item], care: Care) -> list[_Item]:
    """The same with the scorer's probabilities; none where the batch raises what one page of it causes: each is then scored by itself."""
    pages = [(at, page, evidence) for at, (_, page, evidence, _) in enumerate(batch) if isinstance(page, Page)]
    if not pages or care.careful:
        return batch
    try:
        scores = score_many([page for _, page, _ in pages], [evidence for _, _, evidence in pages])
    except RUN_FAULTS:
        raise
    except DOCUMENT_FAULTS:
        return batch
    for (at, page, evidence), score in zip(pages, scores, strict=True):
        batch[at] = (batch[at][0], page, evidence, score)
    return batch


def _outcome(result: Result | Rejected) -> Outcome:
    if isinstance(result, Rejected) or any(char.isalnum() for char in result.core) or fold_text(result.core).strip():
        return Outcome(result)
    return Outcome(result, _why_empty(result))


def _why_empty(result: Result) -> str:
    """`empty`, or `emptied by rule R` with the author that took most of it."""
    taken: dict[str, int] = {}
    for label in result.removed:
        if fold_text(result.document.text[label.start : label.end]).strip():
            taken[label.author] = taken.get(label.author, 0) + label.end - label.start
    return f"emptied by rule {max(sorted(taken), key=lambda author: taken[author])}" if taken else "empty"


def write_shard(job: Job, number: int, _care: Care, pulse: Pulse) -> Writing:
    """Step 3: write the output files of a shard, those that would duplicate a kept story as dropped."""
    (keepers,) = load(work_file(job.work, "keepers", number))
    files: dict[str, Counts] = {}
    faults: list[str] = []
    appended = 0
    with part_files(job.output, f"part-{number:05d}", job.compress) as (write, parts):
        for index, outcome in enumerate(load(work_file(job.work, "results", number))):
            pulse.beat((WORKING, 0, index))
            entry = _settled(outcome, keepers)
            origin, counts = _book(entry)
            files[origin.file] = files.get(origin.file, Counts()) + counts
            write("audit", _audit(entry))
            if isinstance(entry.result, Rejected):
                write("quarantine", rejected_row(entry.result) | {"raw": base64.b64encode(entry.result.raw).decode("ascii")})
                faults += [fault_line(entry.result)] if len(faults) < RUN.faults_told else []
                continue
            if not entry.dropped:
                write("core", core_row(entry.result))
            for row in _items(entry.result, entry.dropped):
                write("appended", row)
                appended += 1
    return Writing(number, files, appended, tuple(faults), tuple(parts))


def _settled(outcome: Outcome, keepers: Mapping[str, str]) -> Outcome:
    if isinstance(outcome.result, Rejected) or outcome.dropped:
        return outcome
    keeper = keepers.get(outcome.result.document.id)
    return Outcome(outcome.result, f"duplicate of {keeper}" if keeper else "")


def _items(result: Result, dropped: str) -> list[dict[str, Any]]:
    """Appended stories of a page; those of a duplicate are left to its keeper, they stand in the audit."""
    return [] if dropped.startswith("duplicate of ") else appended_rows(result)


def _audit(entry: Outcome) -> dict[str, Any]:
    if isinstance(entry.result, Rejected):
        return rejected_row(entry.result)
    return audit_row(entry.result, Status.DROPPED if entry.dropped else Status.KEPT, entry.dropped)


def _book(entry: Outcome) -> tuple[Origin, Counts]:
    if isinstance(entry.result, Rejected):
        return entry.result.origin, Counts(1, quarantined=1)
    return entry.result.document.origin, Counts(1, dropped=1) if entry.dropped else Counts(1, kept=1)


def fault_line(rejected: Rejected) -> str:
    """One line on a quarantined record for the user: file, record, id, reason; control characters escaped."""
    name = f" ({rejected.id})" if rejected.id and rejected.id != rejected.origin.file else ""
    line = f"{rejected.origin.file} record {rejected.origin.record}{name}: {rejected.reason}"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in line)
