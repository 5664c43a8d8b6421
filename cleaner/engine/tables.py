"""What pages tell the batch, as a few arrays for each shard on disk instead of an object for each record in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from cleaner.engine.workfiles import dump, load
from cleaner.model import Bools, Evidence, Int32s, Uint64s
from cleaner.repeats.ownership import PageSummary

_EVIDENCE = ("host_pages", "sizes", "host_repeats", "elsewhere", "owner", "owner_rank", "host_forms")


@dataclass(frozen=True, slots=True, eq=False)
class PageTable:
    """The pages of a shard: `present` (bool, records) says which records are pages; then one entry for each page (`ids`, `sites`, `sizes`,
    `title_sizes`), one for each block (`hashes`, `counts`, `long`, `forms`), one for each form of a title (`titles`).
    """

    present: Bools
    ids: list[str]
    sites: list[str]
    sizes: Int32s
    title_sizes: Int32s
    hashes: Uint64s
    counts: Int32s
    long: Bools
    titles: Uint64s
    forms: Uint64s

    def pages(self) -> Iterator[PageSummary]:
        """The summaries of the pages, views into the arrays."""
        blocks, titles = pairwise(_edges(self.sizes)), pairwise(_edges(self.title_sizes))
        for name, site, (low, high), (first, last) in zip(self.ids, self.sites, blocks, titles, strict=True):
            arrays = (self.hashes[low:high], self.counts[low:high], self.long[low:high], self.titles[first:last], self.forms[low:high])
            yield PageSummary(name, site, *arrays)


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceTable:
    """The evidence on the pages of a shard: `host_pages` and `sizes` have one entry for each page, the rest one for each block.

    `owner` (int32) is a number among `names`; names[0] is empty: nobody's.
    """

    host_pages: Int32s
    sizes: Int32s
    host_repeats: Int32s
    elsewhere: Int32s
    owner: Int32s
    owner_rank: Int32s
    host_forms: Int32s
    names: list[str]

    def pages(self) -> Iterator[Evidence]:
        """The evidence on each page, views into the arrays."""
        for host_pages, (low, high) in zip(self.host_pages.tolist(), pairwise(_edges(self.sizes)), strict=True):
            owner = tuple(map(self.names.__getitem__, self.owner[low:high].tolist()))
            repeats, elsewhere, rank, forms = (array[low:high] for array in (self.host_repeats, self.elsewhere, self.owner_rank, self.host_forms))
            yield Evidence(host_pages, repeats, elsewhere, owner, rank, forms)


def evidence_table(pages: Sequence[Evidence]) -> EvidenceTable:
    """The same as one table."""
    numbers = {"": 0}
    owner = np.fromiter((numbers.setdefault(name, len(numbers)) for page in pages for name in page.owner), dtype=np.int32)
    return EvidenceTable(
        np.array([page.host_pages for page in pages], dtype=np.int32),
        np.array([len(page.owner) for page in pages], dtype=np.int32),
        _joined([page.host_repeats for page in pages], np.int32),
        _joined([page.elsewhere for page in pages], np.int32),
        owner,
        _joined([page.owner_rank for page in pages], np.int32),
        _joined([page.host_forms for page in pages], np.int32),
        list(numbers),
    )


def store_evidence(path: Path, table: EvidenceTable | None) -> None:
    """Keep the evidence on a shard's pages, None where each page stands alone. Raises OutputError."""
    dump(path, [table and [msgspec.json.encode(table.names), *(getattr(table, name) for name in _EVIDENCE)]])


def load_evidence(path: Path) -> Iterator[Evidence | None]:
    """The evidence on each page of a shard, in order; None without end where each stands alone."""
    (row,) = load(path)
    if row is None:
        yield from repeat(None)
    else:
        names, *arrays = row
        yield from EvidenceTable(names=msgspec.json.decode(names), **dict(zip(_EVIDENCE, arrays, strict=True))).pages()


def _edges(sizes: Int32s) -> list[int]:
    return [0, *np.cumsum(sizes, dtype=np.int64).tolist()]


def _joined(arrays: Sequence[Any], dtype: type) -> Any:
    return np.concatenate(arrays).astype(dtype, copy=False) if arrays else np.zeros(0, dtype=dtype)


def store_pages(path: Path, summaries: Sequence[PageSummary | None]) -> None:
    """Keep the summaries of a shard's records, None for one that is no page. Raises OutputError."""
    pages = [summary for summary in summaries if summary is not None]
    store_table(
        path,
        PageTable(
            np.array([summary is not None for summary in summaries], dtype=np.bool_),
            [page.id for page in pages],
            [page.site for page in pages],
            np.array([len(page.hashes) for page in pages], dtype=np.int32),
            np.array([len(page.titles) for page in pages], dtype=np.int32),
            _joined([page.hashes for page in pages], np.uint64),
            _joined([page.counts for page in pages], np.int32),
            _joined([page.long for page in pages], np.bool_),
            _joined([page.titles for page in pages], np.uint64),
            _joined([page.forms for page in pages], np.uint64),
        ),
    )


def store_table(path: Path, table: PageTable) -> None:
    """Keep a table; equal tables are equal files."""
    names = msgspec.json.encode([table.ids, table.sites])
    arrays = (table.present, table.sizes, table.title_sizes, table.hashes, table.counts, table.long, table.titles, table.forms)
    dump(path, [names, *(array.copy() for array in arrays)])


def load_pages(path: Path) -> PageTable:
    """The table that `store_pages` or `store_table` kept."""
    names, present, *arrays = load(path)
    ids, sites = msgspec.json.decode(names)
    return PageTable(present, ids, sites, *arrays)


def renamed(table: PageTable, ids: list[str]) -> PageTable:
    """The same pages under other ids."""
    return replace(table, ids=ids)
