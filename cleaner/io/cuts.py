"""Where a large Parquet file or web archive can be cut, so that workers share it: between row groups, between records."""

from __future__ import annotations

from collections.abc import Iterator

from cleaner.config import STREAM
from cleaner.io.discover import Source
from cleaner.io.frames import cut_frames
from cleaner.io.limits import GZIP, ZSTD, Fault, unpacked
from cleaner.io.read import Span
from cleaner.io.read_parquet import PARQUET


def cut_source(source: Source, size: int) -> list[tuple[int, Span]]:
    """The parts of a source of `size` bytes with their bytes in the file; one part where it is small, damaged or of another format."""
    parts: list[tuple[int, Span]] = []
    if size > STREAM.shard_bytes and source.kind == "parquet":
        parts = list(_parquet_parts(source))
    elif size > STREAM.shard_bytes and source.kind == "warc":
        parts = list(_warc_parts(source, size))
    return parts or [(size, Span(source))]


def _parquet_parts(source: Source) -> Iterator[tuple[int, Span]]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        return  # the reader says what is missing
    try:
        with open(source.path, "rb") as stream:
            if not stream.peek(len(PARQUET)).startswith(PARQUET):
                return
            groups = ParquetFile(stream).metadata
            sizes = [groups.row_group(number).total_byte_size for number in range(groups.num_row_groups)]
            rows = [groups.row_group(number).num_rows for number in range(groups.num_row_groups)]
    except (ArrowException, OSError):
        return
    first, held = 0, 0
    for number, size in enumerate(sizes):
        held += size
        if held > STREAM.shard_bytes or number + 1 == len(sizes):
            yield held, Span(source, first, number + 1, sum(rows[:first]) + 1)
            first, held = number + 1, 0


def _warc_parts(source: Source, size: int) -> Iterator[tuple[int, Span]]:
    """Cuts at records that stand at a place where reading can begin: any in a plain archive, those that open a member in a packed one."""
    try:
        cuts = list(_record_starts(source))
    except OSError:
        return
    if not cuts or cuts[-1] is None:
        return
    places = [cut for cut in cuts if cut is not None]
    ends = [place for place, *_ in places[1:]] + [size]
    yield from ((end - place, Span(source, place, end, number, offset)) for (place, number, offset), end in zip(places, ends, strict=True))


def _record_starts(source: Source) -> Iterator[tuple[int, int, int] | None]:
    """(byte in the file, number, unpacked offset) of records that open a part; None at the first damage, behind which nothing is sure."""
    members: dict[int, int] = {}
    passed = 0

    def begun(place: int) -> None:
        members[passed] = place

    def counted() -> Iterator[bytes | Fault]:
        nonlocal passed
        for piece in unpacked(stream, source.name, begun):
            passed += 0 if isinstance(piece, Fault) else len(piece)
            yield piece

    with open(source.path, "rb") as stream:
        head = stream.peek(len(ZSTD))
        last = 0
        for frame in cut_frames(() if head.startswith(ZSTD) else counted()):
            if frame.reason:
                yield None
                return
            place = members.pop(frame.offset, -1) if head.startswith(GZIP) else frame.offset
            if frame.number == 1 or place - last > STREAM.shard_bytes:
                last = max(place, 0)
                yield last, frame.number, frame.offset
