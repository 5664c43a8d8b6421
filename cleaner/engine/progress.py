"""Progress of a run: a bar on stderr where that is a terminal, JSON lines where they are asked for, silence elsewhere."""

from __future__ import annotations

import json
import sys
from typing import Any, Protocol

from cleaner.engine.plan import Counts


class Progress(Protocol):
    """What a run reports to: a stage begins with the number of records it will see (None: not known yet), then records pass."""

    def stage(self, name: str, total: int | None) -> None:
        """A stage begins; the one before has ended."""

    def passed(self, records: int, size: int = 0) -> None:
        """So many records of the stage are done, so many bytes of input with them."""

    def tally(self, counts: Counts) -> None:
        """The books so far."""

    def close(self) -> None:
        """The run has ended."""


class Silence:
    """Reports nothing."""

    def stage(self, name: str, total: int | None) -> None:
        """Say nothing."""

    def passed(self, records: int, size: int = 0) -> None:
        """Say nothing."""

    def tally(self, counts: Counts) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""


class Bar:
    """One tqdm bar a stage, on stderr: records, records a second, time to go, MB a second, the books."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._figures: dict[str, str | int] = {}

    def stage(self, name: str, total: int | None) -> None:
        """Begin the bar of a stage."""
        from tqdm import tqdm

        self.close()
        tqdm.monitor_interval = 0  # no thread: workers are forked from this process
        self._bar = tqdm(desc=name, total=total, unit=" docs", file=sys.stderr, leave=False)

    def passed(self, records: int, size: int = 0) -> None:
        """Move the bar."""
        elapsed = self._bar.format_dict["elapsed"]
        if size and elapsed:
            self._figures["MB/s"] = f"{size / elapsed / 1e6:.1f}"
        self._bar.set_postfix(self._figures, refresh=False)
        self._bar.update(records - self._bar.n)

    def tally(self, counts: Counts) -> None:
        """Show the books behind the bar."""
        self._figures |= {"kept": counts.kept, "dropped": counts.dropped, "quarantined": counts.quarantined}

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()


class JsonLines:
    """One JSON line on stderr when a stage begins and when books are closed."""

    def stage(self, name: str, total: int | None) -> None:
        """Say that a stage begins."""
        log_event("stage", name=name, records=total)

    def passed(self, records: int, size: int = 0) -> None:
        """Say nothing."""

    def tally(self, counts: Counts) -> None:
        """Say the books."""
        log_event("counts", **{"in": counts.read, "kept": counts.kept, "dropped": counts.dropped, "quarantined": counts.quarantined})

    def close(self) -> None:
        """Say nothing."""


def log_event(event: str, **fields: Any) -> None:
    """Print one event as a JSON line on stderr."""
    print(json.dumps({"event": event, **fields}, ensure_ascii=False), file=sys.stderr, flush=True)


def terminal_progress() -> Progress:
    """A bar where stderr is a terminal, silence where it is not."""
    return Bar() if sys.stderr.isatty() else Silence()
