"""The command as a user meets it: what goes to stdout and stderr, exit codes, and what start-up costs."""

from __future__ import annotations

import json
import os
import pty
import resource
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pytest

from cleaner import cli
from cleaner.io.writer import COMPRESSIONS
from cleaner.model import Captions, Duplicates, Mode

COMMAND = [sys.executable, "-m", "cleaner"]
SEEDS = Path(__file__).parents[1] / "seeds"
STORY = "The council opens the bridge\n" + "\n".join(
    f"The mayor told the council on day {n} that the new bridge over the river will open to all soon." for n in range(9)
)
VERSION_SECONDS = 0.25  # CPU seconds: what a shell prompt or a script's check may cost

SOUND_RULE = """
format = 1
lang = "en"

[[rule]]
id = "en.cta.wave_flag"
why = "A made-up call."
reason = "cta"
scope = "line"
equals = ["wave your flag now"]
confidence = "certain"
  [[rule.example]]
  text = '''
- Wave your flag now
  They wave your flag now and then.
'''
"""


def run(
    *arguments: str, stdin: str | bytes = b"", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    given = stdin.encode("utf-8") if isinstance(stdin, str) else stdin
    return subprocess.run(
        [*COMMAND, *arguments], input=given, capture_output=True, env={**os.environ, **(env or {})}, cwd=cwd, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a run on the seeds; tests that change it work on a copy."""
    out = tmp_path_factory.mktemp("finished") / "out"
    done = run("run", str(SEEDS), "-o", str(out), "-j", "1")

    assert (done.returncode, done.stdout) == (0, b""), done.stderr.decode()
    assert b"5 records: 5 kept, 0 dropped, 0 quarantined" in done.stderr
    return out


def rows(data: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in data.decode("utf-8").splitlines()]


def check_refused(done: subprocess.CompletedProcess[bytes], code: int, *told: str) -> None:
    """The exit code, the message, nothing on stdout, no traceback."""
    message = done.stderr.decode("utf-8")
    assert done.returncode == code, message
    assert done.stdout == b""
    assert "Traceback" not in message
    assert all(part in message for part in told), message


def test_choices_are_those_of_the_model() -> None:
    assert get_args(cli.ModeName) == tuple(Mode)
    assert get_args(cli.CaptionsName) == tuple(Captions)
    assert get_args(cli.DuplicatesName) == tuple(Duplicates)
    assert get_args(cli.CompressionName) == tuple(filter(None, COMPRESSIONS))


def test_version_is_quick() -> None:
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = run("--version")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    assert done.stdout.startswith(b"cleaner 0.")
    assert min(seconds) <= VERSION_SECONDS


def test_a_process_of_our_own_starts_and_ends_without_the_collector() -> None:
    """Also without threads of BLAS, unless somebody has said how many."""
    said = "print(os.environ['OPENBLAS_NUM_THREADS'], gc.get_threshold()[0] > 10_000, gc.get_freeze_count() > 0)"
    code = f"import atexit, gc, os, sys; atexit.register(lambda: {said}); from cleaner import cli; sys.argv = ['cleaner', '--version']; cli.main()"
    for given, threads in (({}, "1"), ({"OPENBLAS_NUM_THREADS": "2"}, "2")):
        env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"} | given
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, text=True, check=True).stdout
        assert told.splitlines()[1:] == [f"{threads} True True"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "seeds"), "output"),
        (("run", "seeds", "-o", "out", "--mode", "wild"), "wild"),
        (("run", "seeds", "-o", "out", "--wrong"), "--wrong"),
        (("run", "nowhere", "-o", "out"), "nowhere"),
        (("explain", "nowhere.txt"), "nowhere.txt"),
        (("rules", "show", "en.no.such"), "en.no.such"),
        (("rules", "list", "--rules", "nowhere"), "nowhere"),
        (("restore", "nowhere", "-o", "back"), "nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_arguments_are_refused_before_any_work(arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    (tmp_path / "seeds").symlink_to(SEEDS)

    check_refused(run(*arguments, cwd=tmp_path), 2, told)

    assert not (tmp_path / "out").exists()


def test_run_writes_its_output(finished: Path) -> None:
    assert {path.name for path in finished.iterdir()} >= {"core", "appended", "audit", "groups.jsonl", "manifest.json"}


def test_run_goes_on_past_bad_records_and_names_them(tmp_path: Path) -> None:
    lines = [json.dumps({"id": "one", "text": STORY}), "{broken", json.dumps({"id": "three", "title": "no text"})]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")

    done = run("run", "in.jsonl", "-o", "out", "-j", "1", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (3, b"")
    assert b"quarantined in.jsonl record 2" in done.stderr
    assert b"quarantined in.jsonl record 3 (three)" in done.stderr
    assert b"3 records: 1 kept, 0 dropped, 2 quarantined" in done.stderr


def test_run_takes_fields_by_name_and_packs(tmp_path: Path) -> None:
    row = {"key": "one", "body": STORY, "address": "https://news.example/1"}

    done = run(
        "run",
        "-",
        "-o",
        "out",
        "--text-field",
        "body",
        "--id-field",
        "key",
        "--url-field",
        "address",
        "--compress",
        "gz",
        stdin=json.dumps(row),
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stderr.decode()
    assert [path.name for path in (tmp_path / "out" / "core").iterdir()] == ["part-00000.jsonl.gz"]
    assert run("restore", "out", "-o", "back", cwd=tmp_path).returncode == 0
    assert rows((tmp_path / "back" / "part-00000.jsonl").read_bytes()) == [{"id": "one", "text": STORY}]


def test_run_into_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")

    check_refused(run("run", str(SEEDS), "-o", "file/out", cwd=tmp_path), 74, "file")


def test_restore_gives_back_every_text(finished: Path, tmp_path: Path) -> None:
    done = run("restore", str(finished), "-o", "back", cwd=tmp_path)

    assert done.returncode == 0, done.stderr.decode()
    restored = {str(row["id"]): str(row["text"]) for path in (tmp_path / "back").iterdir() for row in rows(path.read_bytes())}
    assert restored == {path.name: path.read_bytes().decode("utf-8") for path in SEEDS.glob("*.txt")}


def test_restore_refuses_a_changed_output(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "out")
    part = tmp_path / "out" / "core" / "part-00000.jsonl"
    part.write_bytes(b"".join(part.read_bytes().splitlines(keepends=True)[1:]))

    check_refused(run("restore", "out", "-o", "back", cwd=tmp_path), 70, "000_dbc6da0a6971e26e.txt")


def test_restore_refuses_to_write_into_a_run(finished: Path) -> None:
    check_refused(run("restore", str(finished), "-o", str(finished)), 2, "another folder")


def test_clean_is_a_filter() -> None:
    done = run("clean", stdin=STORY + "\n\nAdvertisement\n")

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("utf-8") == STORY + "\n"
    assert run("clean").stdout == b""


def test_clean_reads_a_page_of_html() -> None:
    paragraphs = "".join(f"<p>{line}</p>" for line in STORY.splitlines()[1:])

    done = run(
        "clean",
        stdin=f"<!doctype html><html><head><title>t</title></head><body><nav>Home</nav><article><h1>Bridge</h1>{paragraphs}</article></body></html>",
    )

    assert done.returncode == 0, done.stderr.decode()
    assert STORY.splitlines()[5] in done.stdout.decode("utf-8")
    assert b"<p>" not in done.stdout


def test_clean_refuses_what_is_no_text() -> None:
    check_refused(run("clean", stdin=b"\x89PNG\r\n\x1a\n" + bytes(range(256))), 2, "standard input")


def test_clean_streams_a_line_for_a_line() -> None:
    """Each answer comes before the next line is asked for."""
    lines = [json.dumps({"id": "one", "text": STORY}), "{broken", json.dumps({"id": 3, "text": None}), json.dumps({"text": STORY})]

    with subprocess.Popen([*COMMAND, "clean", "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        answers = []
        for line in lines:
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
            answers.append(json.loads(process.stdout.readline()))
        process.stdin.close()

    assert process.returncode == 0
    assert [answer["id"] for answer in answers] == ["one", "-#2", "3", "-#4"]
    assert ["error" in answer for answer in answers] == [False, True, True, False]
    assert answers[0]["text"] == STORY


def test_explain_is_plain_where_nobody_looks() -> None:
    done = run("explain", str(SEEDS / "001_b7ec2230f263c209.txt"))

    shown = done.stdout.decode("utf-8")
    assert (done.returncode, done.stderr) == (0, b"")
    assert not set(shown) & {"\x1b", "\u2068", "\u2069"}
    assert "\n- " in shown and "\n    ↳ " in shown


@pytest.mark.parametrize(("environment", "colour"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_explain_on_a_terminal(environment: dict[str, str], colour: bool) -> None:
    """Passages are isolated from the direction around them; colour is the user's choice."""
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    ours, theirs = pty.openpty()

    with subprocess.Popen([*COMMAND, "explain", str(SEEDS / "003_7ae19593d920b671.txt")], stdout=theirs, env=inherited | environment) as process:
        os.close(theirs)
        shown = read_terminal(ours).decode("utf-8")

    assert process.returncode == 0
    assert ("\x1b[" in shown) is colour
    assert shown.count("\u2068") == shown.count("\u2069") > 5


def read_terminal(handle: int) -> bytes:
    """All that was written to a terminal until its last writer left."""
    parts = []
    try:
        while part := os.read(handle, 65_536):
            parts.append(part)
    except OSError:  # EIO is how a terminal says that it is over
        pass
    os.close(handle)
    return b"".join(parts)


def test_explain_names_records_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": "one", "text": STORY}) + "\n{broken\n", encoding="utf-8")

    done = run("explain", "in.jsonl", cwd=tmp_path)

    assert done.returncode == 3
    assert b"one\n" in done.stdout
    assert b"in.jsonl" in done.stderr and b"record 2" in done.stderr


def test_rules_list_and_show() -> None:
    listed = run("rules", "list").stdout.decode("utf-8").splitlines()
    name = listed[0].split("\t")[0]

    shown = run("rules", "show", name).stdout.decode("utf-8")

    assert listed == sorted(listed)
    assert shown.startswith("# ") and f'id = "{name}"' in shown and "[[rule.example]]" in shown
    assert shown.count("\n[[rule]]") == 1


def test_rules_of_a_user_are_added(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SOUND_RULE, encoding="utf-8")

    done = run("clean", "--rules", str(tmp_path), stdin=STORY + "\nWave your flag now!\n")

    assert done.stdout.decode("utf-8") == STORY + "\n"
    assert b"en.cta.wave_flag" in run("rules", "list", "--rules", str(tmp_path)).stdout
    assert b"en.cta.wave_flag" not in run("rules", "list", "--rules", str(tmp_path), "--disable", "en.cta").stdout


def test_rules_check_finds_a_rule_that_fails_its_example(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SOUND_RULE.replace("- Wave your flag", "- Wave your hat"), encoding="utf-8")

    done = run("rules", "check", "--rules", str(tmp_path))

    assert done.returncode == 1
    assert b"en.cta.wave_flag" in done.stdout


def test_built_in_rules_have_no_findings() -> None:
    done = run("rules", "check")

    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize("command", [("rules", "check"), ("run", str(SEEDS), "-o", "out"), ("clean",)], ids=lambda command: command[0])
def test_broken_rules_are_refused_with_all_faults(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "bad.toml").write_text(SOUND_RULE.replace("equals", "equal").replace('"line"', '"page"'), encoding="utf-8")

    check_refused(run(*command, "--rules", "rules", cwd=tmp_path), 2, "bad.toml", "en.cta.wave_flag", "equal", "did you mean equals", "page")

    assert not (tmp_path / "out").exists()


def test_a_reader_who_has_enough_is_no_error() -> None:
    listing = " ".join([*COMMAND, "rules", "list"])

    done = subprocess.run(["bash", "-c", f"set -o pipefail; {listing} | head -n 1"], capture_output=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"\n") == 1


def test_output_is_utf8_in_any_locale() -> None:
    plain = run("clean", stdin=STORY + "\nكلمة أخيرة في القصة قالها الوزير أمس في المدينة وكتبها الناس على الجسر الجديد.\n")
    bare = run(
        "clean",
        stdin=STORY + "\nكلمة أخيرة في القصة قالها الوزير أمس في المدينة وكتبها الناس على الجسر الجديد.\n",
        env={"LC_ALL": "C", "PYTHONUTF8": "0"},
    )

    assert (bare.returncode, bare.stdout) == (0, plain.stdout)
