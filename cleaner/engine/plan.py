"""What a run is asked to do, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cleaner.config import FieldNames, Options


@dataclass(frozen=True, slots=True)
class Remembered:
    """A run's place in its index: the folder, the run's key there, and the keys of all batches that are the run's own, from now or before."""

    path: Path
    key: str
    own: frozenset[str]


@dataclass(frozen=True, slots=True)
class RunPlan:
    """One run: `inputs` as the user named them (files, folders, globs, `-`), `output` folder, what to do and how.

    `rules` are folders added to the built-in packs, `disable` prefixes of rule ids left out. `jobs` is the number of worker
    processes (0: one for each core); it never changes the output. `format` of core and appended stories is jsonl or parquet,
    `compress` of JSON lines none, gz or zst. `force` overwrites the output of another run. `limit` reads only so many records (-1: all);
    `fail_over` stops the run where a larger share of records is quarantined. `index`: the folder of earlier batches, and of this one then.
    """

    inputs: tuple[str, ...]
    output: Path
    options: Options = field(default_factory=Options)
    fields: FieldNames = field(default_factory=FieldNames)
    rules: tuple[Path, ...] = ()
    disable: tuple[str, ...] = ()
    jobs: int = 0
    format: str = "jsonl"
    compress: str = "none"
    force: bool = False
    limit: int = -1
    fail_over: float = 1.0
    index: Path | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """The books of a run or of one file, in records: read = kept + dropped + quarantined."""

    read: int = 0
    kept: int = 0
    dropped: int = 0
    quarantined: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Add the books of two parts.

        >>> Counts(2, 1, 1) + Counts(1, 0, 0, 1)
        Counts(read=3, kept=1, dropped=1, quarantined=1)
        """
        return Counts(self.read + other.read, self.kept + other.kept, self.dropped + other.dropped, self.quarantined + other.quarantined)

    @property
    def balanced(self) -> bool:
        """Whether every record that was read went somewhere, and only once."""
        return self.read == self.kept + self.dropped + self.quarantined


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did: its books, in total and for each input file, and what there is to tell the user.

    `appended`: records of stories and teasers split off; `groups`: groups of near-duplicates; `faults`: a line for each record
    quarantined (at most `config.RUN.faults_told` a shard); `skipped`: inputs left aside with the reason; `notes`: what was taken over from
    an earlier run, workers that were lost. `input_bytes` is the size of the inputs. `exit_code` is 0, or 3 with quarantine.
    """

    output: Path
    counts: Counts
    files: Mapping[str, Counts] = field(default_factory=dict)
    appended: int = 0
    groups: int = 0
    skipped: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    exit_code: int = 0
    notes: tuple[str, ...] = ()
    input_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run would do: inputs to read and their bytes, shards to clean, shards that stand finished, inputs left aside, notes."""

    inputs: int
    input_bytes: int
    shards: int
    finished: int
    rules: int
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
