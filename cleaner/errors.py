"""The errors of cleaner: one base, each class also the builtin that a caller would catch."""

from __future__ import annotations


class CleanerError(Exception):
    """Base of all errors that cleaner raises on purpose; the message says what, where and what to do."""

    exit_code = 2


class RuleError(CleanerError, ValueError):
    """Rule files were refused; `faults` lists every fault found, one line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class RuleTimeout(CleanerError, TimeoutError):
    """A rule's regex ran out of time on a record; the record is quarantined, never half cleaned."""

    def __init__(self, rule_id: str) -> None:
        super().__init__(f"rule_timeout: rule {rule_id} ran out of time on this record; see `cleaner rules check`")
        self.rule_id = rule_id


class InputError(CleanerError, ValueError):
    """An input could not be read at all: names the file and what was expected."""


class OutputError(CleanerError, OSError):
    """Output could not be written: names the path and the system's reason."""

    exit_code = 74


class RefusedError(CleanerError, ValueError):
    """A command was refused before any work: bad arguments or an output folder of another run."""


class BooksError(CleanerError, RuntimeError):
    """The books of a run do not balance: records in differ from kept + dropped + quarantined."""

    exit_code = 70


class MissingExtra(CleanerError, ImportError):
    """An optional dependency is needed: says which and the command that adds it."""


class TooManyFaults(CleanerError, RuntimeError):
    """A larger share of records was quarantined than the user allows."""

    exit_code = 3


class StoppedError(CleanerError, RuntimeError):
    """A signal ended the run; what is done is kept, and the same command goes on from there.

    No InterruptedError: the standard library takes those for interrupted system calls and tries again.
    """

    def __init__(self, signal: int, name: str) -> None:
        super().__init__(f"stopped by {name}; the same command goes on where this one stopped")
        self.exit_code = 128 + signal
