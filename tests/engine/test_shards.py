"""Inputs are hashed and cut into shards at line ends; every record is in one shard, with the number it has in the file."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleaner import config
from cleaner.config import FieldNames
from cleaner.engine import shards
from cleaner.engine.shards import survey
from cleaner.io.discover import discover
from cleaner.io.read import Span, read_records
from cleaner.model import Record, Rejected


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "STREAM", replace(config.STREAM, shard_bytes=100, chunk_bytes=64, shard_files=3))


def records(items: tuple[Span | Rejected, ...]) -> list[Record | Rejected]:
    return [record for item in items for record in ([item] if isinstance(item, Rejected) else read_records(item, FieldNames()))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["", " ", "{broken", '{"text": "a"}', '{"text": "' + "b" * 150 + '"}']), max_size=30), st.booleans())
def test_a_cut_file_holds_the_same_records(small: None, tmp_path: Path, lines: list[str], ended: bool) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text("\n".join(lines) + ("\n" if ended else ""), encoding="utf-8")
    found = discover([str(path)])

    cut = [record for shard in survey(found).shards for record in records(shard.items)]

    assert cut == list(read_records(Span(found.sources[0]), FieldNames()))


def test_long_lines_files_are_cut_and_packed_or_wide_ones_are_not(small: None, tmp_path: Path) -> None:
    content = "".join(json.dumps({"text": "قصة", "n": n}) + "\n" for n in range(100))
    (tmp_path / "a.jsonl").write_text(content, encoding="utf-8")
    (tmp_path / "b.jsonl").write_bytes(content.encode("utf-16"))
    (tmp_path / "c.jsonl").write_bytes(gzip.compress(content.encode()))

    spans = [item for shard in survey(discover([str(tmp_path)])).shards for item in shard.items if isinstance(item, Span)]
    parts = {name: [span for span in spans if span.source.name == name] for name in ("a.jsonl", "b.jsonl", "c.jsonl")}

    assert len(parts["a.jsonl"]) > 5
    assert parts["a.jsonl"][0].start == 0
    assert parts["a.jsonl"][-1].end == len(content.encode())
    assert all(left.end == right.start for left, right in zip(parts["a.jsonl"], parts["a.jsonl"][1:], strict=False))
    assert [len(parts[name]) for name in ("b.jsonl", "c.jsonl")] == [1, 1]


def test_small_files_share_shards_in_order(small: None, tmp_path: Path) -> None:
    for n in range(8):
        (tmp_path / f"{n}.txt").write_text("x", encoding="utf-8")
    (tmp_path / "3a.txt").symlink_to("/nonexistent")

    found = survey(discover([str(tmp_path)]))

    assert [len(shard.items) for shard in found.shards] == [3, 3, 3]
    assert [file.name for file in found.files] == ["0.txt", "1.txt", "2.txt", "3.txt", "3a.txt", "4.txt", "5.txt", "6.txt", "7.txt"]
    assert found.files[0].sha256 == hashlib.sha256(b"x").hexdigest()
    assert found.files[4].size == -1
