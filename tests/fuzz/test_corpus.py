"""Every input of the corpus passes its target: what was found by fuzzing stays found, without atheris."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.targets import TARGETS
from hypothesis import given, settings
from hypothesis import strategies as st

CORPUS = Path(__file__).parent / "corpus"
CASES = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", CASES, ids=[f"{path.parent.name}-{path.name}" for path in CASES])
def test_input(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


def test_every_target_has_a_corpus() -> None:
    assert {path.parent.name for path in CASES} == set(TARGETS)


@pytest.mark.parametrize("name", sorted(set(TARGETS) - {"html", "files"}))  # those two cost too much for every run
def test_any_bytes(name: str) -> None:
    seeds = [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.binary(max_size=8) | st.sampled_from(seeds), max_size=4).map(b"".join))
    def check(data: bytes) -> None:
        TARGETS[name](data)

    check()
