"""Turn rules into what matching reads: tables of all literals and of what regexes need, and regexes compiled when first tried."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import PurePath
from typing import Any

import regex

from cleaner.rules.automaton import make_tables
from cleaner.rules.folding import fold_all, strip_outer
from cleaner.rules.lexicon import make_lexicon
from cleaner.rules.load import builtin_directory
from cleaner.rules.model import Rule
from cleaner.rules.patterns import is_ambiguous
from cleaner.rules.prefilter import make_prefilter
from cleaner.rules.tables import Tables

# Fields that do not change what a rule does.
_SPOKEN_FIELDS = ("why", "seen", "examples", "file", "line")


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A regex that is compiled when it is first tried (`compiled_regex`), or was when its rules were cached (`code`).

    An ambiguous one is not tried on long texts. A proven one is of the built-in packs, so `rules check` threw long hostile texts at it: on
    short ones it needs no clock.
    """

    text: str
    ambiguous: bool
    proven: bool
    code: Any = None


def compiled_regex(pattern: Pattern) -> Any:
    """The compiled regex of a pattern; kept, because compiling costs a thousand times as much as a search."""
    return pattern.code or _compiled(pattern.text)


@cache
def _compiled(text: str) -> Any:
    return regex.compile(text)


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A rule ready for matching; `until` holds folded texts without outer punctuation."""

    rule: Rule
    regex: Pattern | None
    unless: Pattern | None
    until: frozenset[str]
    until_regex: Pattern | None


@dataclass(frozen=True, slots=True, eq=False)
class Ruleset:
    """Compiled rules, sorted by id. `digest` names what the rules do (sha256, hex)."""

    compiled: Sequence[Compiled]
    tables: Tables
    digest: str

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules; made anew, so matching, which needs few of them, does not ask for it."""
        return tuple(one.rule for one in self.compiled)


def compile_rules(rules: Sequence[Rule]) -> Ruleset:
    """Compile rules; the result does not depend on their order."""
    ordered = tuple(sorted(rules, key=lambda rule: rule.id))
    gates = make_prefilter(ordered)
    tables = make_tables(make_lexicon(ordered, gates.of_rule), gates)
    packs = builtin_directory()
    compiled = tuple(_compile(rule, PurePath(rule.file).is_relative_to(packs)) for rule in ordered)
    return Ruleset(compiled, tables, digest_rules(ordered))


def digest_rules(rules: Sequence[Rule]) -> str:
    """The sha256 of all that rules do; explanations, examples and places do not count."""
    names = [field.name for field in fields(Rule) if field.name not in _SPOKEN_FIELDS]
    content = [{name: getattr(rule, name) for name in names} for rule in sorted(rules, key=lambda rule: rule.id)]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True, default=asdict).encode()).hexdigest()


def _pattern(pattern: str, proven: bool) -> Pattern | None:
    return Pattern(pattern, is_ambiguous(pattern), proven) if pattern else None


def _compile(rule: Rule, proven: bool) -> Compiled:
    until = []
    for folded in fold_all(rule.until):
        start, end = strip_outer(folded)
        until.append(folded[start:end] if end else folded)
    return Compiled(rule, _pattern(rule.regex, proven), _pattern(rule.unless, proven), frozenset(until), _pattern(rule.until_regex, proven))
