"""Rules for tests, short to write."""

from __future__ import annotations

from typing import Any

from pages import page_of

from cleaner.model import Confidence, Page, Reason
from cleaner.rules.compile import compile_rules
from cleaner.rules.match import match_rules
from cleaner.rules.model import Rule, Scope

RULE_FILE = """format = 1
lang = "any"

[[rule]]
id = "any.share.button"
why = "A button says what to do with the page."
reason = "share"
scope = "line"
equals = ["Pass it on"]
confidence = "certain"
  [[rule.example]]
  text = '''
- Pass it on
  Pass it on to your neighbour.
'''
"""


def rule(rule_id: str = "any.test.one", scope: str = "line", reason: str = "other", confidence: str = "certain", **fields: Any) -> Rule:
    """A rule with the fields given; literals may be a list."""
    tuples = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return Rule(rule_id, "A test.", Reason(reason), Scope(scope), Confidence(confidence), **tuples)


def labelled(page: Page, *rules: Rule) -> list[str]:
    """The labelled parts of a page's text, in order."""
    return [page.document.text[label.start : label.end] for label in match_rules(page, compile_rules(rules))[0]]


def hits(text: str, *rules: Rule, site: str = "") -> list[str]:
    """The labelled parts of a text, in order."""
    return labelled(page_of(text, site), *rules)
