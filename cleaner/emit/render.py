"""Leave out what was decided, once, at the end: the only place where text goes, and where each removal is written down."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from msgspec.structs import replace

from cleaner.config import Options
from cleaner.emit.metadata import metadata_of, title_of
from cleaner.model import Account, Confidence, Decision, Item, Label, Page, Reason, Result

_SPACE = Label(0, 0, Reason.SPACE, "emit", Confidence.CERTAIN, "white space around the story")
_Span: TypeAlias = tuple[int, int]  # characters [start, end)
_Run: TypeAlias = tuple[int, int, int]  # a span that goes and the index of the label that removes it


def render(page: Page, decision: Decision, options: Options, *, alone: bool) -> Result:
    """Build the result of a page from a decision.

    Kept characters and removed spans partition the text. White space beside a removed passage goes with it, so that no gap is left.
    """
    text = page.document.text
    labels = (*decision.removed, _SPACE)
    runs = _runs(text, labels)
    removed = tuple([_cut(labels[index], start, end) for start, end, index in runs])
    kept = _spans_between(runs, len(text))
    inserts = _inserts(page, kept)
    metadata = metadata_of(page, removed)
    title = title_of(page, kept) or metadata.get("title", "")
    account = _books(text, removed, inserts, decision)
    core = _kept_text(text, kept, inserts)
    return Result(page.document, core, title, metadata, _items(page, removed), removed, inserts, decision.flagged, account, alone)


def _runs(text: str, labels: Sequence[Label]) -> list[_Run]:
    """What goes as disjoint runs in order: of two labels on one place the first, the white space beside them, the outer blanks to the last label."""
    runs: list[_Run] = []
    for index, label in enumerate(labels[:-1]):
        _add(runs, label.start, label.end, index)
    _reach_out(text, runs)
    blanks = _outer_blanks(text, _spans_between(runs, len(text)))
    return sorted([*runs, *((start, end, len(labels) - 1) for start, end in blanks)]) if blanks else runs


def _add(runs: list[_Run], start: int, end: int, index: int) -> None:
    """Add those parts of a span that no run covers yet."""
    at = bisect_right(runs, (start, end, index))
    if at and runs[at - 1][1] > start:
        start = runs[at - 1][1]
    while start < end:
        if at == len(runs) or end <= runs[at][0]:
            runs.insert(at, (start, end, index))
            return
        stop, behind = runs[at][:2]
        if start < stop:
            runs.insert(at, (start, stop, index))
            at += 1
        start = behind
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
        behind = limit
        limit = before if before > floor else floor
        runs[first] = (limit, end, index)
        runs[last] = (runs[last][0], after if after < behind else behind, runs[last][2])
        last = first - 1


def _spans_between(runs: Sequence[_Run], size: int) -> list[_Span]:
    """The spans of a text of `size` characters that no run covers."""
    spans: list[_Span] = []
    position = 0
    for start, end, _ in runs:
        if position < start:
            spans.append((position, start))
        position = end
    if position < size:
        spans.append((position, size))
    return spans


def _outer_blanks(text: str, kept: Sequence[_Span]) -> list[_Span]:
    """The white space among kept spans before the first other kept character and behind the last."""
    if kept and not (text[kept[0][0]].isspace() or text[kept[-1][1] - 1].isspace()):
        return []
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
    before, after, size = start, end, len(text)
    # Where a line ends is asked first: most passages are whole lines.
    while before and (char := text[before - 1]) != "\n" and char.isspace():
        before -= 1
    while after < size and (char := text[after]) != "\n" and char.isspace():
        after += 1
    at_line_start = before == 0 or text[before - 1] == "\n"
    at_line_end = after == size or text[after] == "\n"
    if not at_line_start:
        return (before, end) if at_line_end else (start, after if before < start else end)
    if not at_line_end:
        return start, after
    while after < size and text[after].isspace():
        after += 1
    return (len(text[:before].rstrip()) if after == size else before), after


def _cut(label: Label, start: int, end: int) -> Label:
    return label if label.start == start and label.end == end else replace(label, start=start, end=end)


def _kept_text(text: str, kept: Sequence[_Span], inserts: Sequence[int]) -> str:
    """The kept spans in order, with a line break before each position of `inserts`."""
    if not inserts:
        return "".join([text[start:end] for start, end in kept])
    parts: list[str] = []
    for start, end in kept:
        inside = inserts[bisect_right(inserts, start) : bisect_left(inserts, end)]
        parts.append("\n".join([text[low:high] for low, high in pairwise((start, *inside, end))]))
    return "".join(parts)


def _items(page: Page, removed: Sequence[Label]) -> tuple[Item, ...]:
    """The appended stories and teasers as records; lines inside them that have reasons of their own are left out."""
    items: dict[int, list[Label]] = {}
    for label in removed:
        if label.item:
            items.setdefault(label.item, []).append(label)
    captions = [label for label in page.labels if label.reason is Reason.CAPTION] if items else []
    return tuple(_item(page.document.text, number, items[number], captions) for number in sorted(items))


def _item(text: str, number: int, labels: Sequence[Label], captions: Sequence[Label]) -> Item:
    pieces = [(label.start, line) for label in labels for part in text[label.start : label.end].split("\n") if (line := part.strip())]
    unique = list(dict.fromkeys([line for _, line in pieces]))
    spoken = (line for start, line in pieces if not any(caption.start <= start < caption.end for caption in captions))
    owner = next((label.owner for label in labels if label.owner), "")
    spans = tuple([(label.start, label.end) for label in labels])
    return Item(number, next(spoken, unique[0]), "\n".join(unique), labels[0].reason, owner, spans)


def _books(text: str, removed: Sequence[Label], inserts: Sequence[int], decision: Decision) -> Account:
    sums: dict[Reason, int] = {}
    for label in removed:
        sums[label.reason] = sums.get(label.reason, 0) + label.end - label.start
    by_name = {reason.value: sums[reason] for reason in sorted(sums)}
    return Account(len(text), len(text) - sum(sums.values()), by_name, len(inserts), decision.guards)
