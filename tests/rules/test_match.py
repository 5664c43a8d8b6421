"""What rules label: places of literals, scopes, bounds, guards, neighbours, captured values, and that order does not matter."""

from __future__ import annotations

import pickle
from contextlib import nullcontext
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import page_of
from rulebook import hits, rule

from cleaner.errors import RuleTimeout
from cleaner.model import Confidence, Reason
from cleaner.rules.compile import compile_rules
from cleaner.rules.load import builtin_directory
from cleaner.rules.match import match_rules
from cleaner.rules.model import Field, Guard, Near, Standing

STORY = "The river rose by two metres in the night and the old bridge was closed to all traffic, the mayor said on the radio."


@pytest.mark.parametrize(
    ("place", "text", "expected"),
    [
        ("equals", "Read more", True),
        ("equals", "• READ  more: ", True),
        ("equals", "«Read\u00a0more»", True),
        ("equals", "Read more now", False),
        ("equals", "Bread more", False),
        ("starts", "Read more: the bridge", True),
        ("starts", "- - read more", True),
        ("starts", "Read mores", False),
        ("starts", "Now read more", False),
        ("ends", "The bridge. Read more...", True),
        ("ends", "The bridge. Bread more", False),
        ("ends", "Read more now", False),
        ("contains", "If you read more than one", True),
        ("contains", "If you bread more", False),
        ("contains", "read-more", False),
        ("contains", "(read more)", True),
    ],
)
def test_where_literals_stand(place: str, text: str, expected: bool) -> None:
    assert hits(f"{STORY}\n{text}\n{STORY}", rule(**{place: ["Read more"]})) == ([text.strip()] if expected else [])


@pytest.mark.parametrize(
    ("literal", "text", "expected"),
    [
        ("إقرأ أيضاً", "اقرأ أيضا", True),
        ("اقرأ ايضا", "إِقْـــرأ  أيضًا:", True),
        ("مقالات", "ومقالات", False),
        ("相关新闻", "以下是相关新闻列表", True),
        ("TT", "新闻TT新闻", True),
        ("(AFP)", "Paris(AFP)today", True),
        ("© Photo", "x© Photo", True),
        ("© Photo", "© Photos", False),
        ("ข่าว", "อ่านข่าวต่อ", True),
    ],
)
def test_contains_in_many_scripts(literal: str, text: str, expected: bool) -> None:
    assert hits(text, rule(contains=[literal])) == ([text] if expected else [])


def test_a_literal_of_punctuation_stands_among_punctuation() -> None:
    assert hits("* * *\n---\n* * * end", rule(equals=["***", "* * *"])) == ["* * *"]
    assert hits("© 2020 Press\nPress © 2020", rule(starts=["© 2020"])) == ["© 2020 Press"]


@pytest.mark.parametrize(
    ("fields", "text", "expected"),
    [
        ({"scope": "span", "contains": ["read more"]}, f"{STORY} Read more. {STORY}", ["Read more"]),
        ({"scope": "span", "contains": ["read", "read more"]}, "So read more, read on", ["read more", "read"]),
        ({"scope": "span", "ends": ["أيضاً"]}, "قال الوزير أيضًا", ["أيضًا"]),
        ({"scope": "span", "contains": ["by"], "regex": r"by (?P<cut>\w+)"}, "Made by Ann, by Bob", ["Ann", "Bob"]),
        ({"scope": "span", "contains": ["by"], "regex": r"by \w+"}, "Made by Ann", ["by Ann"]),
        ({"scope": "span", "contains": ["by"], "regex": "of .*"}, "Made by Ann", []),
        ({"equals": ["tags"], "scope": "run", "until": ["The End"], "max_blocks": 9}, "a\ntags\nb\nc\n* the end.\nd", ["tags\nb\nc"]),
        ({"equals": ["tags"], "scope": "run", "until_regex": "^end"}, "tags\nb\nending\nd", ["tags\nb"]),
        ({"equals": ["tags"], "scope": "run", "max_blocks": 2}, "tags\nb\nc", ["tags\nb"]),
        ({"equals": ["tags"], "scope": "run", "max_chars": 5}, "tags\nb\nmuch longer\nd", ["tags\nb"]),
        ({"equals": ["tags"], "scope": "run", "max_blocks": 9}, "tags\nb\ntags\nc", ["tags\nb\ntags\nc"]),
        ({"equals": ["menu"], "scope": "head"}, "a\nb\nmenu\nc", ["a\nb\nmenu"]),
        ({"equals": ["menu"], "scope": "tail"}, "a\nmenu\nb\nc", ["menu\nb\nc"]),
        ({"contains": ["photo"], "max_chars": 10}, "photo one\na long photo line", ["photo one"]),
        ({"contains": ["photo"], "unless": "^no "}, "photo one\nNo photo", ["photo one"]),
        ({"starts": ["photo"], "regex": r"^\W*photos? \d"}, "- Photo 1\nPhotos ٢\nphoto a", ["- Photo 1", "Photos ٢"]),
        ({"regex": r"^\d+ / \d+$", "max_chars": 9}, "1 / 2\n100000 / 200000\n1 / b", ["1 / 2"]),
        ({"regex": "^(?:photo|image) by", "max_chars": 20}, "Photo by Ann\nImage by a person of long name\nNo photo by Ann", ["Photo by Ann"]),
    ],
)  # fmt: skip
def test_scopes_and_bounds(fields: dict[str, object], text: str, expected: list[str]) -> None:
    assert hits(text, rule(**fields)) == expected


def test_block_ends_are_word_boundaries_of_glued_blocks() -> None:
    paragraph = "وقال وزير الزراعة إن الموسم الحالي كان أفضل من المواسم السابقة بفضل الأمطار التي هطلت على معظم المحافظات."

    assert hits("خطة مشتركة" + paragraph, rule(equals=["خطة مشتركة"])) == ["خطة مشتركة"]


@pytest.mark.parametrize(
    ("guard", "confidence", "evidence"),
    [
        (Guard(core_before=4), Confidence.CERTAIN, 'equals "tags"'),
        (Guard(core_before=5), Confidence.HINT, 'guard core_before: 4 < 5; equals "tags"'),
        (Guard(core_after=10), Confidence.HINT, 'guard core_after: 9 < 10; equals "tags"'),
        (Guard(max_before=3), Confidence.HINT, 'guard max_before: 4 > 3; equals "tags"'),
        (Guard(max_share=0.2), Confidence.HINT, 'guard max_share: 0.24 > 0.2; equals "tags"'),
        (Guard(4, 9, 4, 0.24), Confidence.CERTAIN, 'equals "tags"'),
    ],
)
def test_a_tripped_guard_leaves_a_hint_that_says_so(guard: Guard, confidence: Confidence, evidence: str) -> None:
    labels, captured = match_rules(page_of("four\ntags\nand\nlonger"), compile_rules([rule(equals=["tags"], guard=guard, capture=Field.TITLE)]))

    assert [(label.confidence, label.evidence) for label in labels] == [(confidence, evidence)]
    assert len(captured) == (confidence is Confidence.CERTAIN)


def test_a_passage_that_a_certain_rule_calls_something_else_fills_no_field() -> None:
    source = rule("any.test.source", equals=["tt"], reason="source", confidence="likely", capture=Field.SOURCE)
    widget = rule("any.test.widget", equals=["tt"], reason="widget")

    labels, captured = match_rules(page_of("TT"), compile_rules([source, widget]))

    assert len(labels) == 2 and not captured
    assert match_rules(page_of("TT"), compile_rules([source]))[1][0].value == "TT"


def test_a_trial_rule_only_flags_and_captures_nothing() -> None:
    trial = rule(equals=["tags"], status=Standing.TRIAL, capture=Field.KEYWORDS, marker=True)
    (label,), captured = match_rules(page_of("tags"), compile_rules([trial]))

    assert (label.confidence, label.marker, captured) == (Confidence.HINT, True, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [("source\nx\nname", ["source", "name"]), ("source\nx\nx\nname", ["source"]), ("name\nx\nsource", ["name", "source"]), ("name", [])],
)
def test_near_wants_a_label_of_another_rule(text: str, expected: list[str]) -> None:
    near = rule("any.test.near", equals=["name"], reason="source", near=Near((Reason.SOURCE,), 2))

    source = rule("any.test.source", equals=["source"], reason="source")
    trial = replace(source, status=Standing.TRIAL)

    assert hits(text, near, source) == expected
    assert hits(text, near, trial) == [part for part in expected if part != "name"]
    assert hits("name\nname", near) == []


@pytest.mark.parametrize(
    ("fields", "text", "expected"),
    [
        ({"starts": ["source:", "source"]}, "• Source: «The Times».", "The Times"),
        ({"starts": ["المصدر"]}, "المصدر: وكالة الأنباء ", "وكالة الأنباء"),
        ({"starts": ["source"], "regex": r"^source: (?P<value>\w+)"}, "Source: Tímes of Day", "Tímes"),
        ({"starts": ["source"], "regex": r"^source"}, "Source: Tímes of Day", "Tímes of Day"),
        ({"ends": ["(agency)"]}, "The Tímes (agency)", "The Tímes (agency"),
        ({"starts": ["source:"]}, "Source: ", None),
    ],
)
def test_captured_values_are_the_authors_letters(fields: dict[str, object], text: str, expected: str | None) -> None:
    _, captured = match_rules(page_of(text), compile_rules([rule(capture=Field.SOURCE, **fields)]))

    assert [(one.name, one.value, one.author) for one in captured] == ([("source", expected, "any.test.one")] if expected else [])


@pytest.mark.parametrize(
    ("site", "applies"), [("example.com", True), ("a.Example.com", True), ("badexample.com", False), ("", False), ("com", False)]
)
def test_rules_of_a_site_apply_to_it_alone(site: str, applies: bool) -> None:
    own = {"domains": ["example.com"]}
    rules = [rule("any.test.a", equals=["tags"], **own), rule("any.test.b", regex=r"^\d/\d$", max_chars=9, **own)]

    assert hits("tags\n1/2", *rules, site=site) == (["tags", "1/2"] if applies else [])


def test_a_regex_that_repeats_a_repeat_stops_on_long_blocks_whatever_the_machine() -> None:
    ruleset = compile_rules([rule(starts=["aaaa"], regex="^(a+)+$")])

    assert match_rules(page_of("a" * 20), ruleset)[0]
    with pytest.raises(RuleTimeout, match=r"rule any\.test\.one ran out of time"):
        match_rules(page_of("a" * 5_000 + "!"), ruleset)


def test_a_regex_out_of_time_names_its_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset = compile_rules([rule(starts=["ab"], regex="^(?:a?b?){60}(?:ab){60}(a|b|ab)*c$"), rule("any.test.two", contains=["ab"])])
    monkeypatch.setattr("cleaner.rules.match.READ", type("Limits", (), {"rule_seconds": 0.01})())

    with pytest.raises(RuleTimeout, match=r"any\.test\.one"):
        match_rules(page_of("ab" * 3_000 + "dbc"), ruleset)


@pytest.mark.parametrize(("file", "repeats", "timed"), [("", 90, True), ("ar/pack.toml", 90, False), ("ar/pack.toml", 110, True)])
def test_only_regexes_that_were_tried_on_long_texts_run_without_a_clock_and_on_short_blocks(
    file: str, repeats: int, timed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(builtin_directory() / file) if file else ""
    monkeypatch.setattr("cleaner.rules.match.READ", type("Limits", (), {"rule_seconds": 1e-6})())

    with pytest.raises(RuleTimeout) if timed else nullcontext():
        match_rules(page_of("ab" * repeats + "dbc"), compile_rules([rule(starts=["ab"], regex=r"^\w*\w*\w*c$", file=path)]))


WORDS = st.sampled_from(["tags", "menu", "أيضًا", "read", "more", "·", "ﷲ", "e\u0301", "  ", "\n", "新", "-", "7"])


@given(st.lists(WORDS, max_size=30).map(" ".join), st.permutations(range(6)))
def test_order_of_rules_does_not_matter_and_spans_lie_in_the_text(text: str, order: list[int]) -> None:
    rules = [
        rule("any.test.a", equals=["read more", "tags"]),
        rule("any.test.b", scope="span", contains=["read", "ايضا", "é", "ﷲ"], capture=Field.TITLE),
        rule("any.test.c", scope="run", starts=["menu"], max_blocks=2),
        rule("any.test.d", regex=r"\d", max_chars=40),
        rule("any.test.e", scope="tail", ends=["tags"], near=Near((Reason.OTHER,), 1)),
        rule("any.test.f", scope="span", regex=r"\w+ 7", max_chars=99),
    ]
    page = page_of(text)
    found = match_rules(page, compile_rules(rules))

    assert match_rules(page, compile_rules([rules[place] for place in order])) == found
    assert list(found[0]) == sorted(found[0], key=lambda label: (label.start, label.end, label.author))
    assert all(0 <= label.start < label.end <= len(text) and text[label.start : label.end].strip() for label in found[0])


def test_a_ruleset_survives_a_trip_to_another_process() -> None:
    ruleset = compile_rules([rule(equals=["tags"]), rule("any.test.b", regex=r"^\d/\d$", max_chars=9)])
    copy = pickle.loads(pickle.dumps(ruleset))

    assert (copy.rules, copy.digest) == (ruleset.rules, ruleset.digest)
    assert match_rules(page_of("tags\n1/2"), copy) == match_rules(page_of("tags\n1/2"), ruleset)


def test_nothing_to_match_with_or_in() -> None:
    assert hits("tags") == []
    assert hits("", rule(equals=["tags"])) == []
    assert hits(" \n\u200b\n", rule(equals=["tags"]), rule("any.test.b", regex="x", max_chars=9)) == []
