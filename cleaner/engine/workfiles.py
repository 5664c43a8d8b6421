"""Files of a run that wait between its steps: values one after the other, packed, whole under their names or not there."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cleaner.io.writer import output_errors

_LEVEL = 1  # of zstd: three times smaller for a hundredth of a page's time
_BUFFER = 1 << 20


def dump(path: Path, values: Iterable[Any]) -> None:
    """Write values one after the other; the file takes its name when all are there. Raises OutputError."""
    import zstandard

    temporary = path.with_name(f".{path.name}.tmp")
    with output_errors(path):
        # Unbuffered: to close it must not write and fail once more. Closed below; what making a value raises is no error of output.
        stream = open(temporary, "wb", buffering=0)  # noqa: SIM115
    try:
        with stream:
            packer = zstandard.ZstdCompressor(level=_LEVEL).stream_writer(stream, closefd=False)
            for value in values:
                packed = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
                with output_errors(path):
                    packer.write(packed)
            with output_errors(path):
                packer.flush(zstandard.FLUSH_FRAME)
                os.fsync(stream.fileno())
        with output_errors(path):
            os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load(path: Path) -> Iterator[Any]:
    """Read the values of a file back, one at a time."""
    import zstandard

    with open(path, "rb") as stream:
        unpacked = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(stream), _BUFFER)
        while unpacked.peek(1):
            yield pickle.load(unpacked)
