"""Bytes in, lines out, bounded at every step: open a file, unpack gzip or zstd by its content, cut it into lines.

Damage is a value, not an exception: a `Fault` stands in the stream where whole data ended, and reading goes on behind it where it
can. Offsets count unpacked bytes, except in faults of the packing, which name the byte of the file in their reason.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, RawIOBase
from typing import Any

from cleaner.config import READ, STREAM

GZIP = b"\x1f\x8b\x08"
_HEADER_BYTES = 10
# Flags, time, extra flags and system as gzip writes them: three magic bytes alone stand in every 16 MB of packed data by chance.
_HEADER = re.compile(rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]", re.DOTALL)
_GZIP_MODE = 31  # zlib: expect a gzip header, windows up to 32 KiB
ZSTD = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class Fault:
    """Data that could not be read: why, where (byte offset and number of the line it cut), and what there was of it."""

    reason: str
    offset: int = -1
    raw: bytes = b""
    number: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its line end: its number from 1, its byte offset, its bytes."""

    number: int
    offset: int
    raw: bytes


class Stretch(RawIOBase):
    """Bytes `[start, end)` of an open file as a file of its own."""

    def __init__(self, stream: BufferedReader, start: int, end: int) -> None:
        self._stream, self._start, self._end = stream, start, end
        stream.seek(start)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """Its place can be set."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as there are bytes."""
        with memoryview(buffer) as room:
            return self._stream.readinto(room[: max(0, self._end - self._stream.tell())])

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Set the place, counted from the start of the stretch."""
        base = {SEEK_SET: self._start, SEEK_CUR: self._stream.tell(), SEEK_END: self._end}[whence]
        return self._stream.seek(base + offset) - self._start


def unpacked(stream: BufferedReader, name: str = "", begun: Callable[[int], None] = lambda _: None) -> Iterator[bytes | Fault]:
    """The content of a file in pieces of bounded size, whatever its name says: gzip (all members), zstd (all frames) or plain.

    `begun` is told at which byte of the file each gzip member begins, before its content comes.
    """
    head = stream.peek(len(ZSTD))
    if head.startswith(GZIP):
        yield from _gunzipped(stream, begun)
    elif head.startswith(ZSTD):
        yield from _unzstd(stream)
    elif not head and name.endswith((".gz", ".zst")):
        yield Fault(f"not {'gzip' if name.endswith('.gz') else 'zstd'}: 0 bytes", 0)
    else:
        while piece := stream.read(STREAM.chunk_bytes):
            yield piece


def _gunzipped(stream: BufferedReader, begun: Callable[[int], None]) -> Iterator[bytes | Fault]:
    """Member after member; behind a damaged one reading goes on at the next that can be found, even where the damaged one swallowed it."""
    data = stream.read(STREAM.chunk_bytes)
    while data:
        start = stream.tell() - len(data)
        if data.startswith(GZIP):
            begun(start)
            data, fault = yield from _gzip_member(stream, data)
            if fault:
                yield Fault(f"{fault} in the gzip member at byte {start}")
                stream.seek(start + len(GZIP))
                data = _next_member(stream, stream.read(STREAM.chunk_bytes))
        else:
            if data.strip(b"\x00"):
                yield Fault(f"trailing garbage behind the gzip data, at byte {start}", -1, data[: STREAM.kept_raw])
            data = _next_member(stream, data)


def _gzip_member(stream: BufferedReader, data: bytes) -> Generator[bytes, None, tuple[bytes, str]]:
    """The content of one member; returns the bytes behind it and what is wrong with it."""
    member = zlib.decompressobj(_GZIP_MODE)
    while True:
        try:
            piece = member.decompress(data, STREAM.chunk_bytes)
        except zlib.error as error:
            return b"", f"damaged: {error}"
        if piece:
            yield piece
        if member.eof:
            return member.unused_data or stream.read(STREAM.chunk_bytes), ""
        data = member.unconsumed_tail or stream.read(STREAM.chunk_bytes)
        if not data and not piece:
            return b"", "truncated: data ends"


def _next_member(stream: BufferedReader, data: bytes) -> bytes:
    """The bytes from the next plausible gzip header on, empty where there is none."""
    while data:
        found = _HEADER.search(data)
        if found:
            return data[found.start() :]
        more = stream.read(STREAM.chunk_bytes)
        data = data[-_HEADER_BYTES + 1 :] + more if more else b""
    return b""


def _unzstd(stream: BufferedReader) -> Iterator[bytes | Fault]:
    import zstandard

    unpacker = zstandard.ZstdDecompressor()
    frame, begun = unpacker.decompressobj(), False
    data = stream.read(STREAM.packed_bytes)
    while data:
        try:
            yield frame.decompress(data)
        except zstandard.ZstdError as error:
            yield Fault(f"damaged: {error}")
            return
        begun, data = not frame.eof, frame.unused_data
        frame = unpacker.decompressobj() if frame.eof else frame
        data = data or stream.read(STREAM.packed_bytes)
    if begun:
        yield Fault("truncated: data ends inside a zstd frame")


def as_utf8(pieces: Iterable[bytes | Fault], encoding: str) -> Iterator[bytes | Fault]:
    """The same content in UTF-8, so that lines can be cut at the byte of a line feed."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        yield piece if isinstance(piece, Fault) else decoder.decode(piece).encode()
    yield decoder.decode(b"", True).encode()


def cut_lines(pieces: Iterable[bytes | Fault], limit: int = READ.raw_bytes, number: int = 1, offset: int = 0) -> Iterator[Line | Fault]:
    """Cut pieces into lines at line feeds only; `number` and `offset` are those of the first line.

    A line over `limit` bytes becomes a fault and is never held in memory. A line that a fault cuts off goes into that fault.
    """
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        if isinstance(piece, Fault):
            yield Fault(piece.reason, offset, b"".join(held)[: STREAM.kept_raw] or piece.raw, number)
            number, offset, held, size = number + bool(size), offset + size, [], 0
            continue
        *ended, rest = piece.split(b"\n")
        for part in ended:
            size += len(part)
            yield _line(number, offset, held, part, size, limit)
            number, offset, held, size = number + 1, offset + size + 1, [], 0
        size += len(rest)
        if rest and (size <= limit or not held):
            held.append(rest)
    if size:
        yield _line(number, offset, held, b"", size, limit)


def _line(number: int, offset: int, held: list[bytes], part: bytes, size: int, limit: int) -> Line | Fault:
    if size > limit:
        return Fault(f"too_large: more than {limit} bytes in one record", offset, (held[0] if held else part)[: STREAM.kept_raw], number)
    return Line(number, offset, (b"".join(held) + part).removesuffix(b"\r"))


def whole(pieces: Iterable[bytes | Fault], limit: int = READ.raw_bytes) -> bytes | Fault:
    """All bytes of a file that is one record, or the fault that stands in its way."""
    parts: list[bytes] = []
    size = 0
    for piece in pieces:
        if isinstance(piece, Fault):
            return Fault(piece.reason, size, b"".join(parts)[: STREAM.kept_raw])
        size += len(piece)
        if size > limit:
            return Fault(f"too_large: more than {limit} bytes in one record", 0, parts[0][: STREAM.kept_raw] if parts else b"")
        parts.append(piece)
    return b"".join(parts)
