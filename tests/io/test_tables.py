"""CSV, Parquet and web archives: healthy neighbours are read, what is damaged is rejected by record and reason."""

from __future__ import annotations

import builtins
import gzip
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from cleaner.config import FieldNames
from cleaner.errors import MissingExtra
from cleaner.io import read_warc as warc_module
from cleaner.io.discover import Source, discover
from cleaner.io.frames import cut_frames
from cleaner.io.limits import Fault
from cleaner.io.read import Span, read_records
from cleaner.io.read_csv import read_csv
from cleaner.io.read_jsonl import read_jsonl
from cleaner.io.read_warc import read_warc
from cleaner.model import Record, Rejected

pyarrow = pytest.importorskip("pyarrow")
pytest.importorskip("fastwarc")
STORY = "افتتح رئيس البلدية معرضا للكتاب في الميناء القديم"


def read(path: Path, **names: str) -> list[tuple[int, str]]:
    """(record, its text or html or why it was rejected) for all records of a file."""
    (source,) = discover([str(path)]).sources
    return [(one.origin.record, told(one)) for one in read_records(Span(source), FieldNames(**names))]


def told(one: Record | Rejected) -> str:
    if isinstance(one, Rejected):
        return one.reason
    return one.text if one.text is not None else one.html.decode() if isinstance(one.html, bytes) else str(one.html)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("id,text\n1,one\n2,two\n", [(1, "one"), (2, "two")]),
        ("\ufeffid;text\r\n1;one\r\n\r\n2;two", [(1, "one"), (2, "two")]),
        ('id,text\n1,"one, ""quoted""\nand more"\n2,two\n', [(1, 'one, "quoted"\nand more'), (2, "two")]),
        ("id,text\n1,one,more\n2,two\n", [(1, "broken row: 3 fields where the first row names 2"), (2, "two")]),
        ('id,text\n1,"never closed\n2,two\n3,three\n', [(1, "broken row: a quote is never closed"), (2, "two"), (3, "three")]),
        ('id,text\n1,"open\n2,two\n3,"t"\n', [(1, "broken row: a quote is never closed"), (2, "two"), (3, "t")]),
        ("id,body\n1,one\n", [(1, "missing field text (fields seen: body, id)")]),
        ("id,text\n", []),
        ("", []),
    ],
)
def test_csv(tmp_path: Path, content: str, found: list[tuple[int, str]]) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode())

    assert read(path) == found


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1256"])
def test_csv_in_every_dress(tmp_path: Path, pack: Any, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(pack(f"text,id\n{STORY},1\n{STORY},2\n".encode(encoding)))

    assert read(path) == [(1, STORY), (2, STORY)]


def parquet(path: Path, **columns: Any) -> Path:
    from pyarrow.parquet import write_table

    write_table(pyarrow.table(columns), path, row_group_size=2)
    return path


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"id": ["a", "b", "c"], "text": ["one", None, "three"]}, [(1, "one"), (2, "field text is null, need a string"), (3, "three")]),
        (
            {"text": [b"one", "قال الوزير إن".encode("cp1256"), b"\xff\xfe\xc3("]},
            [(1, "one"), (2, "قال الوزير إن"), (3, "undecodable: no letters in utf-16-le")],
        ),
        ({"text": [1, 2]}, [(1, "field text is int64, need string")]),
        ({"body": ["x"], "id": ["y"]}, [(1, "missing field text (columns: body, id)")]),
        ({"html": ["<p>x</p>"]}, [(1, "<p>x</p>")]),
    ],
    ids=["null", "binary", "numbers", "missing", "html"],
)
def test_parquet(tmp_path: Path, columns: dict[str, Any], found: list[tuple[int, str]]) -> None:
    assert read(parquet(tmp_path / "a.parquet", **columns)) == found


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_packed_and_misnamed_parquet(tmp_path: Path, pack: Any) -> None:
    whole = parquet(tmp_path / "a.parquet", text=["one", "two"])
    (tmp_path / "b.parquet.gz").write_bytes(pack(whole.read_bytes()))

    assert read(tmp_path / "b.parquet.gz") == [(1, "one"), (2, "two")]


def test_a_damaged_row_group_costs_itself(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", text=[f"{n} {STORY * 20} {n}" for n in range(6)])
    from pyarrow.parquet import ParquetFile

    column = ParquetFile(path).metadata.row_group(1).column(0)
    raw = bytearray(path.read_bytes())
    raw[column.data_page_offset : column.data_page_offset + column.total_compressed_size // 2] = b"\xff" * (column.total_compressed_size // 2)
    path.write_bytes(raw)
    found = read(path)

    assert [number for number, text in found if text.endswith(str(number - 1))] == [1, 2, 5, 6]
    assert [text for _, text in found if text.startswith("damaged")]


def record(
    url: str, body: str, kind: str = "response", length: int | None = None, http: str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
) -> bytes:
    content = (http + body).encode()
    media = "application/http; msgtype=response" if http else "text/plain"
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nContent-Type: {media}\r\n"
    return f"{head}Content-Length: {len(content) if length is None else length}\r\n\r\n".encode() + content + b"\r\n\r\n"


PAGES = [record(f"http://s.example/{n}", f"<p>page {n}</p>") for n in range(5)]
ALL = [(n + 1, f"<p>page {n}</p>") for n in range(5)]


def without(number: int, reason: str) -> list[tuple[int, str]]:
    return [(n, reason if n == number else text) for n, text in ALL]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"".join(PAGES), ALL),
        (b"".join(map(gzip.compress, PAGES)), ALL),
        (b"".join(PAGES)[: -len(PAGES[4]) // 2], without(5, "truncated: ")),
        (b"".join(PAGES[:2]) + record("http://s.example/2", "<p>page 2</p>", length=40) + b"".join(PAGES[3:]), without(3, "wrong Content-Length: ")),
        (b"".join(PAGES[:2]) + record("http://s.example/2", "<p>page 2</p>", length=99) + b"".join(PAGES[3:]), without(3, "wrong Content-Length: ")),
        (b"".join(PAGES[:2]) + b"WARC/1.0\r\nno header\r\n\r\nxx" * 2 + b"\r\n" + b"".join(PAGES[3:]), without(3, "broken WARC header")),
        (b"".join(PAGES[:4]) + record("u", "x" * 9, http="HTTP/1.1 404 Not Found\r\nServer: x\r\n\r\n"), without(5, "no page: HTTP status 404")),
        (b"".join(PAGES[:4]) + record("u", "x", http="HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"), without(5, "not text: image/png")),
        (b"".join(PAGES[:4]) + record("u", STORY, "conversion", http=""), without(5, STORY)),
        (b"".join(PAGES[:4]) + record("u", "x", "request", http="GET / HTTP/1.1\r\n\r\n"), ALL[:4]),
        (gzip.compress(PAGES[0])[:-4] + bytes(4) + b"".join(map(gzip.compress, PAGES[1:])), without(1, "")),
    ],
    ids=["plain", "gzip", "cut", "short", "long", "header", "404", "image", "wet", "request", "rotten"],
)
def test_warc(tmp_path: Path, content: bytes, found: list[tuple[int, str]]) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(content)
    read_back = read(path)

    assert [number for number, _ in read_back] == [number for number, _ in found]
    assert all(text.startswith(wanted) for (_, text), (_, wanted) in zip(read_back, found, strict=True)), read_back


@pytest.mark.parametrize(("kind", "http"), [("response", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"), ("conversion", "")])
def test_an_archive_says_when_a_page_was_fetched(kind: str, http: str) -> None:
    content = record("http://s.example/1", STORY, kind, http=http).replace(b"\r\n", b"\r\nWARC-Date: 2023-09-04T12:30:00Z\r\n", 1)

    (found,) = read_warc(Source("-", "a.warc"), [content], FieldNames())

    assert isinstance(found, Record)
    assert found.fields == {"fetched": "2023-09-04T12:30:00Z"}


def test_unpacking_a_body_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc_module, "READ", type("Limits", (), {"raw_bytes": 1_000}))
    body = gzip.compress(b"x" * 5_000)
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n" + body
    head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n" % len(http)

    (found,) = read_warc(Source("-", "a.warc"), [head + http + b"\r\n\r\n"], FieldNames())

    assert isinstance(found, Rejected)
    assert found.reason == "too_large: more than 1000 bytes in one record after unpacking"


@pytest.mark.parametrize(("name", "module", "command"), [("a.parquet", "pyarrow", "cleaner[arrow]"), ("a.warc", "fastwarc.warc", "cleaner[warc]")])
def test_a_missing_extra_says_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, command: str) -> None:
    whole = builtins.__import__

    def without_it(wanted: str, *rest: Any) -> Any:
        if wanted == module:
            raise ImportError(wanted)
        return whole(wanted, *rest)

    (tmp_path / name).write_bytes(PAGES[0])
    monkeypatch.setattr(builtins, "__import__", without_it)

    with pytest.raises(MissingExtra, match=r"pip install '" + command.replace("[", r"\[")):
        read(tmp_path / name)


SCRAPS = [
    b"WARC/1.0\r\n", b"Content-Length: 7\r\n", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n",
    b'"', b",", b"\n", b"text,id\n", b'{"text": "x"}\n', b"\xff\x00", *PAGES[:3],
]  # fmt: skip
_scraps = st.lists(st.sampled_from(SCRAPS) | st.binary(max_size=12), max_size=14)
_pieces = st.lists(_scraps.map(b"".join) | st.just(Fault("damaged: here")), max_size=6)


@given(_pieces)
@pytest.mark.parametrize("reader", [read_warc, read_csv, read_jsonl])
def test_no_bytes_break_a_reader(reader: Any, pieces: list[bytes | Fault]) -> None:
    """Whatever the bytes, a reader ends, numbers its records upwards and names each fault of the packing."""
    found = list(reader(Source("-", "x"), list(pieces), FieldNames()))

    numbers = [one.origin.record for one in found]
    assert numbers == sorted(numbers)
    unread = any(isinstance(one, Rejected) and one.reason.startswith("broken first row") for one in found)
    assert unread or sum(isinstance(one, Rejected) for one in found) >= sum(isinstance(piece, Fault) for piece in pieces)


@given(_pieces, st.integers(1, 9))
def test_the_edges_of_pieces_do_not_matter(pieces: list[bytes | Fault], size: int) -> None:
    raw = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    small = [raw[at : at + size] for at in range(0, len(raw), size)]

    assert list(cut_frames(small)) == list(cut_frames([raw]))
