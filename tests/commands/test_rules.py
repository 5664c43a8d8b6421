"""`cleaner rules ...` as a user meets it: data on stdout, talk on stderr, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rulebook import RULE_FILE

TRIAL = RULE_FILE.replace("any.share.button", "any.share.knob").replace("Pass it on", "Turn the knob").replace(
    'confidence = "certain"', 'confidence = "certain"\nstatus = "trial"'
)  # fmt: skip
STORY = "\n".join(f"The mayor told the council on day {n} that the new bridge over the river will open to all soon." for n in range(9))


def run(*arguments: str, cwd: Path | None = None) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "cleaner", *arguments], capture_output=True, cwd=cwd, timeout=120, check=False, env={**os.environ, "PYTHONUTF8": "1"}
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "one.toml").write_text(RULE_FILE, encoding="utf-8")
    (tmp_path / "trial").mkdir()
    (tmp_path / "trial" / "two.toml").write_text(TRIAL, encoding="utf-8")
    return tmp_path


def test_only_trial_rules_are_listed(folder: Path) -> None:
    code, out, _ = run("rules", "list", "--rules", str(folder / "mine"), "--rules", str(folder / "trial"), "--only-trial")

    assert (code, [line.split("\t")[0] for line in out.splitlines()]) == (0, ["any.share.knob"])


def test_an_id_nearly_right_is_guessed(folder: Path) -> None:
    code, _, told = run("rules", "show", "any.share.buton", "--rules", str(folder / "mine"))

    assert code == 2
    assert "did you mean any.share.button" in told


def test_check_shows_the_place_and_the_text(folder: Path) -> None:
    (folder / "mine" / "one.toml").write_text(RULE_FILE.replace("- Pass it on", "- Pass it off"), encoding="utf-8")

    code, out, _ = run("rules", "check", "--rules", str(folder / "mine"))

    assert code == 1
    assert "13 | - Pass it off" in out and "^^^" in out


def test_diff_says_what_would_newly_go_and_newly_stay(folder: Path) -> None:
    lines = [
        "The council of the harbour town decided on Monday to open the new bridge to all traffic in May.",
        "Workers had found rust in two of the pillars, which held the opening up for more than a year.",
        "The mayor told reporters that repairs cost less than the town had feared when winter began.",
        "Ferries will go on crossing the river at night until the lamps on the bridge have been tested.",
        "Shopkeepers on the north bank hope that visitors come back once the detour is no longer needed.",
        "An engineer who built the first bridge fifty years ago was among the guests of honour on Monday.",
        "Schools on both banks plan a walk across the river for the morning of the first day of May.",
    ]
    page = folder / "page.txt"
    page.write_text("\n".join(["A bridge opens to all", *lines]), encoding="utf-8")
    old, new = folder / "old.toml", folder / "new.toml"
    for path, line in ((old, lines[2]), (new, lines[5])):
        text = RULE_FILE.replace('equals = ["Pass it on"]', f'equals = ["{line}"]').replace("- Pass it on", f"- {line}")
        path.write_text(text, encoding="utf-8")

    code, out, told = run("rules", "diff", str(old), str(new), "--on", str(page))

    assert code == 1
    assert f"\n- {lines[5]}\n" in out and f"\n+ {lines[2]}\n" in out
    assert "goes: share, any.share.button" in out and "stays: share, any.share.button" in out
    assert "2 passages differ on 1 of 1 pages" in told


def test_diff_of_equal_rules_finds_nothing(folder: Path) -> None:
    (folder / "page.txt").write_text(STORY, encoding="utf-8")

    assert run("rules", "diff", str(folder / "mine"), str(folder / "mine"), "--on", str(folder / "page.txt"))[:2] == (0, "")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over eight pages of one site with a button that no rule knows."""
    folder = tmp_path_factory.mktemp("run")
    towns = "Alder Birch Cedar Dogwood Elm Fir Gorse Hazel".split()
    texts = [f"{town} to mend its bridge\n{STORY.replace('mayor', f'mayor of {town}')}\nShare this article\nRing the village bell" for town in towns]
    rows = [json.dumps({"id": str(n), "host": "one.example", "text": text}) for n, text in enumerate(texts)]
    (folder / "in.jsonl").write_text("\n".join(rows), encoding="utf-8")
    code, _, told = run("run", str(folder / "in.jsonl"), "-o", str(folder / "out"), "-j", "1", "--duplicates", "off")
    assert code == 0, told
    return folder / "out"


def test_stats_count_what_rules_did(finished: Path) -> None:
    code, out, _ = run("rules", "stats", str(finished))
    head, *rows = [line.split("\t") for line in out.splitlines()]
    (row,) = [dict(zip(head, row, strict=True)) for row in rows if row[0].startswith("en.share.")]

    assert code == 0
    assert (row["removed"], row["pages"], row["sites"], row["status"]) == ("8", "8", "1", "stable")


def test_stats_of_each_site(finished: Path) -> None:
    _, out, _ = run("rules", "stats", str(finished), "--sites")

    assert {line.split("\t")[1] for line in out.splitlines()[1:]} == {"one.example"}


def test_suggestions_are_printed_or_written(finished: Path, tmp_path: Path) -> None:
    code, out, told = run("rules", "suggest", str(finished), "--write", str(tmp_path / "new"))

    assert (code, out) == (0, "")
    assert "1 rule with 1 wording from 8 pages of 1 site;" in told
    assert "Ring the village bell" in (tmp_path / "new" / "sites" / "one.example.toml").read_text(encoding="utf-8")
    assert run("rules", "check", "--rules", str(tmp_path / "new"), "--only-trial")[0] == 0
    assert '"Ring the village bell"' in run("rules", "suggest", str(finished))[1]


@pytest.mark.parametrize("command", ["stats", "suggest"])
def test_a_folder_without_a_run_is_refused(command: str, tmp_path: Path) -> None:
    code, out, told = run("rules", command, str(tmp_path))

    assert (code, out) == (2, "")
    assert "no finished run" in told


def test_docs_have_a_page_for_each_file_and_say_what_each_rule_does(folder: Path) -> None:
    code, out, _ = run("rules", "docs", "--write", str(folder / "docs"), "--rules", str(folder / "mine"))
    page = (folder / "docs" / "mine" / "one.md").read_text(encoding="utf-8")

    assert (code, out) == (0, "")
    assert "(ar/share.md)" in (folder / "docs" / "index.md").read_text(encoding="utf-8")
    assert "## `any.share.button`" in page and "- Pass it on" in page and "**Where** a line is: `Pass it on`" in page


def test_suggest_says_why_there_is_nothing_to_suggest(tmp_path: Path) -> None:
    page = json.dumps({"id": "a", "text": STORY, "site": "one.example"})
    (tmp_path / "pages.jsonl").write_text(page + "\n", encoding="utf-8")
    assert run("run", "pages.jsonl", "-o", "out", cwd=tmp_path)[0] == 0

    code, out, told = run("rules", "suggest", "out", "--write", "new", cwd=tmp_path)

    assert (code, out, (tmp_path / "new").exists()) == (0, "", False)
    assert "0 rules with 0 wordings from 1 page of 1 site;" in told and "nothing new recurs" in told and "look through" not in told
