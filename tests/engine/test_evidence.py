"""Evidence by SQL on disk is evidence in memory, figure for figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleaner.engine.evidence import gather_on_disk
from cleaner.engine.tables import load_pages, store_pages
from cleaner.repeats.ownership import PageSummary, gather

# Few hashes, so that pages share blocks in every way; 0 is a block without words. A hash settles how long its block is.
LENGTHS = {0: 0, 1: 3, 2: 5, 3: 6, 4: 8, 5: 12, 6: 20, 7: 30, 8: 40, 9: 41, 10: 42, 11: 43}
_blocks = st.lists(st.sampled_from(sorted(LENGTHS)), max_size=9)
_page = st.tuples(_blocks, st.sampled_from(["", "a.example", "b.example"]), st.sets(st.integers(1, 6), max_size=2))


def summary(number: int, blocks: list[int], site: str, titles: set[int]) -> PageSummary:
    counts = np.array([LENGTHS[block] for block in blocks], dtype=np.int32)
    hashes = np.array(blocks, dtype=np.uint64)
    # Blocks 1 to 4 have one form, 5 to 8 another; which words have which form is not asked here.
    forms = np.where(hashes == 0, 0, 1 + (hashes - 1) // 4).astype(np.uint64)
    return PageSummary(f"p{number}", site, hashes, counts, counts >= 12, np.array(sorted(titles), dtype=np.uint64), forms)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(_page, max_size=14), st.integers(0, 14))
def test_sql_gives_what_memory_gives(tmp_path: Path, pages: list[tuple[list[int], str, set[int]]], cut: int) -> None:
    summaries = [summary(number, *page) for number, page in enumerate(pages)]
    paths = [tmp_path / "one", tmp_path / "two"]
    store_pages(paths[0], [*summaries[:cut], None])
    store_pages(paths[1], summaries[cut:])

    found = [page for table in gather_on_disk(paths, tmp_path / "spill") for page in table.pages()]

    assert len(found) == len(summaries)
    for ours, theirs in zip(found, gather(summaries), strict=True):
        assert (ours.host_pages, ours.owner) == (theirs.host_pages, theirs.owner)
        for name in ("host_repeats", "elsewhere", "owner_rank", "host_forms"):
            assert getattr(ours, name).tolist() == getattr(theirs, name).tolist(), name
    assert not (tmp_path / "spill").exists()


def test_tables_come_back(tmp_path: Path) -> None:
    pages = [summary(0, [1, 5, 0], "a.example", {1}), None, summary(1, [], "", set())]
    store_pages(tmp_path / "t", pages)
    table = load_pages(tmp_path / "t")

    assert table.present.tolist() == [True, False, True]
    assert [(page.id, page.site, page.hashes.tolist(), page.titles.tolist()) for page in table.pages()] == [
        ("p0", "a.example", [1, 5, 0], [1]),
        ("p1", "", [], []),
    ]
