"""Find the text and the metadata of an HTML page, by trafilatura."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from cleaner.config import EXTRACT
from cleaner.errors import InputError
from cleaner.text.blocks import split_blocks
from cleaner.text.decode import decode, scrub
from cleaner.text.fold import fold_text

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(r"^\s*<\?xml[^>]{0,200}\?>", re.IGNORECASE)
_HUGE_TAG = re.compile(rf"<[^<>]{{{EXTRACT.tag_chars},}}>")
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,1000})</title", re.IGNORECASE)
_TITLE_PARTS = re.compile(r"\s+[-–—|·•»:/]+\s+|\s*[|｜]\s*")
_LIST_MARKS = re.compile(r"\s*[,،;]\s*")
_NO_WORD = re.compile(r"[\W_]+")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def extract_html(html: bytes | str, url: str = "") -> tuple[str, dict[str, str], list[str]]:
    """The main text of a page with its headline on top, its metadata (title, published, source, author, keywords), notes.

    An empty text says that the page has none. Comments are left out, tables kept. Raises InputError for bytes that are no text
    and for pages the parser breaks on.
    """
    page, notes = _page_text(html)
    if _is_swallowed(page):
        return "", {}, [*notes, "an unclosed comment hides most of the page"]
    found = _extracted(page, url)
    if found is None:
        return "", {}, notes
    text, more = scrub(found.text or "")
    fields = _metadata(found)
    sites = _site_names(found, url)
    title = _headline(fields.get("title", ""), sites, text)
    if _key(title) in sites:  # trafilatura takes the first part of `Site - Headline`
        title = _headline(_title_element(page), sites, text)
    if title:
        fields["title"] = title
    return _with_headline(title, text), fields, notes + list(more)


def declared_charset(raw: bytes) -> str:
    """The encoding that the page's own meta element names, empty where none does.

    >>> declared_charset(b'<meta http-equiv="Content-Type" content="text/html; charset=windows-1256">')
    'windows-1256'
    """
    found = _CHARSET.search(raw, 0, EXTRACT.charset_bytes)
    return found.group(1).decode("ascii", "ignore") if found else ""


def _page_text(html: bytes | str) -> tuple[str, list[str]]:
    """The page as characters; NUL and other controls go here, so that the parser does not stop at them."""
    decoded = decode(html, declared_charset(html)) if isinstance(html, bytes) else None
    text, _ = scrub(decoded.text if decoded else str(html))
    # The encoding an XML declaration names has been dealt with; lxml refuses decoded text that still has one.
    text, cut = _HUGE_TAG.subn("", _XML_ENCODING.sub("", text, count=1))
    return text, [*(decoded.notes if decoded else ()), *([f"left out {cut} oversized tags"] if cut else [])]


def _is_swallowed(page: str) -> bool:
    """Whether a comment that is never closed holds most of a page: what is left is its head and menu."""
    at = page.rfind("<!--")
    return 0 <= at < len(page) // 2 and page.find("-->", at) < 0


def _extracted(page: str, url: str) -> Any:
    """What trafilatura makes of a page, None where it finds nothing."""
    from lxml.etree import LxmlError
    from trafilatura import bare_extraction

    # Its warnings name no record; ours do. A handler that does nothing keeps them off stderr and leaves the caller's own logging alone.
    logger = logging.getLogger("trafilatura")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    try:
        return bare_extraction(
            page,
            url=url or None,
            with_metadata=True,
            include_comments=False,
            include_tables=True,
            deduplicate=False,  # its cache of seen paragraphs would make the output depend on the order of pages
            favor_precision=EXTRACT.precision,
            fast=EXTRACT.fast,
            # Without an end date it takes today's, and the output would depend on the day.
            date_extraction_params={"original_date": True, "extensive_search": True, "max_date": EXTRACT.last_date},
        )
    except (LxmlError, RecursionError, AttributeError, AssertionError) as error:
        raise InputError(f"extraction failed: {type(error).__name__}: {error}") from error


def _metadata(found: Any) -> dict[str, str]:
    # `categories` of trafilatura are left out: on real pages they are the site's menu.
    keywords = [part for tag in found.tags or [] for part in _LIST_MARKS.split(tag) if _key(part) != _key(found.title or "")]
    fields = {
        "title": found.title,
        "published": found.date if _ISO_DATE.fullmatch(found.date or "") else "",
        "source": "" if "://" in (found.sitename or "") else found.sitename,
        "author": found.author,
        "keywords": ", ".join(dict.fromkeys(part for part in keywords if part)),
    }
    scrubbed = {name: scrub(value)[0].strip() for name, value in fields.items() if value}
    return {name: value for name, value in scrubbed.items() if value}


def _key(text: str) -> str:
    return _NO_WORD.sub("", fold_text(text))


def _site_names(found: Any, url: str) -> set[str]:
    """What the site calls itself, folded, letters and digits only."""
    host = (found.hostname or urlsplit(url).hostname or "").removeprefix("www.")
    names = [found.sitename or "", *_TITLE_PARTS.split(found.sitename or ""), found.author or "", host, *host.split(".")]
    return {key for key in map(_key, names) if len(key) > 2}


def _title_element(page: str) -> str:
    found = _TITLE.search(page)
    return scrub(unescape(found.group(1)))[0] if found else ""


def _headline(title: str, sites: Iterable[str], text: str) -> str:
    """The title without the site's name before or behind it."""
    title = " ".join(title.split())
    first = {_key(text[block.start : block.end]) for block in split_blocks(text[: EXTRACT.head_chars])}
    parts = [(found.start(), found.end()) for found in _TITLE_PARTS.finditer(title)]
    for start, end in reversed(parts):
        if _key(title[end:]) in sites or _key(title[:start]) in first:
            title = title[:start]
    front = _TITLE_PARTS.search(title)
    if front and (_key(title[: front.start()]) in sites or _key(title[front.end() :]) in first):
        title = title[front.end() :]
    return title


def _with_headline(title: str, text: str) -> str:
    """The text with its headline as first line, unless it stands near the top already."""
    key = _key(title)
    if not text or not key or key in _key(text[: EXTRACT.head_chars]):
        return text
    return f"{title}\n{text}"
