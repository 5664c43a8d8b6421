"""HTML to text and metadata: headline once, encodings right, hostile pages survived, nothing remembered between pages."""

from __future__ import annotations

import time

import pytest

from cleaner.config import EXTRACT
from cleaner.errors import InputError
from cleaner.extract.html import declared_charset, extract_html

TITLE = "البلدية تفتتح معرضا للكتاب في الميناء القديم"
PARAGRAPHS = (
    "افتتح رئيس البلدية في مدينة الميناء القديم معرضا للكتاب شارك فيه أكثر من مئة ناشر من بلدان عدة، وسط حضور كبير من الأهالي والزوار.",
    "وقال مدير المعرض إن الزوار سيجدون على الرفوف كتبا للأطفال، وإن الدخول إلى القاعات مجاني طوال أيام الأسبوع حتى ساعات المساء.",
    "ويستمر المعرض عشرة أيام، وتقام على هامشه ندوات عن الترجمة والنشر يشارك فيها كتاب وشعراء من المدينة ومن خارجها أيضا.",
)


def page(head: str = "", title: str = TITLE, heading: str = "", body: tuple[str, ...] = PARAGRAPHS, more: str = "") -> str:
    paragraphs = "".join(f"<p>{paragraph}</p>\n" for paragraph in body)
    menu = "".join(f'<li><a href="/{number}">قسم {number}</a></li>' for number in range(9))
    return (
        f'<!doctype html><html lang="ar"><head>{head}<title>{title}</title></head><body><nav><ul>{menu}</ul></nav>'
        f"<article>{heading}{paragraphs}{more}</article><footer>الحقوق محفوظة</footer></body></html>"
    )


def test_text_and_metadata() -> None:
    head = (
        '<meta property="article:published_time" content="2023-09-05T10:00:00Z"><meta property="og:site_name" content="جريدة المرفأ">'
        '<meta name="author" content="سلمى حداد"><meta name="keywords" content="كتب, معرض"><meta charset="utf-8">'
    )
    text, fields, notes = extract_html(page(head, f"{TITLE} - جريدة المرفأ", f"<h1>{TITLE}</h1>"), "https://marfa.example/1")

    assert text.splitlines() == [TITLE, *PARAGRAPHS]
    assert fields == {"title": TITLE, "published": "2023-09-05", "source": "جريدة المرفأ", "author": "سلمى حداد", "keywords": "كتب, معرض"}
    assert notes == []


@pytest.mark.parametrize(
    ("title", "heading", "first"),
    [
        (TITLE, "", TITLE),
        (TITLE, f"<h1>{TITLE}</h1>", TITLE),
        (f"{TITLE} | marfa.example", "", TITLE),
        (f"marfa - {TITLE}", "", TITLE),
        ("", "", PARAGRAPHS[0]),
    ],
)
def test_the_headline_stands_on_top_once_without_the_site(title: str, heading: str, first: str) -> None:
    text, _, _ = extract_html(page(title=title, heading=heading), "https://www.marfa.example/1")

    assert text.splitlines()[0] == first
    assert text.count(first) == 1


@pytest.mark.parametrize(
    ("encoding", "declared", "notes"),
    [
        ("utf-8", "", []),
        ("utf-8", "windows-1256", []),
        ("cp1256", "", ["encoding windows-1256"]),
        ("cp1256", "utf-8", ["encoding windows-1256"]),
        ("iso8859-6", "", ["encoding ISO-8859-6"]),
        ("utf-16", "", ["encoding utf-16-le"]),
        ("utf-16-le", "", ["encoding utf-16-le"]),
    ],
)
def test_encodings(encoding: str, declared: str, notes: list[str]) -> None:
    head = f'<meta charset="{declared}">' if declared else ""
    text, _, found = extract_html(page(head).encode(encoding))

    assert text.splitlines() == [TITLE, *PARAGRAPHS]
    assert found == notes


@pytest.mark.parametrize(
    ("raw", "charset"),
    [
        (b'<meta charset="utf-8">', "utf-8"),
        (b"<META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=windows-1251'>", "windows-1251"),
        (b"<p>charset=utf-8</p>", ""),
        (b" " * EXTRACT.charset_bytes + b'<meta charset="utf-8">', ""),
    ],
)
def test_declared_charset(raw: bytes, charset: str) -> None:
    assert declared_charset(raw) == charset


@pytest.mark.parametrize("html", ["", " \n" * 50, "<html><body><div></div></body></html>", b"", "no tags at all"])
def test_a_page_without_text_is_empty(html: str | bytes) -> None:
    assert extract_html(html)[0] == ""


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="not text: PNG image"):
        extract_html(b"\x89PNG\r\n\x1a\n" + bytes(100))


def test_the_same_page_gives_the_same_text_every_time() -> None:
    assert len({extract_html(page())[0] for _ in range(6)}) == 1


@pytest.mark.parametrize(
    ("more", "head"),
    [
        ("<div>" * 20_000 + "عمق" + "</div>" * 20_000, ""),
        ("<a><i><b>" * 5_000, ""),
        ("<p>" + "&#1593;" * 200_000 + "</p>", ""),
        ("<div " + " ".join(f"a{number}=1" for number in range(50_000)) + ">x</div>", ""),
        ("", '<?xml version="1.0" encoding="utf-8"?>'),
        ("\x00\x00\x01", ""),
    ],
    ids=["deep", "misnested", "references", "attributes", "xml declaration", "nul"],
)
def test_hostile_pages(more: str, head: str) -> None:
    began = time.process_time()
    text, _, _ = extract_html(head + page(more=more))

    assert PARAGRAPHS[0] in text
    assert "\x00" not in text
    assert time.process_time() - began < 20


def test_entities_of_the_page_are_not_expanded(tmp_path: object) -> None:
    laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY e0 "ضحك"><!ENTITY x SYSTEM "file:///etc/hostname">{laughs}]>'
    text, _, _ = extract_html(head + page(more="<p>&e11; &x;</p>")[15:])

    assert "ضحكضحك" not in text
    assert len(text) < 5_000
