"""Say in words why each run of blocks is no core story, and cut appended runs into items at their headlines."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from dataclasses import dataclass

from cleaner.config import CORE
from cleaner.core.outline import Outline
from cleaner.core.selection import Claims, gaps
from cleaner.model import Confidence, Evidence, Label, Page, Reason


def explain_runs(
    page: Page, evidence: Evidence | None, outline: Outline, claims: Claims, keep: list[bool], probability: list[float]
) -> tuple[Label, ...]:
    """Labels for the blocks that neither stay nor are furniture; `item` numbers the stories and teasers among them."""
    labels: list[Label] = []
    item, furniture = 0, _furniture_of(page)
    begun = keep.index(True) if True in keep else len(keep)
    told = next((b for b in range(begun, len(keep)) if keep[b] and outline.long[b]), len(keep))
    for start, end in gaps(keep):
        foreign = [b for b in range(start, end) if not claims.furniture[b]]
        if not foreign:  # furniture alone
            continue
        marked = True in claims.markers[start:end]
        reason = _reason(foreign, marked, outline)
        words = _words(foreign, marked, evidence, outline, claims)
        under_title = begun < start and end <= told and True not in outline.long[start:end]  # short lines above the text: no item of its own
        begins = _item_starts(page, foreign, outline, furniture) if reason in _ITEMS and not under_title else set()
        for b in foreign:
            item += b in begins
            owner = evidence.owner[b] if evidence else ""
            block = page.blocks[b]
            number = item if begins else 0
            labels.append(Label(block.start, block.end, reason, "core", _LIKELY, words, probability[b], item=number, owner=owner))
    return tuple(labels)


def _reason(foreign: list[int], marked: bool, outline: Outline) -> Reason:
    """Appended story where there are paragraphs, related teasers behind a marker (`marked`) or in headline shape, else navigation."""
    if any([outline.long[b] for b in foreign]):
        return Reason.APPENDED
    shaped = len(foreign) > 1 and sum([outline.headline[b] for b in foreign]) * 2 > len(foreign)
    if shaped or marked:
        return Reason.RELATED
    return Reason.NAV if len(foreign) > 2 else Reason.OTHER


def _words(foreign: list[int], marked: bool, evidence: Evidence | None, outline: Outline, claims: Claims) -> str:
    """What speaks for the removal of a run, strongest evidence first."""
    said = []
    if marked:
        said.append("behind a marker")
    owners = sorted({evidence.owner[b] for b in foreign if claims.owned[b]}) if evidence else []
    if owners:
        said.append("owned by " + ", ".join(owners[:3]))
    if any([claims.template[b] for b in foreign]):
        said.append("in a form that recurs on its site")
    if outline.headline[foreign[0]] and len(foreign) > 1 and any([outline.long[b] for b in foreign]):
        said.append("opens with a headline of its own")
    return "; ".join(said) or "unlike the story in shape, place and words"


_LIKELY, _CAPTION = Confidence.LIKELY, Reason.CAPTION  # looked up once: Python finds an enum's members slowly
_ITEMS = (Reason.APPENDED, Reason.RELATED)
# Furniture that closes a teaser: who wrote it, when, from where.
_SIGNATURES = (Reason.BYLINE, Reason.SOURCE, Reason.DATE)


@dataclass(frozen=True, slots=True)
class _Furniture:
    """Where signatures start, in order, and where captions do; the hashes of a page's blocks."""

    signed: list[int]
    captions: set[int]
    hashes: list[int]


def _furniture_of(page: Page) -> _Furniture:
    signed = sorted([label.start for label in page.labels if label.reason in _SIGNATURES])
    captions = {label.start for label in page.labels if label.reason is _CAPTION}
    return _Furniture(signed, captions, page.tokens.block_hashes.tolist())


def _item_starts(page: Page, foreign: list[int], outline: Outline, furniture: _Furniture) -> set[int]:
    """Where items begin: at the first block, behind a signature, and at a headline-shaped block behind a paragraph."""
    starts = {foreign[0]}
    has_text, seen = False, set[int]()
    for before, b in itertools.pairwise(foreign):
        has_text |= (outline.long[before] or outline.terminal[before]) and page.blocks[before].start not in furniture.captions
        seen.add(furniture.hashes[before])
        ended = bisect_left(furniture.signed, page.blocks[before].end) < bisect_left(furniture.signed, page.blocks[b].start)
        headed = outline.headline[b] and furniture.hashes[b] not in seen
        if (has_text and (ended or headed)) or (headed and b - before > CORE.item_gap):
            starts.add(b)
            has_text = False
    return starts
