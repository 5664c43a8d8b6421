"""Two sets of rules on the same pages: what one removes that the other keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cleaner.config import Options
from cleaner.model import Document, Label, Page, Result
from cleaner.pipeline import clean_page, read_page
from cleaner.rules.compile import compile_rules
from cleaner.rules.model import Rule

_CONTEXT = 80  # characters of kept text shown before and behind
_PASSAGE = 400  # characters of a passage shown


@dataclass(frozen=True, slots=True)
class Change:
    """A passage `[start, end)` that goes with one set of rules only: newly, or no longer; `label` is why."""

    document: Document
    start: int
    end: int
    goes: bool
    label: Label


def compare_rules(old: Sequence[Rule], new: Sequence[Rule], documents: Iterable[Document]) -> Iterator[Change]:
    """The differences between the results of two sets of rules, page by page, each page by itself."""
    before, after = compile_rules(old), compile_rules(new)
    if before.digest == after.digest:
        return
    for document in documents:
        first, second = read_page(document, before), read_page(document, after)
        if _said(first) != _said(second):
            yield from _changes(document, clean_page(first, None, Options(alone=True)), clean_page(second, None, Options(alone=True)))


def _said(page: Page) -> list[tuple[int, int, str, bool]]:
    """What labels do, whoever made them."""
    return sorted((label.start, label.end, label.confidence, label.marker) for label in page.labels)


def _changes(document: Document, old: Result, new: Result) -> Iterator[Change]:
    found = [Change(document, *span, True, label) for label in new.removed for span in _outside(label, old.removed)]
    found += [Change(document, *span, False, label) for label in old.removed for span in _outside(label, new.removed)]
    yield from sorted((one for one in found if document.text[one.start : one.end].strip()), key=lambda one: (one.start, one.goes))


def _outside(label: Label, others: Sequence[Label]) -> Iterator[tuple[int, int]]:
    """The parts of a label that lie in none of the others, which are disjoint and in order."""
    start = label.start
    for other in others:
        if other.end <= start or other.start >= label.end:
            continue
        if other.start > start:
            yield start, other.start
        start = max(start, other.end)
    if start < label.end:
        yield start, label.end


def shown_change(change: Change) -> list[str]:
    """A change as lines for a reader: where, who, the passage between what stands around it."""
    text, label = change.document.text, change.label
    verb = "goes" if change.goes else "stays"
    lines = [f"{change.document.id} [{change.start}:{change.end}] {verb}: {label.reason.value}, {label.author} {label.evidence}".rstrip()]
    lines += [f"  {line}" for line in text[max(0, change.start - _CONTEXT) : change.start].splitlines() if line.strip()]
    passage = text[change.start : change.end].strip()
    passage = passage if len(passage) <= _PASSAGE else f"{passage[:_PASSAGE]} ..."
    lines += [f"{'-' if change.goes else '+'} {line}" for line in passage.splitlines() if line.strip()]
    return lines + [f"  {line}" for line in text[change.end : change.end + _CONTEXT].splitlines() if line.strip()]
