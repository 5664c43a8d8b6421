"""Read web archives: pages of WARC responses and resources, texts of WET conversions; framing is ours, HTTP is FastWARC's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from cleaner.config import READ, STREAM, FieldNames
from cleaner.errors import InputError, MissingExtra
from cleaner.io.discover import Source
from cleaner.io.frames import Frame, cut_frames
from cleaner.io.limits import Fault
from cleaner.io.read_jsonl import Row, host_of, make_record
from cleaner.model import Origin, Record, Rejected
from cleaner.text.decode import binary_kind, decode, scrub

_HTML = ("text/html", "application/xhtml+xml")
_PAGES = {b"response", b"resource", b"conversion"}  # other types (warcinfo, request, metadata, revisit) carry no page of their own


def read_warc(source: Source, pieces: Iterable[bytes | Fault], names: FieldNames, number: int = 1, offset: int = 0) -> Iterator[Record | Rejected]:
    """A record for each page or text; record n is the n-th of the archive, whatever its type. Raises MissingExtra without FastWARC.

    `number` and `offset` are those of the first record, where `pieces` begin inside the archive.
    """
    for frame in cut_frames(pieces, number=number, offset=offset):
        url = scrub(_header(frame, b"warc-target-uri").decode("utf-8", "replace").strip("<> "))[0]
        origin = Origin(source.name, frame.number, frame.offset)
        if frame.reason:
            yield Rejected(origin, frame.reason, url, url, frame.content)
        elif _header(frame, b"warc-type").lower() in _PAGES:
            yield _record(frame, origin, url, source, names)


def _header(frame: Frame, name: bytes) -> bytes:
    lines = (line.partition(b":") for line in frame.header.splitlines())
    return next((value.strip() for key, _, value in lines if key.strip().lower() == name), b"")


def _record(frame: Frame, origin: Origin, url: str, source: Source, names: FieldNames) -> Record | Rejected:
    try:
        kind, payload = _payload(frame)
    except InputError as error:
        return Rejected(origin, str(error), url, url, frame.content[: STREAM.kept_raw])
    date = _header(frame, b"warc-date").decode("ascii", "replace")
    if kind in _HTML or (not kind and payload.lstrip()[:1] == b"<"):
        if binary_kind(payload):
            return Rejected(origin, f"not text: {binary_kind(payload)}", url, url, payload[: STREAM.kept_raw])
        notes = (f"archived {date}",) if date else ()
        fields, site = {"fetched": date} if date else {}, host_of(url) or source.site
        return Record(url or f"{source.name}#{frame.number}", origin, html=payload, site=site, url=url, fields=fields, notes=notes)
    if kind and not kind.startswith("text/"):
        return Rejected(origin, f"not text: {scrub(kind)[0]}", url, url, payload[: STREAM.kept_raw])
    try:
        decoded = decode(payload)
    except InputError as error:
        return Rejected(origin, str(error), url, url, payload[: STREAM.kept_raw])
    row = Row(origin, {"fetched": date, names.text: decoded.text, names.url: url, names.id: url}, payload, decoded.notes)
    return make_record(row, source, names)


def _payload(frame: Frame) -> tuple[str, bytes]:
    """The media type and the body of a record, unpacked within bounds. Raises InputError for what cannot be."""
    content_type = _header(frame, b"content-type").decode("ascii", "replace").lower()
    if "application/http" not in content_type:
        return content_type.partition(";")[0].strip(), frame.content
    response = _parsed(frame)
    status = response.http_headers.status_code if response.http_headers else None
    if status is None:
        raise InputError("broken HTTP: no status line")
    if not 200 <= status < 300:
        raise InputError(f"no page: HTTP status {status}")
    kind = (response.http_content_type or "").lower()
    try:
        body = bytes(response.reader.read(READ.raw_bytes + 1))
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"damaged: HTTP body cannot be unpacked ({error})") from error
    if len(body) > READ.raw_bytes:
        raise InputError(f"too_large: more than {READ.raw_bytes} bytes in one record after unpacking")
    return kind, body


def _parsed(frame: Frame) -> Any:
    """The record as FastWARC sees it, its HTTP header parsed, its body not read yet."""
    try:
        from fastwarc.warc import ArchiveIterator
    except ImportError as error:
        raise MissingExtra("web archives need FastWARC: pip install 'cleaner[warc]'") from error
    header = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n" % len(frame.content)
    try:
        return next(iter(ArchiveIterator(BytesIO(header + frame.content + b"\r\n\r\n"), parse_http=True, auto_decode="all")))
    except (OSError, ValueError, StopIteration) as error:
        raise InputError(f"broken HTTP: {error}") from error
