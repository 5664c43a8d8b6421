"""Say in words why each run of blocks is no core story, and cut appended runs into items at their headlines."""

from __future__ import annotations

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
        begins = _item_starts(page, foreign, outline) if reason in (Reason.APPENDED, Reason.RELATED) else set()
        for b in foreign:
            item += b in begins
            owner = evidence.owner[b] if evidence else ""
            block = page.blocks[b]
            number = item if begins else 0
            labels.append(Label(block.start, block.end, reason, "core", Confidence.LIKELY, words, float(probability[b]), item=number, owner=owner))
    return tuple(labels)


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


def _item_starts(page: Page, foreign: list[int], outline: Outline) -> set[int]:
    """Where an item begins: at the first block, and at a headline-shaped block that follows a paragraph or a repeat of its title."""
    starts = {foreign[0]}
    current_has_text = False
    seen: set[int] = set()
    for position, b in enumerate(foreign):
        key = int(page.tokens.block_hashes[b])
        follows_text = current_has_text or (position and foreign[position - 1] < b - CORE.item_gap)
        if position and outline.headline[b] and key not in seen and follows_text:
            starts.add(b)
            current_has_text = False
        current_has_text |= bool(outline.long[b] or outline.terminal[b])
        seen.add(key)
    return starts
