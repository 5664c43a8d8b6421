"""Bytes to text: encodings found, damage replaced and counted, what is no text refused."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.errors import InputError
from cleaner.text.decode import _UNWANTED, decode, scrub, utf16_encoding

ARABIC = (
    "افتتح رئيس البلدية في مدينة الميناء القديم معرضا للكتاب شارك فيه أكثر من مئة ناشر من بلدان عدة.\n"
    "وقال مدير المعرض إن الزوار سيجدون على الرفوف كتبا للأطفال، وإن الدخول إلى القاعات مجاني طوال الأسبوع.\n"
)
PERSIAN = "شهردار شهر بندری روز شنبه نمایشگاه بزرگ کتاب را با حضور ناشران گشود و از مردم خواست که به دیدن آن بروند.\n"
RUSSIAN = "Мэр города открыл в субботу книжную ярмарку, в которой участвуют более ста издательств из разных стран, сообщили в мэрии.\n" * 3
FRENCH = "Le maire a inauguré samedi la foire du livre, où plus d'une centaine d'éditeurs présentent leurs nouveautés aux lecteurs.\n" * 3


@pytest.mark.parametrize(
    ("text", "encoding", "mark", "note"),
    [
        (ARABIC, "utf-8", b"", ""),
        (ARABIC, "utf-8", codecs.BOM_UTF8, ""),
        (ARABIC, "utf-16-le", codecs.BOM_UTF16_LE, "encoding utf-16-le"),
        (ARABIC, "utf-16-be", codecs.BOM_UTF16_BE, "encoding utf-16-be"),
        (ARABIC, "utf-32-le", codecs.BOM_UTF32_LE, "encoding utf-32-le"),
        (ARABIC, "utf-16-le", b"", "encoding utf-16-le"),
        (ARABIC, "utf-16-be", b"", "encoding utf-16-be"),
        (FRENCH, "utf-16-le", b"", "encoding utf-16-le"),
        (RUSSIAN, "utf-16-be", b"", "encoding utf-16-be"),
        (ARABIC, "cp1256", b"", "encoding windows-1256"),
        (ARABIC, "iso8859-6", b"", "encoding ISO-8859-6"),
        (RUSSIAN, "cp1251", b"", "encoding cp1251"),
        ("Plain ASCII.\n" * 9_000 + ARABIC, "cp1256", b"", "encoding windows-1256"),
    ],
)
def test_encodings_are_found(text: str, encoding: str, mark: bytes, note: str) -> None:
    decoded = decode(mark + text.encode(encoding))

    assert decoded.text == text
    assert decoded.notes == ((note,) if note else ())


@pytest.mark.parametrize(
    ("text", "encoding", "declared"),
    [
        (ARABIC, "cp1256", "utf-8"),
        (ARABIC, "utf-8", "windows-1256"),
        (ARABIC, "iso8859-6", "windows-1256"),
        (FRENCH, "cp1252", "iso-8859-1"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (ARABIC, "utf-8", "no-such-encoding"),
        (PERSIAN, "utf-8", ""),
    ],
)
def test_a_declared_encoding_is_believed_where_it_fits(text: str, encoding: str, declared: str) -> None:
    assert decode(text.encode(encoding), declared).text == text


def test_a_few_bad_bytes_do_not_make_a_legacy_encoding() -> None:
    raw = ARABIC.encode()
    cut = raw.index(b"\n")
    decoded = decode(raw[:cut] + b"\xff\xc3\x28" + raw[cut:])

    assert decoded.text.replace("\ufffd", "").replace("(", "") == ARABIC
    assert decoded.notes == ("replaced 2 undecodable byte sequences",)


def test_replacement_characters_of_the_author_are_not_counted() -> None:
    assert decode("شعار \ufffd قديم".encode()).notes == ()


@pytest.mark.parametrize(
    "raw",
    [b"\x89PNG\r\n\x1a\n" + bytes(200), b"PK\x03\x04" + bytes(200), b"%PDF-1.7\n", b"\x7fELF" + bytes(90), bytes(range(32)) * 40, bytes(4000)],
    ids=["png", "zip", "pdf", "elf", "controls", "zeros"],
)
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError, match=r"not text|undecodable"):
        decode(raw)


def test_zero_bytes_in_utf8_do_not_make_utf16() -> None:
    raw = ARABIC.encode()

    assert utf16_encoding(raw[:40] + bytes(5) + raw[40:]) == ""


@pytest.mark.parametrize(
    ("text", "clean", "notes"),
    [
        ("a\tb\r\nc", "a\tb\r\nc", ()),
        ("a\x00b\x1bc", "abc", ("removed 2 control characters",)),
        ("a\x0bb\x0cc\x85d", "a\nb\nc\nd", ("replaced 3 other line ends",)),
        ("\u200fقال\u061c \u202bنعم\u202c", "قال نعم", ("removed 4 bidi controls",)),
        ("a\ufeffb", "ab", ("removed 1 byte order marks",)),
        ("a\ud800b", "a\ufffdb", ("replaced 1 lone surrogates",)),
        ("می\u200cروم", "می\u200cروم", ()),
    ],
)
def test_scrub(text: str, clean: str, notes: tuple[str, ...]) -> None:
    assert scrub(text) == (clean, notes)


def test_all_that_is_taken_out_is_not_printable() -> None:
    """What `scrub` asks first, because it is quicker, must never pass over a character that it would take out."""
    unwanted = [char for char in map(chr, range(0x110000)) if scrub(char) != (char, ())]

    assert len(unwanted) > 2_000
    assert not [char for char in map(chr, range(0x110000)) if char.isprintable() and _UNWANTED.search(char)]


@given(st.text(st.characters()))
def test_scrubbing_twice_changes_nothing(text: str) -> None:
    once, _ = scrub(text)

    assert scrub(once) == (once, ())
    assert once.encode().decode() == once


@given(st.binary(max_size=400))
def test_decode_gives_text_or_refuses(raw: bytes) -> None:
    try:
        decoded = decode(raw)
    except InputError:
        return
    assert isinstance(decoded.text, str)


@given(st.text())
def test_utf8_comes_back(text: str) -> None:
    if "\x00" not in text and not text.startswith("\ufeff"):
        try:
            assert decode(text.encode()).text == text
        except InputError as error:
            assert "not text" in str(error)
