"""What can happen to a run from outside: killed, stopped, out of disk, hung, two at once; nothing is lost and the same bytes come out."""

from __future__ import annotations

import faulthandler
import json
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cleaner import config
from cleaner.config import Options
from cleaner.engine import crew, folder, local, shards, steps
from cleaner.engine.local import run
from cleaner.engine.plan import Counts, RunPlan
from cleaner.errors import CleanerError, RefusedError, TooManyFaults
from cleaner.model import Document
from cleaner.rules.compile import Ruleset, compile_rules
from cleaner.rules.load import select_rules

FORK = multiprocessing.get_context("fork")
SECONDS = 5.0  # a run that is told to stop must have done so
RECORDS = 24


def story(seed: int) -> str:
    """A made-up story of made-up words; the same seed gives the same, another shares nothing with it."""
    dice = random.Random(seed)

    def words(count: int) -> str:
        return " ".join("ال" + "".join(dice.choice("بتجحدرسعفقكلمني") for _ in range(4)) for _ in range(count))

    return "\n".join([words(6), *(" ".join(f"أعلن {words(12)}." for _ in range(3)) for _ in range(4))])


@pytest.fixture(autouse=True)
def small(ruleset: Ruleset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rules, many shards: what happens to a run does not depend on how much it has to do."""
    few = compile_rules(select_rules(ruleset.rules[::40], ()))
    monkeypatch.setattr(local, "load_ruleset", lambda _, disable=(): few)
    monkeypatch.setattr(shards, "STREAM", replace(config.STREAM, shard_bytes=8_000, chunk_bytes=2_048))


@pytest.fixture
def plan(tmp_path: Path) -> RunPlan:
    source = tmp_path / "in"
    source.mkdir()
    for name in ("a", "b"):
        rows = [{"id": f"{name}{n}", "host": "s.example", "text": story(n + 100 * (name == "b"))} for n in range(RECORDS // 2)]
        (source / f"{name}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return RunPlan((str(source),), tmp_path / "out", jobs=2)


def contents(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def final_parts(out: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(out).items() if name.split("/")[0] in folder.PARTS and "/part-" in name}


def audit(out: Path) -> dict[str, tuple[str, str]]:
    rows = [json.loads(line) for path in sorted((out / "audit").glob("*")) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row["id"]: (row["status"], row.get("reason", "")) for row in rows}


@pytest.fixture
def whole(plan: RunPlan) -> dict[str, bytes]:
    """The output of an undisturbed run."""
    out = plan.output.with_name("whole")
    assert run(replace(plan, output=out, jobs=1)).counts.read == RECORDS
    return contents(out)


def _alone(plan: RunPlan, before: Callable[[], None]) -> None:
    os.setsid()
    before()
    try:
        code = run(plan).exit_code
    except CleanerError as error:
        print(error, file=sys.stderr)
        code = error.exit_code
    os._exit(code)


@contextmanager
def started(plan: RunPlan, before: Callable[[], None] = lambda: None) -> Iterator[Any]:
    """The run in a process of its own, leader of its group."""
    process = FORK.Process(target=_alone, args=(plan, before))
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            os.killpg(process.pid, signal.SIGKILL)
        process.join()


def wait_for(condition: Callable[[], object], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.01)


def is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def slow_pages(monkeypatch: pytest.MonkeyPatch, seconds: float = 0.1) -> None:
    quick = steps.read_pages

    def slow(documents: Sequence[Document], ruleset: Ruleset) -> Any:
        time.sleep(seconds * len(documents))
        return quick(documents, ruleset)

    monkeypatch.setattr(steps, "read_pages", slow)


FEW, MANY = (1, 2, 3, 9, 20, 33, 45), tuple(range(1, 70))


@pytest.mark.parametrize("moments", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"])
def test_f01_killed_at_the_nth_write(plan: RunPlan, whole: dict[str, bytes], moments: tuple[int, ...]) -> None:
    """kill -9 of the whole group right behind the n-th file that took its name; then the same command again, and all over."""
    killed = 0
    for nth in moments:
        written = FORK.Value("i", 0)
        with started(plan, partial(deadly, nth, written)) as process:
            process.join(60)
        assert {name: whole.get(name) for name in final_parts(plan.output)} == final_parts(plan.output)
        killed += process.exitcode == -signal.SIGKILL
        if nth % 3 == 0:  # twice in a row now and then
            run(plan)
            assert contents(plan.output) == whole
            shutil.rmtree(plan.output)
    assert killed >= min(len(moments), 5)


def deadly(nth: int, written: Any) -> None:
    """From here on, the n-th rename of this process and its children kills them all."""
    rename = os.replace

    def killing(source: Any, target: Any) -> None:
        rename(source, target)
        with written.get_lock():
            written.value += 1
            if written.value == nth:
                os.killpg(0, signal.SIGKILL)

    os.replace = killing


def test_f02_no_room(plan: RunPlan, whole: dict[str, bytes]) -> None:
    """A limit on the size of files stands for a full disk."""
    with started(plan, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))) as process:
        process.join(60)

    assert process.exitcode == 74
    assert {name: whole[name] for name in final_parts(plan.output)} == final_parts(plan.output)
    assert run(plan).counts.read == RECORDS
    assert contents(plan.output) == whole


def test_f03_no_permission(plan: RunPlan) -> None:
    with started(replace(plan, output=Path("/proc/cleaner/out"))) as process:
        process.join(60)

    assert process.exitcode == 74


def test_f04_the_same_input_twice(plan: RunPlan, tmp_path: Path) -> None:
    source = Path(plan.inputs[0])
    (tmp_path / "link.jsonl").symlink_to(source / "a.jsonl")
    (tmp_path / "hard.jsonl").hardlink_to(source / "b.jsonl")
    inputs = (str(source), str(source / "a.jsonl"), str(source / ".." / "in" / "a.jsonl"), str(tmp_path / "link.jsonl"), str(tmp_path / "hard.jsonl"))

    summary = run(replace(plan, inputs=inputs))

    assert summary.counts == Counts(RECORDS, RECORDS)
    assert any("link.jsonl: same file as" in name or "same file as link.jsonl" in name for name in summary.skipped)


@pytest.mark.parametrize("jobs", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_f05_same_bytes_for_any_number_of_workers(plan: RunPlan, whole: dict[str, bytes], jobs: int) -> None:
    run(replace(plan, jobs=jobs))

    assert contents(plan.output) == whole


@pytest.mark.slow
def test_f06_same_bytes_in_any_environment(plan: RunPlan, tmp_path: Path) -> None:
    outputs = []
    for seed, zone, language in (("0", "UTC", "C"), ("1", "Asia/Tokyo", "C.UTF-8"), ("2", "America/Lima", "C")):
        out, cwd = tmp_path / f"out{seed}", tmp_path / f"cwd{seed}"
        cwd.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language}
        command = [sys.executable, "-m", "cleaner", "run", *plan.inputs, "-o", str(out), "-j", "1"]
        subprocess.run(command, cwd=cwd, env=environment, check=True, stderr=subprocess.PIPE, timeout=120)
        outputs.append(contents(out))

    assert outputs[0] == outputs[1] == outputs[2]


def names_of(subjects: Sequence[Any]) -> set[str]:
    """The ids of documents or pages."""
    return {(subject if isinstance(subject, Document) else subject.document).id for subject in subjects}


def poison(monkeypatch: pytest.MonkeyPatch, step: str, deed: Callable[[], object]) -> None:
    """Make one step do something bad on record b3."""
    good = getattr(steps, step)

    def bad(subjects: Sequence[Any], *rest: Any) -> Any:
        if "b3" in names_of(subjects):
            deed()
        return good(subjects, *rest)

    monkeypatch.setattr(steps, step, bad)


def segfault() -> None:
    faulthandler.disable()  # pytest's; no crash of ours is news
    os.kill(os.getpid(), signal.SIGSEGV)


def spin() -> None:
    while True:
        pass


def swell() -> None:
    held = bytearray(crew.RUN.worker_bytes)  # by itself as much as a worker may hold, whatever this process has held before
    held[::4096] = b"x" * len(held[::4096])
    time.sleep(5)


@pytest.mark.parametrize("step", ["read_pages", "clean_pages"])
@pytest.mark.parametrize(("deed", "reason"), [(segfault, "crash: "), (spin, "too_slow: "), (swell, "too_large: ")], ids=["crash", "hang", "memory"])
def test_f07_a_poison_record_is_found_and_quarantined(
    plan: RunPlan, monkeypatch: pytest.MonkeyPatch, step: str, deed: Callable[[], object], reason: str
) -> None:
    poison(monkeypatch, step, deed)
    monkeypatch.setattr(crew, "READ", replace(config.READ, record_seconds=0.5 if deed is spin else 20.0))
    monkeypatch.setattr(crew, "RUN", replace(config.RUN, worker_bytes=crew._used(os.getpid())[1] + 200_000_000))

    summary = run(plan)

    assert summary.counts == Counts(RECORDS, RECORDS - 1, 0, 1)
    assert summary.exit_code == 3
    status, why = audit(plan.output)["b3"]
    assert status == "quarantined"
    assert why.startswith(reason)
    assert any("worker was lost" in note for note in summary.notes)


@pytest.mark.parametrize("step", ["read_pages", "clean_pages"])
def test_f07_many_poison_records_cost_one_trial_of_the_others(plan: RunPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    bad, log = {"a2", "a3", "b0", "b3", "b5", "b9"}, tmp_path / "log"
    good = getattr(steps, step)

    def deadly(subjects: Sequence[Any], *rest: Any) -> Any:
        with log.open("a") as stream:
            stream.writelines(name + "\n" for name in names_of(subjects))
        if bad & names_of(subjects):
            segfault()
        return good(subjects, *rest)

    monkeypatch.setattr(steps, step, deadly)
    monkeypatch.setattr(shards, "STREAM", config.STREAM)  # all in one shard
    summary = run(plan)

    assert {name for name, (status, _) in audit(plan.output).items() if status == "quarantined"} == bad
    assert summary.counts == Counts(RECORDS, RECORDS - len(bad), 0, len(bad))
    tried = Counter(log.read_text().split())
    assert max(tried[name] for name in tried if name not in bad) <= 4
    assert max(tried[name] for name in bad) <= 4
    assert len(summary.notes) <= 2 * len(bad) + 2


@pytest.mark.parametrize("step", ["read_pages", "clean_pages"])
def test_f07_a_worker_killed_once_costs_nothing(
    plan: RunPlan, whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    mark = tmp_path / "killed"

    def once() -> None:
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    poison(monkeypatch, step, once)

    assert run(plan).counts == Counts(RECORDS, RECORDS)
    assert contents(plan.output) == whole


def test_f07_a_reader_that_dies_costs_the_rest_of_its_file(plan: RunPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = steps.read_records

    def deadly(span: Any, names: Any) -> Iterator[Any]:
        for number, record in enumerate(whole(span, names)):
            if span.source.name == "a.jsonl" and span.start == 0 and number == 2:
                segfault()
            yield record

    monkeypatch.setattr(steps, "read_records", deadly)
    summary = run(plan)

    assert summary.counts.quarantined == 1
    assert summary.files["b.jsonl"] == Counts(RECORDS // 2, RECORDS // 2)
    assert ("quarantined", True) in {(status, "rest of this input was not read" in why) for status, why in audit(plan.output).values()}


def test_f07_a_machine_that_kills_without_end_is_said(plan: RunPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "store", lambda *_: segfault())

    with pytest.raises(CleanerError, match="again and again"):
        run(plan)


def test_f08_an_added_input_is_cleaned_with_the_evidence_of_all(plan: RunPlan) -> None:
    run(plan)
    before = contents(plan.output)
    rows = [{"id": "new", "text": story(500)}, {"id": "copy", "text": story(3)}, {"id": "a1", "text": story(501)}]
    (Path(plan.inputs[0]) / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    summary = run(plan)

    after = contents(plan.output)
    assert all(after[name] == data for name, data in before.items() if name in final_parts(plan.output) or name.startswith(folder.EVIDENCE))
    assert summary.counts == Counts(RECORDS + 3, RECORDS + 2, 1)
    assert "1 inputs added to 2 finished ones, which stay" in summary.notes[0]
    found = audit(plan.output)
    assert (found["new"], found["copy"], found["a1~2"]) == (("kept", ""), ("dropped", "duplicate of a3"), ("kept", ""))
    manifest = json.loads((plan.output / "manifest.json").read_text(encoding="utf-8"))
    assert [generation["inputs"] for generation in manifest["generations"]] == [2, 1]
    assert "nothing new" in run(plan).notes[0]
    assert contents(plan.output) == after


def test_f09_other_workers_change_nothing_other_options_are_refused(plan: RunPlan, whole: dict[str, bytes]) -> None:
    run(plan)
    run(replace(plan, jobs=1))
    assert contents(plan.output) == whole

    with pytest.raises(RefusedError, match="options alone: False then, True now"):
        run(replace(plan, options=Options(alone=True)))
    (Path(plan.inputs[0]) / "a.jsonl").write_text(json.dumps({"text": story(900)}), encoding="utf-8")
    with pytest.raises(RefusedError, match=r"inputs that have changed \(a\.jsonl\)"):
        run(plan)
    assert run(replace(plan, force=True)).counts.read == RECORDS // 2 + 1


def test_f09_an_unfinished_run_of_other_options_is_not_mixed_with(plan: RunPlan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as patched:
        slow_pages(patched)
        with started(plan) as process:
            wait_for(lambda: list((plan.output / ".work").glob("read.done-*")))
            os.killpg(process.pid, signal.SIGKILL)
    changed = replace(plan, options=Options(alone=True))
    with pytest.raises(RefusedError, match=r"unfinished run with other settings \(options alone: False then, True now\)"):
        run(changed)
    run(replace(changed, force=True))
    run(replace(changed, output=tmp_path / "fresh"))

    assert contents(plan.output) == contents(tmp_path / "fresh")


@pytest.mark.parametrize(
    ("name", "told"),
    [("a.jsonl", r"\(changed: a\.jsonl\)"), ("c.jsonl", r"\(added: c\.jsonl\)"), ("", r"\(gone: b\.jsonl\)")],
)
def test_f09_other_inputs_of_a_stopped_run_begin_it_anew_and_that_is_said(
    plan: RunPlan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, told: str
) -> None:
    with monkeypatch.context() as patched:
        slow_pages(patched)
        with started(plan) as process:
            wait_for(lambda: list((plan.output / ".work").glob("read.done-*")))
            os.killpg(process.pid, signal.SIGKILL)
    folder_of_inputs = Path(plan.inputs[0])
    if name:
        (folder_of_inputs / name).write_text(json.dumps({"text": story(900)}), encoding="utf-8")
    else:
        (folder_of_inputs / "b.jsonl").unlink()
    looked, summary = local.look(plan), run(plan)
    run(replace(plan, output=tmp_path / "fresh"))

    assert len(summary.notes) == len(looked.notes) == 1
    assert all(re.search(f"the stopped run had other inputs {told}.*begins anew", note) for note in (*summary.notes, *looked.notes))
    assert contents(plan.output) == contents(tmp_path / "fresh")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_f10_a_signal_stops_and_the_same_command_goes_on(
    plan: RunPlan, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    with monkeypatch.context() as patched:
        slow_pages(patched)
        with started(plan) as process:
            wait_for(lambda: list((plan.output / ".work").glob("read.done-*")))
            begun = time.monotonic()
            os.killpg(process.pid, number)
            process.join(SECONDS + 5)

    assert process.exitcode == code
    assert time.monotonic() - begun < SECONDS
    assert is_gone(process.pid)
    assert final_parts(plan.output) == {}
    summary = run(plan)
    assert "going on where the last run was stopped" in summary.notes
    assert contents(plan.output) == whole


def test_f11_two_runs_at_once(plan: RunPlan, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        slow_pages(patched)
        with started(plan) as process:
            wait_for(lambda: list((plan.output / ".work").glob("read.done-*")))
            with pytest.raises(RefusedError, match=f"process {process.pid} on {os.uname().nodename} is writing here"):
                run(plan)
            os.kill(process.pid, signal.SIGKILL)  # the parent alone: its workers must not live on
            wait_for(lambda: is_gone(process.pid) or process.join(0.01), SECONDS)
    run(plan)

    assert contents(plan.output) == whole


def test_fail_over_stops_a_run_of_bad_records(plan: RunPlan) -> None:
    (Path(plan.inputs[0]) / "bad.jsonl").write_text("{broken\n" * RECORDS, encoding="utf-8")

    with pytest.raises(TooManyFaults, match=f"{RECORDS} of {2 * RECORDS} records are quarantined"):
        run(replace(plan, fail_over=0.2))
    assert not (plan.output / "manifest.json").exists()
    assert run(replace(plan, fail_over=0.5)).counts.quarantined == RECORDS


def test_limit_reads_the_first_records(plan: RunPlan) -> None:
    summary = run(replace(plan, limit=15))

    assert summary.counts == Counts(15, 15)
    assert list(audit(plan.output)) == [*(f"a{n}" for n in range(12)), "b0", "b1", "b2"]


def test_a_look_writes_nothing(plan: RunPlan) -> None:
    outlook = local.look(plan)

    assert (outlook.inputs, outlook.finished, outlook.shards > 2) == (2, 0, True)
    assert not plan.output.exists()
    run(plan)
    assert local.look(plan).shards == 0


def test_a_damaged_output_is_done_again(plan: RunPlan, whole: dict[str, bytes]) -> None:
    run(plan)
    (plan.output / "core" / "part-00001.jsonl").write_text("cut", encoding="utf-8")

    assert "damaged (core/part-00001.jsonl)" in run(plan).notes[0]
    assert contents(plan.output) == whole
