"""What is fuzzed: one function for each parser of ours. It takes any bytes and raises where a promise is broken.

`fuzz_parsers.py` drives them with atheris; `test_corpus.py` replays `corpus/`, where inputs that once broke something stay.
"""

from __future__ import annotations

import io
import itertools
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from cleaner.config import FieldNames
from cleaner.emit.account import restore_text
from cleaner.engine.restore import restore_run
from cleaner.errors import BooksError, InputError, RuleError
from cleaner.extract.html import extract_html
from cleaner.io.discover import Source
from cleaner.io.frames import cut_frames
from cleaner.io.limits import cut_lines, unpacked
from cleaner.io.read import Span, read_records, sniff_kind
from cleaner.io.read_csv import read_csv
from cleaner.io.read_html import read_html
from cleaner.io.read_jsonl import read_jsonl
from cleaner.io.read_text import read_text
from cleaner.io.read_warc import read_warc
from cleaner.model import Document, Record, Rejected
from cleaner.rules.load import read_rules
from cleaner.text.blocks import repair_glued, split_blocks
from cleaner.text.decode import decode, scrub
from cleaner.text.fold import fold, fold_text
from cleaner.text.page import make_page

SOURCE = Source("-", "x")
NAMES = FieldNames()


def check_records(records: list[Record | Rejected]) -> None:
    """Records are numbered upwards, hold text that can be written, and say why where they hold none."""
    numbers = [record.origin.record for record in records]
    assert numbers == sorted(numbers), numbers
    for record in records:
        record.id.encode()
        if isinstance(record, Rejected):
            assert record.reason
            record.reason.encode()
        elif record.text is not None:
            record.text.encode()
            assert scrub(record.text) == (record.text, ())


def pieces(data: bytes, size: int = 7) -> list[bytes]:
    """The same bytes as they might come from a file."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def frames(data: bytes) -> None:
    """Whatever the pieces, the same frames."""
    assert list(cut_frames([data])) == list(cut_frames(pieces(data)))


def archive(data: bytes) -> None:
    """An archive ends, whatever stands in it."""
    check_records(list(read_warc(SOURCE, pieces(data, 64), NAMES)))


def table(data: bytes) -> None:
    """Whatever the pieces, the same rows."""
    found = list(read_csv(SOURCE, [data], NAMES))
    check_records(found)
    assert found == list(read_csv(SOURCE, pieces(data), NAMES))


def lines(data: bytes) -> None:
    """Whatever the pieces, the same lines and the same records."""
    assert list(cut_lines([data])) == list(cut_lines(pieces(data)))
    check_records(list(read_jsonl(SOURCE, [data], NAMES)))


def plain(data: bytes) -> None:
    """A text file is one record, or rejected."""
    records = list(read_text(SOURCE, [data]))
    check_records(records)
    assert len(records) == 1


def packed(data: bytes) -> None:
    """Unpacking ends, for gzip and zstd."""
    for magic in (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b""):
        list(unpacked(io.BufferedReader(io.BytesIO(magic + data))))  # type: ignore[arg-type]


def files(data: bytes) -> None:
    """A file of any content is sniffed and read as every format."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(data)
        kinds = {sniff_kind(Source(str(path), "x")), "jsonl", "csv", "parquet", "warc", "html", "text"}
        for kind in sorted(kinds):
            check_records(list(read_records(Span(Source(str(path), "x", kind=kind)), NAMES)))


def page(data: bytes) -> None:
    """HTML is extracted or refused."""
    for record in read_html(SOURCE, [data]):
        if isinstance(record, Record) and record.html is not None:
            try:
                text, fields, _ = extract_html(record.html)
            except InputError:
                continue
            for value in (text, *fields.values()):
                value.encode()


def encodings(data: bytes) -> None:
    """Bytes are decoded or refused; scrubbed text is clean and stays as it is."""
    try:
        decoded = decode(data)
    except InputError:
        return
    clean, _ = scrub(decoded.text)
    clean.encode()
    assert scrub(clean) == (clean, ())


def rules(data: bytes) -> None:
    """A rule file is loaded or refused by name."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.toml").write_bytes(data)
        try:
            read_rules([Path(folder)])
        except RuleError as error:
            assert all("x.toml" in fault for fault in error.faults)


def blocks(data: bytes) -> None:
    """Blocks hold all but white space, in order; the page agrees with them."""
    text = scrub(data.decode("utf-8", "replace"))[0]
    found = repair_glued(text, split_blocks(text))
    assert "".join("".join(text[block.start : block.end].split()) for block in found) == "".join(text.split())
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
    made = make_page(Document("x", text))
    assert len(made.blocks) == len(made.block_spans) == len(made.tokens.offsets) - 1


def folding(data: bytes) -> None:
    """Folding maps back into the text and does nothing the second time."""
    text = scrub(data.decode("utf-8", "replace"))[0]
    folded = fold(text)
    origin = folded.origin.tolist()
    assert len(origin) == len(folded.text) + 1
    assert origin == sorted(origin)
    assert origin[-1] == len(text)
    assert fold_text(folded.text) == folded.text


def restore(data: bytes) -> None:
    """What is cut from a text and written down comes back."""
    text, row, core, position = data[8:].decode("utf-8", "replace"), [], "", 0
    for start, size in zip(data[0:8:2], data[1:8:2], strict=False):
        begin = min(position + start, len(text))
        end = min(begin + size, len(text))
        core += text[position:begin]
        if end > begin:
            row.append({"start": begin, "end": end, "text": text[begin:end]})
        position = end
    core += text[position:]
    audit = {"spans": row, "inserts": [], "books": {"total": len(text)}, "file": "x", "record": 1, "id": "x"}
    assert restore_text(core, json.loads(json.dumps(audit))) == text


def damaged_output(data: bytes) -> None:
    """An audit that somebody changed is refused, or gives texts; never a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        for name in ("audit", "core"):
            (run / name).mkdir(parents=True)
        (run / "manifest.json").write_text("{}")
        audit, _, core = data.partition(b"\n\n")
        (run / "audit" / "part-00000.jsonl").write_bytes(audit)
        (run / "core" / "part-00000.jsonl").write_bytes(core)
        try:
            restore_run(run, Path(folder) / "out")
        except BooksError:
            return


TARGETS: dict[str, Callable[[bytes], None]] = {
    "frames": frames,
    "archive": archive,
    "csv": table,
    "jsonl": lines,
    "text": plain,
    "packed": packed,
    "files": files,
    "html": page,
    "decode": encodings,
    "rules": rules,
    "blocks": blocks,
    "fold": folding,
    "restore": restore,
    "output": damaged_output,
}
