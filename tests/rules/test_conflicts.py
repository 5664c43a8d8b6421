"""Findings that need all rules at once: needless rules, double literals, near misses that prove nothing."""

from __future__ import annotations

import pytest
from rulebook import rule

from cleaner.rules.conflicts import find_conflicts
from cleaner.rules.model import Guard, Near, Rule
from cleaner.rules.schema import read_example


def ruled(name: str, example: str = "- Tags\n  Tags of it", **fields: object) -> Rule:
    lines, fault = read_example(example)
    assert not fault
    return rule(f"en.test.{name}", examples=(lines,), file=f"{name}.toml", line=4, **{"lang": "en", **fields})


def messages(*rules: Rule) -> list[str]:
    return [f"{finding.rule_id} {finding.field}: {finding.message}" for finding in find_conflicts(rules)]


def test_a_rule_whose_literals_another_has_is_unreachable() -> None:
    (found,) = messages(ruled("a", equals=["tags", "topics"]), ruled("b", equals=["Tags"]))

    assert found.startswith("en.test.b : is unreachable: all its literals stand in en.test.a")


def test_a_literal_in_two_rules_is_named_with_both_places() -> None:
    (found,) = messages(ruled("a", equals=["tags", "topics"]), ruled("b", equals=["Tags", "labels"]))

    assert found == "en.test.b equals: 'Tags' stands in rule en.test.a (a.toml:4) too; keep it in one of them"


@pytest.mark.parametrize(
    "fields",
    [
        {"capture": "keywords"}, {"marker": True}, {"scope": "tail"}, {"lang": "fr"}, {"reason": "share"}, {"domains": ["example.com"]},
    ],
    ids=str,
)  # fmt: skip
def test_a_rule_that_says_more_is_no_conflict(fields: dict[str, object]) -> None:
    found = messages(ruled("a", equals=["tags"]), ruled("b", **{"equals": ["tags"], **fields}))

    assert not [one for one in found if one.startswith("en.test.b")]


@pytest.mark.parametrize(
    "fields", [{"guard": Guard(max_share=0.5)}, {"near": Near((), 1)}, {"unless": "x"}, {"max_chars": 9}, {"confidence": "likely"}], ids=str
)
def test_a_rule_that_does_less_covers_no_other(fields: dict[str, object]) -> None:
    found = messages(ruled("a", **{"equals": ["tags"], **fields}), ruled("b", equals=["tags"]))

    assert not [one for one in found if one.startswith("en.test.b")]


@pytest.mark.parametrize(
    ("miss", "akin"),
    [("Tags of it", True), ("No cat here", False), ("Tagged at noon", True), ("Zebra", False)],
)
def test_a_near_miss_needs_something_in_common(miss: str, akin: bool) -> None:
    found = messages(ruled("a", f"- Tags\n  {miss}", equals=["tags"]))

    assert bool(found) is not akin


def test_near_misses_of_scripts_without_spaces_share_characters() -> None:
    assert messages(ruled("a", "- 相关新闻\n  新闻发布会在上午举行", equals=["相关新闻"])) == []
    assert messages(ruled("a", "- 相关新闻\n  他昨天回家", equals=["相关新闻"])) != []


def test_a_near_miss_that_another_rule_removes_is_no_near_miss() -> None:
    (found,) = messages(
        ruled("a", equals=["tags"]), ruled("b", "- Labels\n  Tags of it: labels", equals=["labels"]), ruled("c", starts=["tags of it:"])
    )

    assert found.startswith("en.test.b example 1: near miss 'Tags of it: labels' is decided by rule en.test.c")


def test_needless_rules_do_not_hang_on_the_order_of_rules() -> None:
    rules = [ruled("b", equals=["tags"]), ruled("a", equals=["tags"])]

    assert messages(*rules) == messages(*reversed(rules))
