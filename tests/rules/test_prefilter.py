"""What a regex needs must stand in everything that it matches, or rules would be passed over in silence."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from cleaner.rules.load import load_rules
from cleaner.rules.model import Rule
from cleaner.rules.patterns import is_ambiguous, unfolded
from cleaner.rules.prefilter import needed_chars, needed_texts
from cleaner.text.fold import fold_text


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("photo", {"photo"}),
        (r"^\W*photos?\b", {"photo", "photos"}),
        ("ph(?:oto|one) by", {"photo by", "phone by"}),
        ("(?P<value>ab|cd)?ef", {"abef", "cdef", "ef"}),
        ("(?:ab)+cd", {"ab"}),
        (r"ab\d+longer", {"longer"}),
        (r"ab|\d+", set()),
        ("ab(?=cd)ef(?<!x)", {"abef"}),
        ("[ab]cd", {"acd", "bcd"}),
        ("[a-c]de", {"de"}),
        (r"a\.b", {"a.b"}),
        (r"\pLab", {"ab"}),
        (r"\012ab", {"ab"}),
        ("(?i)ab", set()),
        ("(?:ab){e<=1}", set()),
        (r"(ab)\1cd", {"ab", "cd"}),
        ("(?|ab|cd)", set()),
        ("ab{0}cd", {"cd"}),
        ("x", set()),
    ],
)
def test_needed_texts(pattern: str, texts: set[str]) -> None:
    found = needed_texts(pattern)

    assert found == texts or (pattern.startswith("(ab)") and found in ({"ab"}, {"cd"}))


@pytest.mark.parametrize(
    ("pattern", "chars"),
    [(r"\d+/\d+", "/"), (r"^\W*@\w+|#\w+", "@#"), (r"\d\d", "0123456789"), ("[-:|]", "-:|"), (r"\w ?-? \w", ""), ("[^@]", ""), ("[a@]", "")],
)
def test_needed_characters(pattern: str, chars: str) -> None:
    assert needed_chars(pattern) == set(chars)


ATOMS = st.sampled_from(["a", "b", "ab", "[ab]", "[a-c]", r"\d", r"\w", ".", "1", "@", r"\.", " ", "^", "$", r"\b", "(?=a)", "(?!b)", "(?<=a)"])
REPEATS = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{0,2}", "{1,}", "+?", "*+", "{0}"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = st.builds("{}{})".format, st.sampled_from(["(", "(?:", "(?>", "(?P<g>"]), inner)
    part = st.builds("{}{}".format, st.one_of(ATOMS, group), REPEATS)
    return st.one_of(st.lists(part, min_size=1, max_size=4).map("".join), st.builds("{}|{}".format, inner, inner))


@given(st.recursive(ATOMS, larger, max_leaves=12), st.lists(st.text("ab1@. ", max_size=12), max_size=12))
def test_whatever_matches_holds_what_is_needed(pattern: str, texts: list[str]) -> None:
    try:
        made = regex.compile(pattern)
    except regex.error:
        return
    needed, chars = needed_texts(pattern), needed_chars(pattern)

    for text in texts:
        if made.search(text):
            assert not needed or any(part in text for part in needed)
            assert not chars or any(char in text for char in chars)


def alone() -> list[Rule]:
    return [rule for rule in load_rules() if rule.regex and not (rule.equals or rule.starts or rule.ends or rule.contains)]


@pytest.mark.parametrize("rule", alone(), ids=lambda rule: rule.id)
def test_examples_of_built_in_rules_hold_what_their_regex_needs(rule: Rule) -> None:
    texts = [" ".join(fold_text(line.text).split()) for example in rule.examples for line in example]
    matched = [text for text in texts if regex.search(rule.regex, text)]
    needed, chars = needed_texts(rule.regex), needed_chars(rule.regex)

    assert matched
    assert all(not needed or any(part in text for part in needed) for text in matched)
    assert all(not chars or any(char in text for char in chars) for text in matched)


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
