"""Texts that wait on disk: put down one after the other, taken up again in any order; memory holds only where each begins."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import BinaryIO, cast

_LEVEL = 1  # of zstd: 2.3 times smaller; level 3 is a hundredth smaller still and a quarter slower
_STRETCH = 128  # texts that are read at once at most


class Packer:
    """Texts to bytes and back: UTF-8, packed (zstd, each text by itself) where asked for."""

    __slots__ = ("_pack", "_unpack")

    def __init__(self, *, packed: bool) -> None:
        self._pack = self._unpack = None
        if packed:
            import zstandard

            self._pack, self._unpack = zstandard.ZstdCompressor(level=_LEVEL), zstandard.ZstdDecompressor()

    def pack(self, text: str) -> bytes:
        """The bytes of a text."""
        plain = text.encode("utf-8", "surrogatepass")
        return self._pack.compress(plain) if self._pack else plain

    def unpack(self, content: bytes) -> str:
        """The text of these bytes."""
        return (self._unpack.decompress(content) if self._unpack else content).decode("utf-8", "surrogatepass")


class Shelf:
    """A temporary file of texts that goes when the shelf does; `len` texts, numbered from 0; `packed` ones are compressed."""

    __slots__ = ("_ends", "_file", "_packer")

    def __init__(self, *, packed: bool = False) -> None:
        self._file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - lives as long as the shelf
        self._ends = array("q", [0])
        self._packer = Packer(packed=packed)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def put(self, text: str) -> None:
        """Put a text down as the last one."""
        self._ends.append(self._ends[-1] + self._file.write(self._packer.pack(text)))

    def take(self, numbers: Iterable[int]) -> list[str]:
        """The texts of these numbers, in their order."""
        texts = []
        for first, last in _stretches(numbers):
            begin, piece = self._ends[first], self._read(first, last)
            ends = self._ends[first : last + 2]
            texts += [self._packer.unpack(piece[start - begin : end - begin]) for start, end in pairwise(ends)]
        return texts

    def contents(self, numbers: Iterable[int]) -> Iterator[tuple[bytes, Sequence[int]]]:
        """The bytes of these texts as they lie here, some neighbours at a time, and the length of each."""
        for first, last in _stretches(numbers):
            yield self._read(first, last), [end - start for start, end in pairwise(self._ends[first : last + 2])]

    def _read(self, first: int, last: int) -> bytes:
        self._file.seek(self._ends[first])
        return self._file.read(self._ends[last + 1] - self._ends[first])


def _stretches(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers as (first, last), not too many at once."""
    first = last = -1
    for number in numbers:
        if first >= 0 and number == last + 1 and number - first < _STRETCH:
            last = number
            continue
        if first >= 0:
            yield first, last
        first = last = number
    if first >= 0:
        yield first, last
