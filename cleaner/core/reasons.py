"""Say in words why each run of blocks is no core story, and cut appended runs into items at their headlines."""

from __future__ import annotations

import itertools

import numpy as np

from cleaner.config import CORE
from cleaner.core.outline import Outline
from cleaner.core.selection import Claims
from cleaner.model import Bools, Confidence, Evidence, Floats, Label, Page, Reason


def explain_runs(page: Page, evidence: Evidence | None, outline: Outline, claims: Claims, keep: Bools, probability: Floats) -> tuple[Label, ...]:
    """Labels for the blocks that neither stay nor are furniture; `item` numbers the stories and teasers among them."""
    labels: list[Label] = []
    item = 0
    for run in _runs(keep, claims):
        foreign = [b for b in run if not claims.furniture[b]]
        reason = _reason(run, foreign, outline, claims)
        words = _words(run, foreign, evidence, outline, claims)
        kinds = (Reason.APPENDED, Reason.RELATED)
        begins = _item_starts(page, foreign, outline) if reason in kinds and not _under_title(run, keep, outline) else set()
        for b in foreign:
            item += b in begins
            owner = evidence.owner[b] if evidence else ""
            block = page.blocks[b]
            number = item if begins else 0
            labels.append(Label(block.start, block.end, reason, "core", Confidence.LIKELY, words, float(probability[b]), item=number, owner=owner))
    return tuple(labels)


def _under_title(run: list[int], keep: Bools, outline: Outline) -> bool:
    """Whether a run of short lines stands between the story's title and its first paragraph: no item of its own."""
    paragraphs = np.flatnonzero(keep & outline.long)
    first = paragraphs[0] if len(paragraphs) else len(keep)
    return bool(keep[: run[0]].any() and run[-1] < first and not outline.long[run].any())


def _runs(keep: Bools, claims: Claims) -> list[list[int]]:
    """Blocks that go, as runs between kept blocks; runs of furniture alone are left out."""
    edges = np.flatnonzero(np.diff(~keep, prepend=False, append=False))
    runs = (list(range(start, end)) for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    return [run for run in runs if not claims.furniture[run].all()]


def _reason(run: list[int], foreign: list[int], outline: Outline, claims: Claims) -> Reason:
    """Appended story where there are paragraphs, related teasers behind a marker or in headline shape, else navigation."""
    if outline.long[foreign].any():
        return Reason.APPENDED
    shaped = outline.headline[foreign].sum() * 2 > len(foreign)
    return Reason.RELATED if claims.markers[run].any() or (shaped and len(foreign) > 1) else Reason.NAV if len(foreign) > 2 else Reason.OTHER


def _words(run: list[int], foreign: list[int], evidence: Evidence | None, outline: Outline, claims: Claims) -> str:
    """What speaks for the removal of a run, strongest evidence first."""
    said = []
    if claims.markers[run].any():
        said.append("behind a marker")
    owners = sorted({evidence.owner[b] for b in foreign if claims.owned[b]}) if evidence else []
    if owners:
        said.append("owned by " + ", ".join(owners[:3]))
    if outline.headline[foreign[0]] and len(foreign) > 1 and outline.long[foreign].any():
        said.append("opens with a headline of its own")
    return "; ".join(said) or "unlike the story in shape, place and words"


# Furniture that closes a teaser: who wrote it, when, from where.
_SIGNATURES = (Reason.BYLINE, Reason.SOURCE, Reason.DATE)


def _item_starts(page: Page, foreign: list[int], outline: Outline) -> set[int]:
    """Where items begin: at the first block, behind a signature, and at a headline-shaped block behind a paragraph."""
    signed = [label.start for label in page.labels if label.reason in _SIGNATURES]
    captions = {label.start for label in page.labels if label.reason is Reason.CAPTION}
    starts = {foreign[0]}
    has_text, seen = False, set[int]()
    for before, b in itertools.pairwise(foreign):
        has_text |= bool(outline.long[before] or outline.terminal[before]) and page.blocks[before].start not in captions
        seen.add(int(page.tokens.block_hashes[before]))
        ended = any(page.blocks[before].end <= start < page.blocks[b].start for start in signed)
        headed = outline.headline[b] and int(page.tokens.block_hashes[b]) not in seen
        if (has_text and (ended or headed)) or (headed and b - before > CORE.item_gap):
            starts.add(b)
            has_text = False
    return starts
