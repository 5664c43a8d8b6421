"""Texts that wait on disk: put down one after the other, taken up again in any order; memory holds only where each begins."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable
from typing import BinaryIO, cast


class Shelf:
    """A temporary file of texts that goes when the shelf does; `len` texts, numbered from 0."""

    __slots__ = ("_ends", "_file")

    def __init__(self) -> None:
        self._file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - lives as long as the shelf
        self._ends = array("q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def put(self, text: str) -> None:
        """Put a text down as the last one."""
        self._ends.append(self._ends[-1] + self._file.write(text.encode("utf-8", "surrogatepass")))

    def take(self, numbers: Iterable[int]) -> list[str]:
        """The texts of these numbers, in their order."""
        texts = []
        for number in numbers:
            self._file.seek(self._ends[number])
            texts.append(self._file.read(self._ends[number + 1] - self._ends[number]).decode("utf-8", "surrogatepass"))
        return texts
