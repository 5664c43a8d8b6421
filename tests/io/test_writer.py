"""Output files are whole or not there, and the same rows give the same bytes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from cleaner.errors import OutputError
from cleaner.io.writer import atomic_file, encode_row, part_files, write_json, write_rows


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with pytest.raises(KeyError), atomic_file(path) as stream:
        stream.write(b"half")
        raise KeyError("stop")
    assert names(tmp_path) == []

    with atomic_file(path) as stream:
        stream.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"


def test_an_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_rows(path, [{"n": 1}])
    with pytest.raises(KeyError), atomic_file(path) as stream:
        stream.write(b"half")
        raise KeyError("stop")

    assert path.read_bytes() == b'{"n":1}\n'


def test_rows_are_utf8_lines_in_the_order_of_their_keys() -> None:
    assert encode_row({"text": "قال\u2028\n", "id": "x"}) == '{"text":"قال\u2028\\n","id":"x"}\n'.encode()


def test_parts_are_made_with_their_first_row_and_appear_together(tmp_path: Path) -> None:
    for folder in ("core", "audit", "quarantine"):
        (tmp_path / folder).mkdir()
    with part_files(tmp_path, "part-00000", "gz") as (write, _):
        write("core", encode_row({"id": "a"}))
        write("audit", encode_row({"id": "a"}))
        write("audit", encode_row({"id": "b"}))
        assert all(name.startswith(".") for name in names(tmp_path))

    assert names(tmp_path) == ["part-00000.jsonl.gz", "part-00000.jsonl.gz"]
    packed = (tmp_path / "audit" / "part-00000.jsonl.gz").read_bytes()
    assert gzip.decompress(packed) == b'{"id":"a"}\n{"id":"b"}\n'
    assert packed[4:8] == bytes(4)


def test_a_fault_leaves_no_part(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    with pytest.raises(KeyError), part_files(tmp_path, "part-00000", "none") as (write, _):
        write("core", encode_row({"id": "a"}))
        raise KeyError("stop")

    assert names(tmp_path) == []


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"nowhere.*No such file or directory"):
        write_json(tmp_path / "nowhere" / "a.json", {})
    with pytest.raises(OutputError, match="nowhere"), part_files(tmp_path, "part-00000", "none") as (write, _):
        write("nowhere", encode_row({"id": "a"}))
