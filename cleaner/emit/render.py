"""Leave out what was decided, once, at the end: the only place where text goes, and where each removal is written down."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cleaner.config import Options
from cleaner.emit.metadata import metadata_of, title_of
from cleaner.model import Account, Confidence, Decision, Int32s, Item, Label, Page, Reason, Result

_SPACE = Label(0, 0, Reason.SPACE, "emit", Confidence.CERTAIN, "white space around the story")


def render(page: Page, decision: Decision, options: Options, *, alone: bool) -> Result:
    """Build the result of a page from a decision.

    Kept characters and removed spans partition the text. White space beside a removed passage goes with it, so that no gap is left.
    """
    text = page.document.text
    labels = (*decision.removed, _SPACE)
    painted = _paint(text, labels)
    removed = _spans(painted, labels)
    inserts = tuple(b.start for b in page.blocks if b.glued and b.start and painted[b.start] < 0 and painted[b.start - 1] < 0)
    core = _kept_text(text, removed, inserts)
    metadata = metadata_of(page, removed)
    title = title_of(page, painted) or metadata.get("title", "")
    account = _books(text, removed, inserts, decision)
    return Result(page.document, core, title, metadata, _items(page, removed), removed, inserts, decision.flagged, account, alone)


def _paint(text: str, labels: Sequence[Label]) -> Int32s:
    """For every character the index of the label that removes it, -1 where it stays; the first label wins."""
    painted = np.full(len(text), -1, dtype=np.int32)
    for index in range(len(labels) - 1, -1, -1):
        painted[labels[index].start : labels[index].end] = index
    edges = np.flatnonzero(np.diff(painted >= 0, prepend=False, append=False)) if len(text) else np.zeros(0, dtype=np.int64)
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        before, after = _space_beside(text, start, end)
        painted[before:start] = painted[start]
        painted[end:after] = painted[end - 1]
    kept = np.flatnonzero(painted < 0)
    for outward in (kept, kept[::-1]):
        painted[list(itertools.takewhile(lambda at: text[at].isspace(), outward.tolist()))] = len(labels) - 1
    return painted


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


def _spans(painted: Int32s, labels: Sequence[Label]) -> tuple[Label, ...]:
    """The painted runs as disjoint labels in order."""
    if not len(painted):
        return ()
    edges = np.concatenate(([0], np.flatnonzero(np.diff(painted)) + 1, [len(painted)])).tolist()
    runs = ((start, end, int(painted[start])) for start, end in itertools.pairwise(edges))
    return tuple(replace(labels[index], start=start, end=end) for start, end, index in runs if index >= 0)


def _kept_text(text: str, removed: Sequence[Label], inserts: Sequence[int]) -> str:
    """The kept characters in order, with a line break before each position of `inserts`."""
    cuts = sorted([(label.start, label.end, "") for label in removed] + [(at, at, "\n") for at in inserts])
    parts, position = [], 0
    for start, end, inserted in cuts:
        parts += [text[position:start], inserted]
        position = end
    return "".join([*parts, text[position:]])


def _items(page: Page, removed: Sequence[Label]) -> tuple[Item, ...]:
    """The appended stories and teasers as records; lines inside them that have reasons of their own are left out."""
    numbers = sorted({label.item for label in removed if label.item})
    return tuple(_item(page, number, [label for label in removed if label.item == number]) for number in numbers)


def _item(page: Page, number: int, labels: Sequence[Label]) -> Item:
    text = page.document.text
    pieces = [(label.start, line.strip()) for label in labels for line in text[label.start : label.end].split("\n") if line.strip()]
    unique = list(dict.fromkeys(line for _, line in pieces))
    captions = [label for label in page.labels if label.reason is Reason.CAPTION]
    spoken = (line for start, line in pieces if not any(caption.start <= start < caption.end for caption in captions))
    owner = next((label.owner for label in labels if label.owner), "")
    spans = tuple((label.start, label.end) for label in labels)
    return Item(number, next(spoken, unique[0]), "\n".join(unique), labels[0].reason, owner, spans)


def _books(text: str, removed: Sequence[Label], inserts: Sequence[int], decision: Decision) -> Account:
    sums: dict[str, int] = {}
    for label in removed:
        sums[label.reason.value] = sums.get(label.reason.value, 0) + label.end - label.start
    return Account(len(text), len(text) - sum(sums.values()), dict(sorted(sums.items())), len(inserts), decision.guards)
