"""Rules that get into each other's way, and examples that show nothing: what only a look at all rules together finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import regex

from cleaner.errors import RuleTimeout
from cleaner.model import Confidence, Document, Label, Reason
from cleaner.rules.compile import Ruleset, compile_rules
from cleaner.rules.folding import fold_all, is_word
from cleaner.rules.lexicon import Place
from cleaner.rules.match import match_rules
from cleaner.rules.model import Finding, Rule, Scope, Standing
from cleaner.rules.patterns import pieces
from cleaner.rules.schema import shown
from cleaner.text.fold import fold_text
from cleaner.text.page import make_page

_STRENGTH = {Confidence.HINT: 0, Confidence.LIKELY: 1, Confidence.CERTAIN: 2}
# What a scope labels at least: each covers those behind it.
_WIDTH = {Scope.SPAN: 0, Scope.LINE: 1, Scope.RUN: 2, Scope.HEAD: 2, Scope.TAIL: 3}
_WORD = regex.compile(r"[\w]+")
_BEGUN = 3  # letters of a word that, standing in another word, make a line akin to a rule

_Literal = tuple[Place, str]


def find_conflicts(rules: Sequence[Rule]) -> list[Finding]:
    """Rules that others make needless, literals that stand in two rules, near misses that prove nothing."""
    literals = {rule.id: _folded(rule) for rule in rules}
    holders: dict[_Literal, list[Rule]] = defaultdict(list)
    for rule in rules:
        for literal in dict.fromkeys(literals[rule.id]):
            holders[literal].append(rule)
    # Guards need a whole page, and a neighbour's label a neighbour: neither can be told from an example.
    ruleset = compile_rules([rule for rule in rules if rule.guard is None and rule.near is None and rule.status is Standing.STABLE])
    findings: list[Finding] = []
    for rule in rules:
        findings += [*_overlaps(rule, literals[rule.id], holders), *_empty_misses(rule), *_decided_elsewhere(rule, ruleset)]
    return findings


def _finding(rule: Rule, field: str, message: str) -> Finding:
    return Finding(rule.file, rule.id, field, message, rule.line)


def _folded(rule: Rule) -> list[_Literal]:
    return [(place, text) for place in Place for text in fold_all(getattr(rule, place))]


def _says_more(rule: Rule, other: Rule) -> bool:
    """Whether a rule does something with a line that another one does not."""
    return bool(
        rule.reason is not other.reason
        or (rule.capture and rule.capture != other.capture)
        or (rule.marker and not other.marker)
        or _STRENGTH[rule.confidence] > _STRENGTH[other.confidence]
        or _WIDTH[rule.scope] > _WIDTH[other.scope]
        or (rule.scope is Scope.HEAD) != (other.scope is Scope.HEAD)
        or rule.scope is Scope.RUN
    )


def _is_plain(rule: Rule) -> bool:
    """Whether a rule takes its literals wherever they stand."""
    return not (rule.regex or rule.unless or rule.near or rule.guard) and rule.status is Standing.STABLE


def _covers(other: Rule, rule: Rule) -> bool:
    """Whether all that a rule does with a literal, another one that has it does too."""
    if other.lang not in ("any", rule.lang) or other.domains != rule.domains:
        return False  # packs can be left out by language, and a site's file says all that is known of the site
    room = not other.max_chars or 0 < rule.max_chars <= other.max_chars
    return room and _is_plain(other) and not _says_more(rule, other)


def _overlaps(rule: Rule, literals: Sequence[_Literal], holders: Mapping[_Literal, Sequence[Rule]]) -> Iterator[Finding]:
    """Literals that another rule has, which does as much with them; a rule of nothing else is never needed."""
    if rule.status is not Standing.STABLE:
        return
    taken = {literal: other for literal in literals if (other := _holder(rule, literal, holders))}
    if literals and len(taken) == len(set(literals)):
        others = ", ".join(sorted({other.id for other in taken.values()}))
        yield _finding(rule, "", f"is unreachable: all its literals stand in {others}, which does as much with them; take it out, or say more here")
        return
    typed = {(place, folded): text for place in Place for text in getattr(rule, place) for folded in fold_all([text])}
    for literal, other in taken.items():
        yield _finding(rule, literal[0], f"{shown(typed[literal])} stands in rule {other.id} ({other.file}:{other.line}) too; keep it in one of them")


def _holder(rule: Rule, literal: _Literal, holders: Mapping[_Literal, Sequence[Rule]]) -> Rule | None:
    """Another rule with the same literal that makes it needless here; of two equal ones the later id is the needless one."""
    for other in holders[literal]:
        if other.id != rule.id and _covers(other, rule) and (other.id < rule.id or not _covers(rule, other)):
            return other
    return None


def _empty_misses(rule: Rule) -> Iterator[Finding]:
    """Near misses none of which has anything in common with what the rule looks for."""
    if not _folded(rule):
        return  # a near miss of a shape is another shape
    words, text = _vocabulary(rule)
    misses = [line.text for example in rule.examples for line in example if not line.goes and not line.marks]
    if misses and not any(_is_akin(fold_text(line), words, text) for line in misses):
        told = (
            f"near miss {shown(misses[0])} has nothing in common with the rule"
            if len(misses) == 1
            else "no near miss has anything in common with the rule"
        )
        yield _finding(rule, "example 1", f"{told}, so it proves nothing; show its words in another sense or place")


def _vocabulary(rule: Rule) -> tuple[set[str], str]:
    """The words of a rule's literals, regexes and hits, and all of them as one text."""
    said = [text for _, text in _folded(rule)]
    said += fold_all([line.text for example in rule.examples for line in example if line.goes or line.marks])
    for pattern in (rule.regex, rule.unless):
        said.append("".join(text if kind == "other" else " " for kind, text in pieces(pattern)))
    text = " ".join(said)
    return set(_WORD.findall(text)), text


def _is_akin(line: str, words: set[str], text: str) -> bool:
    """Whether a folded line has a word, the beginning of one, a number or a sign in common with a rule."""
    own = _WORD.findall(line)
    if any(char.isdigit() for char in line) and any(char.isdigit() for char in text):
        return True
    if any(not (char.isalnum() or char in " .,'\"-") and char in text for char in line):
        return True
    unspaced = {char for char in line if char.isalnum() and not is_word(char)}
    if unspaced & set(text):
        return True
    begun = {word[:_BEGUN] for word in words if len(word) > 1}
    return any(part in word for word in own for part in begun)


def _decided_elsewhere(rule: Rule, ruleset: Ruleset) -> Iterator[Finding]:
    """Near misses that go all the same, because another rule is certain of them."""
    if rule.near is not None or rule.scope not in (Scope.SPAN, Scope.LINE):
        return  # its examples need a neighbour, or an end, that another rule knows
    site = rule.domains[0] if rule.domains else ""
    for number, example in enumerate(rule.examples, 1):
        for line in example:
            if line.goes or line.marks:
                continue
            try:
                labels, _ = match_rules(make_page(Document("example", line.text, site)), ruleset)
            except RuleTimeout:
                continue  # a finding of its own
            decides = next((one for one in labels if one.end - one.start >= len(line.text) and _decides(one, rule)), None)
            if decides is not None:
                yield _finding(
                    rule, f"example {number}", f"near miss {shown(line.text)} is decided by rule {decides.author}; show one that stays on a page"
                )


def _decides(label: Label, rule: Rule) -> bool:
    """Whether a label of another rule, of the same language or of all, removes a line."""
    lang = label.author.split(".")[0]
    return label.author != rule.id and label.confidence is Confidence.CERTAIN and label.reason is not Reason.CAPTION and lang in ("any", rule.lang)
