"""Whole stories opened behind a marker: a headline printed twice, or one whose words are new and return in its paragraphs.

The scorer judges line by line; the paragraphs of a story on the same subject look like story to it. What gives them away is
their head. They go until a paragraph stands closer to the story before the marker than to what the head opened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from cleaner.config import CORE
from cleaner.core.lines import make_lines
from cleaner.core.outline import Outline
from cleaner.core.scorer import Scored, shipped_model
from cleaner.core.selection import Claims, last_true, story_begun
from cleaner.core.terms import content_of, make_terms
from cleaner.model import Page, Reason

LineTerms = dict[int, int]


def drop_opened(scored: Scored, keep: list[bool], claims: Claims, probability: list[float]) -> list[bool]:
    """Which blocks stay, without the stories that markers open."""
    page, outline = scored.page, scored.outline
    if True not in claims.markers:
        return keep
    last = last_true([stays and prose for stays, prose in zip(keep, outline.long, strict=True)])
    if last < 0 or not any(claims.markers[:last]):
        return keep
    begun = story_begun(keep, outline, probability)
    keep = _end_at_doubled_headline(page, keep, outline, claims, begun)
    if not _may_open(keep, outline, claims, begun):
        return keep
    return _drop_led(keep, outline, claims, line_terms(scored), begun)


def _may_open(keep: list[bool], outline: Outline, claims: Claims, begun: int) -> bool:
    """Whether a paragraph stands behind a headline behind a marker at all: to look at the words of a page takes longest."""
    marker = next((b for b in range(begun + 1, len(keep)) if claims.markers[b]), len(keep))
    head = next((b for b in range(marker + 1, len(keep)) if outline.headline[b] and not claims.furniture[b]), len(keep))
    return any(stays and prose for stays, prose in zip(keep[head:], outline.long[head:], strict=True))


def line_terms(scored: Scored) -> list[LineTerms]:
    """For each block its content terms with their weights (1/16 nat); function words are left out."""
    long = np.array(scored.outline.long)
    content = scored.content or content_of(make_terms(make_lines([scored.page]), long, shipped_model().table))
    terms, weights = content.term.tolist(), content.weight.tolist()
    edges = np.searchsorted(content.line, np.arange(len(long) + 1)).tolist()  # the terms stand in the order of the text
    return [dict(zip(terms[low:high], weights[low:high], strict=True)) for low, high in pairwise(edges)]


def _end_at_doubled_headline(page: Page, keep: list[bool], outline: Outline, claims: Claims, begun: int) -> list[bool]:
    """Behind a marker, a headline that stands twice is the head of another page: the story has ended."""
    doubled = [label for label in page.labels if label.twin >= 0 and label.reason is Reason.TITLE_REPEAT]
    starts = {block.start: b for b, block in enumerate(page.blocks)} if doubled else {}
    pairs = [(label.twin, starts[label.start]) for label in doubled]
    heads = [min(pair) for pair in pairs if min(pair) > begun and outline.headline[min(pair)] and any(claims.markers[: min(pair)])]
    return keep[: min(heads)] + [False] * (len(keep) - min(heads)) if heads else keep


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


def _drop_led(keep: list[bool], outline: Outline, claims: Claims, terms: list[LineTerms], begun: int) -> list[bool]:
    """Drop the paragraphs that a headline behind a marker leads, up to the one that resumes the story."""
    keep, walk = keep.copy(), _Walk()
    for b in range(len(keep)):
        if claims.markers[b]:
            walk = _Walk(walk.story, behind_marker=b > begun)
        elif claims.furniture[b]:
            continue
        elif walk.opened is not None:
            keep[b] &= _resumes(walk, terms[b], outline.long[b] and keep[b])
        elif walk.behind_marker and _opens(walk, terms[b], keep[b], outline, b):
            keep[walk.head_at : b + 1] = [False] * (b + 1 - walk.head_at)
        if keep[b] and walk.opened is None and not (walk.behind_marker and not outline.long[b]):
            walk.story |= terms[b].keys()
    return keep


def shared(terms: LineTerms, found: set[int]) -> float:
    """The weighted share of a line's terms that are among those found."""
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
    if kept and walk.head and shared(walk.head, walk.read) >= CORE.lead:
        walk.opened = walk.read | walk.head.keys()
        return True
    walk.behind_marker = walk.paragraphs < (CORE.led_paragraphs if walk.head else 1)
    return False


def _resumes(walk: _Walk, terms: LineTerms, sure: bool) -> bool:
    """Whether the story goes on: a kept paragraph whose own terms are nearer to the story than to the opened one, and is not led."""
    opened = walk.opened or set()
    to_story, to_opened = shared(terms, walk.story - opened), shared(terms, opened - walk.story)
    if sure and to_story > to_opened - CORE.resume_margin and shared(walk.head, set(terms)) < CORE.led_on:
        walk.opened, walk.behind_marker = None, False
        return True
    walk.opened = opened | terms.keys()
    return False
