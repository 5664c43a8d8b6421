"""Rows made early are the rows that writing would make."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from cleaner.emit.account import audit_row, core_row
from cleaner.engine.rows import Leaving, as_duplicate, leaving
from cleaner.engine.workfiles import fetch, store
from cleaner.io.writer import encode_row
from cleaner.model import Document, Origin, Rejected, Status
from cleaner.pipeline import clean

TEXT = "Harbour reopens\nThe harbour reopened on Monday after a storm, the port authority said in a statement to the press.\nRead more:"


def document() -> Document:
    return Document("x", TEXT, site="a.example", lang="en", url="https://a.example/1", origin=Origin("in.jsonl", 3), notes=("encoding utf-16-le",))


def test_a_kept_record() -> None:
    result = clean(document())
    row = leaving(result)

    assert (row.file, row.id, row.status) == ("in.jsonl", "x", Status.KEPT)
    assert json.loads(row.content) == core_row(result)
    assert json.loads(row.audit)["status"] == "kept"


def test_a_duplicate_is_what_the_audit_would_have_said() -> None:
    result = clean(document())

    assert result.removed, "the case needs spans"
    row = as_duplicate(leaving(result), "keeper")
    assert row.audit == encode_row(audit_row(result, Status.DROPPED, "duplicate of keeper"))
    assert (row.content, row.appended, row.status) == (b"", (), Status.DROPPED)


@pytest.mark.parametrize(("text", "reason"), [("", "empty"), ("\u200b \n", "empty")])
def test_what_holds_no_words_is_dropped(text: str, reason: str) -> None:
    row = leaving(clean(Document("x", text)))

    assert (row.status, json.loads(row.audit)["reason"], row.content) == (Status.DROPPED, reason, b"")


def test_a_rejected_record_keeps_its_bytes() -> None:
    row = leaving(Rejected(Origin("a\nb.txt", 2), "damaged", "i", raw=b"\xff\x00"))

    assert row.status is Status.QUARANTINED
    assert json.loads(row.content)["raw"] == "/wA="
    assert row.fault == "a\\nb.txt record 2 (i): damaged"


def test_stored_values_come_back(tmp_path: Path) -> None:
    values = [Leaving(f"f{n}", "ا" * n, Status.KEPT, b"{}" * n, b"\n", (b"a",) * (n % 3), "why") for n in range(300)]
    store(tmp_path / "v", values)

    assert list(fetch(tmp_path / "v", Leaving)) == values
    assert [path.name for path in tmp_path.iterdir()] == ["v"]


def test_a_store_that_is_cut_short_is_no_shorter_store(tmp_path: Path) -> None:
    store(tmp_path / "v", [Leaving("f", "i", Status.KEPT, b"{}" * 99)])
    (tmp_path / "v").write_bytes((tmp_path / "v").read_bytes()[:-1])

    with pytest.raises(msgspec.DecodeError):
        list(fetch(tmp_path / "v", Leaving))
