"""Expand what the user named into input files, sorted by us, each with its name, its site and its format."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cleaner.errors import RefusedError
from cleaner.model import Origin, Rejected

KINDS = {
    ".txt": "text", ".html": "html", ".htm": "html", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".csv": "csv", ".parquet": "parquet", ".warc": "warc", ".wet": "warc",
}  # fmt: skip
_PACKED = (".gz", ".zst")
_ESCAPED = re.compile("[\udc80-\udcff]")
_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Source:
    """One input file: `path` to open, `name` for ids and messages (relative to the given root), `site` by its folder.

    `kind` is text, html, jsonl, csv, parquet or warc by its suffix, empty where the content has to say.
    """

    path: str
    name: str
    site: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found: files to read, names left aside with the reason, files that cannot be read."""

    sources: tuple[Source, ...]
    skipped: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def readable_name(path: str) -> str:
    """A path as text: bytes that are no UTF-8 percent-escaped, folders parted by slashes.

    >>> readable_name("a/x\\udcff.txt")
    'a/x%FF.txt'
    """
    return _ESCAPED.sub(lambda found: f"%{ord(found.group()) - 0xDC00:02X}", path.replace(os.sep, "/"))


def kind_of(name: str) -> str:
    """The format a file name stands for, without its packing; empty if unknown.

    >>> kind_of("page.HTM.gz"), kind_of("page.labels.tsv")
    ('html', '')
    """
    stem = name.lower()
    stem = next((stem.removesuffix(suffix) for suffix in _PACKED if stem.endswith(suffix)), stem)
    return KINDS.get(os.path.splitext(stem)[1], "")


def discover(inputs: Sequence[str], stdin: str = "", without: str = "") -> Discovery:
    """Expand files, folders (known suffixes only, hidden names left out) and globs into sorted sources.

    `-` is the file `stdin` that standard input was put into; the folder `without` (the run's own output) is left out. The order
    depends on names alone, never on the order of arguments or of the file system. A file that is reached twice is read once. Raises
    RefusedError for an input that does not exist.
    """
    sources: list[Source] = []
    skipped: list[str] = []
    rejected: list[Rejected] = []
    seen: dict[tuple[int, int], str] = {}
    found = {candidate for item in inputs for candidate in _candidates(item, without)}
    found |= {(stdin, "stdin", True)} if "-" in inputs else set()
    for path, name, named in sorted(found, key=lambda candidate: (readable_name(candidate[1]), candidate)):
        label = readable_name(name)
        if not named and not kind_of(name):
            skipped.append(f"{label}: unknown suffix")
            continue
        key, fault = _inspect(path)
        if fault:
            rejected.append(Rejected(Origin(label, 1), fault, label))
        elif key in seen:
            skipped.append(f"{label}: same file as {seen[key]}")
        else:
            seen[key] = label
            sources.append(Source(path, label, os.path.dirname(label), kind_of(name)))
    return Discovery(_distinct(sources), tuple(skipped), tuple(rejected))


def _candidates(item: str, without: str) -> Iterator[tuple[str, str, bool]]:
    """(path, name relative to the root, whether the user named this very file) for each file behind one argument."""
    if item == "-":
        return
    if os.path.isdir(item):
        yield from _walk(item, without)
    elif os.path.lexists(item):
        yield item, os.path.basename(item), True
    else:
        root = _fixed_part(item)
        paths = glob.glob(item, recursive=True) if _MAGIC.search(item) else []
        if not paths:
            raise RefusedError(f"{readable_name(item)}: no such file or folder; check the path")
        for path in paths:
            if os.path.isdir(path):
                yield from ((inner, os.path.relpath(inner, root or "."), named) for inner, _, named in _walk(path, without))
            else:
                yield path, os.path.relpath(path, root or "."), True


def _fixed_part(pattern: str) -> str:
    """The folder of a glob pattern before its first wildcard."""
    return os.path.dirname(_MAGIC.split(pattern)[0])


def _walk(root: str, without: str) -> Iterator[tuple[str, str, bool]]:
    own = os.path.realpath(without) if without else ""
    for folder, folders, files in os.walk(root, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".") and os.path.realpath(os.path.join(folder, name)) != own]
        for name in files:
            if not name.startswith("."):
                path = os.path.join(folder, name)
                yield path, os.path.relpath(path, root), False


def _refuse(error: OSError) -> None:
    raise RefusedError(f"{readable_name(str(error.filename))}: folder cannot be listed ({error.strerror}); check its permissions") from error


def _inspect(path: str) -> tuple[tuple[int, int], str]:
    """What tells this file from others (device, inode), and why it cannot be read, empty if it can."""
    try:
        status = os.stat(path)
    except OSError as error:
        return (0, 0), f"unreadable: {'link' if os.path.islink(path) else 'file'}: {error.strerror}"
    if not stat.S_ISREG(status.st_mode):
        return (0, 0), "unreadable: not a regular file"
    return (status.st_dev, status.st_ino), "" if os.access(path, os.R_OK) else "unreadable: Permission denied"


def _distinct(sources: Sequence[Source]) -> tuple[Source, ...]:
    """The same sources, names made different: a second equal name gets `~2`."""
    taken: set[str] = set()
    out = []
    for source in sources:
        name = distinct_id(source.name, taken)
        out.append(Source(source.path, name, source.site, source.kind))
    return tuple(out)


def distinct_id(wanted: str, taken: set[str]) -> str:
    """The wanted id, or that with `~2`, `~3` ... where it is taken; the answer is put into `taken`."""
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}~{number}"
    taken.add(name)
    return name
