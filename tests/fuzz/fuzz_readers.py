"""Coverage-guided fuzzing of our own parsers with atheris (not among the test extras: `pip install atheris`).

    python tests/fuzz/fuzz_readers.py frames|csv|jsonl|gzip|rules|blocks [CORPUS_DIR] [-max_total_time=60]

A crash found here becomes a case in tests/.
"""

from __future__ import annotations

import io
import sys
import tomllib
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["cleaner"]):
    from cleaner.config import FieldNames
    from cleaner.errors import RuleError
    from cleaner.io.discover import Source
    from cleaner.io.frames import cut_frames
    from cleaner.io.limits import unpacked
    from cleaner.io.read_csv import read_csv
    from cleaner.io.read_jsonl import read_jsonl
    from cleaner.rules.load import read_rules
    from cleaner.text.blocks import repair_glued, split_blocks
    from cleaner.text.fold import fold

SOURCE = Source("-", "x")


def frames(data: bytes) -> None:
    """Whatever the pieces, the same frames."""
    assert list(cut_frames([data])) == list(cut_frames([data[at : at + 7] for at in range(0, len(data), 7)]))


def table(data: bytes) -> None:
    """A CSV reader ends."""
    list(read_csv(SOURCE, [data], FieldNames()))


def lines(data: bytes) -> None:
    """A JSONL reader ends."""
    list(read_jsonl(SOURCE, [data], FieldNames()))


def packed(data: bytes) -> None:
    """Unpacking ends."""
    list(unpacked(io.BufferedReader(io.BytesIO(b"\x1f\x8b\x08" + data))))


def rules(data: bytes) -> None:
    """A rule file is loaded or refused."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.toml").write_bytes(data)
        try:
            read_rules([Path(folder)])
        except (RuleError, tomllib.TOMLDecodeError):
            return


def blocks(data: bytes) -> None:
    """Blocks partition a text but for white space; folding maps back into it."""
    text = data.decode("utf-8", "replace")
    found = repair_glued(text, split_blocks(text))
    assert "\n".join(text[block.start : block.end] for block in found).split() == text.split() or any(block.glued for block in found)
    folded = fold(text)
    assert len(folded.origin) == len(folded.text) + 1


TARGETS: dict[str, Callable[[bytes], None]] = {
    "frames": frames,
    "csv": table,
    "jsonl": lines,
    "gzip": packed,
    "rules": rules,
    "blocks": blocks,
}

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
