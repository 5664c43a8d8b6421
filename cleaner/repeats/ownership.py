"""What a batch of pages knows about the blocks of each: repeats on the same site, repeats elsewhere, and who owns them.

A block belongs to the page where it stands nearest the top. All of it is sorting and counting over the concatenated block hashes, so that
the same steps can be written as SQL over a table (hash, page, block).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cleaner.config import OWNERSHIP
from cleaner.model import Bools, Evidence, Int32s, Page, Uint64s
from cleaner.repeats.forms import line_forms
from cleaner.repeats.shape import long_blocks
from cleaner.repeats.titles import title_hashes


@dataclass(frozen=True, slots=True, eq=False)
class PageSummary:
    """What a page tells the batch, small enough to travel between processes.

    `hashes` (uint64, blocks): block hashes, 0 for a block without words; `counts` (int32, blocks): tokens; `long` (bool, blocks):
    paragraphs; `titles` (uint64): hashes of the forms of the page's own title (its first line, that without the site's name, its metadata);
    `forms` (uint64, blocks): hashes of what a block has in common with others of its template.
    """

    id: str
    site: str
    hashes: Uint64s
    counts: Int32s
    long: Bools
    titles: Uint64s
    forms: Uint64s


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """All blocks of a batch, one row each: hash, page, tokens, rank among the long blocks, relative position, whether it is the page's title."""

    hashes: Uint64s
    page: Int32s
    counts: Int32s
    long: Bools
    rank: Int32s
    place: Int32s
    title: Bools
    forms: Uint64s


def summarise(page: Page) -> PageSummary:
    """What `gather` needs to know of one page."""
    counts = page.tokens.offsets[1:] - page.tokens.offsets[:-1]
    long = np.array(long_blocks(page), dtype=np.bool_)
    return PageSummary(page.document.id, page.document.site, page.tokens.block_hashes, counts, long, title_hashes(page), line_forms(page))


def gather(summaries: Sequence[PageSummary]) -> list[Evidence]:
    """The batch's evidence on each page, in the order given; no figure depends on that order."""
    table = _table(summaries)
    groups = page_groups(summaries, table)
    host_pages, (host_repeats, host_forms) = _host(summaries, table, groups)
    elsewhere = _elsewhere(table, groups)
    owner, owner_rank = _owners(summaries, table, groups)
    names = np.array([page.id for page in summaries] + [""], dtype=object)[owner].tolist()
    edges = np.cumsum([0] + [len(page.hashes) for page in summaries]).tolist()
    return [
        Evidence(int(host_pages[n]), host_repeats[low:high], elsewhere[low:high], tuple(names[low:high]), owner_rank[low:high], host_forms[low:high])
        for n, (low, high) in enumerate(pairwise(edges))
    ]


def _table(summaries: Sequence[PageSummary]) -> _Table:
    sizes = [len(page.hashes) for page in summaries]
    if not sum(sizes):
        none = np.zeros(0, dtype=np.int32)
        return _Table(none.astype(np.uint64), none, none, none.astype(np.bool_), none, none, none.astype(np.bool_), none.astype(np.uint64))
    page = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    long = np.concatenate([one.long for one in summaries])
    before = np.cumsum(long) - long
    # Relative position in ten-thousandths: whole numbers, so that ties are ties on every machine.
    place = (np.arange(len(page)) - first) * 10_000 // np.repeat(sizes, sizes)
    return _Table(
        np.concatenate([one.hashes for one in summaries]),
        page,
        np.concatenate([one.counts for one in summaries]),
        long,
        (before - before[first]).astype(np.int32),
        place.astype(np.int32),
        np.concatenate([(one.hashes[:, None] == one.titles).any(axis=1) for one in summaries]),
        np.concatenate([one.forms for one in summaries]),
    )


def _pairs(left: Uint64s | Int32s, right: Int32s) -> tuple[Int32s, Int32s]:
    """Distinct (left, right) pairs: for each row the number of its pair's left value, and how many distinct rights that value has (both row-wise)."""
    _, number = np.unique(left, return_inverse=True)
    number = number.astype(np.int64)
    width = int(right.max()) + 1 if len(right) else 1
    ordered = np.sort(number * width + right)  # np.unique counts by a hash table, which such keys fill badly: ten times slower here
    distinct = ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered
    several = np.bincount(distinct // width, minlength=int(number.max()) + 1 if len(number) else 0)
    return number.astype(np.int32), several[number].astype(np.int32)


def _host(summaries: Sequence[PageSummary], table: _Table, groups: Int32s) -> tuple[Int32s, tuple[Int32s, Int32s]]:
    """For each page the page groups of its site, for each block how many of them hold the same line, and its form; 0 where the site is unknown."""
    names, site = np.unique(np.array([page.site for page in summaries], dtype=object), return_inverse=True)
    if not len(names):
        return groups, (table.rank, table.rank)
    known = np.array([bool(page.site) for page in summaries])
    host_pages = np.where(known, _pairs(site.astype(np.int32), groups)[1], 0).astype(np.int32)
    return host_pages, (_holders(table.hashes, table, site, known, groups), _holders(table.forms, table, site, known, groups))


def _holders(hashes: Uint64s, table: _Table, site: Any, known: Bools, groups: Int32s) -> Int32s:
    """For each block the page groups of its site that hold the same hash."""
    _, line = np.unique(hashes, return_inverse=True)
    line_on_site = line.astype(np.int64) * (int(site.max()) + 1) + site[table.page]
    holders = _pairs(line_on_site.astype(np.uint64), groups[table.page])[1]
    return np.where(known[table.page] & (hashes != 0), holders, 0).astype(np.int32)


def _elsewhere(table: _Table, groups: Int32s) -> Int32s:
    """For each block the number of other page groups that hold it; 0 for blocks too short to belong to anyone."""
    _, holders = _pairs(table.hashes, groups[table.page])
    return np.where(_candidates(table), holders - 1, 0).astype(np.int32)


def _candidates(table: _Table) -> Bools:
    found: Bools = (table.counts >= OWNERSHIP.min_tokens) & (table.hashes != 0)
    return found


def _owners(summaries: Sequence[PageSummary], table: _Table, groups: Int32s) -> tuple[Int32s, Int32s]:
    """For each block the owner page's number (the number of pages: none but this one) and the block's rank there (-1: none).

    Nearest the top: a short line belongs to the page whose title it is; else the smallest rank, then the smallest relative position, then
    the page with more words, then the smaller id.
    """
    size = len(summaries)
    owner = np.full(len(table.page), size, dtype=np.int32)
    rank = np.full(len(table.page), -1, dtype=np.int32)
    rows = np.flatnonzero(_candidates(table))
    if not len(rows):
        return owner, rank
    words = np.bincount(table.page, weights=table.counts, minlength=size).astype(np.int64)
    by_id = np.empty(size, dtype=np.int64)
    by_id[sorted(range(size), key=lambda n: summaries[n].id)] = np.arange(size)
    page = table.page[rows]
    foreign = ~(table.title[rows] & ~table.long[rows])
    order = np.lexsort((by_id[page], -words[page], table.place[rows], table.rank[rows], foreign, table.hashes[rows]))
    ordered = table.hashes[rows][order]
    opens = np.append(True, ordered[1:] != ordered[:-1])
    best = order[np.flatnonzero(opens)[np.cumsum(opens) - 1]]
    other = groups[page[best]] != groups[page[order]]
    owner[rows[order]] = np.where(other, page[best], size)
    rank[rows[order]] = np.where(other, table.rank[rows][best], -1)
    return owner, rank


def page_groups(summaries: Sequence[PageSummary], table: _Table | None = None) -> Int32s:
    """For each page the number of its group of near-duplicate pages (int32, the smallest page number in the group).

    Only pages most of whose words stand elsewhere too can be near-duplicates; among those, MinHash LSH over long blocks proposes pairs
    and the words of shared blocks decide.
    """
    table = table or _table(summaries)
    groups = np.arange(len(summaries), dtype=np.int32)
    rows = np.flatnonzero(table.long & (table.hashes != 0)).astype(np.int32)
    if not len(rows):
        return groups
    shared = _pairs(table.hashes[rows], table.page[rows])[1]
    # Lines on very many pages are templates and say nothing about a story.
    rows, shared = rows[shared <= OWNERSHIP.template_pages], shared[shared <= OWNERSHIP.template_pages]
    total = np.bincount(table.page[rows], weights=table.counts[rows], minlength=len(groups))
    elsewhere = np.bincount(table.page[rows], weights=table.counts[rows] * (shared > 1), minlength=len(groups))
    pages = np.flatnonzero((elsewhere > 0) & (elsewhere >= OWNERSHIP.same_start_jaccard * total))
    if len(pages) < 2:
        return groups
    words = _words(table, rows, pages.astype(np.int32))
    return _join(groups, [(a, b) for a, b in _similar_sets(words) if _same_page(words[a], words[b])])


def _words(table: _Table, rows: Int32s, pages: Int32s) -> dict[int, dict[int, int]]:
    """Of each of some pages the words of its blocks among `rows` (in page order), by block hash."""
    page, hashes, counts = table.page[rows], table.hashes[rows].tolist(), table.counts[rows].tolist()
    lows, behinds = np.searchsorted(page, pages).tolist(), np.searchsorted(page, pages, side="right").tolist()
    spans = zip(pages.tolist(), lows, behinds, strict=True)
    return {number: dict(zip(hashes[low:behind], counts[low:behind], strict=True)) for number, low, behind in spans}


def _similar_sets(words: dict[int, dict[int, int]]) -> list[tuple[int, int]]:
    """Pairs of pages whose sets of long blocks are alike by MinHash LSH."""
    from cleaner.repeats.candidates import lsh_pairs

    keys = list(words)
    sets = [np.fromiter(words[key], dtype=np.uint64, count=len(words[key])) for key in keys]
    return [(keys[a], keys[b]) for a, b in lsh_pairs(sets, OWNERSHIP.same_start_jaccard, OWNERSHIP.permutations)]


def _same_page(left: dict[int, int], right: dict[int, int]) -> bool:
    """Whether two pages (words by block hash, in page order) are one: Jaccard by words, less of it needed where both open with the same paragraph."""
    shared = sum(count for key, count in left.items() if key in right)
    jaccard = shared / (sum(left.values()) + sum(right.values()) - shared)
    same_start = next(iter(left)) == next(iter(right))
    return jaccard >= (OWNERSHIP.same_start_jaccard if same_start else OWNERSHIP.page_jaccard)


def _join(groups: Int32s, pairs: list[tuple[int, int]]) -> Int32s:
    """Connected components: each page gets the smallest page number it is connected with."""
    parent = groups.tolist()

    def root(page: int) -> int:
        while parent[page] != page:
            parent[page] = parent[parent[page]]
            page = parent[page]
        return page

    for left, right in pairs:
        low, high = sorted((root(left), root(right)))
        parent[high] = low
    return np.array([root(page) for page in range(len(parent))], dtype=np.int32)
