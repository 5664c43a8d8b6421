"""The last step of a run on one shard: its rows into the parts of the output, stories that repeat a kept one as dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cleaner.config import RUN
from cleaner.emit.account import APPENDED_COLUMNS, CORE_COLUMNS
from cleaner.engine.crew import WORKING, Care, Pulse
from cleaner.engine.plan import Counts
from cleaner.engine.rows import Leaving, as_duplicate
from cleaner.engine.steps import Job, work_file
from cleaner.engine.workfiles import fetch, load
from cleaner.io.writer import part_files
from cleaner.model import Status

TABLES = {"core": CORE_COLUMNS, "appended": APPENDED_COLUMNS}  # what Parquet is for; books of nested rows stay JSON lines


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


def write_shard(job: Job, number: int, _care: Care, pulse: Pulse) -> Writing:
    """Step 3: write the output files of a shard, those that would duplicate a kept story as dropped."""
    (keepers,) = load(work_file(job.work, "keepers", number))
    books: dict[tuple[str, Status], int] = {}
    faults: list[str] = []
    appended = 0
    tables = TABLES if job.format == "parquet" else {}
    with part_files(job.output, f"part-{number:05d}", job.compress, tables) as (write, parts):
        for index, waiting in enumerate(fetch(work_file(job.work, "results", number), Leaving)):
            pulse.beat((WORKING, 0, index))
            keeper = keepers.get(waiting.id) if waiting.status is Status.KEPT else None
            one = as_duplicate(waiting, keeper) if keeper else waiting
            books[one.file, one.status] = books.get((one.file, one.status), 0) + 1
            write("audit", one.audit)
            if one.content:
                write("core" if one.status is Status.KEPT else "quarantine", one.content)
            for row in one.appended:
                write("appended", row)
            appended += len(one.appended)
            if one.fault and len(faults) < RUN.faults_told:
                faults.append(one.fault)
    return Writing(number, _by_file(books), appended, tuple(faults), tuple(parts))


def _by_file(books: Mapping[tuple[str, Status], int]) -> dict[str, Counts]:
    files: dict[str, Counts] = {}
    for (file, status), count in books.items():
        files[file] = files.get(file, Counts()) + Counts(count, **{status.value: count})
    return files
