"""What a regex needs must stand in everything that it matches, or rules would be passed over in silence."""

from __future__ import annotations

from dataclasses import replace

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from cleaner.config import RULES
from cleaner.rules.gates import CLASSES, Need, needs_of, outline
from cleaner.rules.load import load_rules
from cleaner.rules.model import Rule
from cleaner.text.fold import fold_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("photo", "^ photo $"),
        ('- "photo" (12/7)', "^ photo 0 0 $"),
        ("***", "^ $"),
        ("", "^ $"),
        ("r2d2_x", "^ r0d0 x $"),
        ("नि 新1", "^ नि 新0 $"),
    ],
)
def test_outlines(text: str, expected: str) -> None:
    assert outline(text) == expected


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("photo", {"photo"}),
        (r"^\W*photos?\b", {"^ photo ", "^ photos "}),
        ("ph(?:oto|one) by", {"photo by", "phone by"}),
        ("(?P<value>ab|cd)?ef", {"ef"}),
        ("(?:abc)+cde", {"abccde"}),
        (r"ab\d+longer", {"ab0longer"}),
        (r"ab\.\s*(?:by )?cd$", {"ab cd $", "ab by cd $"}),
        (r"abc|\d+", {"abc"}),
        ("ab(?=cd)ef(?<!x)", {"abef"}),
        (r"(?<=[.!])\s*abc", {" abc"}),
        ("[ab]cde", {"acde", "bcde"}),
        ("[a-c]de", {"ade", "bde", "cde"}),
        (r"ab.{0,9}cde", {"cde"}),
        (r"ab(?:.{0,9},)?cde", {" cde", "abcde"}),
        (r"\x61bc", {"abc"}),
        (r"\012ab", {"ab"}),
        (r"(?:\p{L}+ )?abc", {"abc"}),
        ("(?i)ab", set()),
        ("(?:ab){e<=1}", set()),
        ("(?|ab|cd)", set()),
        (r"\w+", set()),
    ],
)
def test_needed_outlines(pattern: str, texts: set[str]) -> None:
    found = needs_of(pattern)

    assert (found[0].texts if found else set()) == texts


@pytest.mark.parametrize(
    ("pattern", "chars"),
    [
        (r"\w/\w", [{"/"}]),
        (r"^\W*(?:@\w+|#\w+)", [{"@", "#"}]),
        (r"\w ?-? \w", []),
        ("[^@]", []),
        ("[a@]", []),
        (r"[-:|]\p{Arabic}{2}", [{"-", ":", "|"}, {"arabic"}]),
        (r"[\p{Han}ー]\w", [{"east"}]),
        (r"\w(?=[/|])", [{"/", "|"}]),
        (r"(?<=[/|])\w", [{"/", "|"}]),
        (r"\w(?:-|(?=/))", [{"-", "/"}]),
        (r"\w(?!/)", []),
        (r"[(/\[]\w", [{"(", "/", "["}]),
        (r"[^\[]\w", []),
        (r"\w\d|/", [{"/", "digit"}]),
        (r"\w[:|]-|@\w#", [{"#", "-"}, {"-", "@"}, {"#", ":", "|"}, {":", "@", "|"}]),
        (r"\w(?:(?=/)\W)?", []),
    ],
)
def test_needed_characters(pattern: str, chars: list[set[str]]) -> None:
    assert [need.chars for need in needs_of(pattern) if not need.texts] == chars


def meets(need: Need, text: str) -> bool:
    return any(part in outline(text) for part in need.texts) or any(regex.search(CLASSES.get(char, regex.escape(char)), text) for char in need.chars)


CHARACTERS = ["a", "b", "ab", "abab", "[ab]", "[a-c]", r"\d", r"\w", ".", "1", "@", r"\.", " ", r"\W", r"[\W\d]", "_"]
ASSERTIONS = ["^", "$", r"\b", "(?=a)", "(?!b)", "(?<=a)", "(?<=@)", "(?= )"]
ATOMS = st.sampled_from([*CHARACTERS, *ASSERTIONS])
REPEATS = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{0,2}", "{1,}", "+?", "*+", "{0}"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = st.builds("{}{})".format, st.sampled_from(["(", "(?:", "(?>", "(?P<g>"]), inner)
    part = st.builds("{}{}".format, st.one_of(ATOMS, group), REPEATS)
    return st.one_of(st.lists(part, min_size=1, max_size=4).map("".join), st.builds("{}|{}".format, inner, inner))


@given(st.recursive(ATOMS, larger, max_leaves=12), st.lists(st.text("ab1@._ ", min_size=1, max_size=12), max_size=12))
@example("^(?:ab|b){2}1*$", ["abb", "abab111", "@bb1"])
def test_whatever_matches_meets_all_needs(pattern: str, texts: list[str]) -> None:
    try:
        made = regex.compile(pattern)
    except regex.error:
        return
    needs = needs_of(pattern)

    assert all(meets(need, text) for text in texts if made.search(text) for need in needs)


@given(st.recursive(ATOMS, larger, max_leaves=12), st.lists(st.text("ab1@._ ", min_size=1, max_size=12), max_size=12))
@example("^(?:ab|b|c)(?:a|b)?(?:1|2|@)", ["ab1", "b@", "cb1"])
def test_the_same_where_there_is_room_for_few_outlines(pattern: str, texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cleaner.rules.gates.RULES", replace(RULES, needed_texts=4))
        test_whatever_matches_meets_all_needs.hypothesis.inner_test(pattern, texts)


@pytest.mark.parametrize("pattern", [r"^\W*(?:ab )?[a-t](?:x[a-t]|y[a-t])\w", r"^\W*((?:ab )?[a-t](?:x[a-t]|y[a-t])\w)"])
def test_a_run_too_long_to_spell_out_is_asked_for_by_its_beginning(pattern: str) -> None:
    expected = {f"^ {before}{char}{behind}" for before in ("", "ab ") for char in "abcdefghijklmnopqrst" for behind in "xy"}

    assert expected in [need.texts for need in needs_of(pattern)]


@pytest.mark.parametrize("rule", [rule for rule in load_rules() if rule.regex], ids=lambda rule: rule.id)
def test_examples_of_built_in_rules_meet_the_needs_of_their_regex(rule: Rule) -> None:
    texts = [" ".join(fold_text(line.text).split()) for example in rule.examples for line in example]
    matched = [text for text in texts if regex.search(rule.regex, text)]

    assert matched
    assert all(meets(need, text) for text in matched for need in needs_of(rule.regex))


def test_no_built_in_regex_misses_a_line_of_any_example() -> None:
    rules = load_rules()
    lines = {" ".join(fold_text(line.text).split()) for rule in rules for example in rule.examples for line in example}
    outlines = {line: outline(line) for line in lines}
    for rule in rules:
        needs = [need for need in needs_of(rule.regex) if not need.chars] if rule.regex and rule.max_chars else []
        if needs:
            search = regex.compile(rule.regex).search
            passed = [line for line in lines if not all(any(text in outlines[line] for text in need.texts) for need in needs)]
            assert not [line for line in passed if len(line) <= rule.max_chars and search(line)], rule.id
