"""Turn rules into what matching reads: one automaton for all literals, compiled regexes, shapes for those that name no text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Any, NamedTuple

import regex

from cleaner.rules.folding import fold_all, strip_outer
from cleaner.rules.lexicon import Lexicon, make_lexicon
from cleaner.rules.model import Rule
from cleaner.rules.openings import opening_chars
from cleaner.rules.patterns import is_ambiguous
from cleaner.rules.prefilter import needed_chars, needed_texts

# Fields that do not change what a rule does.
_SPOKEN_FIELDS = ("why", "seen", "examples", "file", "line")


@cache
def _compiled(pattern: str) -> Any:
    """A compiled regex; kept, because compiling costs a thousand times as much as a search."""
    return regex.compile(pattern)


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A regex that is compiled when it is first needed; an ambiguous one is not tried on long texts."""

    text: str
    ambiguous: bool

    def search(self, text: str, timeout: float) -> Any:
        """The first match, or None; raises TimeoutError after so many seconds of CPU time."""
        return _compiled(self.text).search(text, timeout=timeout)

    def finditer(self, text: str, timeout: float) -> Iterator[Any]:
        """All matches."""
        found: Iterator[Any] = _compiled(self.text).finditer(text, timeout=timeout)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A rule ready for matching; `until` holds folded texts without outer punctuation."""

    rule: Rule
    regex: Pattern | None
    unless: Pattern | None
    until: frozenset[str]
    until_regex: Pattern | None


class Shape(NamedTuple):
    """A rule of regex alone (its index) that needs no text, with the characters of the longest block it may match and its sites."""

    rule: int
    most: int
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Ruleset:
    """Compiled rules. `shapes`: by a character, the rules that need it or one of some others; under "" those that need none.

    `openings`: by a character, the rules that can begin with it (`openings.opening_of`); they are in none of the shapes.
    `shape_chars`: the longest block that any of them may match. `digest` names what the rules do (sha256, hex).
    """

    rules: tuple[Rule, ...]
    compiled: tuple[Compiled, ...]
    lexicon: Lexicon
    shapes: Mapping[str, tuple[Shape, ...]]
    openings: Mapping[str, tuple[Shape, ...]]
    shape_chars: int
    digest: str


def compile_rules(rules: Sequence[Rule]) -> Ruleset:
    """Compile rules; the result does not depend on their order."""
    ordered = tuple(sorted(rules, key=lambda rule: rule.id))
    compiled = tuple(_compile(rule) for rule in ordered)
    needs = {index: needed_texts(rule.regex) for index, rule in enumerate(ordered) if not (rule.equals or rule.starts or rule.ends or rule.contains)}
    shapes: dict[str, tuple[Shape, ...]] = {}
    openings: dict[str, tuple[Shape, ...]] = {}
    tried = [index for index, needed in needs.items() if not needed]
    longest = max((ordered[index].max_chars for index in tried), default=0)
    for index in tried:
        rule = ordered[index]
        begins = opening_chars(rule.regex)
        waiting = openings if begins else shapes
        for char in sorted(begins or needed_chars(rule.regex) or ("",)):
            waiting[char] = (*waiting.get(char, ()), Shape(index, rule.max_chars, rule.domains))
    return Ruleset(ordered, compiled, make_lexicon(ordered, needs), shapes, openings, longest, digest_rules(ordered))


def digest_rules(rules: Sequence[Rule]) -> str:
    """The sha256 of all that rules do; explanations, examples and places do not count."""
    names = [field.name for field in fields(Rule) if field.name not in _SPOKEN_FIELDS]
    content = [{name: getattr(rule, name) for name in names} for rule in sorted(rules, key=lambda rule: rule.id)]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True, default=asdict).encode()).hexdigest()


def _pattern(pattern: str) -> Pattern | None:
    return Pattern(pattern, is_ambiguous(pattern)) if pattern else None


def _compile(rule: Rule) -> Compiled:
    until = []
    for folded in fold_all(rule.until):
        start, end = strip_outer(folded)
        until.append(folded[start:end] if end else folded)
    return Compiled(rule, _pattern(rule.regex), _pattern(rule.unless), frozenset(until), _pattern(rule.until_regex))
