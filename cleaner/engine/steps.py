"""The steps of a run on one shard, as functions of paths and small values, so that any process can do them.

Between the steps pages and results wait on disk in the run's work folder, one file a shard; nothing of a record stays in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from cleaner.config import RUN, STREAM, FieldNames, Options
from cleaner.engine.crew import NOWHERE, READING, WORKING, Care, Place, Pulse
from cleaner.engine.faults import DOCUMENT_FAULTS, RUN_FAULTS
from cleaner.engine.plan import Remembered
from cleaner.engine.rows import Leaving, leaving
from cleaner.engine.shards import Shard
from cleaner.engine.tables import load_evidence, load_pages, store_pages
from cleaner.engine.workfiles import fetch, store
from cleaner.errors import CleanerError
from cleaner.io.read import Span, read_records
from cleaner.model import Captured, Document, Duplicates, Evidence, Label, Origin, Page, Record, Rejected, Result, Status
from cleaner.pipeline import clean_pages, read_pages, to_document
from cleaner.repeats.ownership import PageSummary
from cleaner.rules.compile import Ruleset
from cleaner.text.page import make_page


@dataclass(frozen=True, slots=True)
class Job:
    """What every step needs to know of the run: work and output folder, rules, names of fields, options, how parts are written, its index."""

    work: Path
    output: Path
    ruleset: Ruleset
    fields: FieldNames
    options: Options
    compress: str
    format: str = "jsonl"
    index: Remembered | None = None


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
class Labelled:
    """A page as it waits on disk: what cannot be made again from the document cheaply."""

    document: Document
    labels: tuple[Label, ...]
    captured: tuple[Captured, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record between the first two steps: its page, or why it has none."""

    page: Labelled | None
    rejected: Rejected | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A page that waits for its result, and what the batch knows about it."""

    page: Labelled
    evidence: Evidence | None


_Batch = list[tuple[int, _Known | Record | Rejected]]  # records with their numbers in the shard


@dataclass(frozen=True, slots=True)
class CoreText:
    """A kept core story on its way to grouping."""

    id: str
    text: str
    published: str


def work_file(work: Path, kind: str, number: int) -> Path:
    """The work file of a shard: pages, summaries, evidence, results, cores or keepers."""
    return work / f"{kind}-{number:05d}"


def read_shard(job: Job, shard: Shard, most: int, care: Care, pulse: Pulse) -> Reading | None:
    """Step 1: read the records of a shard (at most `most`, if that is not negative), make their pages, say what the batch needs to know."""
    summaries: list[PageSummary | None] = []

    def waiting() -> Iterator[Waiting]:
        records = islice(_records(shard, job.fields, care, pulse), most if most >= 0 else None)
        for batch in _batches(records, care):
            for one in _together(batch, partial(_pages, ruleset=job.ruleset), care, pulse):
                page, summary = (None, None) if isinstance(one, Rejected) else one
                summaries.append(summary)
                yield Waiting(Labelled(page.document, page.labels, page.captured)) if page else Waiting(None, one)

    if care.since >= 0:
        for _ in waiting():
            pass
        return None
    store(work_file(job.work, "pages", shard.number), waiting())
    pulse.beat(NOWHERE)
    store_pages(work_file(job.work, "summaries", shard.number), summaries)
    return Reading(shard.number, len(summaries), summaries.count(None))


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


def _batches(records: Iterable[_Known | Record | Rejected], care: Care) -> Iterator[_Batch]:
    """Records with their numbers, a bounded number of characters together; one by one where care is asked for."""
    batch: _Batch = []
    room = RUN.batch_chars
    for index, record in enumerate(records):
        batch.append((index, record))
        room -= len(_content(record))
        if care.careful or len(batch) == RUN.batch_pages or room <= 0:
            yield batch
            batch, room = [], RUN.batch_chars
    if batch:
        yield batch


def _together(batch: _Batch, step: Callable[[Any], list[Any]], care: Care, pulse: Pulse) -> list[Any]:
    """Do a step on the records of a batch at once; one by one where care is asked for, or where it raises what one of them causes."""
    if not care.careful:
        pulse.beat((WORKING, 0, batch[0][0]))
        try:
            done = iter(step([record for _, record in batch if not isinstance(record, Rejected)]))
        except RUN_FAULTS:
            raise
        except DOCUMENT_FAULTS:
            pass
        else:
            return [record if isinstance(record, Rejected) else next(done) for _, record in batch]
    return [_at(pulse, (WORKING, 0, index), care, record, lambda one: step([one])[0]) for index, record in batch]


def _at(pulse: Pulse, place: Place, care: Care, record: Any, step: Callable[[Any], Any]) -> Any:
    """Do a step on a record that care does not leave out; in a trial, on those from the suspected one on."""
    pulse.beat(place)
    if place in care.left_out:
        return record if isinstance(record, Rejected) else _rejection(record, care.left_out[place])
    if place[2] < care.since:
        return record if isinstance(record, Rejected) else _rejection(record, "not tried")
    return _caught(record, step)


def _pages(records: Sequence[Record], ruleset: Ruleset) -> list[tuple[Page, PageSummary] | Rejected]:
    """The pages of some records and what they tell the batch; what the extraction of one raises is that one's rejection."""
    documents = [_caught(record, to_document) for record in records]
    read = zip(*read_pages([document for document in documents if not isinstance(document, Rejected)], ruleset), strict=True)
    return [document if isinstance(document, Rejected) else next(read) for document in documents]


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
        return _rejection(record, told[: RUN.reason_chars].encode("utf-8", "replace").decode())


def _rejection(record: _Known | Record, reason: str) -> Rejected:
    source = record if isinstance(record, Record) else record.page.document
    content = _content(record)
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    return Rejected(source.origin, reason, source.id, source.url, raw[: STREAM.kept_raw])


def _content(record: _Known | Record | Rejected) -> bytes | str:
    """What a record is made of: its text, its HTML, the bytes that could not be read."""
    if isinstance(record, Rejected):
        return record.raw
    if isinstance(record, Record):
        return (record.text if record.text is not None else record.html) or ""
    return record.page.document.text


def clean_shard(job: Job, number: int, care: Care, pulse: Pulse) -> Cleaning | None:
    """Step 2: decide on every page of a shard with the batch's evidence, and keep the results."""
    cores: list[CoreText] = []
    books = dict.fromkeys(Status, 0)

    def outcomes() -> Iterator[Leaving]:
        for batch in _batches(_known(job, number), care):
            results = _together(batch, partial(_results, options=job.options), care, pulse)
            for result, one in zip(results, [leaving(result) for result in results], strict=True):
                books[one.status] += 1
                if one.status is Status.KEPT and job.options.duplicates is not Duplicates.OFF:
                    cores.append(CoreText(one.id, result.core, result.metadata.get("published", "")))
                yield one

    if care.since >= 0:
        for _ in outcomes():
            pass
        return None
    store(work_file(job.work, "results", number), outcomes())
    pulse.beat(NOWHERE)
    store(work_file(job.work, "cores", number), cores)
    return Cleaning(number, sum(books.values()), books[Status.KEPT], books[Status.QUARANTINED])


def _known(job: Job, number: int) -> Iterator[_Known | Rejected]:
    """The records of a shard as they wait: pages under the ids they have in this run, where another took theirs first, with their evidence."""
    names = iter(load_pages(work_file(job.work, "named", number)).ids)
    evidence = load_evidence(work_file(job.work, "evidence", number))
    for waiting in fetch(work_file(job.work, "pages", number), Waiting):
        if waiting.rejected:
            yield waiting.rejected
        elif waiting.page:
            name, page = next(names), waiting.page
            yield _Known(page if name == page.document.id else replace(page, document=replace(page.document, id=name)), next(evidence))


def _results(records: Sequence[_Known], options: Options) -> list[Result]:
    """The results of some pages, which are made again from their documents."""
    made = [make_page(record.page.document) for record in records]
    pages = [replace(page, labels=record.page.labels, captured=record.page.captured) for page, record in zip(made, records, strict=True)]
    return clean_pages(pages, [record.evidence for record in records], options)
