"""The shape of a page's blocks, read by the repeat finders: token counts, long blocks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import accumulate, compress

from cleaner.config import REPEATS
from cleaner.model import Confidence, Page, Reason

_TERMINAL = tuple(".!?…؟。！？।॥۔။։።។;؛")
_CLOSING = "\"')]»”’› \u200f\u200e"


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The blocks that still stand, in order; every list has one entry for each of them.

    `index`: their number on the page. `counts`: tokens. `hashes`: block hashes. `long`: paragraphs, that is enough tokens and a full stop,
    or many tokens.
    """

    index: list[int]
    counts: list[int]
    hashes: list[int]
    long: list[bool]

    def next_long(self, place: int, steps: int) -> int:
        """The first paragraph behind a place that is at most so many steps away, -1 where there is none."""
        window = self.long[place + 1 : place + 1 + steps]
        return place + 1 + window.index(True) if True in window else -1

    def without(self, places: Container[int]) -> Shape:
        """The shape when the blocks at these places have gone."""
        stands = [place not in places for place in range(len(self.index))]
        index, counts, hashes = (list(compress(column, stands)) for column in (self.index, self.counts, self.hashes))
        return Shape(index, counts, hashes, list(compress(self.long, stands)))


def is_terminated(text: str) -> bool:
    """Whether a block ends as a sentence does, closing quotes and brackets aside; two dots end a line that was cut short.

    >>> is_terminated('He said: "We open on Friday."'), is_terminated("The bridge will open ..")
    (True, False)
    """
    bare = text.rstrip(_CLOSING)
    return bare.endswith(_TERMINAL) and not bare.endswith("..")


def word_counts(page: Page) -> list[int]:
    """Words of each block: its tokens, but where most of them are single characters, those by characters a word."""
    from cleaner.repeats import overlap  # imports Numba

    tokens = page.tokens
    counts: list[int] = overlap.count_words(tokens.starts, tokens.ends, tokens.offsets, REPEATS.long_tokens).tolist()
    if min(counts, default=0) < 0:
        for place, count in enumerate(counts):
            if count < 0:
                char = page.folded.text[tokens.starts[tokens.offsets[place + 1] - 1]]
                counts[place] = int(-count / (REPEATS.spaceless_characters if char < "\u2000" else REPEATS.han_characters))
    return counts


def long_blocks(page: Page) -> list[bool]:
    """Which blocks of a page are paragraphs: `long_tokens` words and a full stop, or `surely_long_tokens`."""
    text, least, surely = page.document.text, REPEATS.long_tokens, REPEATS.surely_long_tokens
    return [
        count >= surely or (count >= least and is_terminated(text[block.start : block.end]))
        for block, count in zip(page.blocks, word_counts(page), strict=True)
    ]


def removed_blocks(page: Page) -> list[bool]:
    """Blocks that a rule takes whole: they count as gone already, so that cleaning twice finds nothing new."""
    if not page.labels:
        return [False] * len(page.blocks)
    hint, caption = Confidence.HINT, Reason.CAPTION  # looked up once: an enum's members are found slowly
    spans = [(label.start, label.end) for label in page.labels if label.confidence is not hint and label.reason is not caption]
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
    return Shape(index, counts, [hashes[block] for block in index], [long[block] for block in index])
