"""Read a plain text file: one record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cleaner.config import READ, STREAM
from cleaner.errors import InputError
from cleaner.io.discover import Source
from cleaner.io.limits import Fault, whole
from cleaner.model import Origin, Record, Rejected
from cleaner.text.decode import decode, scrub


def read_text(source: Source, pieces: Iterable[bytes | Fault]) -> Iterator[Record | Rejected]:
    """The whole file as one record, its encoding found; bytes that are no text are rejected."""
    origin = Origin(source.name, 1, 0)
    raw = whole(pieces)
    if isinstance(raw, Fault):
        yield Rejected(origin, raw.reason, source.name, raw=raw.raw)
        return
    try:
        decoded = decode(raw)
    except InputError as error:
        yield Rejected(origin, str(error), source.name, raw=raw[: STREAM.kept_raw])
        return
    text, notes = scrub(decoded.text)
    if is_too_large(text):
        yield Rejected(origin, too_large(), source.name, raw=raw[: STREAM.kept_raw])
    else:
        yield Record(source.name, origin, text=text, site=source.site, notes=decoded.notes + notes)


def is_too_large(text: str) -> bool:
    """Whether a text takes more bytes than one record may."""
    return 4 * len(text) > READ.text_bytes and len(text.encode("utf-8", "replace")) > READ.text_bytes


def too_large() -> str:
    """The reason of a text over the limit."""
    return f"too_large: more than {READ.text_bytes} bytes of text in one record"
