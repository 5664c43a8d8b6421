"""Files of a run that wait between its steps: values one after the other, whole under their names or not there.

Two kinds: few values of any type, pickled and packed (`dump`, `load`); and one value of a known type for each record (`store`, `fetch`), which
are read and written a hundred thousand times and stand in MessagePack as they are, because packing them costs more than the disk does.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from cleaner.io.writer import output_errors

_LEVEL = 1  # of zstd
_BUFFER = 1 << 20
_SIZE_BYTES = 4  # before each stored value: its length, big-endian

Value = TypeVar("Value")


def dump(path: Path, values: Iterable[Any]) -> None:
    """Write values one after the other; the file takes its name when all are there. Raises OutputError."""
    import zstandard

    with _appearing(path) as stream:
        packer = zstandard.ZstdCompressor(level=_LEVEL).stream_writer(stream, closefd=False)
        for value in values:
            packed = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
            with output_errors(path):
                packer.write(packed)
        with output_errors(path):
            packer.flush(zstandard.FLUSH_FRAME)


def load(path: Path) -> Iterator[Any]:
    """Read the values of a dumped file back, one at a time."""
    import zstandard

    with open(path, "rb") as stream:
        unpacked = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(stream), _BUFFER)
        while unpacked.peek(1):
            yield pickle.load(unpacked)


def store(path: Path, values: Iterable[Any]) -> None:
    """Write values of one type that msgspec knows; the file takes its name when all are there. Raises OutputError."""
    encoder = msgspec.msgpack.Encoder()
    held = bytearray()
    with _appearing(path) as stream:
        for value in values:
            packed = encoder.encode(value)
            held += len(packed).to_bytes(_SIZE_BYTES, "big")
            held += packed
            if len(held) > _BUFFER:
                _write(stream, held, path)
                held.clear()
        _write(stream, held, path)


def fetch(path: Path, kind: type[Value]) -> Iterator[Value]:
    """Read the values of a stored file back, one at a time."""
    decoder = msgspec.msgpack.Decoder(kind)
    with open(path, "rb", buffering=_BUFFER) as stream:
        while head := stream.read(_SIZE_BYTES):
            yield decoder.decode(stream.read(int.from_bytes(head, "big")))


def _write(stream: io.FileIO, content: bytearray, path: Path) -> None:
    """All of it: a raw file may take less than it is given."""
    with output_errors(path), memoryview(content) as left:
        done = 0
        while done < len(left):
            done += stream.write(left[done:])


@contextlib.contextmanager
def _appearing(path: Path) -> Iterator[io.FileIO]:
    """A file that takes its name when the block ends well. What the block raises of its own is no error of output and goes through as it is."""
    temporary = path.with_name(f".{path.name}.tmp")
    with output_errors(path):
        # Unbuffered: to close it must not write and fail once more.
        stream = open(temporary, "wb", buffering=0)  # noqa: SIM115 - closed below
    try:
        with stream:
            yield stream
            with output_errors(path):
                os.fsync(stream.fileno())
        with output_errors(path):
            os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
