"""Findings on rules that load: examples that fail, slow regexes, literals that say nothing, names that mislead."""

from __future__ import annotations

from time import process_time

import pytest
from rulebook import rule

from cleaner.config import RULES
from cleaner.model import Reason
from cleaner.rules.check import check_rules, run_examples, slowest_attack
from cleaner.rules.load import load_rules
from cleaner.rules.model import Guard, Near, Rule, Standing
from cleaner.rules.schema import read_example


def with_example(text: str, **fields: object) -> Rule:
    lines, fault = read_example(text)
    assert not fault
    return rule(examples=(lines,), file="rules/any/test.toml", line=3, **fields)


def messages(*rules: Rule) -> list[str]:
    return [f"{finding.field}: {finding.message}" for finding in check_rules(rules)]


@pytest.mark.parametrize(
    ("text", "fields", "expected"),
    [
        ("- Tags\n  Tags of it", {"equals": ["tags"]}, []),
        ("- Tags\n  Menu", {"equals": ["tag"]}, ["example 1: expected '⟦Tags⟧', got 'Tags'"]),
        ("- Tags\n  Tags of it", {"starts": ["tags"]}, ["example 1: expected 'Tags of it', got '⟦Tags of it⟧'"]),
        ("  So ⟦read more⟧ now\n  read less", {"scope": "span", "contains": ["read more"]}, []),
        ("  Now read ⟦more⟧", {"scope": "span", "contains": ["read more"]}, ["example 1: expected 'Now read ⟦more⟧', got 'Now ⟦read more⟧'"]),
        ("- Tags\n- one\n  two", {"scope": "run", "equals": ["tags"], "max_blocks": 2}, []),
        ("- Tags\n\n  Tags of it", {"equals": ["tags"], "guard": Guard(core_before=400)}, []),
        ("- Tags\n  Tags of it", {"equals": ["tags"], "status": Standing.TRIAL}, []),
        ("- Tags\n  Tags of it", {"equals": ["tags"], "domains": ["example.com"]}, []),
    ],
)
def test_examples_are_run(text: str, fields: dict[str, object], expected: list[str]) -> None:
    assert [f"{finding.field}: {finding.message}" for finding in run_examples([with_example(text, **fields)])] == expected


def test_examples_see_the_labels_of_other_rules_through_near_alone() -> None:
    near = with_example("- Ann\n  Source\n  x\n  Ann", equals=["ann"], near=Near((Reason.SOURCE,), 1))

    assert run_examples([near, rule("any.test.source", equals=["source"], reason="source")]) == []
    assert len(run_examples([near])) == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"equals": ["أيضا", "أيضاً"]}, "equals: 'أيضاً' is the same as 'أيضا' after folding; leave one out"),
        ({"equals": ["tags: all"], "starts": ["tags:"]}, "equals: 'tags: all' is covered by 'tags:' in starts; leave it out"),
        ({"equals": ["tags all"], "contains": ["tags"]}, "equals: 'tags all' is covered by 'tags' in contains; leave it out"),
        ({"starts": ["أيضا"], "regex": "^أيضا"}, "regex: is written for unfolded text and cannot match 'أ'; write the folded form: أ -> ا"),
        ({"starts": ["aa"], "regex": "^(a+)+$"}, "regex: slow regex: repeats a repeat"),
        ({"starts": ["aa"], "unless": "^(a+)+$"}, "unless: slow regex: repeats a repeat"),
        ({"starts": ["aa"], "regex": r"\w*a\w*a\w*[?]"}, "regex: slow regex: took over"),
    ],
)  # fmt: skip
def test_lints(fields: dict[str, object], expected: str) -> None:
    assert [message[: len(expected)] for message in messages(rule(**fields))] == [expected]


@pytest.mark.parametrize(
    ("file", "rule_id", "fields", "expected"),
    [
        ("rules/any/nav.toml", "any.nav.one", {}, []),
        ("mine.toml", "any.topic.one", {}, []),
        ("rules/any/nav.toml", "any.share.one", {}, ["id: has the topic share; allowed: nav, the name of its file"]),
        ("rules/any/nav.toml", "ar.nav.one", {}, ["id: begins with ar; allowed: any, the lang of its file"]),
        ("rules/sites/example.com.toml", "en.box.one", {"domains": ["example.com"]}, []),
    ],
)
def test_ids_say_what_their_files_say(file: str, rule_id: str, fields: dict[str, object], expected: list[str]) -> None:
    assert messages(rule(rule_id, file=file, equals=["tags"], **fields)) == expected


def test_a_slow_regex_does_not_hold_the_check_up() -> None:
    begun = process_time()
    attack, seconds = slowest_attack(rule(starts=["aa"]), r"\w*a\w*a\w*[?]")

    assert attack
    assert seconds > RULES.attack_seconds
    assert process_time() - begun < 60 * RULES.attack_seconds


def test_built_in_rules_have_no_findings() -> None:
    assert [str(finding) for finding in check_rules(load_rules())] == []
