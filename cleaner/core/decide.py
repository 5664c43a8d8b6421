"""Decide what goes from a page: certain rules, then what the scorer finds foreign, within the guards; each with its reason."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cleaner.config import CORE, Options
from cleaner.core.opened import drop_opened
from cleaner.core.outline import Outline, outline_of
from cleaner.core.reasons import explain_runs
from cleaner.core.scorer import score
from cleaner.core.selection import Claims, kept_blocks
from cleaner.core.wrapped import first_blocks, joined, joined_evidence
from cleaner.model import Bools, Captions, Confidence, Decision, Evidence, Floats, Label, Mode, Page, Reason

# Labels of these reasons do not remove: with `first` a caption is judged as any line, its repeats go.
_STAYING = {Captions.FIRST: {Reason.CAPTION}, Captions.DROP: set[Reason](), Captions.ALL: {Reason.CAPTION, Reason.CAPTION_REPEAT}}


def decide(page: Page, evidence: Evidence | None, options: Options, scores: Floats | None = None) -> Decision:
    """Choose what is removed from a page; `evidence` is None for a document alone.

    `scores` (float64, blocks): the scorer's probabilities, where a batch of pages was scored at once. Certain labels remove, likely ones
    unless the scorer is sure of the story. A guard that trips turns the scorer's removals into flags and is named in the decision.
    """
    if not page.blocks:
        return Decision((), page.labels)
    scores = score(page, evidence) if scores is None else scores
    firsts = first_blocks(page)
    page, evidence = joined(page, firsts), joined_evidence(evidence, firsts)
    outline = outline_of(page)
    probability = _shared_by_twins(page, scores[firsts])
    removes = [label.reason not in _STAYING[options.captions] and _removes(page, label, probability) for label in page.labels]
    ruled = [label for label, removing in zip(page.labels, removes, strict=True) if removing]
    hints = tuple(label for label, removing in zip(page.labels, removes, strict=True) if not removing)
    claims = Claims(_covered(page, ruled), _covered(page, [label for label in page.labels if label.marker]), _owned(page, evidence))
    keep = kept_blocks(probability, outline, claims, _threshold(page, outline, claims, probability, evidence, options))
    keep = drop_opened(page, keep, outline, claims, probability)
    if options.captions is Captions.ALL:
        keep |= _covered(page, [label for label in hints if label.reason in _STAYING[Captions.ALL]]) & ~claims.furniture
    separated = explain_runs(page, evidence, outline, claims, keep, probability)
    if not keep.any() and not claims.furniture.all():
        return Decision(tuple(ruled), (*hints, *separated), ("nothing_kept",))
    return Decision((*ruled, *separated), hints)


def _shared_by_twins(page: Page, probability: Floats) -> Floats:
    """Give the copy that stays the best probability of all copies: one of them goes, so the other must speak for both."""
    shared = probability.copy()
    starts = {block.start: b for b, block in enumerate(page.blocks)}
    for label in page.labels:
        if label.twin >= 0 and label.start in starts:
            shared[label.twin] = max(shared[label.twin], probability[starts[label.start]])
    return shared


def _threshold(page: Page, outline: Outline, claims: Claims, probability: Floats, evidence: Evidence | None, options: Options) -> float:
    """The probability from which a block stays; one in which nothing is surely foreign stays as it is."""
    if options.mode is Mode.STRICT:
        return CORE.threshold_strict
    surely_foreign = float(outline.words[probability < CORE.surely_foreign].sum())
    if not claims.furniture.any() and surely_foreign < CORE.surely_foreign_words:
        return 0.0
    if options.mode is Mode.SAFE:
        return CORE.threshold_safe
    if page.document.extracted:
        return CORE.threshold_extracted
    return CORE.threshold if outline.menus or evidence is not None else CORE.threshold_bare


def _removes(page: Page, label: Label, probability: Floats) -> bool:
    """Whether a label of rules or repeats removes by itself."""
    if label.confidence is Confidence.CERTAIN or label.twin >= 0:
        return True
    covered = _covered(page, [label])
    sure = covered.any() and float(probability[covered].mean()) >= CORE.contradicts
    return label.confidence is Confidence.LIKELY and not sure


def _covered(page: Page, labels: Sequence[Label]) -> Bools:
    """Which blocks lie whole inside one of the labels (bool, blocks)."""
    starts = np.array([block.start for block in page.blocks])
    ends = np.array([block.end for block in page.blocks])
    first = np.searchsorted(starts, [label.start for label in labels])
    behind = np.maximum(np.searchsorted(ends, [label.end for label in labels], "right"), first)
    opened = np.zeros(len(page.blocks) + 1, dtype=np.int64)
    np.add.at(opened, first, 1)
    np.add.at(opened, behind, -1)
    covered: Bools = np.cumsum(opened)[:-1] > 0
    return covered


def _owned(page: Page, evidence: Evidence | None) -> Bools:
    if evidence is None:
        return np.zeros(len(page.blocks), dtype=np.bool_)
    return np.array([bool(owner) for owner in evidence.owner], dtype=np.bool_)
