"""The steps of a run on one shard, as functions of paths and small values, so that any process can do them.

Between the steps pages and results wait on disk in the run's work folder, one file a shard; nothing of a record stays in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from cleaner.config import RUN, STREAM, FieldNames, Options
from cleaner.core.scorer import Scored, score_pages
from cleaner.engine.crew import NOWHERE, READING, WORKING, Care, Place, Pulse
from cleaner.engine.faults import DOCUMENT_FAULTS, RUN_FAULTS
from cleaner.engine.plan import Remembered
from cleaner.engine.rows import Leaving, leaving
from cleaner.engine.shards import Shard
from cleaner.engine.tables import load_evidence, load_pages, store_pages
from cleaner.engine.workfiles import fetch, store
from cleaner.errors import CleanerError
from cleaner.io.read import Span, read_records
from cleaner.model import Captured, Document, Duplicates, Evidence, Label, Origin, Page, Record, Rejected, Status
from cleaner.pipeline import clean_page, read_page, to_document
from cleaner.repeats.ownership import PageSummary, summarise
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
    rejected = 0

    def pages() -> Iterator[Waiting]:
        nonlocal rejected
        for index, record in enumerate(_records(shard, job.fields, care, pulse)):
            if index == most:
                return
            page = _at(pulse, (WORKING, 0, index), care, record, lambda one: _page(one, job.ruleset))
            if isinstance(page, Rejected):
                rejected += 1
                summaries.append(None)
                yield Waiting(None, page)
            else:
                summaries.append(summarise(page))
                yield Waiting(Labelled(page.document, page.labels, page.captured))

    if care.since >= 0:
        for _ in pages():
            pass
        return None
    store(work_file(job.work, "pages", shard.number), pages())
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
    """Do a step on a record that care does not leave out; in a trial, on those from the suspected one on."""
    pulse.beat(place)
    if place in care.left_out:
        return record if isinstance(record, Rejected) else _rejection(record, care.left_out[place])
    if place[2] < care.since:
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
        return _rejection(record, told[: RUN.reason_chars].encode("utf-8", "replace").decode())


def _rejection(record: Page | Record | Labelled, reason: str) -> Rejected:
    source = record if isinstance(record, Record) else record.document
    return Rejected(source.origin, reason, source.id, source.url, _raw(source))


def _raw(source: Record | Document) -> bytes:
    content = source.text if source.text is not None else getattr(source, "html", None) or b""
    return (content if isinstance(content, bytes) else content.encode("utf-8", "replace"))[: STREAM.kept_raw]


def clean_shard(job: Job, number: int, care: Care, pulse: Pulse) -> Cleaning | None:
    """Step 2: decide on every page of a shard with the batch's evidence, and keep the results."""
    cores: list[CoreText] = []
    books = dict.fromkeys(Status, 0)

    def outcomes() -> Iterator[Leaving]:
        for batch in _batches(job, number, care, pulse):
            for index, page, evidence, scores in batch:
                result = _at(pulse, (WORKING, 0, index), care, page, partial(clean_page, evidence=evidence, options=job.options, scores=scores))
                one = leaving(result)
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


_Item = tuple[int, Page | Rejected | Labelled, Evidence | None, Scored | None]


def _batches(job: Job, number: int, care: Care, pulse: Pulse) -> Iterator[list[_Item]]:
    """Records of a shard with their evidence, some at a time, scored together; one by one where care is asked for."""
    batch: list[_Item] = []
    chars = 0
    names = iter(load_pages(work_file(job.work, "named", number)).ids)
    known = load_evidence(work_file(job.work, "evidence", number))
    for index, waiting in enumerate(fetch(work_file(job.work, "pages", number), Waiting)):
        place = (WORKING, 0, index)
        if care.careful or not batch:
            pulse.beat(place)
        page = waiting.page
        if waiting.rejected:
            batch.append((index, waiting.rejected, None, None))
        elif page:
            name, evidence = next(names), next(known)
            batch.append((index, page if place in care.left_out or index < care.since else _made(page, name), evidence, None))
            chars += len(page.document.text)
        if care.careful or len(batch) >= RUN.batch_pages or chars >= RUN.batch_chars:
            yield _scored(batch, care)
            batch, chars = [], 0
    yield _scored(batch, care)


def _made(page: Labelled, name: str) -> Page:
    """The page again, under the id it has in this run, where another record took its own first."""
    made = make_page(replace(page.document, id=name) if name != page.document.id else page.document)
    return replace(made, labels=page.labels, captured=page.captured)


def _scored(batch: list[_Item], care: Care) -> list[_Item]:
    """The same with the scorer's probabilities; none where the batch raises what one page of it causes: each is then scored by itself."""
    pages = [(at, page, evidence) for at, (_, page, evidence, _) in enumerate(batch) if isinstance(page, Page)]
    if not pages or care.careful:
        return batch
    try:
        scores = score_pages([page for _, page, _ in pages], [evidence for _, _, evidence in pages])
    except RUN_FAULTS:
        raise
    except DOCUMENT_FAULTS:
        return batch
    for (at, page, evidence), score in zip(pages, scores, strict=True):
        batch[at] = (batch[at][0], page, evidence, score)
    return batch
