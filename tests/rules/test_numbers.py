"""How many numbers a regex needs: never more than stand in what it matches, or rules would be passed over in silence."""

from __future__ import annotations

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from cleaner.rules.load import load_rules
from cleaner.rules.model import Rule
from cleaner.rules.numbers import least_numbers
from cleaner.text.fold import fold_text


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("photo", 0),
        (r"\d", 1),
        (r"\d\d", 1),
        (r"\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d{2}", 3),
        (r"(?:\s+\d{1,2}:\d{2}){5,7}", 10),
        (r"\d(?: \d)*", 1),
        (r"\d(?: \d)+", 2),
        (r"\d \d|\d a \d b \d", 2),
        (r"\d(?: by)?\d", 1),
        (r"\d.\d", 1),
        (r"\d[\d:]\d", 1),
        (r"\d[.:]\d", 2),
        (r"\d\p{L}\d", 2),
        (r"\d(?= \d)", 1),
        (r"\d\b\d", 1),
        (r"(\d) \1", 1),
        (r"[0-9]+ [012]", 2),
        (r"[^:]\d[^\d]\d", 2),
        (r"(?:\d ){3}", 3),
        (r"(?:\d ){30,}", 10),
        (r"(?:\d ){0}", 0),
        (r"(?i)\d \d", 0),
        (r"(?:\d \d){e<=1}", 0),
        (r"(?|\d \d)", 0),
        (r"\d[[:alpha:]]\d", 0),
    ],
)
def test_least_numbers(pattern: str, expected: int) -> None:
    assert least_numbers(pattern) == expected


ATOMS = st.sampled_from([r"\d", "1", "[12]", "a", "[ab]", r"\w", ".", "[1a]", r"\D", r"[^\d]", " ", r"\W", "^", "$", r"\b", "(?=1)", "(?<=a)"])
REPEATS = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{0,2}", "{2,}", "+?", "*+", "{0}"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = st.builds("{}{})".format, st.sampled_from(["(", "(?:", "(?>", "(?P<g>"]), inner)
    part = st.builds("{}{}".format, st.one_of(ATOMS, group), REPEATS)
    return st.one_of(st.lists(part, min_size=1, max_size=4).map("".join), st.builds("{}|{}".format, inner, inner))


@given(st.recursive(ATOMS, larger, max_leaves=12), st.lists(st.text("a1 2", max_size=12), max_size=12))
@example(r"(?:\d|a\d){2,}", ["11", "1a1", "a1a1"])
def test_whatever_matches_holds_so_many_numbers(pattern: str, texts: list[str]) -> None:
    try:
        made = regex.compile(pattern)
    except regex.error:
        return
    least = least_numbers(pattern)

    assert all(len(regex.findall(r"\d+", text)) >= least for text in texts if made.search(text))


@pytest.mark.parametrize("rule", [rule for rule in load_rules() if least_numbers(rule.regex) > 1], ids=lambda rule: rule.id)
def test_examples_of_built_in_rules_hold_so_many_numbers(rule: Rule) -> None:
    texts = [" ".join(fold_text(line.text).split()) for example in rule.examples for line in example]

    assert all(len(regex.findall(r"\d+", text)) >= least_numbers(rule.regex) for text in texts if regex.search(rule.regex, text))
