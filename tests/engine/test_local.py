"""A run from inputs to finished output: books, order, names, refusals, faults, and the same bytes every time."""

from __future__ import annotations

import base64
import errno
import gzip
import io
import json
import os
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard

from cleaner import config
from cleaner.config import FieldNames, Options
from cleaner.engine import folder, local, shards, steps, writing
from cleaner.engine.crew import Care
from cleaner.engine.local import run
from cleaner.engine.plan import Counts, RunPlan
from cleaner.engine.restore import read_rows, restore_run
from cleaner.errors import BooksError, MissingExtra, OutputError, RefusedError
from cleaner.io.parquet import read_table
from cleaner.model import Document, Duplicates, Origin, Page, Record
from cleaner.rules.compile import Ruleset, compile_rules
from cleaner.rules.load import select_rules


def story(seed: int, paragraphs: int = 4) -> str:
    """A made-up story of made-up words; the same seed gives the same, another shares nothing with it."""
    dice = random.Random(seed)

    def words(count: int) -> str:
        return " ".join("ال" + "".join(dice.choice("بتجحدرسعفقكلمني") for _ in range(4)) for _ in range(count))

    return "\n".join([words(6), *(" ".join(f"أعلن {words(11)}." for _ in range(3)) for _ in range(paragraphs))])


def page_of(text: str) -> str:
    title, *paragraphs = text.split("\n")
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
    return f"<!doctype html><html>{head}<body><article><h1>{title}</h1>{body}</article></body></html>"


def rows_of(out: Path, kind: str) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted((out / kind).glob("part-*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]


def jsonl(*rows: dict[str, Any] | str) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)


def contents(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.fixture(autouse=True)
def few_rules(ruleset: Ruleset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every eighth of the built-in rules: what a run does with rules does not depend on how many there are."""
    monkeypatch.setattr(local, "load_ruleset", lambda _, disable=(): compile_rules(select_rules(ruleset.rules[::8], disable)))


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """One of everything: plain, HTML, JSONL with faults, empty, unreadable, a duplicate, an equal id."""
    folder = tmp_path / "in"
    (folder / "site.example").mkdir(parents=True)
    (folder / "a.txt").write_text(story(1), encoding="utf-8")
    (folder / "b.txt").write_bytes(story(2).encode("cp1256"))
    (folder / "c_empty.txt").write_text(" \n\u200b\n", encoding="utf-8")
    (folder / "c_image.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    (folder / "gone.txt").symlink_to("/nonexistent/x.txt")
    (folder / "notes.md").write_text("left aside", encoding="utf-8")
    (folder / "site.example" / "d.html").write_text(page_of(story(3)), encoding="utf-8")
    rows = [{"id": "x", "text": story(4)}, "{broken", {"id": "x", "text": story(5)}, {"text": story(1)}, {"id": "n", "title": "t"}]
    (folder / "e.jsonl").write_text(jsonl(*rows), encoding="utf-8")
    return folder


def test_every_record_has_its_place_in_the_books(inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = run(RunPlan((str(inputs),), out, jobs=1))

    assert summary.counts == Counts(read=11, kept=5, dropped=2, quarantined=4)
    assert summary.exit_code == 3
    audit = {(row["file"], row["record"]): (row["id"], row["status"], row.get("reason", "")) for row in rows_of(out, "audit")}
    assert audit == {
        ("a.txt", 1): ("a.txt", "kept", ""),
        ("b.txt", 1): ("b.txt", "kept", ""),
        ("c_empty.txt", 1): ("c_empty.txt", "dropped", "empty"),
        ("c_image.html", 1): ("c_image.html", "quarantined", "not text: PNG image"),
        ("e.jsonl", 1): ("x", "kept", ""),
        ("e.jsonl", 2): ("", "quarantined", audit["e.jsonl", 2][2]),
        ("e.jsonl", 3): ("x~2", "kept", ""),
        ("e.jsonl", 4): ("e.jsonl#4", "dropped", "duplicate of a.txt"),
        ("e.jsonl", 5): ("n", "quarantined", "missing field text (fields seen: id, title)"),
        ("gone.txt", 1): ("gone.txt", "quarantined", "unreadable: link: No such file or directory"),
        ("site.example/d.html", 1): ("site.example/d.html", "kept", ""),
    }
    assert [row["id"] for row in rows_of(out, "core")] == ["a.txt", "b.txt", "x", "x~2", "site.example/d.html"]
    assert {row["id"]: row["text"].split() for row in rows_of(out, "core")}["b.txt"] == story(2).split()
    assert [row["record"] for row in rows_of(out, "quarantine")] == [1, 2, 5, 1]
    assert all("raw" in row for row in rows_of(out, "quarantine"))
    assert summary.skipped == ("notes.md: unknown suffix",)
    assert any(fault.startswith("e.jsonl record 2: broken JSON") for fault in summary.faults)


def test_the_manifest_says_what_was_done_to_what(inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(RunPlan((str(inputs),), out, jobs=1, disable=("en.",)))

    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["counts"] == {"in": 11, "kept": 5, "dropped": 2, "quarantined": 4}
    files = {file["name"]: file for file in manifest["inputs"]}
    assert files["e.jsonl"]["counts"] == {"in": 5, "kept": 2, "dropped": 1, "quarantined": 2}
    assert files["a.txt"]["size"] == len(story(1).encode())
    assert len(files["a.txt"]["sha256"]) == len(manifest["rules"]["sha256"]) == 64
    assert manifest["options"] == {"mode": "default", "captions": "first", "duplicates": "drop", "alone": False}
    assert manifest["rules"]["disabled"] == ["en."]
    assert str(tmp_path) not in json.dumps(manifest)


def test_same_bytes_for_any_workers_and_order(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (inputs / "many.jsonl").write_text(jsonl(*({"host": f"h{n % 3}.example", "text": story(n % 25)} for n in range(40))), encoding="utf-8")
    monkeypatch.setattr(shards, "STREAM", replace(config.STREAM, shard_bytes=8_000, chunk_bytes=4_096))
    files = [str(path) for path in sorted(inputs.rglob("*")) if not path.is_dir() and path.name != "d.html"]

    for name, jobs, named in (("one", 1, files), ("two", 2, files[::-1]), ("shuffled", 1, random.Random(7).sample(files, len(files)))):
        run(RunPlan(tuple(named), tmp_path / name, jobs=jobs))

    assert len(list((tmp_path / "one" / "core").iterdir())) > 3
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(tmp_path / "shuffled")


def test_shards_do_not_change_what_is_said(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(RunPlan((str(inputs),), tmp_path / "whole", jobs=1))
    monkeypatch.setattr(shards, "STREAM", replace(config.STREAM, shard_bytes=1, chunk_bytes=512))
    run(RunPlan((str(inputs),), tmp_path / "cut", jobs=1))

    for kind in ("core", "audit", "quarantine"):
        assert rows_of(tmp_path / "whole", kind) == rows_of(tmp_path / "cut", kind)


def test_a_finished_run_is_done_again_with_the_same_result(inputs: Path, tmp_path: Path) -> None:
    plan = RunPlan((str(inputs),), tmp_path / "out", jobs=1)
    run(plan)
    first = contents(plan.output)
    (plan.output / "core" / "part-00099.jsonl").write_text("left over", encoding="utf-8")
    run(plan)

    assert contents(plan.output) == first
    assert not [name for name in first if "/." in name or name.startswith((".work", ".lock"))]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"options": Options(alone=True)}, "options alone: False then, True now"),
        ({"fields": FieldNames(text="body")}, "fields text: text then, body now"),
        ({"disable": ("ar.",)}, "rules sha256"),
        ({"compress": "gz"}, "compress none then, gz now"),
    ],
)
def test_output_of_other_settings_is_refused_and_forced(inputs: Path, tmp_path: Path, change: dict[str, Any], told: str) -> None:
    plan = RunPlan((str(inputs / "a.txt"),), tmp_path / "out", jobs=1)
    run(plan)
    before = contents(plan.output)

    with pytest.raises(RefusedError, match="other settings") as refused:
        run(replace(plan, **change))
    assert told in str(refused.value)
    assert contents(plan.output) == before
    run(replace(plan, force=True, **change))
    assert contents(plan.output) != before


def test_output_over_other_inputs_is_refused(inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(RunPlan((str(inputs / "a.txt"),), out, jobs=1))

    with pytest.raises(RefusedError, match=r"other inputs \(a.txt"):
        run(RunPlan((str(inputs / "b.txt"),), out, jobs=1))
    assert run(RunPlan((str(inputs / "a.txt"), str(inputs / "b.txt")), out, jobs=1)).counts.read == 2


def test_foreign_folders_are_left_alone(inputs: Path, tmp_path: Path) -> None:
    foreign, file = tmp_path / "foreign", tmp_path / "file"
    foreign.mkdir()
    (foreign / "thesis.doc").write_text("years of work", encoding="utf-8")
    (foreign / "manifest.json").write_text("[]", encoding="utf-8")
    file.write_text("x", encoding="utf-8")

    with pytest.raises(RefusedError, match=r"thesis\.doc"):
        run(RunPlan((str(inputs),), foreign, jobs=1))
    (foreign / "thesis.doc").unlink()
    with pytest.raises(RefusedError, match="no manifest of cleaner"):
        run(RunPlan((str(inputs),), foreign, jobs=1))
    with pytest.raises(RefusedError, match="is a file"):
        run(RunPlan((str(inputs),), file, jobs=1))
    assert [path.name for path in foreign.iterdir()] == ["manifest.json"]


def test_a_refused_run_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no such file"):
        run(RunPlan((str(tmp_path / "none"),), tmp_path / "out", jobs=1))
    with pytest.raises(RefusedError, match="compression 'rar' is unknown"):
        run(RunPlan((str(tmp_path),), tmp_path / "out", compress="rar"))

    assert not (tmp_path / "out").exists()


def test_one_folder_one_run(inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with folder.claimed(out, False), pytest.raises(RefusedError, match=f"process {os.getpid()} on"):
        run(RunPlan((str(inputs),), out, jobs=1))
    (out / ".lock").write_text(f"{os.getpid()} {os.uname().nodename}", encoding="utf-8")  # nobody holds it: left by a run that was killed
    assert run(RunPlan((str(inputs),), out, jobs=1)).counts.balanced
    assert not (out / ".lock").exists()


def test_a_full_disk_leaves_no_half_file(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    plan = RunPlan((str(inputs),), tmp_path / "out", jobs=1)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", no_room)
        with pytest.raises(OutputError, match=r"intent.json.*No space left on device") as failed:
            run(plan)
    assert failed.value.exit_code == 74
    assert not [name for name in contents(plan.output) if not name.startswith(".work/")]
    assert run(plan).counts.balanced


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_named(inputs: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)

    with pytest.raises(OutputError, match="closed"):
        run(RunPlan((str(inputs),), closed / "out", jobs=1))


@pytest.mark.parametrize("step", ["read_pages", "clean_pages"])
@pytest.mark.parametrize("error", [ValueError("odd"), RecursionError("deep"), MemoryError(), TypeError("shape"), KeyError("x"), ZeroDivisionError()])
def test_what_a_document_raises_quarantines_it_alone(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: Exception
) -> None:
    whole = getattr(steps, step)

    def poisoned(subjects: Sequence[Document | Page], *rest: Any) -> Any:
        if any(text_of(subject) == story(5) for subject in subjects):
            raise error
        return whole(subjects, *rest)

    monkeypatch.setattr(steps, step, poisoned)
    out = tmp_path / "out"
    summary = run(RunPlan((str(inputs),), out, jobs=1))

    assert summary.files["e.jsonl"] == Counts(5, 1, 1, 3)
    assert summary.counts.kept == 4
    (row,) = [row for row in rows_of(out, "quarantine") if row["reason"].startswith(type(error).__name__)]
    assert (row["file"], row["record"], row["id"]) == ("e.jsonl", 3, "x" if step == "read_pages" else "x~2")
    assert base64.b64decode(row["raw"]).decode() == story(5)


def text_of(subject: Document | Page) -> str:
    return (subject if isinstance(subject, Document) else subject.document).text


@pytest.mark.parametrize(
    ("sizes", "careful", "expected"),
    [
        ((), False, []),
        ((1, 1, 1, 1, 1), False, [3, 2]),
        ((1, 1, 1), False, [3]),
        ((9, 1, 1, 1), False, [2, 2]),
        ((50, 5, 5, 1), False, [1, 2, 1]),
        ((1, 50, 1), True, [1, 1, 1]),
    ],
    ids=["none", "number", "full", "characters", "large", "careful"],
)
def test_records_are_taken_together_in_bounds(monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, ...], careful: bool, expected: list[int]) -> None:
    monkeypatch.setattr(steps, "RUN", replace(config.RUN, batch_pages=3, batch_chars=10))
    batches = list(steps._batches([Record("", Origin("", 1), "x" * size) for size in sizes], Care(careful=careful)))

    assert [len(batch) for batch in batches] == expected
    assert [index for batch in batches for index, _ in batch] == list(range(len(sizes)))


@pytest.mark.parametrize("error", [MissingExtra("needs x; pip install x"), OutputError("disk"), OSError("disk"), ImportError("x")])
def test_what_no_document_causes_stops_the_run(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def broken(*_: object) -> list[Page]:
        raise error

    monkeypatch.setattr(steps, "read_pages", broken)

    with pytest.raises(type(error), match=str(error).split(";")[0]):
        run(RunPlan((str(inputs),), tmp_path / "out", jobs=1))
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_books_that_do_not_balance_are_an_error(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_by_file", lambda _: {"a.txt": Counts(0, kept=1)})

    with pytest.raises(BooksError, match="do not balance: 11 records read"):
        run(RunPlan((str(inputs),), tmp_path / "out", jobs=1))
    assert not (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.parametrize(("duplicates", "kept", "groups"), [(Duplicates.DROP, 5, 1), (Duplicates.MARK, 6, 1), (Duplicates.OFF, 6, 0)])
def test_duplicates(inputs: Path, tmp_path: Path, duplicates: Duplicates, kept: int, groups: int) -> None:
    out = tmp_path / "out"
    summary = run(RunPlan((str(inputs),), out, Options(duplicates=duplicates), jobs=1))

    assert (summary.counts.kept, summary.groups) == (kept, groups)
    found = [json.loads(line) for line in (out / "groups.jsonl").read_text(encoding="utf-8").splitlines()]
    assert found == [{"keeper": "a.txt", "members": [{"id": "e.jsonl#4", "similarity": 1.0, "containment": 1.0}]}][:groups]


def unzstd(raw: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(raw)


@pytest.mark.parametrize(("compress", "unpack"), [("gz", gzip.decompress), ("zst", unzstd)])
def test_packed_parts_hold_the_same_rows(inputs: Path, tmp_path: Path, compress: str, unpack: Any) -> None:
    run(RunPlan((str(inputs),), tmp_path / "plain", jobs=1))
    for name in ("packed", "again"):
        run(RunPlan((str(inputs),), tmp_path / name, jobs=1, compress=compress))

    plain = contents(tmp_path / "plain")["core/part-00000.jsonl"]
    assert unpack(contents(tmp_path / "packed")[f"core/part-00000.jsonl.{compress}"]) == plain
    assert contents(tmp_path / "packed") == contents(tmp_path / "again")


@pytest.mark.parametrize(
    ("content", "ids"),
    [(story(1), ["stdin"]), (jsonl({"id": "p", "text": story(1)}, {"text": story(2)}), ["p", "stdin#2"]), (page_of(story(1)), ["stdin"])],
    ids=["text", "jsonl", "html"],
)
def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, ids: list[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    out = tmp_path / "out"
    run(RunPlan(("-",), out, jobs=1))

    assert [row["id"] for row in rows_of(out, "core")] == ids


def test_output_inside_the_input_is_not_read_again(inputs: Path) -> None:
    plan = RunPlan((str(inputs),), inputs / "out", jobs=1)

    assert run(plan).counts == run(plan).counts


def test_alone_uses_no_evidence(inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(RunPlan((str(inputs),), out, Options(alone=True), jobs=1))

    assert {row["evidence"] for row in rows_of(out, "core")} == {"document"}
    run(RunPlan((str(inputs),), tmp_path / "batch", jobs=1))
    assert {row["evidence"] for row in rows_of(tmp_path / "batch", "core")} == {"batch"}


def test_parquet_holds_what_json_lines_hold(inputs: Path, tmp_path: Path) -> None:
    plain, tables = tmp_path / "plain", tmp_path / "tables"
    run(RunPlan((str(inputs),), plain, jobs=1))
    run(RunPlan((str(inputs),), tables, jobs=1, format="parquet"))

    for kind in ("core", "appended"):
        rows = [row for path in sorted((tables / kind).glob("part-*.parquet")) for row in read_table(path)]
        assert [{name: value for name, value in row.items() if value != ""} for row in rows] == [
            {name: value for name, value in row.items() if value != ""} for row in rows_of(plain, kind)
        ]
    assert rows_of(tables, "audit") == rows_of(plain, "audit")
    assert not list((tables / "core").glob("*.jsonl"))


def test_parquet_is_the_same_bytes_and_can_be_added_to_and_restored(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "STREAM", replace(config.STREAM, shard_bytes=8_000, chunk_bytes=4_096))
    one, two = (RunPlan((str(inputs),), tmp_path / f"out{jobs}", jobs=jobs, format="parquet") for jobs in (1, 2))
    run(one)
    run(two)
    assert contents(one.output) == contents(two.output)

    before = {name: data for name, data in contents(one.output).items() if name.startswith("core/")}
    (inputs / "z.jsonl").write_text(jsonl({"id": "again", "text": story(1)}, {"id": "new", "text": story(77)}), encoding="utf-8")
    summary = run(one)

    assert summary.counts.dropped == 3, "the copy of a story that an earlier generation kept"
    assert before.items() <= contents(one.output).items()
    restored = restore_run(one.output, tmp_path / "restored")
    texts = {row["id"]: row["text"] for path in sorted((tmp_path / "restored").glob("*.jsonl")) for row in read_rows(path)}
    assert restored.records == summary.counts.kept + summary.counts.dropped
    assert texts["new"] == story(77)


@pytest.mark.parametrize(
    ("format", "compress", "told"), [("arrow", "none", "format 'arrow' is unknown"), ("parquet", "gz", "packs its columns itself")]
)
def test_formats_that_cannot_be_are_refused(inputs: Path, tmp_path: Path, format: str, compress: str, told: str) -> None:
    with pytest.raises(RefusedError, match=told):
        run(RunPlan((str(inputs),), tmp_path / "out", format=format, compress=compress))
    assert not (tmp_path / "out").exists()
