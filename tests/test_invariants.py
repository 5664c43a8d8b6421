"""What holds for every document, whatever it says: the properties the design promises, on the seeds and on made-up pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from documents import documents, seeds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleaner.config import Options
from cleaner.emit.account import audit_row, restore_text
from cleaner.emit.render import render
from cleaner.engine import local
from cleaner.engine.plan import RunPlan
from cleaner.engine.restore import read_rows, restore_run
from cleaner.io.writer import encode_row
from cleaner.model import Confidence, Decision, Document, Label, Mode, Page, Reason, Result, Status
from cleaner.pipeline import clean_many, clean_page, clean_pages, read_page, read_pages, shipped_rules

each_seed = pytest.mark.parametrize("document", seeds(), ids=lambda document: document.id[:3])
made = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
made_batches = settings(made, max_examples=settings.default.max_examples // 4)


def cleaned(document: Document) -> Result:
    return clean_page(read_page(document, shipped_rules()), None, Options())


def by_rules_alone(document: Document) -> Result:
    """What rules and repeats remove where no scorer contradicts; captions are left to the scorer, as in a run (decision 3)."""
    page = read_page(document, shipped_rules())
    removing = tuple(label for label in page.labels if label.confidence is not Confidence.HINT and label.reason is not Reason.CAPTION)
    return render(page, Decision(removing), Options(), alone=True)


def check_books(result: Result) -> None:
    """Removed spans are disjoint, in order, inside the text; what they leave is the core; the sums are the text."""
    text, position, kept = result.document.text, 0, 0
    for label in result.removed:
        assert position <= label.start < label.end <= len(text)
        assert label.author
        kept, position = kept + label.start - position, label.end
    kept += len(text) - position
    account = result.account
    assert account.kept == kept == len(result.core) - account.inserted
    assert account.inserted == len(result.inserts)
    assert account.total == len(text) == account.kept + sum(account.removed.values())
    assert sum(account.removed.values()) == sum(label.end - label.start for label in result.removed)


def check_restores(result: Result) -> None:
    row = json.loads(encode_row(audit_row(result, Status.KEPT)))

    assert restore_text(result.core, row) == result.document.text


def check_spans(page: Page) -> None:
    """Blocks are in order and hold everything but white space; labels lie inside the text and are not empty."""
    text, position, between = page.document.text, 0, ""
    for block in page.blocks:
        assert position <= block.start < block.end <= len(text)
        between, position = between + text[position : block.start], block.end
    assert not (between + text[position:]).strip()
    assert all(0 <= label.start < label.end <= len(text) for label in page.labels)


@each_seed
def test_seeds_balance_and_restore(document: Document) -> None:
    for result in (cleaned(document), by_rules_alone(document)):
        check_books(result)
        check_restores(result)


@each_seed
def test_seeds_cleaned_twice_are_the_same(document: Document) -> None:
    once = cleaned(document)

    twice = cleaned(replace(document, text=once.core))

    assert twice.core == once.core


@given(documents())
@made
def test_pages_are_partitioned(document: Document) -> None:
    check_spans(read_page(document, shipped_rules()))


@given(st.lists(documents(), max_size=4))
@made_batches
def test_pages_are_read_and_cleaned_together_as_one_by_one(batch: Sequence[Document]) -> None:
    alone = [read_page(document, shipped_rules()) for document in batch]
    together, _ = read_pages(batch, shipped_rules())

    assert [(page.document, page.labels, page.captured) for page in together] == [(page.document, page.labels, page.captured) for page in alone]
    assert clean_pages(together, [None] * len(together), Options()) == [clean_page(page, None, Options()) for page in alone]


@given(documents(), st.sampled_from(Mode))
@made
def test_books_balance_and_text_restores(document: Document, mode: Mode) -> None:
    result = clean_page(read_page(document, shipped_rules()), None, Options(mode=mode))

    check_books(result)
    check_restores(result)


@given(documents())
@made
def test_rules_and_repeats_are_idempotent(document: Document) -> None:
    """Cleaning again changes nothing, but where a guard had tripped and said so: what it counts may have gone since."""
    once = by_rules_alone(document)

    twice = by_rules_alone(replace(document, text=once.core))

    assert passages(once.core, twice.removed) <= passages(document.text, guarded(document))


def guarded(document: Document) -> list[Label]:
    return [
        label for label in read_page(document, shipped_rules()).labels if label.confidence is Confidence.HINT and label.evidence.startswith("guard ")
    ]


def passages(text: str, labels: Sequence[Label]) -> set[tuple[str, str]]:
    """Who speaks about which words; white space aside."""
    return {(label.author, text[label.start : label.end].strip()) for label in labels if label.reason is not Reason.SPACE}


@given(documents())
@made
def test_stages_only_add_labels(document: Document) -> None:
    """A result's removals cover whatever certain rules claimed, and its text is the document's."""
    page = read_page(document, shipped_rules())

    result = clean_page(page, None, Options())

    assert result.document == document
    assert {label.author for label in result.removed} <= {label.author for label in page.labels} | {"core", "emit"}


@given(st.lists(documents(), max_size=6, unique_by=lambda document: document.id))
@made_batches
def test_batches_balance_in_any_order(batch: Sequence[Document]) -> None:
    forward = {result.document.id: result for result in clean_many(batch)}
    backward = {result.document.id: result for result in clean_many(batch[::-1])}

    for name, result in forward.items():
        check_books(result)
        check_restores(result)
        assert (result.core, result.removed) == (backward[name].core, backward[name].removed)


@given(st.lists(documents(), min_size=1, max_size=8, unique_by=lambda document: document.id))
@settings(made, max_examples=settings.default.max_examples // 20)
def test_runs_write_the_same_bytes_for_any_workers(tmp_path_factory: pytest.TempPathFactory, batch: Sequence[Document]) -> None:
    """One and two workers, and the records of every run restored."""
    folder = tmp_path_factory.mktemp("run")
    for document in batch:
        site = folder / "in" / (document.site or "none")
        site.mkdir(parents=True, exist_ok=True)
        (site / f"{document.id}.txt").write_bytes(document.text.encode("utf-8"))

    runs = [local.run(RunPlan((str(folder / "in"),), folder / f"out{jobs}", jobs=jobs)) for jobs in (1, 2)]

    assert runs[0].counts == runs[1].counts
    assert runs[0].counts.balanced
    assert runs[0].counts.read == len(batch)
    assert contents(folder / "out1") == contents(folder / "out2")
    check_run_restores(folder / "in", folder / "out1", folder / "back")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def check_run_restores(given_folder: Path, finished: Path, back: Path) -> None:
    restore_run(finished, back)
    restored = {row["id"]: row["text"] for path in back.glob("*.jsonl") for row in read_rows(path)}
    audited = {row["id"]: row for path in (finished / "audit").glob("*") for row in read_rows(path)}

    assert set(restored) == {name for name, row in audited.items() if row["status"] != "quarantined"}
    for name, text in restored.items():
        if not audited[name].get("notes"):
            assert text.encode("utf-8") == (given_folder / name).read_bytes()


def test_run_on_seeds_restores_every_character(tmp_path: Path) -> None:
    folder = Path(__file__).parents[1] / "seeds"

    summary = local.run(RunPlan((str(folder),), tmp_path / "out", jobs=1))

    assert (summary.counts.read, summary.counts.kept, summary.exit_code) == (5, 5, 0)
    check_run_restores(folder, tmp_path / "out", tmp_path / "back")


def test_check_books_sees_a_lost_character() -> None:
    """The checks above can fail."""
    result = cleaned(seeds()[0])
    label = result.removed[-1]
    shorter: tuple[Label, ...] = (*result.removed[:-1], msgspec.structs.replace(label, end=label.end - 1))

    with pytest.raises(AssertionError):
        check_books(replace(result, removed=shorter))
