"""Bytes to text: find the encoding, decode, take out what no text should hold, and say what was done.

UTF-8 is tried first and strictly; a byte order mark or the NUL pattern of UTF-16 decides before it. What is neither is a legacy
encoding: the declared one where it fits, for Arabic the one of windows-1256 and ISO-8859-6 in which the words are Arabic words,
else what charset-normalizer finds.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from cleaner.config import DECODE
from cleaner.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY = (
    (b"\x89PNG\r\n\x1a\n", "PNG image"), (b"\xff\xd8\xff", "JPEG image"), (b"GIF8", "GIF image"), (b"%PDF-", "PDF"), (b"PK\x03\x04", "ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "OLE document"), (b"\x7fELF", "ELF program"), (b"7z\xbc\xaf", "7-Zip archive"), (b"Rar!\x1a", "RAR archive"),
    (b"BZh", "bzip2 archive"), (b"\xfd7zXZ\x00", "xz archive"), (b"RIFF", "RIFF media"), (b"OggS", "Ogg media"), (b"wOF2", "font"),
)  # fmt: skip
_ARABIC_ENCODINGS = ("cp1256", "iso8859-6")
_NAMES = {"cp1256": "windows-1256", "iso8859-6": "ISO-8859-6", "iso8859_6": "ISO-8859-6"}
_ARABIC_WORD = re.compile(r"[\u0621-\u064a]{2,}")
# The commonest words of Arabic prose; with the article they are a fifth of any Arabic text.
_COMMON_ARABIC = frozenset(
    ["في", "من", "على", "إلى", "الى", "أن", "ان", "عن", "مع", "هذا", "هذه", "التي", "الذي", "قد", "ما", "لا", "كان", "كانت", "بين", "بعد", "قبل"]
)
_ARTICLES = ("ال", "وال", "بال", "لل")
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]+")
_BAD_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")

_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]",
)
_BREAKS = "\x0b\x0c\x85"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the name of the encoding it was read in, and notes on what was not plain UTF-8."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()


def binary_kind(raw: bytes) -> str:
    """What a file that is no text is, by its first bytes; empty for anything else.

    >>> binary_kind(b"%PDF-1.7"), binary_kind(b"Plain")
    ('PDF', '')
    """
    return next((kind for magic, kind in _BINARY if raw.startswith(magic)), "")


def decode(raw: bytes, declared: str = "") -> Decoded:
    """Decode the bytes of one text; `declared` is the encoding its carrier names (an HTML meta element), believed where it fits.

    The text is not scrubbed yet. Raises InputError for bytes that are not text.
    """
    marked = marked_encoding(raw)
    if marked:
        return _replaced(_unmarked(raw), marked, () if marked == "utf-8" else (f"encoding {marked}",))
    kind = binary_kind(raw)
    if kind:
        raise InputError(f"not text: {kind}")
    wide = utf16_encoding(raw)
    if wide:
        return _replaced(raw, wide, (f"encoding {wide}",))
    try:
        return _checked(Decoded(raw.decode("utf-8"), "utf-8"))
    except UnicodeDecodeError as error:
        # The bytes around the first fault decide: a long plain ASCII opening says nothing about the encoding.
        begin = max(0, error.start - DECODE.sample_bytes // 2)
        sample = raw[begin : begin + DECODE.sample_bytes]
        return _checked(_replaced(raw, "utf-8") if _is_nearly_utf8(sample) else _legacy(raw, sample, declared))


def marked_encoding(raw: bytes) -> str:
    """The encoding that a byte order mark at the start names, empty without one."""
    return next((encoding for mark, encoding in _MARKS if raw.startswith(mark)), "")


def _unmarked(raw: bytes) -> bytes:
    return next((raw[len(mark) :] for mark, _ in _MARKS if raw.startswith(mark)), raw)


def _replaced(raw: bytes, encoding: str, notes: tuple[str, ...] = ()) -> Decoded:
    """Decode, U+FFFD in place of each undecodable sequence, and say how many there were."""
    text = raw.decode(encoding, "replace")
    bad = text.count("\ufffd") - (raw.count("\ufffd".encode()) if encoding == "utf-8" else 0)
    return Decoded(text, encoding, (*notes, f"replaced {bad} undecodable byte sequences") if bad > 0 else notes)


def _checked(decoded: Decoded) -> Decoded:
    sample = decoded.text[: DECODE.sample_bytes]
    if len(_BAD_CONTROL.findall(sample)) > max(DECODE.control_share * len(sample), 8):
        raise InputError("not text: too many control characters")
    return decoded


def utf16_encoding(raw: bytes) -> str:
    """The byte order of UTF-16 without a byte order mark, seen by its NUL bytes (spaces, line ends, digits); empty for others."""
    sample = raw[: DECODE.sample_bytes]
    zeros = sample.count(0)
    if zeros < max(2, DECODE.utf16_zeros * len(sample)):
        return ""
    odd = sample[1::2].count(0)
    for encoding, share in (("utf-16-le", odd / zeros), ("utf-16-be", 1 - odd / zeros)):
        if share >= DECODE.utf16_parity and _is_plausible(sample[: len(sample) // 2 * 2].decode(encoding, "replace")):
            return encoding
    return ""


def _is_plausible(text: str) -> bool:
    readable = sum(char.isalnum() or char.isspace() or char in ".,;:!?-\"'()<>/=،؛؟{}[]" for char in text)
    return readable >= 0.9 * len(text)


def _is_nearly_utf8(sample: bytes) -> bool:
    """Whether bytes are UTF-8 with some damage, rather than a legacy encoding."""
    good = len(_SEQUENCE.findall(sample))
    stray = sum(len(run) for run in _HIGH.findall(_SEQUENCE.sub(b"", sample)))
    return good > 0 and good >= DECODE.utf8_share * (good + stray)


def _legacy(raw: bytes, sample: bytes, declared: str) -> Decoded:
    encoding = _arabic_encoding(sample) or _fitting(sample, declared) or _detected(sample)
    if not encoding:
        raise InputError("undecodable: no known encoding fits; convert the file to UTF-8")
    return _replaced(raw, encoding, (f"encoding {_NAMES.get(encoding, encoding)}",))


def _arabic_share(text: str) -> float:
    """Share of the words that open with the article or are among the commonest."""
    words = _ARABIC_WORD.findall(text)
    known = sum(word in _COMMON_ARABIC or (len(word) > 3 and word.startswith(_ARTICLES)) for word in words)
    return known / len(words) if words else 0.0


def _arabic_encoding(sample: bytes) -> str:
    """The Arabic encoding in which the words are Arabic words; empty where neither gives any."""
    share, encoding = max((_arabic_share(sample.decode(name, "ignore")), name) for name in _ARABIC_ENCODINGS)
    return encoding if share >= DECODE.arabic_share else ""


def _fitting(sample: bytes, declared: str) -> str:
    try:
        name = codecs.lookup(declared).name
        codecs.getincrementaldecoder(name)("strict").decode(sample, False)
    except (LookupError, ValueError):
        return ""
    return "" if name in ("utf-8", "ascii") else name


def _detected(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best else ""


def scrub(text: str) -> tuple[str, tuple[str, ...]]:
    r"""Take out of a text what no text should hold, and say what and how many.

    NUL, C0 and C1 controls, byte order marks inside and bidi controls are removed; vertical tab, form feed and U+0085 become line
    ends; lone surrogates become U+FFFD. Tab, line feed, carriage return and joiners stay. Clean text costs one search.

    >>> scrub("a\x00b\u200f")
    ('ab', ('removed 1 control characters', 'removed 1 bidi controls'))
    """
    # All that is unwanted is not printable, and to ask for that takes a third of the search.
    if text.replace("\n", "").isprintable() or not _UNWANTED.search(text):
        return text, ()
    counts = dict.fromkeys(("control characters", "bidi controls", "byte order marks", "breaks", "surrogates"), 0)

    def replacement(match: re.Match[str]) -> str:
        char = match.group()
        kind, new = _replacement(char)
        counts[kind] += 1
        return new

    out = _UNWANTED.sub(replacement, text)
    told = {"breaks": "replaced {} other line ends", "surrogates": "replaced {} lone surrogates"}
    return out, tuple(told.get(kind, "removed {} " + kind).format(count) for kind, count in counts.items() if count)


def _replacement(char: str) -> tuple[str, str]:
    if char in _BREAKS:
        return "breaks", "\n"
    if "\ud800" <= char <= "\udfff":
        return "surrogates", "\ufffd"
    if char == "\ufeff":
        return "byte order marks", ""
    return ("control characters" if char < "\u00a0" else "bidi controls"), ""
