"""The digest names what rules do; compiled rules do not depend on their order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rulebook import rule

from cleaner.rules.compile import compile_rules, digest_rules
from cleaner.rules.folding import fold_all, is_word, strip_outer
from cleaner.rules.model import Guard

ONE, TWO = rule("any.test.one", equals=["tags"]), rule("any.test.two", regex="^menu", max_chars=9)


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"why": "Another reason."}, True),
        ({"file": "other.toml", "line": 7, "seen": ("example.com",)}, True),
        ({"equals": ("tag",)}, False),
        ({"guard": Guard(core_before=1)}, False),
        ({"domains": ("example.com",)}, False),
    ],
)
def test_the_digest_is_of_what_rules_do(changed: dict[str, object], same: bool) -> None:
    assert (digest_rules([replace(ONE, **changed), TWO]) == digest_rules([TWO, ONE])) is same


def test_compiled_rules_are_sorted() -> None:
    assert compile_rules([TWO, ONE]).rules == (ONE, TWO)


def test_word_characters() -> None:
    assert [char for char in "aة7िü- 新ไ" if is_word(char)] == ["a", "ة", "7", "ि", "ü"]


@pytest.mark.parametrize(("text", "expected"), [("* a b.", (2, 5)), ("***", (3, 0)), ("", (0, 0)), ("नि", (0, 2))])
def test_outer_punctuation(text: str, expected: tuple[int, int]) -> None:
    assert strip_outer(text) == expected


def test_many_literals_are_folded_at_once() -> None:
    assert fold_all(["إقرأ  أيضاً", " Ü "]) == ["اقرا ايضا", "u"]
    assert fold_all([]) == []
