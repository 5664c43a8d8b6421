"""What the form of a regex tells: whether a repeat repeats a repeat, which letters folding changes."""

from __future__ import annotations

import pytest

from cleaner.rules.patterns import is_ambiguous, unfolded


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("^(a+)+$", True),
        ("(a*)*", True),
        (r"(?:\w+ ?)+!", True),
        ("((a+))+", True),
        ("(?:a{1,30}){1,30}", True),
        ("(a|b+)*", True),
        (r"(?:\w+,)+", False),
        ("(?>a+)", False),
        ("(a++)+", False),
        ("(?:ab)+", False),
        ("(a+)?", False),
        ("(?:a|b)+c+", False),
        (r"[(a+)+]", False),
        (r"\(a+\)+", False),
    ],
)
def test_repeats_of_repeats(pattern: str, expected: bool) -> None:
    assert is_ambiguous(pattern) is expected


@pytest.mark.parametrize(
    ("pattern", "chars"),
    [("ايضا", ""), ("أيضًا", "أً"), ("Photo", "P"), (r"\p{Lu}\S\N{SPACE}[\p{Arabic}\W]", ""), ("(?P<Cut>a)", ""), ("«x»", "«»"), ("[٠-٩]", "٠٩")],
)
def test_letters_that_folding_changes(pattern: str, chars: str) -> None:
    assert unfolded(pattern) == chars
