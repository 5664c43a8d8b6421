"""Hard-wrapped text: lines broken at a column are joined to paragraphs before they are looked at; spans stay those of the text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from cleaner.config import WRAP
from cleaner.model import Block, Bools, Evidence, Floats, Int32s, Page, Tokens
from cleaner.text.tokens import sequence_hashes


def first_blocks(page: Page) -> Int32s:
    """Index of the first block of each paragraph (int32, paragraphs); every block begins one where the text is not hard-wrapped."""
    return np.flatnonzero(~_continues(page)).astype(np.int32)


def _continues(page: Page) -> Bools:
    """Whether a block goes on the sentence line of the block before it (bool, blocks)."""
    size = len(page.blocks)
    nothing = np.zeros(size, dtype=np.bool_)
    if size <= WRAP.least_lines:
        return nothing
    spans = np.array([(block.start, block.end) for block in page.blocks])
    length = spans[:, 1] - spans[:, 0]
    text = page.document.text
    following = np.array([not block.glued and text.count("\n", spans[b, 1], block.start) == 1 for b, block in enumerate(page.blocks[1:])])
    width = _column(length[:-1][following])
    if not WRAP.least_width <= width <= WRAP.most_width:
        return nothing
    filled = following & (length[:-1] + 1 + _first_words(page) > width) & (length[:-1] <= width * WRAP.overlong)
    if filled.sum() < max(WRAP.least_lines, WRAP.filled_share * following.sum()):
        return nothing
    return np.concatenate(([False], filled))


def _column(length: npt.NDArray[np.int64]) -> int:
    """The length that most lines do not exceed: a quantile between two lines, 0 where there is none."""
    if not len(length):
        return 0
    ordered = np.sort(length)
    place = WRAP.quantile * (len(ordered) - 1)
    low = int(place)
    return int(ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * (place - low))


def _first_words(page: Page) -> Int32s:
    """Length of the first word of each block but the first (int32, blocks - 1); words longer than a few characters count as that many."""
    text = page.document.text
    words = [text[block.start : block.start + WRAP.word_chars].split(maxsplit=1) for block in page.blocks[1:]]
    return np.array([len(word[0]) if word else 0 for word in words], dtype=np.int32)


def joined(page: Page, firsts: Int32s) -> Page:
    """The page with its paragraphs as blocks."""
    if len(firsts) == len(page.blocks):
        return page
    lasts = np.append(firsts[1:], len(page.blocks)) - 1
    ends = zip((page.blocks[a] for a in firsts.tolist()), (page.blocks[b] for b in lasts.tolist()), strict=True)
    blocks = tuple(Block(first.start, last.end, first.glued) for first, last in ends)
    old = page.tokens
    offsets = np.append(old.offsets[firsts], old.offsets[-1]).astype(np.int32)
    tokens = Tokens(old.hashes, old.starts, old.ends, offsets, sequence_hashes(old.hashes, offsets[:-1], offsets[1:]))
    spans = np.stack((page.block_spans[firsts, 0], page.block_spans[lasts, 1]), axis=1).astype(np.int32)
    renumbered = np.searchsorted(firsts, np.arange(len(page.blocks)), side="right") - 1
    labels = tuple(label if label.twin < 0 else replace(label, twin=int(renumbered[label.twin])) for label in page.labels)
    return replace(page, blocks=blocks, block_spans=spans, tokens=tokens, labels=labels)


def joined_evidence(evidence: Evidence | None, firsts: Int32s) -> Evidence | None:
    """What the batch says about paragraphs: what it says about all of their lines."""
    if evidence is None or len(firsts) == len(evidence.owner):
        return evidence
    ends = np.append(firsts[1:], len(evidence.owner))
    owner = tuple(evidence.owner[a] if all(evidence.owner[a:b]) else "" for a, b in zip(firsts.tolist(), ends.tolist(), strict=True))
    least = (np.minimum.reduceat(values, firsts).astype(np.int32) for values in (evidence.host_repeats, evidence.elsewhere))
    repeats, elsewhere = least
    return Evidence(evidence.host_pages, repeats, elsewhere, owner, evidence.owner_rank[firsts])


def spread(scores: Floats, firsts: Int32s, size: int) -> Floats:
    """Scores of paragraphs (float64) as scores of their lines (float64, `size`)."""
    return scores if len(scores) == size else np.repeat(scores, np.diff(np.append(firsts, size)))
