"""A run with an index: earlier batches speak and keep their stories; the index takes a batch in once, whatever happens on the way."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cleaner.config import FieldNames, Options
from cleaner.engine import local
from cleaner.engine.crew import Care, Pulse
from cleaner.engine.earlier import enter_run
from cleaner.engine.local import run
from cleaner.engine.plan import Remembered, RunPlan
from cleaner.engine.reduce import gather_shards
from cleaner.engine.steps import Job, work_file
from cleaner.engine.tables import load_evidence, store_pages
from cleaner.engine.workfiles import dump, store
from cleaner.errors import RefusedError
from cleaner.model import Document, Duplicates, Evidence
from cleaner.repeats.index import commit, copy_in, create_index, open_index, writing
from cleaner.repeats.ownership import summarise
from cleaner.repeats.runs import take_names
from cleaner.rules.compile import Ruleset, compile_rules
from cleaner.rules.load import select_rules
from cleaner.text.page import make_page

KILLS = int(os.environ.get("CLEANER_KILLS", "6"))
FORK = multiprocessing.get_context("fork")


def sentence(seed: int, words: int = 14) -> str:
    dice = random.Random(seed)
    return "أعلن " + " ".join("ال" + "".join(dice.choice("بتجحدرسعفقكلمني") for _ in range(4)) for _ in range(words)) + "."


def story(seed: int) -> str:
    """A headline and four paragraphs of made-up words; the same seed gives the same, another shares nothing with it."""
    paragraphs = [" ".join(sentence(1000 * seed + 10 * line + part) for part in range(3)) for line in range(4)]
    return "\n".join([sentence(1000 * seed + 999, 6).rstrip("."), *paragraphs])


@pytest.fixture(autouse=True)
def few_rules(ruleset: Ruleset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "load_ruleset", lambda _, disable=(): compile_rules(select_rules(ruleset.rules[::16], disable)))


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., RunPlan]:
    """Write a batch of stories and plan its run against the index."""

    def plan(name: str, stories: dict[str, str], jobs: int = 1) -> RunPlan:
        (tmp_path / name).mkdir()
        rows = [json.dumps({"id": id, "text": text, "host": "site.example"}, ensure_ascii=False) + "\n" for id, text in stories.items()]
        (tmp_path / name / f"{name}.jsonl").write_text("".join(rows), encoding="utf-8")
        return RunPlan((str(tmp_path / name),), tmp_path / f"out-{name}", jobs=jobs, index=tmp_path / "index")

    return plan


def audit(out: Path) -> dict[str, str]:
    rows = [json.loads(line) for path in sorted((out / "audit").iterdir()) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row["id"]: row.get("reason", row["status"]) for row in rows}


def groups(out: Path) -> dict[str, Any]:
    return {row["keeper"]: row for row in map(json.loads, (out / "groups.jsonl").read_text(encoding="utf-8").splitlines())}


def ids(index: Path) -> list[str]:
    found = open_index(index)
    return sorted(id for id, _ in take_names(index, found.stories, range(found.stories)))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ".lock"}


FIRST = {"a": story(1), "b": story(2), "b-again": story(2) + "\n" + sentence(77), "c": story(3)}
SECOND = {"d": story(4), "x": story(1), "y": "\n".join(story(2).split("\n")[:3]), "z": story(4)}


def test_a_story_of_an_earlier_batch_stays_the_keeper(put: Callable[..., RunPlan]) -> None:
    first, second = put("first", FIRST), put("second", SECOND)
    run(first)
    assert ids(first.index) == ["a", "b-again", "c"]  # type: ignore[arg-type]

    summary = run(second)

    assert audit(second.output) == {"d": "kept", "x": "duplicate of a", "y": "duplicate of b-again", "z": "duplicate of d"}
    found = groups(second.output)
    assert {keeper: row.get("earlier", False) for keeper, row in found.items()} == {"a": True, "b-again": True, "d": False}
    assert found["a"]["members"] == [{"id": "x", "similarity": 1.0, "containment": 1.0}]
    assert summary.groups == 3
    assert ids(second.index) == ["a", "b-again", "c", "d"]  # type: ignore[arg-type]


def test_marked_copies_stay_and_are_not_entered(put: Callable[..., RunPlan]) -> None:
    run(put("first", FIRST))
    second = replace(put("second", SECOND), options=Options(duplicates=Duplicates.MARK))

    run(second)

    assert set(audit(second.output).values()) == {"kept"}
    assert set(groups(second.output)) == {"a", "b-again", "d"}
    assert ids(second.index) == ["a", "b-again", "c", "d"]  # type: ignore[arg-type]


def test_a_record_delivered_again_is_known_though_it_has_the_same_id(put: Callable[..., RunPlan]) -> None:
    run(put("first", FIRST))
    second = put("second", {"a": story(1), "c": story(9)})

    run(second)

    assert audit(second.output) == {"a": "duplicate of a@index", "c": "kept"}
    assert ids(second.index) == ["a", "b-again", "c", "c"]  # type: ignore[arg-type]


def test_a_run_done_again_enters_nothing_twice(put: Callable[..., RunPlan]) -> None:
    first, second = put("first", FIRST), put("second", SECOND)
    run(first)
    run(second)
    index, out = contents(second.index), contents(second.output)  # type: ignore[arg-type]

    run(second)
    run(replace(second, force=True))
    run(replace(second, output=second.output.with_name("elsewhere"), jobs=2))

    assert contents(second.index) == index  # type: ignore[arg-type]
    assert contents(second.output) == out
    assert contents(second.output.with_name("elsewhere")) == out


def test_indexes_of_two_machines_become_one_with_their_batches(put: Callable[..., RunPlan], tmp_path: Path) -> None:
    first, second = put("first", FIRST), replace(put("second", SECOND), index=tmp_path / "other")
    run(first)
    run(second)
    with writing(tmp_path / "index") as index:
        for _ in range(2):  # the second time there is nothing to take in
            index = commit(copy_in(index, open_index(tmp_path / "other")))
            assert len(index.batches) == 2
    assert ids(tmp_path / "index") == ["a", "b-again", "c", "d", "x", "y"]

    run(replace(second, index=tmp_path / "index", output=tmp_path / "again"))

    assert audit(tmp_path / "again") == {"d": "kept", "x": "duplicate of a", "y": "duplicate of b-again", "z": "duplicate of d"}


def test_inputs_added_to_a_finished_run(put: Callable[..., RunPlan]) -> None:
    """What the same folder kept before is compared once, not once more through the index."""
    plan = put("first", FIRST)
    run(plan)
    rows = [json.dumps({"id": id, "text": text, "host": "site.example"}) + "\n" for id, text in SECOND.items()]
    (Path(plan.inputs[0]) / "more.jsonl").write_text("".join(rows), encoding="utf-8")

    run(plan)

    assert audit(plan.output)["x"] == "duplicate of a"
    assert not any(row.get("earlier") for row in groups(plan.output).values())
    assert ids(plan.index) == ["a", "b-again", "c", "d"]  # type: ignore[arg-type]
    assert len(open_index(plan.index).batches) == 2  # type: ignore[arg-type]


def test_what_cannot_be_is_refused(put: Callable[..., RunPlan], tmp_path: Path) -> None:
    plan = put("first", FIRST)
    with pytest.raises(RefusedError, match="--duplicates off"):
        run(replace(plan, options=Options(duplicates=Duplicates.OFF)))
    assert not (tmp_path / "index").exists()
    with pytest.raises(RefusedError, match="holds no index"):
        run(replace(plan, index=Path(plan.inputs[0])))
    create_index(tmp_path / "index")
    with writing(tmp_path / "index"), pytest.raises(RefusedError, match=f"process {os.getpid()} on .* is writing to this index"):
        run(plan)


def page(id: str, text: str, site: str = "site.example") -> Any:
    return summarise(make_page(Document(id, text, site)))


def known(job: Job, pages: list[Any]) -> list[Evidence | None]:
    """The evidence on the pages of a batch that has been read."""
    job.work.mkdir()
    store_pages(work_file(job.work, "summaries", 0), pages)
    gather_shards(job, (), [0], Care(), Pulse(np.zeros(5)))
    return list(load_evidence(work_file(job.work, "evidence", 0)))[: len(pages)]


def test_lines_of_a_host_and_owners_are_carried_on(tmp_path: Path, ruleset: Ruleset) -> None:
    """The evidence on a page of the second batch is that of one batch of all pages."""
    footer = "تابعوا صفحاتنا على شبكات التواصل"
    first = [page(f"p{n}", story(n) + "\n" + footer) for n in range(4)] + [page("far", story(50), "far.example")]
    second = [page("new", story(20) + "\n" + story(2) + "\n" + footer), page("p1", story(21))]
    place = Remembered(tmp_path / "index", "one", frozenset({"one"}))
    job = Job(tmp_path / "w1", tmp_path / "out", compile_rules(()), FieldNames(), Options(), "none", index=place)
    create_index(place.path)
    known(job, first)
    dump(job.work / "copies", [set()])
    store(work_file(job.work, "cores", 0), [])
    with writing(place.path):
        enter_run(job, (), [0], Care(), Pulse(np.zeros(5)))

    own = known(replace(job, work=tmp_path / "w2", index=replace(place, key="two", own=frozenset({"two"}))), second)
    all_at_once = known(replace(job, work=tmp_path / "w3", index=None), [*first[:4], *second])

    evidence = own[0]
    assert evidence is not None
    assert evidence.host_repeats[-1] == 5
    assert evidence.host_pages == 6
    assert set(evidence.owner) == {"", "p2"}
    whole = all_at_once[4]
    assert whole is not None
    for name in ("host_pages", "host_repeats", "elsewhere", "owner", "owner_rank", "host_forms"):
        assert np.array_equal(getattr(evidence, name), getattr(whole, name)), name


def deadly(nth: int, reached: Any) -> None:
    """From here on, the n-th rename or sync of this process and its children kills them all."""

    def killing(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any) -> Any:
            with reached.get_lock():
                reached.value += 1
                if reached.value == nth:
                    os.killpg(0, signal.SIGKILL)
            return call(*arguments)

        return step

    os.replace, os.fsync = killing(os.replace), killing(os.fsync)


def started(plan: RunPlan, nth: int, reached: Any) -> int | None:
    """Carry a run out in a process group of its own, which is killed at a certain moment; gives its exit code."""

    def life() -> None:
        os.setsid()
        deadly(nth, reached)
        run(plan)

    process = FORK.Process(target=life)
    process.start()
    process.join(120)
    return process.exitcode


def test_killed_at_any_moment_the_index_is_changed_once(put: Callable[..., RunPlan], tmp_path: Path) -> None:
    first, second = put("first", FIRST), put("second", SECOND)
    run(first)
    shutil.copytree(tmp_path / "index", tmp_path / "before")
    reached = FORK.Value("i", 0)
    assert started(replace(second, output=tmp_path / "counted"), 0, reached) == 0
    moments, index, out = reached.value, contents(tmp_path / "index"), contents(tmp_path / "counted")

    killed = 0
    for nth in sorted({*random.Random(5).sample(range(1, moments + 1), min(KILLS, moments)), moments - 8, moments - 4, moments - 1}):
        shutil.rmtree(tmp_path / "index")
        shutil.copytree(tmp_path / "before", tmp_path / "index")
        killed += started(second, nth, FORK.Value("i", 0)) == -signal.SIGKILL
        assert set(ids(tmp_path / "index")) >= {"a", "b-again", "c"}
        run(second)
        assert contents(second.output) == out, f"killed at {nth} of {moments}"
        assert contents(tmp_path / "index") == index, f"killed at {nth} of {moments}"
        shutil.rmtree(second.output)
    assert killed >= 5
