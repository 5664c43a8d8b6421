"""No rule that removes may touch the story texts in `never_cut/`, save the reviewed exceptions there; stale exceptions fail."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pages import page_of

from cleaner.model import Confidence
from cleaner.rules.compile import Ruleset, compile_rules
from cleaner.rules.load import load_rules
from cleaner.rules.match import match_rules

FOLDER = Path(__file__).parent / "never_cut"
STORIES = sorted(path.name for path in FOLDER.glob("*.txt"))


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return compile_rules(load_rules())


def _touched(text: str, ruleset: Ruleset) -> set[tuple[str, int]]:
    """The rules that would remove something, with the line (from 1) where each begins to."""
    labels, _ = match_rules(page_of(text), ruleset)
    return {(label.author, text.count("\n", 0, label.start) + 1) for label in labels if label.confidence is not Confidence.HINT}


def _reviewed(name: str) -> set[tuple[str, int]]:
    entries = tomllib.loads((FOLDER / "reviewed.toml").read_text(encoding="utf-8"))["exception"]
    return {(entry["rule"], entry["line"]) for entry in entries if entry["file"] == name}


@pytest.mark.parametrize("name", STORIES)
def test_story_is_left_whole(name: str, ruleset: Ruleset) -> None:
    """What the rules touch is what was reviewed, no more and no less."""
    text = (FOLDER / name).read_text(encoding="utf-8")

    assert _touched(text, ruleset) == _reviewed(name)


def test_reviewed_names_stories_that_stand_here() -> None:
    """An exception for a story that is gone is stale; each says why it is right."""
    entries = tomllib.loads((FOLDER / "reviewed.toml").read_text(encoding="utf-8"))["exception"]

    assert {entry["file"] for entry in entries} <= set(STORIES)
    assert all(entry["why"].strip() for entry in entries)


def test_kinds_of_stories() -> None:
    """Both languages are there, and enough kinds of stories to mean something."""
    kinds = {tuple(name.split(".")[:2]) for name in STORIES}

    assert {lang for _, lang in kinds} >= {"ar", "en"}
    assert len(kinds) >= 12


def test_rules_do_touch_furniture(ruleset: Ruleset) -> None:
    """The test can fail: a story with a line of furniture in it is touched at that line."""
    text = (FOLDER / "one_line.ar.txt").read_text(encoding="utf-8") + "\nمقالات ذات صلة\n"

    assert {line for _, line in _touched(text, ruleset)} == {3}
