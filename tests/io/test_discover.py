"""Inputs expand to sorted sources with names, sites and formats; what is left aside is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cleaner.errors import RefusedError
from cleaner.io.discover import discover, distinct_id


def tree(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return root


def names_of(*inputs: Path | str) -> list[str]:
    return [source.name for source in discover([str(item) for item in inputs]).sources]


def test_a_folder_gives_known_suffixes_in_order(tmp_path: Path) -> None:
    tree(tmp_path, "b.txt", "a.HTML", "site.example/c.jsonl.gz", "a.labels.tsv", "notes.md", ".hidden.txt", ".git/d.txt", "e.ndjson.zst")

    found = discover([str(tmp_path)])

    assert [(source.name, source.kind, source.site) for source in found.sources] == [
        ("a.HTML", "html", ""),
        ("b.txt", "text", ""),
        ("e.ndjson.zst", "jsonl", ""),
        ("site.example/c.jsonl.gz", "jsonl", "site.example"),
    ]
    assert found.skipped == ("a.labels.tsv: unknown suffix", "notes.md: unknown suffix")


def test_a_file_that_is_named_is_read_whatever_its_suffix(tmp_path: Path) -> None:
    tree(tmp_path, "deep/page.md")

    (source,) = discover([str(tmp_path / "deep/page.md")]).sources

    assert (source.name, source.kind, source.site) == ("page.md", "", "")


def test_globs_are_relative_to_their_fixed_part(tmp_path: Path) -> None:
    tree(tmp_path, "in/x/a.txt", "in/y/a.txt", "in/y/b.html")

    assert names_of(f"{tmp_path}/in/*/a.txt") == ["x/a.txt", "y/a.txt"]
    assert names_of(f"{tmp_path}/in/?") == ["x/a.txt", "y/a.txt", "y/b.html"]


def test_order_of_arguments_does_not_matter(tmp_path: Path) -> None:
    tree(tmp_path, "p/a.txt", "p/c.txt", "q/a.txt", "q/b.txt")

    assert names_of(tmp_path / "p", tmp_path / "q") == names_of(tmp_path / "q", tmp_path / "p") == ["a.txt", "a.txt~2", "b.txt", "c.txt"]


def test_a_file_reached_twice_is_read_once_and_named(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt")
    (tmp_path / "b.txt").symlink_to("a.txt")

    found = discover([str(tmp_path), str(tmp_path / "a.txt"), str(tmp_path) + "/./a.txt"])

    assert [source.name for source in found.sources] == ["a.txt"]
    assert "b.txt: same file as a.txt" in found.skipped


def test_what_cannot_be_read_is_rejected_and_never_opened(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt", "locked.txt")
    (tmp_path / "dangling.html").symlink_to("/nonexistent/x.html")
    (tmp_path / "loop.html").symlink_to("loop.html")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "locked.txt").chmod(0)

    found = discover([str(tmp_path)])

    reasons = {rejected.origin.file: rejected.reason for rejected in found.rejected}
    assert reasons["dangling.html"] == "unreadable: link: No such file or directory"
    assert reasons["loop.html"].startswith("unreadable: link: Too many levels")
    assert reasons["pipe.txt"] == "unreadable: not a regular file"
    assert os.geteuid() == 0 or reasons["locked.txt"] == "unreadable: Permission denied"
    assert "a.txt" in [source.name for source in found.sources]


def test_hostile_names_become_ids(tmp_path: Path) -> None:
    for name in (b"x\xff.txt", b"new\nline.txt", b"-rf.txt", "قطار.txt".encode()):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as stream:
            stream.write(b"x")

    assert names_of(tmp_path) == ["-rf.txt", "new\nline.txt", "x%FF.txt", "قطار.txt"]


@pytest.mark.parametrize("missing", ["none.txt", "*.nothing"])
def test_an_input_that_does_not_exist_is_refused(tmp_path: Path, missing: str) -> None:
    with pytest.raises(RefusedError, match="no such file or folder"):
        discover([f"{tmp_path}/{missing}"])


def test_distinct_ids() -> None:
    taken: set[str] = set()

    assert [distinct_id(name, taken) for name in ("a", "a", "a~2", "a", "b")] == ["a", "a~2", "a~2~2", "a~3", "b"]
