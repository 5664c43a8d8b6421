"""How a line's words hang together with the title, the head of the story, what stands before it and what follows."""

from __future__ import annotations

import numpy as np

from cleaner.core.layout import Layout
from cleaner.core.lines import Lines
from cleaner.core.segments import AnyArray, Bools, Int64s, page_sum, prefix_sums, range_sum, share, shifted, signed_log, window_sum, window_sums
from cleaner.core.shape import Columns, named
from cleaner.core.terms import Terms

HEADLINE_REACH = 12  # lines before the block in which its headline is looked for
HEADLINE_WORDS = (3, 30)  # words of a headline, least and most
LEAD_LINES = 3  # lines after a headline in which its words must return
# Columns that are a share of the line's words, by the name of their row in `links`.
_USES = {
    "prefix": "SEEN", "prefix_block": "IN_BLOCK", "prefix_near": "SEEN_NEAR", "prefix_wide": "SEEN_WIDE", "suffix": "AGAIN", "suffix_near": "SOON",
    "suffix_wide": "AGAIN_WIDE", "lead": "LEAD", "lead_block": "LEAD_BLOCK", "lead_next": "LEAD_NEXT", "with_next": "WITH_NEXT",
    "with_last": "WITH_LAST", "span_front": "FRONT", "used_later_far": "LATER",
}  # fmt: skip
_VALLEYS = (3, 6)  # lines on both sides of a border, within which words that cross it are summed
_QUANTUM = 4096  # integer parts of a cosine, so that sums of them are exact


def _shared(terms: Terms, *chosen: Bools) -> Int64s:
    """For each set of chosen lines the weight of each line's terms that stand on one of them (sets, lines)."""
    from cleaner.core.links import share_chosen  # imports Numba

    out = np.zeros((len(chosen), len(terms.total)), dtype=np.int64)
    bits = np.zeros(len(terms.total), dtype=np.uint8)
    for number, lines in enumerate(chosen):
        bits |= lines.astype(np.uint8) << number
    share_chosen(terms.pairs, terms.weight, bits, len(terms.uses), out)
    return out


def find_headline(terms: Terms, lines: Lines, layout: Layout) -> Int64s:
    """For each line the index of its page's headline: the line before the block, or its first, whose words return most in it and in line 0.

    The page's first line where none fits.
    """
    seg = lines.seg
    start = layout.block.start
    near = (seg.index <= start) & (seg.index >= start - HEADLINE_REACH)
    sized = (lines.words >= HEADLINE_WORDS[0]) & (lines.words <= HEADLINE_WORDS[1])
    found = _shared(terms, layout.block.inside & (seg.index > start), (seg.index == seg.first) & (seg.index < start)).sum(axis=0)
    value = np.where(near & sized, found * 1000 // np.maximum(terms.total, 1) + (seg.index - start) * 8, -1)
    best = np.maximum.reduceat(value, seg.offsets[:-1])[seg.page]
    chosen = np.where((value == best) & (best > 0), seg.index, seg.size)
    at = np.minimum.reduceat(chosen, seg.offsets[:-1])[seg.page]
    return np.where(at < seg.size, at, seg.first)


def title_columns(terms: Terms, lines: Lines, layout: Layout, headline: Int64s) -> Columns:
    """The line against the page's first line, the headline and the block's first lines."""
    seg = lines.seg
    first, head = seg.index == seg.first, seg.index == headline
    long_rank = prefix_sums(layout.long & layout.block.inside)
    lead = layout.block.inside & layout.long & (long_rank[seg.index] - long_rank[layout.block.start] < 2)
    columns: Columns = {}
    sets = {"first": first, "headline": head, "head": lead | head}
    for (name, chosen), shared in zip(sets.items(), _shared(terms, *sets.values()), strict=True):
        mass = page_sum(np.where(chosen, terms.total, 0), seg)
        columns[f"in_{name}"] = share(shared, terms.total)
        columns[f"of_{name}"] = share(shared, mass)
        columns[f"log_{name}"] = np.log1p(shared / 16)
    longs = layout.long & layout.block.inside
    mean = share(page_sum(np.where(longs, (columns["in_head"] * _QUANTUM).astype(np.int64), 0), seg), page_sum(longs, seg)) / _QUANTUM
    columns["in_head_over_mean"] = columns["in_head"] - mean
    columns["from_headline"] = signed_log(seg.index - headline)
    columns["is_headline"] = head
    columns["headline_to_block"] = np.log1p(np.maximum(layout.block.start - headline, 0))
    return columns


def use_columns(terms: Terms, lines: Lines, layout: Layout) -> Columns:
    """Former and later use of the line's words: prefix, neighbours, headline-lead, copies of long stretches."""
    from cleaner.core import links  # imports Numba

    seg = lines.seg
    sums = np.zeros((links.USES, seg.size), dtype=np.int64)
    links.sum_uses(terms.pairs, terms.weight, terms.uses, layout.block.start, sums)
    columns: Columns = {
        "known_terms": terms.known,
        "common_share": share(sums[links.COMMON], sums[links.TERMS]),
    }
    shares = share(sums, terms.total)
    columns |= {name: shares[getattr(links, row)] for name, row in _USES.items()}
    columns["new_lead"] = columns["suffix_near"] - columns["prefix_block"]
    parts = prefix_sums((columns["prefix_block"] * _QUANTUM).astype(np.int64))
    columns["prefix_mean4"] = window_sum(parts, 0, 3, seg) / (4 * _QUANTUM)
    columns["new_terms"] = np.log1p((terms.total - sums[links.SEEN]) / 16)
    columns["terms_mass"] = np.log1p(terms.total / 16)
    return columns


def split_columns(terms: Terms, lines: Lines) -> Columns:
    """How many words cross the border before the line: of all the page's, and of windows on both sides."""
    from cleaner.core.links import sum_borders  # imports Numba

    seg = lines.seg
    sums = np.zeros((2 + len(_VALLEYS), seg.size + 1), dtype=np.int64)
    sum_borders(terms.pairs, terms.weight, _VALLEYS, sums)
    opened, closed = prefix_sums(sums[0, :-1]), prefix_sums(sums[1, :-1])
    crossing = (opened - closed)[:-1]
    left = range_sum(opened, seg.first, seg.index, seg)
    right = range_sum(closed, seg.index, seg.end, seg)
    columns: Columns = {
        "crossing": share(crossing, np.minimum(left, right)),
        "crossing_left": share(crossing, left),
        "crossing_right": share(crossing, right),
    }
    masses = prefix_sums(terms.total)
    for reach, edges in zip(_VALLEYS, sums[2:], strict=True):
        smaller = np.minimum(window_sum(masses, -reach, -1, seg), window_sum(masses, 0, reach - 1, seg))
        columns[f"valley{reach}"] = share(np.cumsum(edges)[:-1], smaller)
    return columns


def centre_columns(terms: Terms, lines: Lines, layout: Layout, member: AnyArray, name: str) -> Columns:
    """Cosine of each line with the sum of the lines that `member` (integers, lines) weighs, the line's own share taken out."""
    from cleaner.core.links import sum_centre  # imports Numba

    seg = lines.seg
    sums = np.zeros((4, seg.size))
    sum_centre(terms.pairs, terms.weight, member.astype(np.int64), len(terms.uses), sums)
    dot, norm, held, squares = sums
    page_norm = np.bincount(seg.page, squares)[seg.page]
    cosine = share(dot, np.sqrt(norm) * np.sqrt(page_norm))
    parts = np.where(layout.long & layout.block.inside, (cosine * _QUANTUM).astype(np.int64), 0)
    mean = share(page_sum(parts, seg), page_sum(layout.long & layout.block.inside, seg)) / _QUANTUM
    quanta = prefix_sums((cosine * _QUANTUM).astype(np.int64))
    return {
        name: cosine,
        f"{name}_ratio": np.minimum(share(cosine, mean), 4),
        f"{name}_held": share(held, terms.total),
        **named(f"{name}_before {name}_after", window_sums(quanta, [(-3, -1), (1, 3)], seg) / _QUANTUM),
    }


def repeat_columns(lines: Lines, layout: Layout, in_headline: AnyArray) -> Columns:
    """Copies on the same page: equal lines before and after, stretches of three words that stood before or come again."""
    from cleaner.core.recurrence import count_copies, recur_triples  # imports Numba

    seg = lines.seg
    copies = np.zeros((3, seg.size), dtype=np.int64)
    count_copies(lines.block_hashes, seg.offsets, copies)
    count, rank, opens = copies
    columns: Columns = {
        "copies": np.minimum(count, 9),
        "copy_before": np.minimum(rank, 3),
        "copy_after": np.minimum(count - 1 - rank, 3),
    }
    # Another story in the page's own pattern: a doubled line that is not this story's headline, a line from above the story again.
    foreign = (in_headline < 0.6) & ~layout.long
    doubled = prefix_sums(foreign & (count >= 2) & (lines.words >= 3))
    again = prefix_sums(foreign & (rank > 0) & (opens <= layout.block.start))
    start = np.minimum(layout.block.start, seg.index)
    columns["doubled_since"] = range_sum(doubled, start, seg.index + 1, seg)
    columns["pattern_again"] = range_sum(again, start, seg.index + 1, seg)
    triples = np.zeros((3, seg.size), dtype=np.int64)
    recur_triples(lines.hashes, lines.token_line, lines.page_tokens, triples)
    before, after, total = triples
    columns["stretch_before"] = share(before, total)
    columns["stretch_after"] = share(after, total)
    columns["stretch_around"] = np.maximum(shifted(columns["stretch_before"], -1, seg), shifted(columns["stretch_before"], 1, seg))
    return columns
