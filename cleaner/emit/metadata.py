"""Metadata of a document: what its record declared, else what rules captured from its furniture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from cleaner.model import Captured, Label, Page
from cleaner.text.dates import read_date

FIELDS = ("published", "source", "author", "keywords")
_TITLE_WORDS = 40


def metadata_of(page: Page, removed: Sequence[Label]) -> Mapping[str, str]:
    """Fields of `FIELDS` and title where known; `published` as an ISO 8601 date where it can be read, else as written.

    A span such as "3 hours ago" is a date where the record says when it was fetched.
    What stands behind an appended item (a label with `item` in `removed`) speaks of the item, unless story follows again.
    """
    found = {name: value for name, value in page.document.metadata.items() if value and name != "fetched"}
    lang = page.document.lang
    for captured in page.captured:
        if captured.value and captured.name not in found and not _speaks_of_item(captured, page, removed):
            found[captured.name] = captured.value
            lang = captured.author.split(".")[0] if captured.name == "published" else lang
    if "published" in found:
        found["published"] = iso_date(found["published"], lang, _fetched(page.document.metadata.get("fetched", "")))
    return found


def _speaks_of_item(captured: Captured, page: Page, removed: Sequence[Label]) -> bool:
    """Whether the nearest text before a captured value that is no furniture belongs to an appended item."""
    before = [label for label in removed if label.end <= captured.start]
    position = captured.start
    for label in reversed(before):
        if page.document.text[label.end : position].strip():
            return False
        if label.item:
            return True
        position = label.start
    return False


def title_of(page: Page, kept: Sequence[tuple[int, int]]) -> str:
    """The first block whose first character stays (`kept`: spans in order), if it is a headline and not a paragraph; empty otherwise."""
    number = _first_kept(page, kept)
    if number is None:
        return ""
    block = page.blocks[number]
    words = int(page.tokens.offsets[number + 1] - page.tokens.offsets[number])
    line = page.document.text[block.start : block.end]
    return line if words <= _TITLE_WORDS and line[-1] not in ".。।" else ""


def _first_kept(page: Page, kept: Sequence[tuple[int, int]]) -> int | None:
    """The number of the first block whose first character stays."""
    spans = iter(kept)
    start = end = 0
    for number, block in enumerate(page.blocks):
        while end <= block.start:
            start, end = next(spans, (len(page.document.text), len(page.document.text)))
        if start <= block.start:
            return number
    return None


def _fetched(value: str) -> date | None:
    """When a record was fetched, if it says so: what spans back are counted from."""
    written = read_date(value) if value else ""
    if not written:
        return None
    return datetime.fromisoformat(written) if "T" in written else date.fromisoformat(written)


def iso_date(value: str, lang: str = "", reference: date | None = None) -> str:
    """A written date as ISO 8601 with the precision that was written, or the value itself where no date can be read.

    >>> iso_date("5th, September 2023 GMT", "en"), iso_date("2015/8/9 14:05"), iso_date("soon")
    ('2023-09-05', '2015-08-09T14:05', 'soon')
    """
    return read_date(value, lang, reference) or value
