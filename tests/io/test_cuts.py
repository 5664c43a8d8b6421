"""A large table or archive is cut so that its parts together read as the whole, numbers and offsets included."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow.parquet import write_table

from cleaner import config
from cleaner.config import FieldNames
from cleaner.io import cuts
from cleaner.io.cuts import cut_source
from cleaner.io.discover import Source
from cleaner.io.read import Span, read_records
from cleaner.model import Record, Rejected


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuts, "STREAM", replace(config.STREAM, shard_bytes=300))


def page(number: int, size: int = 40) -> bytes:
    body = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>{number} {'x' * size}</p>".encode()
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://s.example/{number}\r\nContent-Type: application/http; msgtype=response\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body + b"\r\n\r\n"


def parts_of(path: Path, kind: str) -> tuple[list[Span], list[Record | Rejected], list[Record | Rejected]]:
    """The spans, what they read together, what the whole reads."""
    source = Source(str(path), path.name, kind=kind)
    spans = [span for _, span in cut_source(source, path.stat().st_size)]
    together = [record for span in spans for record in read_records(span, FieldNames())]
    return spans, together, list(read_records(Span(source), FieldNames()))


def packed(pages: list[bytes]) -> bytes:
    return b"".join(map(gzip.compress, pages))


def in_pairs(pages: list[bytes]) -> bytes:
    return b"".join(gzip.compress(b"".join(pages[at : at + 2])) for at in range(0, len(pages), 2))


@pytest.mark.parametrize(
    ("pack", "is_cut"),
    [
        (b"".join, True),
        (packed, True),
        (in_pairs, True),
        (lambda pages: gzip.compress(b"".join(pages)), False),
        (lambda pages: zstandard.ZstdCompressor().compress(b"".join(pages)), False),
        (lambda pages: b"".join(pages)[:-30], False),
        (lambda pages: packed(pages)[:-9], False),
        (lambda pages: b"junk\r\n" + b"".join(pages), False),
    ],
    ids=["plain", "member each", "member for two", "one member", "zstd", "cut", "cut gzip", "junk"],
)
def test_an_archive(tmp_path: Path, pack: Callable[[list[bytes]], bytes], is_cut: bool) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(pack([page(number, 700) for number in range(9)]))
    spans, together, whole = parts_of(path, "warc")

    assert (len(spans) > 2) == is_cut
    assert together == whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 900), max_size=12), st.booleans())
def test_any_archive(tmp_path: Path, sizes: list[int], in_members: bool) -> None:
    path = tmp_path / "a.warc"
    pages = [page(number, size) for number, size in enumerate(sizes)]
    path.write_bytes(packed(pages) if in_members else b"".join(pages))
    _, together, whole = parts_of(path, "warc")

    assert together == whole
    assert len(whole) == len(sizes)


def test_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_table(pyarrow.table({"text": [f"{n} {'x' * 100}" for n in range(20)]}), path, row_group_size=3, compression="none")
    spans, together, whole = parts_of(path, "parquet")

    assert len(spans) > 2
    assert together == whole
    assert [record.origin.record for record in together] == list(range(1, 21))


@pytest.mark.parametrize("spoil", [lambda raw: raw[:-6], lambda raw: gzip.compress(raw, mtime=0), lambda raw: b"PAR1" + bytes(999)])
def test_a_table_without_a_footer_in_sight_stays_whole(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.parquet"
    write_table(pyarrow.table({"text": [f"{n} {n * 7919**9}" for n in range(99)]}), path, row_group_size=9)
    path.write_bytes(spoil(path.read_bytes()))
    spans, together, whole = parts_of(path, "parquet")

    assert len(spans) == 1
    assert together == whole
