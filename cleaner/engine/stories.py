"""Read inputs as stories, whole and as they stand, and find the copies among them: `cleaner dedup` and what `cleaner index` reads."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from cleaner import __version__
from cleaner.config import CLUSTERS, ClusterLimits, FieldNames
from cleaner.engine.folder import MANIFEST, claimed, tidy
from cleaner.errors import RefusedError
from cleaner.io.discover import Source, discover, distinct_id
from cleaner.io.read import Span, read_records
from cleaner.io.writer import make_folder, output_errors, write_json, write_rows
from cleaner.model import Document, Group, Rejected
from cleaner.pipeline import to_document
from cleaner.repeats.clusters import KEEP, CoreSummary, Matches, Stories, compare_stories, form_groups, gather_stories, summarise_text
from cleaner.repeats.shelf import Shelf
from cleaner.repeats.spans import matched_spans, shared_paragraphs

_FLOOR = ClusterLimits(one=0.2, opening=0.05, both=0.4)  # what is remembered for another threshold
_MATCHES = ".matches"  # in the output folder: compared pairs, so that another threshold needs no new signatures


@dataclass(frozen=True, slots=True)
class DedupPlan:
    """What `cleaner dedup` is asked: inputs, output folder, what makes two stories one, which copy stays, how pairs are shown.

    `keep` names the order in which the keeper is chosen (of `repeats.clusters.KEEP`). `drop` leaves copies out of core/.
    """

    inputs: tuple[str, ...]
    output: Path
    limits: ClusterLimits = CLUSTERS
    keep: tuple[str, ...] = KEEP[:2]
    fields: FieldNames = field(default_factory=FieldNames)
    drop: bool = True
    force: bool = False
    show: int = 5


@dataclass(frozen=True, slots=True)
class DedupSummary:
    """What was found: records read, dropped as copies, not read; groups; paragraphs that different stories share; the least similar copies."""

    read: int
    dropped: int
    rejected: tuple[str, ...]
    groups: int
    shared: int
    closest_calls: tuple[str, ...]
    signed: bool


@contextlib.contextmanager
def sources_of(inputs: Sequence[str]) -> Iterator[tuple[Source, ...]]:
    """The files behind inputs; standard input is put into a temporary file while the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        spooled = ""
        if "-" in inputs:
            spooled = os.path.join(folder, "stdin")
            with output_errors(Path(spooled)), open(spooled, "wb") as stream:
                shutil.copyfileobj(sys.stdin.buffer, stream)
        yield discover(inputs, spooled).sources


def read_stories(sources: Sequence[Source], names: FieldNames, faults: list[str] | None = None) -> Iterator[Document]:
    """The documents of all sources in order, each under an id of its own; a line for each record that is none goes to `faults`."""
    taken: set[str] = set()
    for source in sources:
        for record in read_records(Span(source), names):
            found = record if isinstance(record, Rejected) else to_document(record)
            if isinstance(found, Document):
                yield replace(found, id=distinct_id(found.id, taken))
            elif faults is not None:
                faults.append(f"{found.origin.file} record {found.origin.record}: {found.reason}")


def summaries_of(documents: Iterator[Document]) -> Iterator[CoreSummary]:
    """What grouping and an index need to know of each document."""
    return (summarise_text(one.id, one.text, one.metadata.get("published", "")) for one in documents)


def dedup(plan: DedupPlan) -> DedupSummary:
    """Find near-duplicates among whole texts and write what stays; other thresholds over the same inputs reuse the compared pairs."""
    faults: list[str] = []
    with sources_of(plan.inputs) as sources:
        key = _key(sources, plan)
        _check_own(plan)
        with claimed(plan.output, plan.force):
            known = None if plan.force else _recalled(plan.output, key)
            if known is None:
                stories = gather_stories(summaries_of(read_stories(sources, plan.fields)), keep=plan.keep)
                matches = compare_stories(stories, _FLOOR)
            else:
                stories, matches = known
            groups = form_groups(stories, matches, plan.limits)
            tidy(plan.output, {})
            texts = _texts(sources, plan, groups)
            read, dropped = _write(sources, plan, groups, faults)
            write_rows(plan.output / "groups.jsonl", (_group_row(group, texts) for group in groups))
            shared = _shared_rows(sources, plan, groups)
            write_rows(plan.output / "shared.jsonl", shared)
            _remember(plan.output, key, stories, matches)
            write_json(plan.output / MANIFEST, _manifest(plan, read, dropped, len(groups)))
    return DedupSummary(read, dropped, tuple(faults), len(groups), len(shared), _closest(groups, plan.show), known is None)


def _key(sources: Sequence[Source], plan: DedupPlan) -> str:
    """What the compared pairs depend on: the files as they are, the field names, the keeper's order, this version."""
    files = [(source.path, (status := os.stat(source.path)).st_size, status.st_mtime_ns) for source in sources]
    return hashlib.sha256(repr((__version__, files, plan.fields, plan.keep, _FLOOR)).encode()).hexdigest()


def _remember(output: Path, key: str, stories: Stories, matches: Matches) -> None:
    make_folder(output / _MATCHES)
    kept, path = (stories.numbers, stories.hashes, stories.letters), output / _MATCHES / "arrays.npz"
    with output_errors(path):
        np.savez(path, numbers=kept[0], hashes=kept[1], letters=kept[2], pairs=matches.pairs, figures=matches.figures)
    write_json(output / _MATCHES / "ids.json", {"key": key, "ids": list(stories.ids)})


def _recalled(output: Path, key: str) -> tuple[Stories, Matches] | None:
    path = output / _MATCHES / "ids.json"
    row = json.loads(path.read_bytes()) if path.is_file() else {}
    if row.get("key") != key:
        return None
    with np.load(output / _MATCHES / "arrays.npz") as arrays:
        stories = Stories(row["ids"], Shelf(), arrays["numbers"], np.zeros((0, 0), dtype=np.uint32), arrays["hashes"], arrays["letters"])
        return stories, Matches(arrays["pairs"], arrays["figures"])


@dataclass(frozen=True, slots=True, eq=False)
class _Texts:
    """The texts of stories, on disk."""

    shelf: Shelf
    numbers: Mapping[str, int]

    def of(self, name: str) -> str:
        """The text of a story."""
        return self.shelf.take([self.numbers[name]])[0]


def _texts(sources: Sequence[Source], plan: DedupPlan, groups: Sequence[Group]) -> _Texts:
    """The texts of all stories in groups."""
    wanted = {name for group in groups for name in (group.keeper, *(member.id for member in group.members))}
    shelf, numbers = Shelf(), dict[str, int]()
    for one in read_stories(sources, plan.fields):
        if one.id in wanted:
            numbers[one.id] = len(shelf)
            shelf.put(one.text)
    return _Texts(shelf, numbers)


def _write(sources: Sequence[Source], plan: DedupPlan, groups: Sequence[Group], faults: list[str]) -> tuple[int, int]:
    keepers = {member.id: group.keeper for group in groups for member in group.members}
    dropped = keepers if plan.drop else {}
    read = 0

    def audit() -> Iterator[dict[str, Any]]:
        nonlocal read
        for one in read_stories(sources, plan.fields, faults):
            read += 1
            row = {"file": one.origin.file, "record": one.origin.record, "id": one.id}
            known = {"status": "dropped", "reason": f"duplicate of {dropped[one.id]}", "core": one.text} if one.id in dropped else {"status": "kept"}
            yield row | known

    write_rows(plan.output / "audit" / "part-00000.jsonl", audit())
    kept = (one for one in read_stories(sources, plan.fields) if one.id not in dropped)
    rows = ({"id": one.id, "text": one.text, **one.metadata, **({"url": one.url} if one.url else {})} for one in kept)
    write_rows(plan.output / "core" / "part-00000.jsonl", rows)
    return read, len(dropped)


def _check_own(plan: DedupPlan) -> None:
    path = plan.output / MANIFEST
    if path.is_file() and not plan.force and "limits" not in json.loads(path.read_bytes()):
        raise RefusedError(f"{plan.output}: holds the output of `cleaner run`; choose another folder or use --force")


def _group_row(group: Group, texts: _Texts) -> dict[str, Any]:
    members, keeper = [], texts.of(group.keeper)
    for one in group.members:
        spans = matched_spans(texts.of(one.id), keeper)
        members.append({"id": one.id, "similarity": one.similarity, "containment": one.containment, "spans": spans})
    return {"keeper": group.keeper, "members": members}


def _shared_rows(sources: Sequence[Source], plan: DedupPlan, groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Paragraphs that stories of different groups share: told, not cut."""
    keepers = {member.id: group.keeper for group in groups for member in group.members}
    kept: list[str] = []

    def texts() -> Iterator[str]:
        for one in read_stories(sources, plan.fields):
            if one.id not in keepers:
                kept.append(one.id)
                yield one.text

    found = shared_paragraphs(texts())
    return [{"places": [{"id": kept[number], "start": start, "end": end} for number, start, end in one.places]} for one in found]


def _manifest(plan: DedupPlan, read: int, dropped: int, groups: int) -> dict[str, Any]:
    limits = {name: getattr(plan.limits, name) for name in ("one", "both", "opening", "jaccard")}
    counts = {"in": read, "kept": read - dropped, "dropped": dropped, "quarantined": 0}
    return {"cleaner": __version__, "counts": counts, "groups": groups, "limits": limits, "keep": list(plan.keep)}


def _closest(groups: Sequence[Group], count: int) -> tuple[str, ...]:
    """The accepted copies that are least like their keepers, for people to judge the threshold by."""
    pairs = [(one.containment, one.similarity, one.id, group.keeper) for group in groups for one in group.members]
    return tuple(f"{name} = {keeper}: containment {held:.2f}, similarity {alike:.2f}" for held, alike, name, keeper in sorted(pairs)[:count])
