"""A cleaned page for the eye: every line of its text, and below each removed passage why it went and who says so.

The form is that of rule examples: `- ` before a line that went, two spaces before one that stays, `⟦…⟧` around a
passage that went from inside a line. What is shown can be pasted into a rule file as an example.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from cleaner.model import Label, Reason, Result

_RED, _DIM, _BOLD, _PLAIN = "\x1b[31m", "\x1b[2m", "\x1b[1m", "\x1b[0m"
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_SHOWN_METADATA = ("published", "source", "author", "keywords")


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is shown: `terminal` isolates passages of either direction, `colour` paints them, `hints` adds what only speaks."""

    terminal: bool = False
    colour: bool = False
    hints: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the text: its characters `[start, end)`, the labels that took parts of it, and whether all of it went."""

    start: int
    end: int
    labels: tuple[Label, ...]
    gone: bool


def explain_page(result: Result, look: Look) -> Iterator[str]:
    """The lines to print for one document, without line breaks."""
    text = result.document.text
    yield from _head(result, look)
    for _, run in groupby(_rows(text, result), key=lambda row: _claims(row.labels) if row.gone else row.start):
        rows = tuple(run)
        yield from (_line(text, row, look) for row in rows)
        yield from (_painted(f"    ↳ {why}", _DIM, look) for why in _whys([label for row in rows for label in row.labels]))
        if look.hints:
            yield from (_hint(label, text, look) for label in result.flagged if rows[0].start <= label.start < rows[-1].end)
    yield from _foot(result, look)


def _head(result: Result, look: Look) -> Iterator[str]:
    account, document = result.account, result.document
    share = 100 * account.kept / account.total if account.total else 0.0
    scope = "by itself" if result.alone else "with the evidence of its batch"
    yield _painted(_printable(document.id), _BOLD, look)
    yield f"{account.kept:,} of {account.total:,} characters kept ({share:.0f} %), {scope}"
    if result.title:
        yield f"title: {_isolated(_printable(result.title), look)}"
    yield from (f"{name}: {_isolated(_printable(result.metadata[name]), look)}" for name in _SHOWN_METADATA if result.metadata.get(name))
    yield from (f"note: {_printable(note)}" for note in document.notes)
    yield ""


def _foot(result: Result, look: Look) -> Iterator[str]:
    yield ""
    sums = sorted(result.account.removed.items(), key=lambda item: (-item[1], item[0]))
    yield "removed characters: " + (", ".join(f"{reason} {count:,}" for reason, count in sums) or "none")
    for item in result.items:
        owner = f", owner {_printable(item.owner)}" if item.owner else ""
        yield f"item {item.number} ({item.reason.value}{owner}): {_isolated(_printable(item.title), look)}"
    yield from (f"guard: {_printable(flag)}" for flag in result.account.flags)


def _rows(text: str, result: Result) -> Iterator[_Row]:
    """The lines of a text that are not blank, a glued line as the two it is."""
    labels = [label for label in result.removed if label.reason is not Reason.SPACE]
    breaks, start = set(result.inserts), 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        edges = [start, *sorted(at for at in breaks if start < at < end), end]
        for first, last in pairwise(edges):
            if row := _row(text, first, last, labels):
                yield row
        start = end


def _row(text: str, start: int, end: int, labels: Sequence[Label]) -> _Row | None:
    part = text[start:end]
    if not part.strip():
        return None
    start, end = start + len(part) - len(part.lstrip()), start + len(part.rstrip())
    inside = tuple(
        label for label in labels if label.start < end and label.end > start and text[max(label.start, start) : min(label.end, end)].strip()
    )
    kept = _outside(start, end, inside)
    return _Row(start, end, inside, not "".join(text[first:last] for first, last in kept).strip())


def _outside(start: int, end: int, labels: Sequence[Label]) -> list[tuple[int, int]]:
    """The parts of `[start, end)` that no label covers; labels are disjoint and in order."""
    edges = [start, *(at for label in labels for at in (max(label.start, start), min(label.end, end))), end]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _line(text: str, row: _Row, look: Look) -> str:
    if row.gone:
        return _painted("- " + _isolated(text[row.start : row.end], look), _RED, look)
    parts, position = [], row.start
    for label in row.labels:
        start, end = max(label.start, row.start), min(label.end, row.end)
        parts += [text[position:start], _painted(f"⟦{text[start:end]}⟧", _RED, look)]
        position = end
    return "  " + _isolated("".join(parts) + text[position : row.end], look)


def _claims(labels: Sequence[Label]) -> list[tuple[Reason, str, str, int]]:
    """What labels say, in order and once each: reason, author, evidence, number of the appended item."""
    return list(dict.fromkeys((label.reason, label.author, label.evidence, label.item) for label in labels))


def _whys(labels: Sequence[Label]) -> Iterator[str]:
    """One line for each claim, with the scorer's probabilities of all labels that make it."""
    for claim in _claims(labels):
        reason, author, evidence, item = claim
        known = [label.probability for label in labels if label.probability is not None and _claims([label]) == [claim]]
        spread = sorted({f"{probability:.2f}" for probability in known})
        parts = [
            reason.value,
            author,
            evidence,
            f"probability {' to '.join(spread[:: max(1, len(spread) - 1)])}" if spread else "",
            f"item {item}" if item else "",
        ]
        yield " · ".join(_printable(part) for part in parts if part)


def _hint(label: Label, text: str, look: Look) -> str:
    return _painted(f"    ? {next(_whys([label]))}: {_isolated(_printable(text[label.start : label.end]), look)}", _DIM, look)


def _isolated(passage: str, look: Look) -> str:
    """A passage that keeps its own direction on a terminal, whatever stands around it."""
    return f"{_FIRST_STRONG_ISOLATE}{passage}{_POP_ISOLATE}" if look.terminal else passage


def _painted(passage: str, code: str, look: Look) -> str:
    return f"{code}{passage}{_PLAIN}" if look.colour else passage


def _printable(value: str) -> str:
    """A value on one line, without characters that would steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in value)
