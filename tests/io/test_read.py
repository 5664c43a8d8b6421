"""Files to records: what is healthy is read, what is not is rejected by file, record and reason."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import zstandard

from cleaner.config import READ, FieldNames
from cleaner.io.discover import Source, discover
from cleaner.io.read import Span, read_records, sniff_kind
from cleaner.model import Record, Rejected

STORY = "افتتح رئيس البلدية معرضا للكتاب في الميناء القديم.\nوقال إن الدخول إلى القاعات مجاني."


def put(folder: Path, name: str, content: bytes | str) -> Source:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (source,) = discover([str(path)]).sources
    return source


def read(source: Source, names: FieldNames | None = None) -> list[Record | Rejected]:
    return list(read_records(Span(source), names or FieldNames()))


def row(**fields: object) -> str:
    return json.dumps({"text": STORY, **fields}, ensure_ascii=False)


def reasons(found: list[Record | Rejected]) -> list[str]:
    return [record.reason if isinstance(record, Rejected) else "" for record in found]


@pytest.mark.parametrize(
    ("encoding", "notes"),
    [("utf-8", ()), ("utf-8-sig", ()), ("cp1256", ("encoding windows-1256",)), ("utf-16", ("encoding utf-16-le",))],
)
def test_a_text_file_is_one_record(tmp_path: Path, encoding: str, notes: tuple[str, ...]) -> None:
    (record,) = read(put(tmp_path, "a.txt", STORY.encode(encoding)))

    assert isinstance(record, Record)
    assert (record.id, record.text, record.notes, record.origin.file) == ("a.txt", STORY, notes, "a.txt")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"%PDF-1.7 ...", "not text: PDF"),
        ("a.html", b"\x89PNG\r\n\x1a\n\x00\x00", "not text: PNG image"),
        ("a.html", b"PK\x03\x04\x00", "not text: ZIP archive"),
        ("a.txt.gz", gzip.compress(STORY.encode())[:-12], "truncated: data ends in the gzip member at byte 0"),
    ],
)
def test_single_files_are_rejected_by_name(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (rejected,) = read(put(tmp_path, name, content))

    assert isinstance(rejected, Rejected)
    assert (rejected.origin.file, rejected.reason) == (name, reason)
    assert rejected.raw


def test_a_file_that_goes_away_is_rejected(tmp_path: Path) -> None:
    (rejected,) = read(Source(str(tmp_path / "gone.txt"), "gone.txt", kind="text"))

    assert reasons([rejected]) == ["unreadable: No such file or directory"]


def test_jsonl_fields(tmp_path: Path) -> None:
    lines = [
        row(id="a", url="https://News.example/1", title=" عنوان ", date="2023-09-05", authors=["س", "ص"], lang="ar", crawled="2023-09-06T10:00Z"),
        row(id=7, host="site.example"),
        row(id="", site="other.example", html="<p>x</p>"),
        json.dumps({"html": "<p>x</p>", "text": None}),
    ]
    found = read(put(tmp_path, "d.jsonl", "\n".join(lines)))

    records = [record for record in found if isinstance(record, Record)]
    assert [record.id for record in records] == ["a", "7", "d.jsonl#3", "d.jsonl#4"]
    assert [record.site for record in records] == ["news.example", "site.example", "other.example", ""]
    assert records[0].fields == {"title": "عنوان", "published": "2023-09-05", "author": "س, ص", "fetched": "2023-09-06T10:00Z"}
    assert [(record.text, record.html) for record in records[2:]] == [(STORY, None), (None, "<p>x</p>")]


def test_field_names_can_be_set(tmp_path: Path) -> None:
    source = put(
        tmp_path, "d.jsonl", json.dumps({"body": STORY, "key": "k", "link": "http://a.example/", "domain": "b.example", "host": "c.example"})
    )

    (first,) = read(source, FieldNames(text="body", id="key", url="link"))
    (second,) = read(source, FieldNames(text="body", site="domain"))

    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.id, first.text, first.url, first.site) == ("k", STORY, "http://a.example/", "a.example")
    assert second.site == "b.example"


def test_the_folder_is_the_site_where_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "s.example").mkdir()
    (tmp_path / "s.example" / "a.txt").write_text(STORY, encoding="utf-8")
    (tmp_path / "s.example" / "b.jsonl").write_text(row() + "\n" + row(host="t.example"), encoding="utf-8")

    records = [record for source in discover([str(tmp_path)]).sources for record in read(source)]

    assert [record.site for record in records if isinstance(record, Record)] == ["s.example", "s.example", "t.example"]


@pytest.mark.parametrize(
    ("line", "reason", "identity"),
    [
        ('{"id": "x", "text": "مقطو', "broken JSON", ""),
        ('{"id": "x", "title": "t"}', "missing field text (fields seen: id, title)", "x"),
        ('{"id": "x", "text": null}', "field text is null, need a string", "x"),
        ('{"id": "x", "text": 42}', "field text is a number, need a string", "x"),
        ('{"id": "x", "text": ["a", "b"]}', "field text is a list, need a string", "x"),
        ("[1, 2, 3]", "broken record: expected a JSON object, found a list", ""),
        ('"text"', "broken record: expected a JSON object, found a string", ""),
        ('{"text": "' + "a" * 10 + '", "meta": ' + "[" * 100_000 + "]" * 100_000 + "}", "too_deep", ""),
        ('{"id": "x", "text": "' + "a" * (READ.text_bytes + 1) + '"}', "too_large", "x"),
    ],
    ids=["broken", "missing", "null", "number", "list", "array", "scalar", "deep", "large"],
)
def test_a_bad_line_is_one_bad_record(tmp_path: Path, line: str, reason: str, identity: str) -> None:
    found = read(put(tmp_path, "d.jsonl", "\n".join([row(id="1"), line, row(id="3")]) + "\n"))

    assert [isinstance(record, Record) for record in found] == [True, False, True]
    rejected = found[1]
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(reason)
    assert (rejected.origin.record, rejected.origin.offset, rejected.id) == (2, len(row(id="1").encode()) + 1, identity)
    assert rejected.raw and line.encode().startswith(rejected.raw)


@pytest.mark.parametrize(
    ("line", "text", "note"),
    [
        (b'{"text": "' + STORY[:40].encode() + b"\xc3\x28\xff" + b'"}', STORY[:40] + "\ufffd(\ufffd", "replaced 2 undecodable byte sequences"),
        (b'{"text": "a \\ud800 b"}', "a \ufffd b", "replaced 1 lone surrogates"),
        (b'{"text": "a\\u0000\\u001b[31mb"}', "a[31mb", "removed 2 control characters"),
        (json.dumps({"text": STORY}, ensure_ascii=False).encode("cp1256"), STORY, "encoding windows-1256"),
        (b'{"text": "a", "score": NaN, "big": 1' + b"0" * 400 + b"}", "a", ""),
    ],
    ids=["bad bytes", "surrogate", "controls", "cp1256", "nan"],
)
def test_a_line_that_can_be_mended_is_read_with_a_note(tmp_path: Path, line: bytes, text: str, note: str) -> None:
    first, mended, last = read(put(tmp_path, "d.jsonl", b"\n".join([row(id="1").encode(), line, row(id="3").encode()])))

    assert isinstance(mended, Record)
    assert (mended.text, mended.notes) == (text, (note,) if note else ())
    assert isinstance(first, Record)
    assert isinstance(last, Record)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + b"\r\n".join([row(id="1").encode(), b"", b"  ", row(id="2").encode()]),
        (row(id="1") + "\n" + row(id="2") + "\n").encode("utf-16"),
        (row(id="1") + "\n" + row(id="2") + "\n").encode("utf-16-le"),
        gzip.compress((row(id="1") + "\n").encode()) + gzip.compress((row(id="2") + "\n").encode()),
        zstandard.ZstdCompressor().compress((row(id="1") + "\n" + row(id="2")).encode()),
        (row(id="1") + "\n" + row(id="2", x="a\u2028b\u2029c\u0085d\x0b".replace("\x0b", ""))).encode(),
    ],
    ids=["bom crlf blanks", "utf-16", "utf-16 no bom", "gzip members", "zstd", "unicode line ends"],
)
def test_jsonl_in_every_dress(tmp_path: Path, content: bytes) -> None:
    found = read(put(tmp_path, "d.jsonl", content))

    assert [(record.id, record.text) for record in found if isinstance(record, Record)] == [("1", STORY), ("2", STORY)]
    assert len(found) == 2


def test_a_truncated_archive_keeps_its_whole_records(tmp_path: Path) -> None:
    packed = gzip.compress("".join(row(id=str(number), x=f"{number * 7919}" * 20) + "\n" for number in range(200)).encode())
    *whole, last = read(put(tmp_path, "cut.jsonl.gz", packed[: len(packed) * 7 // 10]))

    assert [record.id for record in whole] == [str(number) for number in range(len(whole))]
    assert len(whole) > 20
    assert isinstance(last, Rejected)
    assert last.reason.startswith("truncated")
    assert last.origin.record == len(whole) + 1


def test_a_part_of_a_file_has_the_same_records(tmp_path: Path) -> None:
    source = put(tmp_path, "d.jsonl", "".join(row(n=number) + "\n" for number in range(9)))
    edge = len("".join(row(n=number) + "\n" for number in range(4)).encode())

    size = (tmp_path / "d.jsonl").stat().st_size
    parts = [*read_records(Span(source, 0, edge, 1), FieldNames()), *read_records(Span(source, edge, size, 5), FieldNames())]

    assert parts == read(source)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (row() + "\n\n" + row(), "jsonl"),
        (row() + "\nplain", "text"),
        (STORY, "text"),
        ("", "text"),
        ("<!DOCTYPE html><html><p>x", "html"),
        ('<?xml version="1.0"?>\n<html><p>x', "html"),
        ("{}", "jsonl"),
    ],
)
def test_sniffing(tmp_path: Path, content: str, kind: str) -> None:
    assert sniff_kind(put(tmp_path, "data", content)) == kind
