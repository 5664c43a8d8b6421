"""Golden outputs of a run on the seeds: the core story with its fields and the appended records, one file for each page.

`UPDATE_GOLD=1 python -m pytest tests/test_gold.py` writes them anew; read `git diff tests/gold` before it is committed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cleaner.engine import local
from cleaner.engine.plan import RunPlan
from cleaner.engine.restore import read_rows

GOLD = Path(__file__).parent / "gold"
SEEDS = sorted((Path(__file__).parents[1] / "seeds").glob("*.txt"))


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a run writes about each seed, as the text of its golden file; lines of a story stand one below the other."""
    out = tmp_path_factory.mktemp("gold") / "out"
    local.run(RunPlan((str(SEEDS[0].parent),), out, jobs=1))
    core = {row["id"]: row for path in sorted((out / "core").iterdir()) for row in read_rows(path)}
    appended = [row for path in sorted((out / "appended").iterdir()) for row in read_rows(path)]
    return {name: printed({"core": lined(row), "appended": [lined(one) for one in appended if one["parent"] == name]}) for name, row in core.items()}


def lined(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"text": row["text"].split("\n")}


def printed(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem[:3])
def test_output_is_golden(seed: Path, outputs: dict[str, str]) -> None:
    golden = GOLD / f"{seed.stem}.json"
    if os.environ.get("UPDATE_GOLD"):
        GOLD.mkdir(exist_ok=True)
        golden.write_text(outputs[seed.name], encoding="utf-8")

    assert golden.read_text(encoding="utf-8") == outputs[seed.name]


def test_no_golden_file_is_stale() -> None:
    assert {path.stem for path in GOLD.glob("*.json")} == {seed.stem for seed in SEEDS}
