"""The three steps of a run on one shard, as functions of paths and small values, so that any process can do them.

Between the steps pages and results wait on disk in the run's work folder, one file a shard.
"""

from __future__ import annotations

import base64
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from cleaner.config import RUN, STREAM, FieldNames, Options
from cleaner.emit.account import appended_rows, audit_row, core_row, rejected_row
from cleaner.engine.plan import Counts
from cleaner.engine.shards import Shard
from cleaner.errors import BooksError, CleanerError, MissingExtra, OutputError
from cleaner.io.read import read_records
from cleaner.io.writer import output_errors, part_files
from cleaner.model import Document, Duplicates, Evidence, Origin, Page, Record, Rejected, Result, Status
from cleaner.pipeline import clean_page, read_page, to_document
from cleaner.repeats.clusters import CoreSummary, summarise_core
from cleaner.repeats.ownership import PageSummary, summarise
from cleaner.rules.compile import Ruleset, compile_rules
from cleaner.text.fold import fold_text

# Errors of the run, not of a document: they stop everything.
RUN_FAULTS = (BooksError, MissingExtra, OutputError)
# What a hostile document can raise in code that is right for all others: its values, its depth, its size, its shape. Errors that no
# document causes (OSError, ImportError, KeyboardInterrupt, SystemExit) are not here: they must not pass for a bad record.
DOCUMENT_FAULTS = (
    CleanerError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, MemoryError,
)  # fmt: skip

Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What every step needs to know of the run: work and output folder, digest of the rules, options."""

    work: Path
    output: Path
    digest: str
    fields: FieldNames
    options: Options
    compress: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Step 1 of a shard: one entry for each record in order, None for a rejected one."""

    number: int
    summaries: tuple[PageSummary | None, ...]


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Step 2 of a shard: core stories that may be duplicates, one entry for each kept record."""

    number: int
    records: int
    cores: tuple[CoreSummary, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One record on its way out: its result, or why there is none; `dropped` is the reason it is not kept, empty if it is."""

    result: Result | Rejected
    dropped: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """Step 3 of a shard: books for each file, appended records, a line for each quarantined record."""

    number: int
    files: Mapping[str, Counts]
    appended: int
    faults: tuple[str, ...]


def store_rules(job: Job, ruleset: Ruleset) -> None:
    """Put the rules where workers find them."""
    dump(job.work / "rules.bin", [ruleset.rules])


@lru_cache(maxsize=1)
def _ruleset(path: Path, digest: str) -> Ruleset:
    """The compiled rules of a run, once a process; the digest keeps those of another run from being taken for them."""
    (rules,) = load(path)
    ruleset = compile_rules(rules)
    if ruleset.digest != digest:
        raise BooksError(f"rules of this worker ({ruleset.digest[:12]}) are not those of the run ({digest[:12]}); report this as a bug")
    return ruleset


def dump(path: Path, values: Iterable[Any]) -> None:
    """Write values one after the other to a work file. Raises OutputError."""
    with output_errors(path):
        stream = open(path, "wb")  # noqa: SIM115 - closed below; what making a value raises is not an error of output
    with stream:
        for value in values:
            packed = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
            with output_errors(path):
                stream.write(packed)
        with output_errors(path):
            stream.flush()


def load(path: Path) -> Iterator[Any]:
    """Read the values of a work file back, one at a time."""
    with open(path, "rb") as stream:
        while stream.peek(1):
            yield pickle.load(stream)


def work_file(job: Job, kind: str, number: int) -> Path:
    """The work file of a shard: pages, evidence or results."""
    return job.work / f"{kind}-{number:05d}.bin"


def read_shard(job: Job, shard: Shard, tick: Tick | None = None) -> Reading:
    """Step 1: read the records of a shard, make their pages, say what the batch needs to know of them."""
    ruleset = _ruleset(job.work / "rules.bin", job.digest)
    summaries: list[PageSummary | None] = []

    def pages() -> Iterator[Page | Rejected]:
        for record in _records(shard, job.fields):
            page = _caught(record, lambda one: _page(one, ruleset))
            summaries.append(None if isinstance(page, Rejected) else summarise(page))
            yield page
            if tick:
                tick(1)

    dump(work_file(job, "pages", shard.number), pages())
    return Reading(shard.number, tuple(summaries))


def _records(shard: Shard, fields: FieldNames) -> Iterator[Record | Rejected]:
    for item in shard.items:
        if isinstance(item, Rejected):
            yield item
        else:
            yield from read_records(item, fields)


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
        source = record.document if isinstance(record, Page) else record
        return Rejected(source.origin, told[: RUN.reason_chars], source.id, source.url, _raw(source))


def _raw(source: Record | Document) -> bytes:
    content = source.text if source.text is not None else getattr(source, "html", None) or b""
    return (content if isinstance(content, bytes) else content.encode("utf-8", "replace"))[: STREAM.kept_raw]


def clean_shard(job: Job, number: int, tick: Tick | None = None) -> Cleaning:
    """Step 2: decide on every page of a shard with the batch's evidence, and keep the results."""
    cores: list[CoreSummary] = []
    records = 0

    def outcomes() -> Iterator[Outcome]:
        nonlocal records
        for page, (name, evidence) in zip(load(work_file(job, "pages", number)), load(work_file(job, "evidence", number)), strict=True):
            outcome = _outcome(_named(page, name), evidence, job.options)
            if isinstance(outcome.result, Result) and not outcome.dropped and job.options.duplicates is not Duplicates.OFF:
                cores.append(summarise_core(outcome.result))
            records += 1
            yield outcome
            if tick:
                tick(1)

    dump(work_file(job, "results", number), outcomes())
    return Cleaning(number, records, tuple(cores))


def _named(page: Page | Rejected, name: str) -> Page | Rejected:
    """The page under the id it has in this run, where another record took its own first."""
    return replace(page, document=replace(page.document, id=name)) if name and isinstance(page, Page) else page


def _outcome(page: Page | Rejected, evidence: Evidence | None, options: Options) -> Outcome:
    result = _caught(page, lambda one: clean_page(one, evidence, options))
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


def write_shard(job: Job, number: int, keepers: Mapping[str, str]) -> Writing:
    """Step 3: write the output files of a shard; `keepers` names the kept story for each record dropped as its duplicate."""
    files: dict[str, Counts] = {}
    faults: list[str] = []
    appended = 0
    with part_files(job.output, f"part-{number:05d}", job.compress) as write:
        for outcome in load(work_file(job, "results", number)):
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
    return Writing(number, files, appended, tuple(faults))


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
