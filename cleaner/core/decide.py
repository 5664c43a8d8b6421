"""Decide what goes from a page: certain rules, then what the scorer finds foreign, within the guards; each with its reason."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from cleaner.config import CORE, Options
from cleaner.core.opened import drop_opened
from cleaner.core.outline import Outline
from cleaner.core.reasons import explain_runs
from cleaner.core.scorer import Scored, score_page
from cleaner.core.selection import Claims, kept_blocks, mean
from cleaner.core.title import keep_title
from cleaner.model import Captions, Confidence, Decision, Evidence, Floats, Label, Mode, Page, Reason

_ROUGH = 1e-5  # by how much sums of probabilities over a million blocks may be off
# Labels of these reasons do not remove: with `first` a caption is judged as any line, its repeats go.
_STAYING = {Captions.FIRST: {Reason.CAPTION}, Captions.DROP: set[Reason](), Captions.ALL: {Reason.CAPTION, Reason.CAPTION_REPEAT}}


def decide(page: Page, evidence: Evidence | None, options: Options, scores: Scored | Floats | None = None) -> Decision:
    """Choose what is removed from a page; `evidence` is None for a document alone.

    `scores`: what the scorer handed on where a batch of pages was scored at once, or the probabilities alone (float64, blocks). Certain labels
    remove, likely ones unless the scorer is sure of the story. A guard that trips turns the scorer's removals into flags and is named in the
    decision.
    """
    if not page.blocks:
        return Decision((), page.labels)
    scored = scores if isinstance(scores, Scored) else score_page(page, evidence, scores)
    page, evidence, outline = scored.page, scored.evidence, scored.outline
    edges = _edges_of(page)
    probability = _shared_by_twins(page, edges, scored.probability)
    ruled, hints = _ruled(page, edges, probability, options)
    markers = _covered(edges, [label for label in page.labels if label.marker])
    claims = Claims(_covered(edges, ruled), markers, _owned(page, evidence), _template(evidence, outline))
    keep = kept_blocks(probability, outline, claims, _threshold(page, outline, claims, probability, evidence, options))
    keep = drop_opened(scored, keep, claims, probability)
    keep = keep_title(scored, keep, claims, probability)
    if options.captions is Captions.ALL:
        captions = _covered(edges, [label for label in hints if label.reason in _STAYING[Captions.ALL]])
        keep = [stays or (caption and not gone) for stays, caption, gone in zip(keep, captions, claims.furniture, strict=True)]
    separated = explain_runs(page, evidence, outline, claims, keep, probability)
    if True not in keep and False in claims.furniture:
        return Decision(tuple(ruled), (*hints, *separated), ("nothing_kept",))
    return Decision((*ruled, *separated), tuple(hints))


def _shared_by_twins(page: Page, edges: _Edges, probability: list[float]) -> list[float]:
    """Give the copy that stays the best probability of all copies: one of them goes, so the other must speak for both."""
    shared = probability.copy()
    for label in page.labels:
        if label.twin >= 0:
            at = bisect_left(edges.starts, label.start)
            if at < len(edges.starts) and edges.starts[at] == label.start:
                shared[label.twin] = max(shared[label.twin], probability[at])
    return shared


def _ruled(page: Page, edges: _Edges, probability: list[float], options: Options) -> tuple[list[Label], list[Label]]:
    """The labels of rules and repeats that remove by themselves, and the others."""
    sums = list(accumulate(probability, initial=0.0))
    staying = _STAYING[options.captions]
    ruled: list[Label] = []
    hints: list[Label] = []
    for label in page.labels:
        removes = label.reason not in staying and _removes(label, edges, probability, sums)
        (ruled if removes else hints).append(label)
    return ruled, hints


def _threshold(page: Page, outline: Outline, claims: Claims, probability: list[float], evidence: Evidence | None, options: Options) -> float:
    """The probability from which a block stays; one in which nothing is surely foreign stays as it is."""
    if options.mode is Mode.STRICT:
        return CORE.threshold_strict
    if True not in claims.furniture:
        surely_foreign = sum([words for words, sure in zip(outline.words, probability, strict=True) if sure < CORE.surely_foreign])
        if surely_foreign < CORE.surely_foreign_words:
            return 0.0
    if options.mode is Mode.SAFE:
        return CORE.threshold_safe
    if page.document.extracted:
        return CORE.threshold_extracted
    if outline.menus:
        return CORE.threshold
    return CORE.threshold_bare if evidence is None else CORE.threshold_batch


@dataclass(frozen=True, slots=True)
class _Edges:
    """Where the blocks of a page start and end."""

    starts: list[int]
    ends: list[int]

    def inside(self, label: Label) -> range:
        """The blocks that lie whole inside a label."""
        return range(bisect_left(self.starts, label.start), bisect_right(self.ends, label.end))


def _edges_of(page: Page) -> _Edges:
    return _Edges([block.start for block in page.blocks], [block.end for block in page.blocks])


def _removes(label: Label, edges: _Edges, probability: list[float], sums: list[float]) -> bool:
    """Whether a label of rules or repeats removes by itself; `sums`: of the probabilities before each block."""
    inside = edges.inside(label)
    if label.confidence is Confidence.CERTAIN or (label.twin >= 0 and not _said_again(label, inside)):
        return True
    if label.confidence is not Confidence.LIKELY:
        return False
    over = sums[inside.stop] - sums[inside.start] - CORE.contradicts * len(inside) if inside else -1.0
    # Many labels may reach over much of a page: only where the sums are too rough to tell are its blocks looked at one by one.
    return over < 0 if abs(over) > _ROUGH else mean(probability[inside.start : inside.stop]) < CORE.contradicts


def _said_again(label: Label, inside: range) -> bool:
    """Whether a paragraph stands beside one with nearly its words: a deck and its lead, a sentence said twice. Copies of a text stand apart."""
    return label.reason is Reason.TEXT_REPEAT and len(inside) == 1 and abs(inside[0] - label.twin) == 1


def _covered(edges: _Edges, labels: Sequence[Label]) -> list[bool]:
    """Which blocks lie whole inside one of the labels."""
    if not labels:
        return [False] * len(edges.starts)
    opened = [0] * (len(edges.starts) + 1)
    for label in labels:
        inside = edges.inside(label)
        if inside:
            opened[inside.start] += 1
            opened[inside.stop] -= 1
    return [count > 0 for count in accumulate(opened[:-1])]


def _owned(page: Page, evidence: Evidence | None) -> list[bool]:
    return [False] * len(page.blocks) if evidence is None else list(map(bool, evidence.owner))


def _template(evidence: Evidence | None, outline: Outline) -> list[bool]:
    """Short lines in a form that recurs on their site, where enough of it is in the batch."""
    if evidence is None or evidence.host_pages < CORE.template_host_pages:
        return [False] * len(outline.words)
    least = max(CORE.template_pages, CORE.template_share * evidence.host_pages)
    return [pages >= least and not prose for pages, prose in zip(evidence.host_forms.tolist(), outline.long, strict=True)]
