"""Leave out what was decided, once, at the end: the only place where text goes, and where each removal is written down."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import TypeAlias

from cleaner.config import Options
from cleaner.emit.metadata import metadata_of, title_of
from cleaner.model import Account, Confidence, Decision, Item, Label, Page, Reason, Result

_SPACE = Label(0, 0, Reason.SPACE, "emit", Confidence.CERTAIN, "white space around the story")
_UNPLACED = attrgetter(*(field.name for field in fields(Label) if field.name not in ("start", "end")))  # what a label says but where
_Span: TypeAlias = tuple[int, int]  # characters [start, end)
_Run: TypeAlias = tuple[int, int, int]  # a span that goes and the index of the label that removes it


def render(page: Page, decision: Decision, options: Options, *, alone: bool) -> Result:
    """Build the result of a page from a decision.

    Kept characters and removed spans partition the text. White space beside a removed passage goes with it, so that no gap is left.
    """
    text = page.document.text
    labels = (*decision.removed, _SPACE)
    runs = _runs(text, labels)
    removed = tuple(_cut(labels[index], start, end) for start, end, index in runs)
    kept = _spans_between(runs, len(text))
    inserts = _inserts(page, kept)
    metadata = metadata_of(page, removed)
    title = title_of(page, kept) or metadata.get("title", "")
    account = _books(text, removed, inserts, decision)
    core = _kept_text(text, removed, inserts)
    return Result(page.document, core, title, metadata, _items(page, removed), removed, inserts, decision.flagged, account, alone)


def _runs(text: str, labels: Sequence[Label]) -> list[_Run]:
    """What goes as disjoint runs in order: of two labels on one place the first, the white space beside them, the outer blanks to the last label."""
    runs: list[_Run] = []
    for index, label in enumerate(labels[:-1]):
        _add(runs, label.start, label.end, index)
    _reach_out(text, runs)
    blanks = _outer_blanks(text, _spans_between(runs, len(text)))
    return sorted([*runs, *((start, end, len(labels) - 1) for start, end in blanks)])


def _add(runs: list[_Run], start: int, end: int, index: int) -> None:
    """Add those parts of a span that no run covers yet."""
    at = bisect_right(runs, (start, end, index))
    start = max(start, runs[at - 1][1]) if at else start
    while start < end:
        stop = min(end, runs[at][0]) if at < len(runs) else end
        if start < stop:
            runs.insert(at, (start, stop, index))
            at += 1
        start = runs[at][1] if at < len(runs) and stop < end else end
        at += 1


def _reach_out(text: str, runs: list[_Run]) -> None:
    """Let each passage that goes (runs that touch) take the white space beside it, the one behind a gap before the one in front of it."""
    limit, last = len(text), len(runs) - 1
    for first in range(len(runs) - 1, -1, -1):
        floor = runs[first - 1][1] if first else 0
        start, end, index = runs[first]
        if floor == start and first:
            continue
        before, after = _space_beside(text, start, runs[last][1])
        limit, after = max(floor, before), min(after, limit)
        runs[first] = (limit, end, index)
        runs[last] = (runs[last][0], after, runs[last][2])
        last = first - 1


def _spans_between(runs: Sequence[_Run], size: int) -> list[_Span]:
    """The spans of a text of `size` characters that no run covers."""
    ends = [0, *(run[1] for run in runs)]
    starts = [*(run[0] for run in runs), size]
    return [(start, end) for start, end in zip(ends, starts, strict=True) if start < end]


def _outer_blanks(text: str, kept: Sequence[_Span]) -> list[_Span]:
    """The white space among kept spans before the first other kept character and behind the last."""
    told = [span for span in kept if not text[slice(*span)].isspace()]
    first = told[0][1] - len(text[slice(*told[0])].lstrip()) if told else len(text)
    last = told[-1][0] + len(text[slice(*told[-1])].rstrip()) if told else len(text)
    ahead = [(start, min(end, first)) for start, end in kept if start < first]
    return ahead + [(max(start, last), end) for start, end in kept if end > last]


def _inserts(page: Page, kept: Sequence[_Span]) -> tuple[int, ...]:
    """Where a line break is added: before glued blocks, if what stands on both sides of it stays."""
    glued = [block.start for block in page.blocks if block.glued]
    if not glued:
        return ()
    spans = ((at, kept[bisect_right(kept, (at,)) - 1]) for at in glued if kept)
    return tuple(at for at, (start, end) in spans if start < at < end)


def _space_beside(text: str, start: int, end: int) -> tuple[int, int]:
    """How far the removal of `[start, end)` reaches into the white space around it.

    A whole line takes the white space behind it (at the end of the text, that before it too); a passage inside a line
    takes blanks on one side only.
    """
    before, after = start, end
    while before and text[before - 1].isspace() and text[before - 1] != "\n":
        before -= 1
    while after < len(text) and text[after].isspace() and text[after] != "\n":
        after += 1
    at_line_start = before == 0 or text[before - 1] == "\n"
    at_line_end = after == len(text) or text[after] == "\n"
    if not at_line_start:
        return (before, end) if at_line_end else (start, after if before < start else end)
    if not at_line_end:
        return start, after
    while after < len(text) and text[after].isspace():
        after += 1
    return (len(text[:before].rstrip()) if after == len(text) else before), after


def _cut(label: Label, start: int, end: int) -> Label:
    return label if (label.start, label.end) == (start, end) else Label(start, end, *_UNPLACED(label))


def _kept_text(text: str, removed: Sequence[Label], inserts: Sequence[int]) -> str:
    """The kept characters in order, with a line break before each position of `inserts`."""
    cuts = [(label.start, label.end, "") for label in removed]
    if inserts:
        cuts = sorted(cuts + [(at, at, "\n") for at in inserts])
    parts, position = [], 0
    for start, end, inserted in cuts:
        if position < start or inserted:
            parts += [text[position:start], inserted]
        position = end
    return "".join([*parts, text[position:]])


def _items(page: Page, removed: Sequence[Label]) -> tuple[Item, ...]:
    """The appended stories and teasers as records; lines inside them that have reasons of their own are left out."""
    items: dict[int, list[Label]] = {}
    for label in removed:
        if label.item:
            items.setdefault(label.item, []).append(label)
    captions = [label for label in page.labels if label.reason is Reason.CAPTION] if items else []
    return tuple(_item(page.document.text, number, items[number], captions) for number in sorted(items))


def _item(text: str, number: int, labels: Sequence[Label], captions: Sequence[Label]) -> Item:
    pieces = [(label.start, line.strip()) for label in labels for line in text[label.start : label.end].split("\n") if line.strip()]
    unique = list(dict.fromkeys(line for _, line in pieces))
    spoken = (line for start, line in pieces if not any(caption.start <= start < caption.end for caption in captions))
    owner = next((label.owner for label in labels if label.owner), "")
    spans = tuple((label.start, label.end) for label in labels)
    return Item(number, next(spoken, unique[0]), "\n".join(unique), labels[0].reason, owner, spans)


def _books(text: str, removed: Sequence[Label], inserts: Sequence[int], decision: Decision) -> Account:
    sums: dict[Reason, int] = {}
    for label in removed:
        sums[label.reason] = sums.get(label.reason, 0) + label.end - label.start
    by_name = {reason.value: sums[reason] for reason in sorted(sums)}
    return Account(len(text), len(text) - sum(sums.values()), by_name, len(inserts), decision.guards)
