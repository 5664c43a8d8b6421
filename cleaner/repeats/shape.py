"""The shape of a page's blocks as arrays, read by the repeat finders: token counts, long blocks, the way to the next long block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleaner.config import REPEATS
from cleaner.model import Bools, Confidence, Int32s, Page, Reason, Uint64s

_TERMINAL = tuple(".!?…؟。！？।॥۔။։።។;؛")
_CLOSING = "\"')]»”’› \u200f\u200e"


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The blocks that still stand, in order; every array has one entry for each of them.

    `index`: their number on the page (int32). `counts`: tokens (int32). `hashes`: block hashes (uint64). `long`: paragraphs, that is
    enough tokens and a full stop, or many tokens. `next_long`: steps to the next long block (int32, 1 << 30: none).
    """

    index: Int32s
    counts: Int32s
    hashes: Uint64s
    long: Bools
    next_long: Int32s


def is_terminated(text: str) -> bool:
    """Whether a block ends as a sentence does, closing quotes and brackets aside; two dots end a line that was cut short.

    >>> is_terminated('He said: "We open on Friday."'), is_terminated("The bridge will open ..")
    (True, False)
    """
    bare = text.rstrip(_CLOSING)
    return bare.endswith(_TERMINAL) and not bare.endswith("..")


def steps_to_next(flags: Bools) -> Int32s:
    """For each place, how many steps lead to the next place behind it whose flag is set (int32, 1 << 30 where there is none)."""
    size = len(flags)
    places = np.where(flags, np.arange(size), 1 << 30)
    behind = np.append(np.minimum.accumulate(places[::-1])[::-1][1:], 1 << 30) if size else places
    steps: Int32s = np.where(behind < 1 << 30, behind - np.arange(size), 1 << 30).astype(np.int32)
    return steps


def word_counts(page: Page) -> Int32s:
    """Words of each block (int32): its tokens, but where most of them are single characters, those by characters a word."""
    counts = np.diff(page.tokens.offsets).astype(np.int32)
    single = np.append(0, np.cumsum(page.tokens.ends - page.tokens.starts == 1))
    singles = single[page.tokens.offsets[1:]] - single[page.tokens.offsets[:-1]]
    for place in np.flatnonzero((2 * singles > counts) & (counts >= REPEATS.long_tokens)).tolist():
        char = page.folded.text[page.tokens.starts[page.tokens.offsets[place + 1] - 1]]
        counts[place] = int(counts[place] / (REPEATS.spaceless_characters if char < "\u2000" else REPEATS.han_characters))
    return counts


def long_blocks(page: Page) -> Bools:
    """Which blocks of a page are paragraphs (bool, blocks): `long_tokens` words and a full stop, or `surely_long_tokens`."""
    counts = word_counts(page)
    long = counts >= REPEATS.surely_long_tokens
    for place in np.flatnonzero((counts >= REPEATS.long_tokens) & ~long).tolist():
        block = page.blocks[place]
        long[place] = is_terminated(page.document.text[block.start : block.end])
    return long


def removed_blocks(page: Page) -> Bools:
    """Blocks that a rule takes whole (bool, blocks): they count as gone already, so that cleaning twice finds nothing new."""
    gone = np.zeros(len(page.blocks), dtype=np.bool_)
    spans = [(label.start, label.end) for label in page.labels if label.confidence is not Confidence.HINT and label.reason is not Reason.CAPTION]
    if not spans:
        return gone
    starts = np.array([block.start for block in page.blocks])
    ends = np.array([block.end for block in page.blocks])
    for start, end in spans:
        gone |= (starts >= start) & (ends <= end)
    return gone


def shape_of(page: Page, long: Bools, standing: Bools) -> Shape:
    """The shape of the blocks of a page that still stand and have words (`long`, `standing`: bool, blocks)."""
    counts = np.diff(page.tokens.offsets)
    index = np.flatnonzero(standing & (counts > 0)).astype(np.int32)
    return Shape(index, counts[index].astype(np.int32), page.tokens.block_hashes[index], long[index], steps_to_next(long[index]))
