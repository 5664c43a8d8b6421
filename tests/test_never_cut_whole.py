"""The story texts in `never_cut/` come whole through the whole pipeline, scorer and all, and clean text stays as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cleaner import clean
from cleaner.model import Result

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tests" / "never_cut"
STORIES = sorted(path.name for path in FOLDER.glob("*.txt"))
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))
REVIEWED = tomllib.loads((FOLDER / "reviewed.toml").read_text(encoding="utf-8"))["exception"]
SCORER = tomllib.loads((FOLDER / "reviewed_core.toml").read_text(encoding="utf-8"))["exception"]


def removed_lines(result: Result) -> set[int]:
    """Lines (from 1) in which something other than white space goes."""
    text = result.document.text
    return {text.count("\n", 0, at) + 1 for label in result.removed for at in range(label.start, label.end) if not text[at].isspace()}


@pytest.mark.parametrize("name", STORIES)
def test_story_comes_through_the_pipeline(name: str) -> None:
    """What goes is what was reviewed."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    allowed = {entry["line"] for entry in (*REVIEWED, *SCORER) if entry["file"] == name}

    assert removed_lines(clean(text)) <= allowed


def test_exceptions_are_few_and_reasoned() -> None:
    """The list of what the scorer may cut stays short, names files that stand here and says why."""
    assert {entry["file"] for entry in SCORER} <= set(STORIES)
    assert all(entry["why"].strip() for entry in SCORER)
    assert len({entry["file"] for entry in SCORER}) <= len(STORIES) // 20


def test_clean_text_stays_as_it_is() -> None:
    """Cleaning twice gives what cleaning once gives, for all but one document in two hundred."""
    texts = [path.read_text(encoding="utf-8") for path in (*SEEDS, *(FOLDER / name for name in STORIES))]
    once = [clean(text).core for text in texts]
    changed = [number for number, text in enumerate(once) if clean(text).core != text]

    assert len(changed) <= len(texts) // 200
