"""Read an HTML file: one record, left as bytes for the extraction to decode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cleaner.config import STREAM
from cleaner.io.discover import Source
from cleaner.io.limits import Fault, whole
from cleaner.model import Origin, Record, Rejected
from cleaner.text.decode import binary_kind


def read_html(source: Source, pieces: Iterable[bytes | Fault]) -> Iterator[Record | Rejected]:
    """The whole page as one record; images, archives and PDF under an HTML name are rejected."""
    origin = Origin(source.name, 1, 0)
    raw = whole(pieces)
    if isinstance(raw, Fault):
        yield Rejected(origin, raw.reason, source.name, raw=raw.raw)
    elif binary_kind(raw):
        yield Rejected(origin, f"not text: {binary_kind(raw)}", source.name, raw=raw[: STREAM.kept_raw])
    else:
        yield Record(source.name, origin, html=raw, site=source.site)
