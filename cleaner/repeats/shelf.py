"""Texts that wait on disk: put down one after the other, taken up again in any order; memory holds only where each begins."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

_LEVEL = 1  # of zstd: 2.3 times smaller; level 3 is a hundredth smaller still and a quarter slower
_STRETCH, _COPIED = 128, 1_024  # texts that are read at once at most, to be unpacked and to be copied


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

    def contents(self, numbers: npt.NDArray[np.int64]) -> Iterator[tuple[bytes, npt.NDArray[np.int64]]]:
        """The bytes of these texts (int64) as they lie here, neighbours together but not too many at once, and the length of each (int64)."""
        ends = np.array(self._ends, dtype=np.int64)
        for some in np.split(numbers, np.flatnonzero(np.diff(numbers) != 1) + 1):
            for low in range(0, len(some), _COPIED):
                few = some[low : low + _COPIED]
                yield self._read(int(few[0]), int(few[-1])), ends[few + 1] - ends[few]

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
