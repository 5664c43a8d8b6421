"""Metadata of a document: what its record declared, else what rules captured from its furniture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from cleaner.model import Captured, Int32s, Label, Page
from cleaner.text.fold import fold_text

FIELDS = ("published", "source", "author", "keywords")
# A parser that tries every language it knows takes seconds; these cover the rule packs.
_DATE_LANGUAGES = ("en", "ar", "fr", "es", "de", "pt", "ru", "tr", "fa")
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_SECOND_NAME = re.compile(r"(?<=[^\W\d])\s*/\s*[^\W\d]+")  # a month in two calendars' names: "أغسطس / آب"
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b,?")
_TITLE_WORDS = 40


def metadata_of(page: Page, removed: Sequence[Label]) -> Mapping[str, str]:
    """Fields of `FIELDS` and title where known; `published` as an ISO 8601 date where it can be read, else as written.

    What stands behind an appended item (a label with `item` in `removed`) speaks of the item, unless story follows again.
    """
    found = {name: value for name, value in page.document.metadata.items() if value}
    lang = page.document.lang
    for captured in page.captured:
        if captured.value and captured.name not in found and not _speaks_of_item(captured, page, removed):
            found[captured.name] = captured.value
            lang = captured.author.split(".")[0] if captured.name == "published" else lang
    if "published" in found:
        found["published"] = iso_date(found["published"], lang)
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


def title_of(page: Page, painted: Int32s) -> str:
    """The first kept block, if it is a headline and not a paragraph; empty otherwise."""
    for number, block in enumerate(page.blocks):
        if painted[block.start] < 0:
            words = int(page.tokens.offsets[number + 1] - page.tokens.offsets[number])
            line = page.document.text[block.start : block.end]
            return line if words <= _TITLE_WORDS and line[-1] not in ".。।" else ""
    return ""


@lru_cache(maxsize=4096)
def iso_date(value: str, lang: str = "") -> str:
    """A written date as ISO 8601 (day precision), or the value itself where no date can be read.

    >>> iso_date("5th, September 2023 GMT", "en"), iso_date("2015/8/9"), iso_date("soon")
    ('2023-09-05', '2015-08-09', 'soon')
    """
    folded = fold_text(value).strip()
    if numbers := _ISO.search(folded):
        year, month, day = (int(number) for number in numbers.groups())
        try:
            return datetime(year, month, day).date().isoformat()
        except ValueError:
            return value
    languages = tuple(dict.fromkeys([lang, "en"] if lang in _DATE_LANGUAGES else ["en", *_DATE_LANGUAGES]))
    parsed = _parse_words(_SECOND_NAME.sub("", _ORDINAL.sub("", folded)), languages) or _parse_words(value, languages)
    return parsed.date().isoformat() if parsed else value


def _parse_words(value: str, languages: tuple[str, ...]) -> datetime | None:
    import dateparser  # costs .3 s to import; most pages need no parsing

    settings = {"REQUIRE_PARTS": ["day", "month", "year"], "DATE_ORDER": "DMY"}
    parsed: datetime | None = dateparser.parse(value, languages=list(languages), settings=settings)
    return parsed
