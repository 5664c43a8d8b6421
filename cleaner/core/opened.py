"""Whole stories opened behind a marker: a headline printed twice, or one whose words are new and return in its paragraphs.

The scorer judges line by line; the paragraphs of a story on the same subject look like story to it. What gives them away is
their head. They go until a paragraph stands closer to the story before the marker than to what the head opened.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cleaner.config import CORE
from cleaner.core.lines import make_lines
from cleaner.core.outline import Outline
from cleaner.core.scorer import shipped_model
from cleaner.core.selection import Claims
from cleaner.core.terms import make_terms
from cleaner.model import Bools, Floats, Page, Reason

LineTerms = dict[int, int]


def drop_opened(page: Page, keep: Bools, outline: Outline, claims: Claims, probability: Floats) -> Bools:
    """Blocks that stay (bool, blocks) without the stories that markers open."""
    paragraphs = np.flatnonzero(keep & outline.long)
    if not len(paragraphs) or not claims.markers[: paragraphs[-1]].any():
        return keep
    begun = _begun(keep, outline, probability)
    keep = _end_at_doubled_headline(page, keep, outline, claims, begun)
    return _drop_led(keep, outline, claims, line_terms(page, outline), begun)


def _begun(keep: Bools, outline: Outline, probability: Floats) -> int:
    """The block at which enough of the sure paragraphs' words stand behind, that what follows may be another story."""
    words = np.where(keep & outline.long & (probability >= CORE.sure), outline.words, 0.0)
    return int(np.searchsorted(np.cumsum(words), CORE.begun_share * words.sum()))


def line_terms(page: Page, outline: Outline) -> list[LineTerms]:
    """For each block its content terms with their weights (1/16 nat); function words are left out."""
    terms = make_terms(make_lines([page]), outline.long, shipped_model().table)
    out: list[LineTerms] = [{} for _ in page.blocks]
    for term, line, weight in zip(terms.term.tolist(), terms.line.tolist(), terms.weight.tolist(), strict=True):
        if weight >= CORE.content_weight:
            out[line][term] = weight
    return out


def _end_at_doubled_headline(page: Page, keep: Bools, outline: Outline, claims: Claims, begun: int) -> Bools:
    """Behind a marker, a headline that stands twice is the head of another page: the story has ended."""
    starts = {block.start: b for b, block in enumerate(page.blocks)}
    pairs = [(label.twin, starts[label.start]) for label in page.labels if label.twin >= 0 and label.reason is Reason.TITLE_REPEAT]
    heads = [min(pair) for pair in pairs if min(pair) > begun and outline.headline[min(pair)] and claims.markers[: min(pair)].any()]
    if heads:
        keep = keep.copy()
        keep[min(heads) :] = False
    return keep


@dataclass(slots=True)
class _Walk:
    """Where the walk down a page stands: the story's terms so far, the head behind the last marker, the terms read since, those it opened."""

    story: set[int] = field(default_factory=set)
    behind_marker: bool = False
    head: LineTerms = field(default_factory=dict)
    head_at: int = 0
    read: set[int] = field(default_factory=set)
    paragraphs: int = 0
    opened: set[int] | None = None


def _drop_led(keep: Bools, outline: Outline, claims: Claims, terms: list[LineTerms], begun: int) -> Bools:
    """Drop the paragraphs that a headline behind a marker leads, up to the one that resumes the story."""
    keep, walk = keep.copy(), _Walk()
    for b in range(len(keep)):
        if claims.markers[b]:
            walk = _Walk(walk.story, behind_marker=b > begun)
        elif claims.furniture[b]:
            continue
        elif walk.opened is not None:
            keep[b] &= _resumes(walk, terms[b], bool(outline.long[b] and keep[b]))
        elif walk.behind_marker and _opens(walk, terms[b], bool(keep[b]), outline, b):
            keep[walk.head_at : b + 1] = False
        if keep[b] and walk.opened is None and not (walk.behind_marker and not outline.long[b]):
            walk.story |= terms[b].keys()
    return keep


def _share(terms: LineTerms, found: set[int]) -> float:
    """Weighted share of a line's terms that are among those found."""
    total = sum(terms.values())
    return sum(weight for term, weight in terms.items() if term in found) / total if total else 0.0


def _opens(walk: _Walk, terms: LineTerms, kept: bool, outline: Outline, b: int) -> bool:
    """Whether a block behind a marker belongs to a story of its own; notes the headline and leaves the marker behind."""
    if not outline.long[b]:
        new = {term: weight for term, weight in terms.items() if term not in walk.story}
        if outline.headline[b] and (not kept or sum(new.values()) >= CORE.new_head * sum(terms.values())):
            walk.head, walk.head_at = new, b
        return False
    if kept:
        walk.read |= terms.keys()
        walk.paragraphs += 1
    if kept and walk.head and _share(walk.head, walk.read) >= CORE.lead:
        walk.opened = walk.read | walk.head.keys()
        return True
    walk.behind_marker = walk.paragraphs < (CORE.led_paragraphs if walk.head else 1)
    return False


def _resumes(walk: _Walk, terms: LineTerms, sure: bool) -> bool:
    """Whether the story goes on: a kept paragraph whose own terms are nearer to the story than to the opened one, and is not led."""
    opened = walk.opened or set()
    to_story, to_opened = _share(terms, walk.story - opened), _share(terms, opened - walk.story)
    if sure and to_story > to_opened - CORE.resume_margin and _share(walk.head, set(terms)) < CORE.led_on:
        walk.opened, walk.behind_marker = None, False
        return True
    walk.opened = opened | terms.keys()
    return False
