"""Which rules wait for what before their regex is tried."""

from __future__ import annotations

import pytest
from rulebook import rule

from cleaner.rules.prefilter import make_prefilter
from cleaner.rules.tables import NUMBERS


@pytest.mark.parametrize(
    ("fields", "waits", "open_gates"),
    [
        ({"regex": "^photo by", "max_chars": 90}, [("^ photo by", 0, 0)], []),
        ({"regex": r"^\w+/\w+", "max_chars": 90}, [], [0]),
        ({"regex": r"^\w+", "max_chars": 90}, [], [0]),
        ({"regex": "^photo by", "starts": ["photo"]}, [("^ photo by", 0, 0)], []),
        ({"regex": r"\w+", "starts": ["photo"]}, [], []),
        ({"regex": "(a+)+by", "starts": ["photo"]}, [], []),
        ({"starts": ["photo"]}, [], []),
    ],
)
def test_gates(fields: dict[str, object], waits: list[tuple[str, int, int]], open_gates: list[int]) -> None:
    found = make_prefilter([rule(**fields)])

    assert list(found.waits) == waits
    assert found.open.tolist() == open_gates
    assert len(found.gates) == len(found.of_rule) == bool(waits or open_gates)
    assert [row[2:4] for row in found.gates.tolist()] == ([[fields.get("max_chars", 0), "starts" not in fields]] if len(found.gates) else [])


def test_gates_know_how_many_numbers_a_regex_needs() -> None:
    found = make_prefilter([rule(regex=r"^\d+/\d+ \w", max_chars=90)])

    assert found.gates[0, NUMBERS] == 2
