"""Hard-wrapped text: lines broken at a column are joined to paragraphs before they are looked at; spans stay those of the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import msgspec
import numpy as np

from cleaner.config import WRAP
from cleaner.model import Block, Evidence, Floats, Int32s, Page, Tokens
from cleaner.text.tokens import sequence_hashes


def first_blocks(page: Page) -> Int32s:
    """Index of the first block of each paragraph (int32, paragraphs); every block begins one where the text is not hard-wrapped."""
    continues = _continues(page)
    if not continues:
        return np.arange(len(page.blocks), dtype=np.int32)
    return np.array([b for b in range(len(page.blocks)) if b not in continues], dtype=np.int32)


def _continues(page: Page) -> set[int]:
    """The blocks that go on the sentence line of the block before them."""
    blocks, text = page.blocks, page.document.text
    if len(blocks) <= WRAP.least_lines:
        return set()
    pairs = enumerate(pairwise(blocks), start=1)
    following = [b for b, (before, block) in pairs if not block.glued and text.count("\n", before.end, block.start) == 1]
    lengths = [blocks[b - 1].end - blocks[b - 1].start for b in following]
    width = _column(lengths)
    if not WRAP.least_width <= width <= WRAP.most_width:
        return set()
    upright = [(b, length) for b, length in zip(following, lengths, strict=True) if length <= width * WRAP.overlong]
    filled = {b for b, length in upright if length + 1 + _first_word(text, blocks[b]) > width}
    return filled if len(filled) >= max(WRAP.least_lines, WRAP.filled_share * len(following)) else set()


def _column(lengths: Sequence[int]) -> int:
    """The length that most lines do not exceed: a quantile between two lines, 0 where there is none."""
    if not lengths:
        return 0
    ordered = sorted(lengths)
    place = WRAP.quantile * (len(ordered) - 1)
    low = int(place)
    return int(ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * (place - low))


def _first_word(text: str, block: Block) -> int:
    """Length of the first word of a block; one longer than a few characters counts as that many."""
    words = text[block.start : block.start + WRAP.word_chars].split(maxsplit=1)
    return len(words[0]) if words else 0


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
    labels = tuple(label if label.twin < 0 else msgspec.structs.replace(label, twin=int(renumbered[label.twin])) for label in page.labels)
    return replace(page, blocks=blocks, block_spans=spans, tokens=tokens, labels=labels)


def joined_evidence(evidence: Evidence | None, firsts: Int32s) -> Evidence | None:
    """What the batch says about paragraphs: what it says about all of their lines."""
    if evidence is None or len(firsts) == len(evidence.owner):
        return evidence
    ends = np.append(firsts[1:], len(evidence.owner))
    owner = tuple(evidence.owner[a] if all(evidence.owner[a:b]) else "" for a, b in zip(firsts.tolist(), ends.tolist(), strict=True))
    least = (np.minimum.reduceat(values, firsts).astype(np.int32) for values in (evidence.host_repeats, evidence.elsewhere))
    repeats, elsewhere = least
    return Evidence(evidence.host_pages, repeats, elsewhere, owner, evidence.owner_rank[firsts], evidence.host_forms[firsts])


def spread(scores: Floats, firsts: Int32s, size: int) -> Floats:
    """Scores of paragraphs (float64) as scores of their lines (float64, `size`)."""
    return scores if len(scores) == size else np.repeat(scores, np.diff(np.append(firsts, size)))
