"""Which errors stop a run, and which are those of one document."""

from __future__ import annotations

from cleaner.errors import BooksError, CleanerError, MissingExtra, OutputError

# Errors of the run, not of a document: they stop everything.
RUN_FAULTS = (BooksError, MissingExtra, OutputError)
# What a hostile document can raise in code that is right for all others: its values, its depth, its size, its shape. Errors that no
# document causes (OSError, ImportError, KeyboardInterrupt, SystemExit) are not here: they must not pass for a bad record.
DOCUMENT_FAULTS = (
    CleanerError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, MemoryError,
)  # fmt: skip
