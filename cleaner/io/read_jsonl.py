"""Read JSON lines: bytes first, line by line, so that one bad line is one bad record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from cleaner.config import STREAM, FieldNames
from cleaner.io.discover import Source
from cleaner.io.limits import Fault, Line, cut_lines
from cleaner.io.read_text import is_too_large, too_large
from cleaner.model import Origin, Record, Rejected
from cleaner.text.decode import decode, scrub

_BOM = b"\xef\xbb\xbf"
# Names under which metadata stand in real corpora, the first that has a value wins.
METADATA = {
    "title": ("title", "headline"),
    "published": ("published", "date", "published_at", "date_published", "datePublished", "publish_date", "date_publish"),
    "source": ("source", "publisher", "sitename"),
    "author": ("author", "authors", "byline"),
    "keywords": ("keywords", "tags"),
    "fetched": ("fetched", "fetched_at", "fetch_date", "crawled", "crawled_at", "crawl_date", "date_crawled", "date_download"),
}
_KEYS_SHOWN = 12
_EARLY_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Row:
    """A record's fields as its carrier (a JSON line, a table row) holds them, and where it stood."""

    origin: Origin
    fields: Mapping[str, Any]
    raw: bytes = b""
    notes: tuple[str, ...] = ()


def read_jsonl(source: Source, pieces: Iterable[bytes | Fault], names: FieldNames, number: int = 1, offset: int = 0) -> Iterator[Record | Rejected]:
    """A record for each line that is not blank; record n is line n of the file.

    `number` and `offset` are those of the first line, where `pieces` begin inside the file.
    """
    for line in cut_lines(pieces, number=number, offset=offset):
        if isinstance(line, Fault):
            yield Rejected(Origin(source.name, line.number, line.offset), line.reason, _early_id(line.raw, names), raw=line.raw)
        elif line.raw and not line.raw.isspace() and line.raw != _BOM:
            row = parse_line(line, source.name)
            yield row if isinstance(row, Rejected) else make_record(row, source, names)


def _early_id(raw: bytes, names: FieldNames) -> str:
    """The id of a record that is cut or too large to be read, where it stands near its start; empty where it does not."""
    found = re.search(rb'"' + re.escape(names.id.encode()) + rb'"\s*:\s*("(?:[^"\\]|\\.){1,200}"|\d{1,20})', raw[:_EARLY_BYTES])
    try:
        return scrub(str(msgspec.json.decode(found.group(1))))[0] if found else ""
    except ValueError:
        return ""


def parse_line(line: Line, file: str) -> Row | Rejected:
    """One JSON object, or why the line holds none."""
    origin = Origin(file, line.number, line.offset)
    try:
        fields, notes = _load(line.raw.removeprefix(_BOM))
    except RecursionError:
        return Rejected(origin, "too_deep: JSON is nested too deep", raw=line.raw[: STREAM.kept_raw])
    except ValueError as error:
        return Rejected(origin, f"broken JSON: {error}", raw=line.raw[: STREAM.kept_raw])
    if not isinstance(fields, dict):
        return Rejected(origin, f"broken record: expected a JSON object, found {_type_name(fields)}", raw=line.raw[: STREAM.kept_raw])
    return Row(origin, fields, line.raw, notes)


def _load(raw: bytes) -> tuple[Any, tuple[str, ...]]:
    """The value of a line. msgspec reads what is strictly JSON in UTF-8; the rest (NaN, lone surrogates, bad bytes) takes the slow way."""
    try:
        return msgspec.json.decode(raw), ()
    except (ValueError, msgspec.DecodeError):
        decoded = decode(raw)
        return json.loads(decoded.text), decoded.notes


def _type_name(value: Any) -> str:
    kinds = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return kinds.get(type(value), type(value).__name__)


def make_record(row: Row, source: Source, names: FieldNames) -> Record | Rejected:
    """Turn the fields of a row into a record; rows of every format end here."""
    url = _string(row.fields.get(names.url))
    given = row.fields.get(names.id)
    identity = str(given) if isinstance(given, int) and not isinstance(given, bool) else _string(given)
    identity = identity or f"{source.name}#{row.origin.record}"
    name, content = _content(row.fields, names)
    if not isinstance(content, str):
        reason = content.reason if isinstance(content, Fault) else f"field {name} is {_type_name(content)}, need a string"
        return Rejected(row.origin, reason, identity, url, row.raw[: STREAM.kept_raw])
    if is_too_large(content) and name == names.text:
        return Rejected(row.origin, too_large(), identity, url, row.raw[: STREAM.kept_raw])
    common = {"site": _site(row.fields, names, url) or source.site, "url": url, "lang": _string(row.fields.get("lang"))}
    if name == names.html:
        return Record(identity, row.origin, html=content, fields=_metadata(row.fields), notes=row.notes, **common)
    text, notes = scrub(content)
    return Record(identity, row.origin, text=text, fields=_metadata(row.fields), notes=row.notes + notes, **common)


def _content(fields: Mapping[str, Any], names: FieldNames) -> tuple[str, Any]:
    """The field that holds the record's content, and its value; text is preferred, HTML serves where there is no text."""
    text, html = fields.get(names.text), fields.get(names.html)
    if isinstance(html, str) and html and not (isinstance(text, str) and text):
        return names.html, html
    if names.text in fields:
        return names.text, text
    if names.html in fields:
        return names.html, html
    seen = ", ".join(sorted(str(key) for key in fields)[:_KEYS_SHOWN]) or "none"
    return names.text, Fault(f"missing field {names.text} (fields seen: {scrub(seen)[0]})")


def _string(value: Any) -> str:
    return scrub(value)[0].strip() if isinstance(value, str) else ""


def _site(fields: Mapping[str, Any], names: FieldNames, url: str) -> str:
    keys = (names.site,) if names.site else ("host", "site")
    return host_of(url) or next((found for found in (_string(fields.get(key)) for key in keys) if found), "")


def host_of(url: str) -> str:
    """The host of a URL in lower case, empty where there is none.

    >>> host_of("https://News.example:8080/a"), host_of("no url")
    ('news.example', '')
    """
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _metadata(fields: Mapping[str, Any]) -> dict[str, str]:
    out = {}
    for name, keys in METADATA.items():
        for key in keys:
            found = _joined(fields[key]) if key in fields else ""
            if found:
                out[name] = found
                break
    return out


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(part for part in (_string(item) for item in value) if part)
    return _string(value)


def is_jsonl(lines: Iterable[Line | Fault]) -> bool:
    """Whether every line that is not blank is a JSON object, and there is one."""
    found = False
    for line in lines:
        if isinstance(line, Line) and not line.raw.strip():
            continue
        if isinstance(line, Fault) or isinstance(parse_line(line, ""), Rejected):
            return False
        found = True
    return found
