"""Survey the inputs: size and hash of each, and the shards a run works on; the same inputs give the same shards."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace

from cleaner.config import STREAM
from cleaner.io.cuts import cut_source
from cleaner.io.discover import Discovery, Source
from cleaner.io.read import Span, marked_kind, sniff_kind
from cleaner.model import Rejected
from cleaner.text.decode import marked_encoding, utf16_encoding

_PACKED = (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd")


@dataclass(frozen=True, slots=True)
class InputFile:
    """An input as the manifest lists it: `size` in bytes (-1 unreadable), `sha256` in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Shard:
    """A share of the input, in input order: parts of files, and files that could not be opened at all; `size` in bytes."""

    number: int
    items: tuple[Span | Rejected, ...]
    size: int = 0


@dataclass(frozen=True, slots=True)
class Survey:
    """All inputs of a run with their hashes, cut into shards."""

    files: tuple[InputFile, ...]
    shards: tuple[Shard, ...]


def survey(found: Discovery, finished: Container[str] = (), first: int = 0) -> Survey:
    """Read every input once: hash it, find its format where the name does not tell, cut what is long between its records.

    Inputs named in `finished` are hashed only; the shards of the others are numbered from `first`.
    """
    files: list[InputFile] = []
    weighed: list[tuple[int, Span | Rejected]] = []
    items: list[Source | Rejected] = sorted([*found.sources, *found.rejected], key=_place)
    for item in items:
        if isinstance(item, Rejected):
            files.append(InputFile(item.origin.file, -1, ""))
            weighed += [] if item.origin.file in finished else [(0, item)]
        else:
            source = replace(item, kind=marked_kind(item) or sniff_kind(item))
            file, spans = _survey_file(source)
            files.append(file)
            weighed += [] if item.name in finished else spans
    return Survey(tuple(files), tuple(_shards(weighed, first)))


def _place(item: Source | Rejected) -> tuple[str, bool]:
    return (item.origin.file, True) if isinstance(item, Rejected) else (item.name, False)


def _survey_file(source: Source) -> tuple[InputFile, list[tuple[int, Span | Rejected]]]:
    """Hash and size of a file, and its spans with their sizes in bytes; JSONL is cut as it is read, other formats behind that."""
    digest, size, lines = hashlib.sha256(), 0, 0
    cuts = [(0, 1)]
    try:
        with open(source.path, "rb") as stream:
            head = stream.peek(STREAM.chunk_bytes)
            divisible = source.kind == "jsonl" and not head.startswith(_PACKED) and not marked_encoding(head) and not utf16_encoding(head)
            while piece := stream.read(STREAM.chunk_bytes):
                digest.update(piece)
                if divisible and size + len(piece) - cuts[-1][0] > STREAM.shard_bytes:
                    at = piece.rfind(b"\n") + 1
                    if at:
                        cuts.append((size + at, 1 + lines + piece.count(b"\n", 0, at)))
                size, lines = size + len(piece), lines + piece.count(b"\n")
    except OSError:  # read_records meets the same error and names it
        return InputFile(source.name, -1, ""), [(0, Span(source))]
    file = InputFile(source.name, size, digest.hexdigest())
    if len(cuts) == 1:
        return file, list(cut_source(source, size))
    ends = [start for start, _ in cuts[1:]] + [size]
    return file, [(end - start, Span(source, start, end, line)) for (start, line), end in zip(cuts, ends, strict=True) if end > start]


def _shards(weighed: Iterable[tuple[int, Span | Rejected]], first: int) -> Iterator[Shard]:
    """Neighbours together until a shard is full."""
    items: list[Span | Rejected] = []
    number, held = first, 0
    for size, item in weighed:
        if items and (held + size > STREAM.shard_bytes or len(items) >= STREAM.shard_files):
            yield Shard(number, tuple(items), held)
            number, items, held = number + 1, [], 0
        items.append(item)
        held += size
    if items:
        yield Shard(number, tuple(items), held)
