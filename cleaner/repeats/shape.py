"""The shape of a page's blocks, read by the repeat finders: token counts, long blocks, the way to the next long block."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from cleaner.config import REPEATS
from cleaner.model import Confidence, Page, Reason

NONE = 1 << 30  # steps, where there is nothing to step to

_TERMINAL = tuple(".!?…؟。！？।॥۔။։።។;؛")
_CLOSING = "\"')]»”’› \u200f\u200e"


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The blocks that still stand, in order; every list has one entry for each of them.

    `index`: their number on the page. `counts`: tokens. `hashes`: block hashes. `long`: paragraphs, that is enough tokens and a full stop,
    or many tokens. `next_long`: steps to the next long block (1 << 30: none).
    """

    index: list[int]
    counts: list[int]
    hashes: list[int]
    long: list[bool]
    next_long: list[int]


def is_terminated(text: str) -> bool:
    """Whether a block ends as a sentence does, closing quotes and brackets aside; two dots end a line that was cut short.

    >>> is_terminated('He said: "We open on Friday."'), is_terminated("The bridge will open ..")
    (True, False)
    """
    bare = text.rstrip(_CLOSING)
    return bare.endswith(_TERMINAL) and not bare.endswith("..")


def steps_to_next(flags: Sequence[bool]) -> list[int]:
    """For each place, how many steps lead to the next place behind it whose flag is set (1 << 30 where there is none).

    >>> steps_to_next([True, False, True])
    [2, 1, 1073741824]
    """
    steps, following = [NONE] * len(flags), -1
    for place in range(len(flags) - 1, -1, -1):
        if following >= 0:
            steps[place] = following - place
        following = place if flags[place] else following
    return steps


def word_counts(page: Page) -> list[int]:
    """Words of each block: its tokens, but where most of them are single characters, those by characters a word."""
    from cleaner.repeats.overlap import count_words

    tokens = page.tokens
    counts: list[int] = count_words(tokens.starts, tokens.ends, tokens.offsets, REPEATS.long_tokens).tolist()
    if min(counts, default=0) < 0:
        for place, count in enumerate(counts):
            if count < 0:
                char = page.folded.text[tokens.starts[tokens.offsets[place + 1] - 1]]
                counts[place] = int(-count / (REPEATS.spaceless_characters if char < "\u2000" else REPEATS.han_characters))
    return counts


def long_blocks(page: Page) -> list[bool]:
    """Which blocks of a page are paragraphs: `long_tokens` words and a full stop, or `surely_long_tokens`."""
    text = page.document.text
    return [
        count >= REPEATS.surely_long_tokens or (count >= REPEATS.long_tokens and is_terminated(text[block.start : block.end]))
        for block, count in zip(page.blocks, word_counts(page), strict=True)
    ]


def removed_blocks(page: Page) -> list[bool]:
    """Blocks that a rule takes whole: they count as gone already, so that cleaning twice finds nothing new."""
    spans = [(label.start, label.end) for label in page.labels if label.confidence is not Confidence.HINT and label.reason is not Reason.CAPTION]
    if not spans:
        return [False] * len(page.blocks)
    starts, ends = [block.start for block in page.blocks], [block.end for block in page.blocks]
    opened = [0] * (len(starts) + 1)
    for start, end in spans:
        first, behind = bisect_left(starts, start), bisect_right(ends, end)
        if first < behind:
            opened[first] += 1
            opened[behind] -= 1
    return [count > 0 for count in accumulate(opened[:-1])]


def shape_of(page: Page, long: Sequence[bool], standing: Sequence[bool]) -> Shape:
    """The shape of the blocks of a page that still stand and have words (`long`, `standing`: one for each block)."""
    offsets, hashes = page.tokens.offsets.tolist(), page.tokens.block_hashes.tolist()
    index = [block for block, stands in enumerate(standing) if stands and offsets[block] < offsets[block + 1]]
    counts = [offsets[block + 1] - offsets[block] for block in index]
    standing_long = [long[block] for block in index]
    return Shape(index, counts, [hashes[block] for block in index], standing_long, steps_to_next(standing_long))
