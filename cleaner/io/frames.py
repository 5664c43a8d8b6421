"""Cut a WARC stream into records by their headers, and find the next record again behind damage."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cleaner.config import READ, STREAM
from cleaner.io.limits import Fault

_BEGIN = re.compile(rb"WARC/[01]\.\d{1,3}\r?\n")
_NEXT = re.compile(rb"(?<=\n)" + _BEGIN.pattern)
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_HEADER_BYTES = 65_536
_TRAILER = b"\r\n\r\n"
_OVERLAP = 16  # bytes kept while looking for the next record: its first line may be cut by the edge of a piece


@dataclass(frozen=True, slots=True)
class Frame:
    """One record: its number from 1 in the file, its byte offset, header and content; or the reason why it is not whole."""

    number: int
    offset: int
    header: bytes
    content: bytes
    reason: str = ""


class _Buffer:
    """Bytes of a stream that can be looked at before they are taken; `fault` is the damage that ended the present stretch."""

    def __init__(self, pieces: Iterable[bytes | Fault], offset: int) -> None:
        self._pieces = iter(pieces)
        self.held = bytearray()
        self.offset = offset
        self.fault: Fault | None = None
        self.ended = False

    def more(self) -> bool:
        """Get one more piece; False at the end and at damage."""
        if self.fault or self.ended:
            return False
        piece = next(self._pieces, None)
        if piece is None:
            self.ended = True
        elif isinstance(piece, Fault):
            self.fault = piece
        else:
            self.held += piece
            return True
        return False

    def fill(self, size: int) -> bool:
        """Hold at least so many bytes, if there are as many."""
        while len(self.held) < size and self.more():
            pass
        return len(self.held) >= size

    def take(self, size: int) -> bytes:
        """The first bytes, which are gone then."""
        taken = bytes(self.held[:size])
        del self.held[:size]
        self.offset += len(taken)
        return taken


def cut_frames(pieces: Iterable[bytes | Fault], limit: int = READ.raw_bytes, number: int = 1, offset: int = 0) -> Iterator[Frame]:
    """The records of a WARC stream in order; what is cut off, wrongly measured or over `limit` bytes is a frame with a reason.

    `number` and `offset` are those of the first record.
    """
    buffer = _Buffer(pieces, offset)
    number -= 1
    while True:
        buffer.fill(len(_TRAILER))
        _skip_blank(buffer)
        if not buffer.held:
            if buffer.fault:
                number += 1
                yield Frame(number, buffer.offset, b"", buffer.fault.raw, buffer.fault.reason)
                buffer.fault = None
            elif buffer.ended:
                return
            continue
        number += 1
        yield _frame(buffer, number, limit)


def _skip_blank(buffer: _Buffer) -> None:
    while buffer.held.startswith((b"\r", b"\n")):
        buffer.take(len(buffer.held) - len(buffer.held.lstrip(b"\r\n")))
        buffer.fill(1)


def _frame(buffer: _Buffer, number: int, limit: int) -> Frame:
    start = buffer.offset
    end = _header_end(buffer)
    header = bytes(buffer.held[:end])
    length = _LENGTH.search(header)
    if not end or not _BEGIN.match(header) or not length:
        reason = "truncated: data ends inside the header of a record" if not end and (buffer.ended or buffer.fault) else "broken WARC header"
        return _damaged(buffer, Frame(number, start, header, b"", reason), 1)
    size = int(length.group(1))
    buffer.take(end)
    if size > limit:
        _pass_over(buffer, size)
        return _damaged(buffer, Frame(number, start, header, b"", f"too_large: more than {limit} bytes in one record"), 0)
    if not buffer.fill(size):
        return _damaged(buffer, Frame(number, start, header, b"", f"truncated: {len(buffer.held)} of {size} bytes (Content-Length) are there"), 0)
    if not _ends_here(buffer, size):
        return _damaged(buffer, Frame(number, start, header, b"", f"wrong Content-Length: the record does not end after {size} bytes"), 0)
    return Frame(number, start, header, buffer.take(size))


def _damaged(buffer: _Buffer, frame: Frame, least: int) -> Frame:
    """The frame with what there is of it and the damage that cut it; reading goes on at the next record."""
    fault, buffer.fault = buffer.fault, None
    passed = buffer.take(len(buffer.held))[: STREAM.kept_raw] if fault else _resync(buffer, least)
    if fault and not (buffer.fill(_OVERLAP) and _BEGIN.match(buffer.held)):
        passed = passed or _resync(buffer, 0)
        _resync(buffer, 0)
    return replace(frame, content=passed, reason=f"{frame.reason}; {fault.reason}" if fault else frame.reason)


def _header_end(buffer: _Buffer) -> int:
    """Where the content of the record begins, 0 if its header has no end."""
    while True:
        found = _HEADER_END.search(buffer.held, 0, _HEADER_BYTES)
        if found:
            return found.end()
        if len(buffer.held) >= _HEADER_BYTES or not buffer.more():
            return 0


def _ends_here(buffer: _Buffer, size: int) -> bool:
    """Whether a record of this size is followed by an empty line and another record, or by the end."""
    buffer.fill(size + 64)
    behind = bytes(buffer.held[size : size + 64])
    rest = behind.lstrip(b"\r\n")
    return not rest or (len(rest) < len(behind) and (rest.startswith(b"WARC/") or b"WARC/".startswith(rest)))


def _resync(buffer: _Buffer, least: int) -> bytes:
    """Go to the next line that opens a record, or to the next damage or the end; returns the first of the bytes passed over."""
    passed = b""
    while True:
        found = _NEXT.search(buffer.held, least)
        overlap = 0 if found or buffer.ended or buffer.fault else _OVERLAP
        size = found.start() if found else max(0, len(buffer.held) - overlap)
        taken = buffer.take(size)
        passed, least = passed + taken[: STREAM.kept_raw - len(passed)], 0 if taken else least
        if found or not (buffer.more() or overlap):
            return passed


def _pass_over(buffer: _Buffer, size: int) -> None:
    """Go behind the content of a record without holding it."""
    while size > 0:
        size -= len(buffer.take(min(size, len(buffer.held))))
        if size > 0 and not buffer.more():
            return
