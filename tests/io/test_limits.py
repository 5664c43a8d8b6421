"""Unpacking and cutting into lines: whole data before damage is kept, damage is named, memory stays bounded."""

from __future__ import annotations

import gzip
import io

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from cleaner.config import STREAM
from cleaner.io.limits import Fault, Line, as_utf8, cut_lines, unpacked, whole

LINES = [f"line {number} ".encode() * 9 for number in range(4000)]
CONTENT = b"\n".join(LINES) + b"\n"


def unpack(raw: bytes, name: str = "") -> tuple[bytes, list[str]]:
    pieces = list(unpacked(io.BufferedReader(io.BytesIO(raw)), name))
    content = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    return content, [piece.reason for piece in pieces if isinstance(piece, Fault)]


def zst(raw: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_content_size=False).compress(raw)


@pytest.mark.parametrize(
    "raw",
    [
        CONTENT,
        gzip.compress(CONTENT),
        zst(CONTENT),
        gzip.compress(CONTENT[:5000]) + gzip.compress(CONTENT[5000:]),
        zst(CONTENT[:99]) + zst(CONTENT[99:]),
    ],
    ids=["plain", "gzip", "zstd", "gzip members", "zstd frames"],
)
def test_content_is_unpacked_by_its_magic(raw: bytes) -> None:
    assert unpack(raw, "any.name") == (CONTENT, [])


@pytest.mark.parametrize("pack", [gzip.compress, zst])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_truncated_archives_give_what_they_hold_and_say_so(pack: object, share: float) -> None:
    packed = pack(CONTENT)  # type: ignore[operator]
    content, faults = unpack(packed[: int(len(packed) * share)])

    assert CONTENT.startswith(content)
    assert len(faults) == 1
    assert faults[0].startswith("truncated")


def test_a_damaged_member_does_not_end_the_file() -> None:
    members = [gzip.compress(bytes([65 + number]) * 300 + bytes(range(200))) for number in range(5)]
    rotten = bytearray(members[2])
    rotten[20:40] = bytes(value ^ 0x5A for value in rotten[20:40])
    content, faults = unpack(b"".join([*members[:2], bytes(rotten), *members[3:]]))

    assert [content.count(bytes([65 + number]) * 300) for number in (0, 1, 3, 4)] == [1, 1, 1, 1]
    assert any(fault.startswith("damaged") and f"byte {len(members[0]) * 2}" in fault for fault in faults)


@pytest.mark.parametrize(
    ("raw", "name", "content", "fault"),
    [
        (b"", "a.jsonl", b"", None),
        (b"", "a.jsonl.gz", b"", "not gzip: 0 bytes"),
        (b"", "a.jsonl.zst", b"", "not zstd: 0 bytes"),
        (gzip.compress(b""), "a.jsonl.gz", b"", None),
        (gzip.compress(b"x") + bytes(512), "a.gz", b"x", None),
        (gzip.compress(b"x") + b"\x00\x01garbage", "a.gz", b"x", "trailing garbage behind the gzip data, at byte 21"),
        (zst(b"x") + b"garbage", "a.zst", b"x", "damaged: zstd decompress"),
    ],
)
def test_odd_ends(raw: bytes, name: str, content: bytes, fault: str | None) -> None:
    found, faults = unpack(raw, name)

    assert found == content
    assert len(faults) == (fault is not None)
    assert fault is None or faults[0].startswith(fault)


def test_pieces_are_bounded_whatever_the_packing() -> None:
    for pack in (gzip.compress, zst):
        packed = pack(bytes(100_000_000))
        sizes = [len(piece) for piece in unpacked(io.BufferedReader(io.BytesIO(packed))) if isinstance(piece, bytes)]

        assert sum(sizes) == 100_000_000
        assert max(sizes) <= 33 * 1_048_576


def test_lines_have_numbers_and_offsets() -> None:
    assert list(cut_lines([b"ab\r\n\ncd", b"ef\ngh"])) == [Line(1, 0, b"ab"), Line(2, 4, b""), Line(3, 5, b"cdef"), Line(4, 10, b"gh")]


def test_a_line_over_the_limit_is_a_fault_and_the_next_is_read() -> None:
    found = list(cut_lines([b"short\n", *[b"x" * 1000] * 50, b"\nnext\n"], limit=5000))

    assert [line.raw for line in found if isinstance(line, Line)] == [b"short", b"next"]
    (fault,) = [fault for fault in found if isinstance(fault, Fault)]
    assert (fault.number, fault.offset) == (2, 6)
    assert fault.reason.startswith("too_large")
    assert found[-1] == Line(3, 50_007, b"next")


def test_a_line_that_a_fault_cuts_off_is_not_passed_on() -> None:
    found = list(cut_lines([b"one\ntw", Fault("truncated: x"), b"three\n"]))

    assert found == [Line(1, 0, b"one"), Fault("truncated: x", 4, b"tw", 2), Line(3, 6, b"three")]


@given(st.lists(st.binary(max_size=30), max_size=8))
def test_lines_do_not_depend_on_how_the_content_is_cut_into_pieces(pieces: list[bytes]) -> None:
    assert list(cut_lines(pieces)) == list(cut_lines([b"".join(pieces)]))


def test_utf16_is_cut_at_line_feeds_only() -> None:
    text = "سطر أول ਊ\nسطر ثان\n"
    raw = text.encode("utf-16")
    pieces = [raw[at : at + 3] for at in range(0, len(raw), 3)]

    lines = [line.raw.decode() for line in cut_lines(as_utf8(pieces, "utf-16")) if isinstance(line, Line)]

    assert lines == text.splitlines()


def test_a_whole_file_is_bounded() -> None:
    assert whole([b"ab", b"cd"]) == b"abcd"
    assert isinstance(whole([b"ab", b"cd"], limit=3), Fault)
    assert whole([b"ab", Fault("truncated: x")]) == Fault("truncated: x", 2, b"ab")
    assert STREAM.kept_raw < 1_000_000
