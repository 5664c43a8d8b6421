"""The batch's evidence for more pages than fit in memory: tables on disk, one SQL text, the same figures as `ownership.gather`.

Bound on memory: DuckDB's limit (`config.RUN.reduce_memory`), one shard's tables, a few bytes for each page, and the summaries of those pages that
share paragraphs with others.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from cleaner.config import OWNERSHIP, RUN
from cleaner.engine.tables import EvidenceTable, PageTable, load_pages
from cleaner.model import Bools, Int32s
from cleaner.repeats.ownership import PageSummary, page_groups


def gather_on_disk(paths: Sequence[Path], spill: Path, skipped: int = 0) -> Iterator[EvidenceTable]:
    """The evidence on the pages of each table in `paths`, in order, but for the first `skipped` tables.

    `spill` is a folder for what does not fit in memory.
    """
    import duckdb

    spill.mkdir(exist_ok=True)
    try:
        with duckdb.connect(str(spill / "evidence.db")) as base:
            base.execute(f"SET memory_limit = '{RUN.reduce_memory}'; SET threads = 2; SET preserve_insertion_order = false")
            base.execute("SET temp_directory = $1", [str(spill)])
            _fill(base, paths)
            host_pages = _group_pages(base, paths)
            query = files("cleaner.engine").joinpath("sql/evidence.sql").read_text(encoding="utf-8")
            base.execute(f"CREATE TABLE known AS {query}", {"min_tokens": OWNERSHIP.min_tokens})
            first = 0
            for number, path in enumerate(paths):
                table = load_pages(path)
                behind = first + len(table.ids)
                if number >= skipped:
                    yield _evidence(base, table, first, host_pages[first:behind])
                first = behind
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _fill(base: Any, paths: Sequence[Path]) -> None:
    base.execute("CREATE TABLE pages (page INTEGER, site VARCHAR, grp INTEGER, words BIGINT, name VARCHAR)")
    numbers = ", ".join(f"{name} INTEGER" for name in ("page", "block", "counts", "place", "rank"))
    base.execute(f"CREATE TABLE blocks (hash UBIGINT, {numbers}, is_foreign BOOLEAN, long BOOLEAN, form UBIGINT)")
    first = 0
    for path in paths:
        table = load_pages(path)
        columns = _blocks(table)
        columns["page"] += first
        page_rows = {"page": np.arange(len(table.ids), dtype=np.int32) + first, "words": columns.pop("words")}
        page_rows |= {"site": np.array(table.sites, dtype=object), "name": np.array(table.ids, dtype=object)}
        if len(table.ids):
            base.execute("INSERT INTO pages SELECT page, site, page, words, name FROM page_rows")
        if len(columns["hash"]):
            base.execute("INSERT INTO blocks SELECT hash, page, block, counts, place, rank, is_foreign, long, form FROM columns WHERE hash <> 0")
        first += len(table.ids)


def _blocks(table: PageTable) -> dict[str, Any]:
    """The blocks of a shard as columns, the words of its pages beside them."""
    sizes = table.sizes.astype(np.int64)
    page = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    opens = np.repeat(np.cumsum(sizes) - sizes, sizes)
    number = np.arange(len(page)) - opens
    before: Any = np.cumsum(table.long) - table.long
    titles = _titles(table, page)
    return {
        "page": page,
        "block": number.astype(np.int32),
        "hash": table.hashes,
        "counts": table.counts,
        "place": (number * 10_000 // np.repeat(sizes, sizes)).astype(np.int32),
        "rank": (before - before[opens]).astype(np.int32) if len(page) else before.astype(np.int32),
        "is_foreign": ~(titles & ~table.long),
        "long": table.long,
        "form": table.forms,
        "words": np.bincount(page, weights=table.counts, minlength=len(sizes)).astype(np.int64),
    }


def _titles(table: PageTable, page: Int32s) -> Bools:
    """Which blocks of a shard, of the pages given, are a form of their own page's title."""
    own = set(zip(np.repeat(np.arange(len(table.ids)), table.title_sizes).tolist(), table.titles.tolist(), strict=True))
    titles: Bools = np.isin(table.hashes, table.titles)  # of any page; few are left to look at one by one
    some = np.flatnonzero(titles)
    titles[some] = [pair in own for pair in zip(page[some].tolist(), table.hashes[some].tolist(), strict=True)]
    return titles


def _group_pages(base: Any, paths: Sequence[Path]) -> Int32s:
    """Group near-duplicate pages, only those in memory that share a paragraph; returns for each page the page groups of its site."""
    shared = "SELECT hash FROM blocks WHERE long GROUP BY hash HAVING count(DISTINCT page) BETWEEN 2 AND $1"
    found = base.execute(f"SELECT DISTINCT page FROM blocks JOIN ({shared}) USING (hash) WHERE long ORDER BY page", [OWNERSHIP.template_pages])
    candidates = found.fetchnumpy()["page"].astype(np.int64)
    groups = candidates[page_groups(list(_summaries(paths, candidates)))].astype(np.int32) if len(candidates) else candidates.astype(np.int32)
    joined = {"page": candidates.astype(np.int32), "grp": groups}
    if len(candidates):
        base.execute("UPDATE pages SET grp = joined.grp FROM joined WHERE pages.page = joined.page AND joined.grp <> pages.grp")
    del joined
    per_site = "SELECT site, count(DISTINCT grp) AS n FROM pages WHERE site <> '' GROUP BY site"
    rows = base.execute(f"SELECT page, coalesce(n, 0) AS n FROM pages LEFT JOIN ({per_site}) USING (site) ORDER BY page").fetchnumpy()
    host_pages: Int32s = rows["n"].astype(np.int32)
    return host_pages


def _summaries(paths: Sequence[Path], wanted: Any) -> Iterator[PageSummary]:
    """The summaries of the pages with these numbers, in order."""
    first = 0
    for path in paths:
        table = load_pages(path)
        low, high = np.searchsorted(wanted, (first, first + len(table.ids)))
        inside = set((wanted[low:high] - first).tolist())
        if inside:
            yield from (page for number, page in enumerate(table.pages()) if number in inside)
        first += len(table.ids)


def _evidence(base: Any, table: PageTable, first: int, host_pages: Int32s) -> EvidenceTable:
    """The evidence on the pages of one shard, whose numbers begin at `first`."""
    rows = base.execute("SELECT * FROM known WHERE page >= $1 AND page < $2", [first, first + len(table.ids)]).fetchnumpy()
    sizes = table.sizes.astype(np.int64)
    at = (np.cumsum(sizes) - sizes)[rows["page"] - first] + rows["block"]
    sited = np.repeat(np.array([bool(site) for site in table.sites], dtype=np.bool_), sizes)
    repeats = ((table.hashes != 0) & sited).astype(np.int32)  # a line that stands nowhere else stands on one page of its site
    forms = repeats.copy()
    elsewhere, owner = np.zeros(len(repeats), dtype=np.int32), np.zeros(len(repeats), dtype=np.int32)
    rank = np.full(len(repeats), -1, dtype=np.int32)
    repeats[at], elsewhere[at], rank[at], forms[at] = rows["host_repeats"], rows["elsewhere"], rows["owner_rank"], rows["host_forms"]
    numbers = {"": 0}
    owner[at] = [numbers.setdefault(name, len(numbers)) for name in rows["owner"].tolist()]
    return EvidenceTable(host_pages, table.sizes, repeats, elsewhere, owner, rank, forms, list(numbers))
