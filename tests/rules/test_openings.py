"""With which characters a regex can begin: never fewer than it does."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from cleaner.rules.load import load_rules
from cleaner.rules.openings import opening_chars, opening_of
from cleaner.text.fold import fold_text


@pytest.mark.parametrize(
    ("pattern", "chars"),
    [
        (r"^\W*(?:photo|image) by", "pi"),
        (r"^[\W\d_]*(?:(?:fb|tweet)\W*)+$", "ft"),
        (r"^\W*(?:by )?(?:anna|tom)", "bat"),
        (r"^\W*\d{1,2}:\d\d", "0123456789"),
        (r"^a|^b", "ab"),
        (r"^a|b", ""),
        (r"photo", ""),
        (r"^\W*\p{L}+:", ""),
        (r"^.{3}x", ""),
        (r"^\W*(?:by)?", ""),
        (r"^\W*(?=x)[ab]c", "ab"),
        (r"^\W*[^a]b", ""),
    ],
)
def test_opening_chars(pattern: str, chars: str) -> None:
    assert opening_chars(pattern) == frozenset(chars)


PIECES = ["a", "b", "1", "-", r"\W*", r"\W", r"\d+", "[ab]", "(?:a|b1)", "(?:-|a)?", r"\s?", "(?!a)", "[-1a]{0,2}"]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5), st.text("ab1- ", max_size=8))
def test_what_matches_opens_with_one_of_them(parts: list[str], text: str) -> None:
    pattern = "^" + "".join(parts)
    chars = opening_chars(pattern)

    if chars and regex.search(pattern, text):
        assert chars & set(opening_of(text))


def test_no_built_in_regex_misses_a_line_of_any_example() -> None:
    rules = load_rules()
    lines = {" ".join(fold_text(line.text).split()) for rule in rules for example in rule.examples for line in example}
    for rule in rules:
        chars = opening_chars(rule.regex) if rule.regex and rule.max_chars else frozenset()
        if chars:
            search = regex.compile(rule.regex).search
            assert not [line for line in lines if not chars & set(opening_of(line)) and len(line) <= rule.max_chars and search(line)], rule.id
