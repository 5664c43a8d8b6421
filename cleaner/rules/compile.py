"""Turn rules into what matching reads: one automaton for all literals, compiled regexes, shapes for those that name no text."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, NamedTuple

import ahocorasick
import regex

from cleaner.rules.model import Rule
from cleaner.rules.patterns import is_ambiguous
from cleaner.rules.prefilter import needed_chars, needed_texts
from cleaner.text.fold import fold_text

# Scripts written without spaces between words (Thai, Lao, Myanmar, Khmer, kana, Han): no word boundary is asked of them.
_UNSPACED = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x3040, 0x3100), (0x31F0, 0x3200), (0x3400, 0xA000), (0xF900, 0xFB00), (0x20000, 0x40000),
)  # fmt: skip
# Fields that do not change what a rule does.
_SPOKEN_FIELDS = ("why", "seen", "examples", "file", "line")


class Place(StrEnum):
    """Where in a block a literal must stand."""

    EQUALS = "equals"
    STARTS = "starts"
    ENDS = "ends"
    CONTAINS = "contains"


class Entry(NamedTuple):
    """A literal's use by a rule (its index); `loose`: a regex has the last word, so no word boundary is asked.

    `most`: characters of the longest block (0: any); `sited`: the rule is for some sites only; `typed`: as in the file, empty
    for a text that a regex needs.
    """

    rule: int
    place: Place
    loose: bool
    most: int
    sited: bool
    typed: str


class Literal(NamedTuple):
    """A folded literal: its length, whether its ends are parts of words, whether all or some uses are loose, and the uses."""

    size: int
    word_left: bool
    word_right: bool
    all_loose: bool
    any_loose: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A compiled regex; an ambiguous one is not tried on long texts."""

    search: Callable[..., Any]
    finditer: Callable[..., Any]
    ambiguous: bool


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

    `shape_chars`: the longest block that any of them may match. `digest` names what the rules do (sha256, hex).
    """

    rules: tuple[Rule, ...]
    compiled: tuple[Compiled, ...]
    automaton: Any
    shapes: Mapping[str, tuple[Shape, ...]]
    shape_chars: int
    digest: str

    def __reduce__(self) -> tuple[Callable[[tuple[Rule, ...]], Ruleset], tuple[tuple[Rule, ...]]]:
        return compile_rules, (self.rules,)


def is_word(char: str) -> bool:
    """Whether a character is part of a word of a script that puts spaces between words.

    >>> [is_word(char) for char in ("a", "ق", "7", "-", "新")]
    [True, True, True, False, False]
    """
    if not char.isalnum() and not unicodedata.category(char).startswith("M"):
        return False
    return char < "\u0e00" or not any(low <= ord(char) < high for low, high in _UNSPACED)


def is_outer(char: str) -> bool:
    """Whether a character is punctuation, symbol or space, which do not count at the ends of a block."""
    return not (char.isalnum() or unicodedata.category(char).startswith("M"))


def strip_outer(text: str) -> tuple[int, int]:
    """The half-open span of a text without outer punctuation, symbols and space; `(len, 0)` where nothing is left.

    >>> strip_outer("- Read more: ")
    (2, 11)
    """
    start, end = 0, len(text)
    while start < end and is_outer(text[start]):
        start += 1
    while end > start and is_outer(text[end - 1]):
        end -= 1
    return (start, end) if start < end else (len(text), 0)


def fold_all(texts: Sequence[str]) -> list[str]:
    """Fold many one-line texts at once, runs of spaces made one."""
    return [" ".join(folded.split()) for folded in fold_text("\n".join(texts)).split("\n")] if texts else []


def compile_rules(rules: Sequence[Rule]) -> Ruleset:
    """Compile rules; the result does not depend on their order."""
    ordered = tuple(sorted(rules, key=lambda rule: rule.id))
    compiled = tuple(_compile(rule) for rule in ordered)
    needs = {index: needed_texts(rule.regex) for index, rule in enumerate(ordered) if not _literals(rule)}
    shapes: dict[str, tuple[Shape, ...]] = {}
    tried = [index for index, needed in needs.items() if not needed]
    longest = max((ordered[index].max_chars for index in tried), default=0)
    for index in tried:
        rule = ordered[index]
        for char in needed_chars(rule.regex) or ("",):
            shapes[char] = (*shapes.get(char, ()), Shape(index, rule.max_chars, rule.domains))
    return Ruleset(ordered, compiled, _automaton(ordered, needs), shapes, longest, digest_rules(ordered))


def digest_rules(rules: Sequence[Rule]) -> str:
    """The sha256 of all that rules do; explanations, examples and places do not count."""
    names = [field.name for field in fields(Rule) if field.name not in _SPOKEN_FIELDS]
    content = [{name: getattr(rule, name) for name in names} for rule in sorted(rules, key=lambda rule: rule.id)]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True, default=asdict).encode()).hexdigest()


def _literals(rule: Rule) -> list[tuple[Place, str]]:
    return [(place, text) for place in Place for text in getattr(rule, place)]


def _pattern(pattern: str) -> Pattern | None:
    if not pattern:
        return None
    made = regex.compile(pattern)
    return Pattern(made.search, made.finditer, is_ambiguous(pattern))


def _compile(rule: Rule) -> Compiled:
    until = []
    for folded in fold_all(rule.until):
        start, end = strip_outer(folded)
        until.append(folded[start:end] if end else folded)
    return Compiled(rule, _pattern(rule.regex), _pattern(rule.unless), frozenset(until), _pattern(rule.until_regex))


def _automaton(rules: Sequence[Rule], needs: Mapping[int, frozenset[str]]) -> Any:
    """One Aho-Corasick automaton over the folded literals of all rules and the texts that regexes need; None without any.

    Its values are `Literal`.
    """
    uses = [(index, place, typed) for index, rule in enumerate(rules) for place, typed in _literals(rule)]
    folded = fold_all([typed for _, _, typed in uses])
    uses += [(index, Place.CONTAINS, "") for index, needed in needs.items() for _ in needed]
    folded += [text for needed in needs.values() for text in sorted(needed)]
    entries: dict[str, list[Entry]] = {}
    for text, (index, place, typed) in zip(folded, uses, strict=True):
        rule = rules[index]
        entries.setdefault(text, []).append(Entry(index, place, bool(rule.regex), rule.max_chars, bool(rule.domains), typed))
    if not entries:
        return None
    automaton = ahocorasick.Automaton()
    for text, used in entries.items():
        loose = [entry.loose for entry in used]
        automaton.add_word(text, Literal(len(text), is_word(text[0]), is_word(text[-1]), all(loose), any(loose), tuple(used)))
    automaton.make_automaton()
    return automaton
