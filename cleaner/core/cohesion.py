"""How a line's words hang together with the title, the head of the story, what stands before it and what follows."""

from __future__ import annotations

import numpy as np

from cleaner.core.layout import Layout
from cleaner.core.lines import Lines
from cleaner.core.segments import AnyArray, Int64s, page_sum, prefix_sums, range_sum, share, shifted, signed_log, window_sum
from cleaner.core.shape import Columns
from cleaner.core.terms import COMMON_WEIGHT, Terms

HEADLINE_REACH = 12  # lines before the block in which its headline is looked for
HEADLINE_WORDS = (3, 30)  # words of a headline, least and most
LEAD_LINES = 3  # lines after a headline in which its words must return
_QUANTUM = 4096  # integer parts of a cosine, so that sums of them are exact


def _in_lines(terms: Terms, chosen: AnyArray) -> AnyArray:
    """For each pair: does its term stand on a chosen line of its page?"""
    hit = np.bincount(terms.term, chosen[terms.line], terms.term[-1] + 1 if len(terms.term) else 0) > 0
    return hit[terms.term]


def find_headline(terms: Terms, lines: Lines, layout: Layout) -> Int64s:
    """For each line the index of its page's headline: the line before the block, or its first, whose words return most in it and in line 0.

    The page's first line where none fits.
    """
    seg = lines.seg
    start = layout.block.start
    near = (seg.index <= start) & (seg.index >= start - HEADLINE_REACH)
    sized = (lines.words >= HEADLINE_WORDS[0]) & (lines.words <= HEADLINE_WORDS[1])
    in_block = _in_lines(terms, layout.block.inside & (seg.index > start))
    in_first = _in_lines(terms, (seg.index == seg.first) & (seg.index < start))
    found = terms.sum(terms.weight * in_block) + terms.sum(terms.weight * in_first)
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
    for name, chosen in (("first", first), ("headline", head), ("head", lead | head)):
        shared = terms.sum(terms.weight * _in_lines(terms, chosen))
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
    seg = lines.seg
    start = layout.block.start[terms.line]
    weight, line, before, after = terms.weight, terms.line, terms.before, terms.after
    opened = terms_first_use(terms)[terms.term]
    last_use = terms_last_use(terms)
    in_block = (before >= start) & (before >= 0)
    seen = before >= 0
    soon = (after >= 0) & (after <= line + LEAD_LINES)
    columns: Columns = {
        "known_terms": terms.known,
        "common_share": share(terms.sum(weight < COMMON_WEIGHT), terms.sum(np.ones(len(weight)))),
        "prefix": share(terms.sum(weight * seen), terms.total),
        "prefix_block": share(terms.sum(weight * in_block), terms.total),
        "prefix_near": share(terms.sum(weight * (seen & (before >= line - 3))), terms.total),
        "prefix_wide": share(terms.sum(weight * (seen & (before >= line - 8))), terms.total),
        "suffix": share(terms.sum(weight * (after >= 0)), terms.total),
        "suffix_near": share(terms.sum(weight * soon), terms.total),
        "suffix_wide": share(terms.sum(weight * ((after >= 0) & (after <= line + 8))), terms.total),
        "lead": share(terms.sum(weight * (soon & ~seen)), terms.total),
        "lead_block": share(terms.sum(weight * (soon & ~in_block)), terms.total),
        "lead_next": share(terms.sum(weight * ((after == line + 1) & ~in_block)), terms.total),
        "with_next": share(terms.sum(weight * (after == line + 1)), terms.total),
        "with_last": share(terms.sum(weight * (seen & (before == line - 1))), terms.total),
        "span_front": share(terms.sum(weight * (seen & (opened <= start + 2) & (opened >= start - 1))), terms.total),
        "used_later_far": share(terms.sum(weight * (last_use[terms.term] > line + 6)), terms.total),
    }
    columns["new_lead"] = columns["suffix_near"] - columns["prefix_block"]
    sums = prefix_sums((columns["prefix_block"] * _QUANTUM).astype(np.int64))
    columns["prefix_mean4"] = window_sum(sums, 0, 3, seg) / (4 * _QUANTUM)
    columns["new_terms"] = np.log1p(terms.sum(weight * ~seen) / 16)
    columns["terms_mass"] = np.log1p(terms.total / 16)
    return columns


def terms_first_use(terms: Terms) -> Int64s:
    """First line of each term."""
    return terms.line[np.flatnonzero(terms.before < 0)]


def terms_last_use(terms: Terms) -> Int64s:
    """Last line of each term."""
    return terms.line[np.flatnonzero(terms.after < 0)]


def split_columns(terms: Terms, lines: Lines) -> Columns:
    """How many words cross the border before the line: of all the page's, and of windows on both sides."""
    seg = lines.seg
    first, last = terms_first_use(terms), terms_last_use(terms)
    weight = terms.weight[np.flatnonzero(terms.before < 0)]
    size = seg.size
    crossing = np.cumsum(np.bincount(first + 1, weight, size + 1) - np.bincount(last + 1, weight, size + 1))[:size]
    opened, closed = prefix_sums(np.bincount(first, weight, size)), prefix_sums(np.bincount(last, weight, size))
    left = range_sum(opened, seg.first, seg.index, seg)
    right = range_sum(closed, seg.index, seg.end, seg)
    columns: Columns = {
        "crossing": share(crossing, np.minimum(left, right)),
        "crossing_left": share(crossing, left),
        "crossing_right": share(crossing, right),
    }
    masses = prefix_sums(terms.total)
    for reach in (3, 6):
        linked = terms.before >= 0
        low = np.maximum(terms.before + 1, terms.line - reach + 1)[linked]
        high = np.minimum(terms.line, terms.before + reach)[linked] + 1
        pairs = terms.weight[linked]
        valid = high > low
        edges = np.bincount(low[valid], pairs[valid], size + 1) - np.bincount(high[valid], pairs[valid], size + 1)
        links = np.cumsum(edges)[:size]
        smaller = np.minimum(window_sum(masses, -reach, -1, seg), window_sum(masses, 0, reach - 1, seg))
        columns[f"valley{reach}"] = share(links, smaller)
    return columns


def centre_columns(terms: Terms, lines: Lines, layout: Layout, member: AnyArray, name: str) -> Columns:
    """Cosine of each line with the sum of the lines that `member` (integers, lines) weighs, the line's own share taken out."""
    seg = lines.seg
    total = np.bincount(terms.term, terms.weight * member[terms.line], terms.term[-1] + 1 if len(terms.term) else 0)
    others = total[terms.term] - terms.weight * member[terms.line]
    dot = np.bincount(terms.line, terms.weight * others, seg.size)
    norm = np.bincount(terms.line, terms.weight * terms.weight, seg.size)
    square = total * total
    page_of_term = seg.page[terms_first_use(terms)]
    page_norm = np.bincount(page_of_term, square, len(seg.offsets) - 1)[seg.page]
    cosine = share(dot, np.sqrt(norm) * np.sqrt(page_norm))
    parts = np.where(layout.long & layout.block.inside, (cosine * _QUANTUM).astype(np.int64), 0)
    mean = share(page_sum(parts, seg), page_sum(layout.long & layout.block.inside, seg)) / _QUANTUM
    sums = prefix_sums((cosine * _QUANTUM).astype(np.int64))
    return {
        name: cosine,
        f"{name}_ratio": np.minimum(share(cosine, mean), 4),
        f"{name}_held": share(np.bincount(terms.line, terms.weight * (others > 0), seg.size), terms.total),
        f"{name}_before": window_sum(sums, -3, -1, seg) / _QUANTUM,
        f"{name}_after": window_sum(sums, 1, 3, seg) / _QUANTUM,
    }


def repeat_columns(lines: Lines, layout: Layout, in_headline: AnyArray) -> Columns:
    """Copies on the same page: equal lines before and after, stretches of three words that stood before or come again."""
    seg = lines.seg
    own = lines.block_hashes ^ (seg.page.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    key = np.where(lines.block_hashes == 0, seg.index.astype(np.uint64), own)
    _, opens, inverse, counts = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(inverse, kind="stable")
    rank = np.empty(seg.size, dtype=np.int64)
    rank[order] = np.arange(seg.size) - np.concatenate(([0], np.cumsum(counts)[:-1]))[inverse[order]]
    columns: Columns = {
        "copies": np.minimum(counts[inverse], 9),
        "copy_before": np.minimum(rank, 3),
        "copy_after": np.minimum(counts[inverse] - 1 - rank, 3),
    }
    # Another story in the page's own pattern: a doubled line that is not this story's headline, a line from above the story again.
    foreign = (in_headline < 0.6) & ~layout.long
    doubled = prefix_sums(foreign & (counts[inverse] >= 2) & (lines.words >= 3))
    again = prefix_sums(foreign & (rank > 0) & (opens[inverse] <= layout.block.start))
    start = np.minimum(layout.block.start, seg.index)
    columns["doubled_since"] = range_sum(doubled, start, seg.index + 1, seg)
    columns["pattern_again"] = range_sum(again, start, seg.index + 1, seg)
    before, after, total = _triples(lines)
    columns["stretch_before"] = share(before, total)
    columns["stretch_after"] = share(after, total)
    columns["stretch_around"] = np.maximum(shifted(columns["stretch_before"], -1, seg), shifted(columns["stretch_before"], 1, seg))
    return columns


def _triples(lines: Lines) -> tuple[Int64s, Int64s, Int64s]:
    """Of each line's runs of three words: how many stand on an earlier line of the page, on a later one, all."""
    seg, size = lines.seg, lines.seg.size
    hashes, owner = lines.hashes, lines.token_line
    if len(hashes) < 3:
        nothing = np.zeros(size, dtype=np.int64)
        return nothing, nothing, nothing
    whole = owner[2:] == owner[:-2]
    line = owner[2:][whole]
    mixed = (hashes[:-2] * np.uint64(3) + hashes[1:-1] * np.uint64(0x9E3779B97F4A7C15) + (hashes[2:] ^ (hashes[2:] >> np.uint64(29))))[whole]
    mixed ^= seg.page[line].astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9)
    _, inverse = np.unique(mixed, return_inverse=True)
    count = int(inverse.max()) + 1 if len(inverse) else 0
    first = np.full(count, size, dtype=np.int64)
    last = np.full(count, -1, dtype=np.int64)
    np.minimum.at(first, inverse, line)
    np.maximum.at(last, inverse, line)
    before = np.bincount(line, first[inverse] < line, size).astype(np.int64)
    after = np.bincount(line, last[inverse] > line, size).astype(np.int64)
    return before, after, np.bincount(line, minlength=size).astype(np.int64)
