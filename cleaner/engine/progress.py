"""Progress of a run, for people: a bar on stderr where that is a terminal, silence elsewhere."""

from __future__ import annotations

import sys
from typing import Any, Protocol


class Progress(Protocol):
    """What a run reports to: a stage begins with the number of records it will see (None: not known yet), then records pass."""

    def stage(self, name: str, total: int | None) -> None:
        """A stage begins; the one before has ended."""

    def advance(self, records: int) -> None:
        """So many more records have passed."""

    def close(self) -> None:
        """The run has ended."""


class Silence:
    """Reports nothing."""

    def stage(self, name: str, total: int | None) -> None:
        """Say nothing."""

    def advance(self, records: int) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""


class Bar:
    """One tqdm bar a stage, on stderr."""

    def __init__(self) -> None:
        self._bar: Any = None

    def stage(self, name: str, total: int | None) -> None:
        """Begin the bar of a stage."""
        from tqdm import tqdm

        self.close()
        self._bar = tqdm(desc=name, total=total, unit=" records", file=sys.stderr, leave=False)

    def advance(self, records: int) -> None:
        """Move the bar."""
        self._bar.update(records)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()


def terminal_progress() -> Progress:
    """A bar where stderr is a terminal, silence where it is not."""
    return Bar() if sys.stderr.isatty() else Silence()
