"""A finished run reads back as the pages it was made of."""

from __future__ import annotations

import json
from pathlib import Path

from cleaner.engine.finished import read_finished
from cleaner.engine.local import run
from cleaner.engine.plan import RunPlan

STORY = "Harbour reopens\nThe harbour reopened on Monday after a storm, the port authority said in a statement to the press.\nRead more:"


def test_every_page_keeps_its_text_site_and_language(tmp_path: Path) -> None:
    records = [
        {"id": "kept", "text": STORY, "site": "a.example", "lang": "en"},
        {"id": "copy", "text": STORY, "site": "b.example", "lang": "en"},
        {"id": "linked", "text": STORY, "url": "https://c.example/1"},
        {"id": "empty", "text": "Read more:", "site": "d.example"},
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")

    summary = run(RunPlan((str(tmp_path / "in.jsonl"),), tmp_path / "out", jobs=1))

    assert summary.counts.dropped == 3
    pages = {page.id: page for page in read_finished(tmp_path / "out")}
    assert {name: (page.site, page.lang) for name, page in pages.items()} == {
        "kept": ("a.example", "en"), "copy": ("b.example", "en"), "linked": ("c.example", ""), "empty": ("d.example", ""),
    }  # fmt: skip
    assert {name: page.text for name, page in pages.items()} == {record["id"]: record["text"] for record in records}
