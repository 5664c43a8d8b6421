"""Check rules that load: run their examples, throw hostile texts at their regexes, find literals and names that mislead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath
from time import process_time

import regex

from cleaner.config import RULES
from cleaner.errors import RuleTimeout
from cleaner.model import Document, Label
from cleaner.rules.compile import Ruleset, compile_rules
from cleaner.rules.conflicts import find_conflicts
from cleaner.rules.folding import fold_all
from cleaner.rules.lexicon import Place
from cleaner.rules.match import match_rules
from cleaner.rules.model import ExampleLine, Finding, Rule, Scope, Standing
from cleaner.rules.patterns import is_ambiguous, unfolded
from cleaner.rules.schema import shown
from cleaner.text.fold import fold_text
from cleaner.text.page import make_page

TOPICS = (
    "related", "captions", "bylines", "share", "source", "keywords", "comments", "dates", "cta", "legal", "nav", "widgets", "credits", "bios", "ads",
)  # fmt: skip
PATTERN_FIELDS = ("regex", "unless", "until_regex")
_LABELLED = regex.compile(r"x(?: *x)*")
_WORD = regex.compile(r"\w+")


def check_rules(rules: Sequence[Rule]) -> list[Finding]:
    """All findings on rules that were loaded, in order of file, line and rule; empty where all is well."""
    findings = [*run_examples(rules), *find_conflicts(rules)]
    for rule in rules:
        findings += [*_check_name(rule), *_check_literals(rule), *_check_patterns(rule)]
    return sorted(findings, key=lambda finding: (finding.file, finding.line, finding.rule_id, finding.field, finding.message))


def run_examples(rules: Sequence[Rule]) -> list[Finding]:
    """Match every example as a page of its own with all rules, and look at the labels of its own rule alone.

    Examples are excerpts, so guards are off; a trial rule must pass as a stable one would.
    """
    ruleset = compile_rules([replace(rule, guard=None, status=Standing.STABLE) for rule in rules])
    return [finding for rule in rules for number, lines in enumerate(rule.examples, 1) for finding in _run_example(ruleset, rule, number, lines)]


def _finding(rule: Rule, field: str, message: str) -> Finding:
    return Finding(rule.file, rule.id, field, message, rule.line)


def _run_example(ruleset: Ruleset, rule: Rule, number: int, lines: tuple[ExampleLine, ...]) -> Iterator[Finding]:
    """What an example expects and does not get."""
    text = "\n".join(line.text for line in lines)
    site = rule.domains[0] if rule.domains else ""
    try:
        labels, _ = match_rules(make_page(Document("example", text, site)), ruleset)
    except RuleTimeout as timeout:
        yield _finding(rule, f"example {number}", f"a regex of rule {timeout.rule_id} ran out of time on it")
        return
    covered = _covered(text, [label for label in labels if label.author == rule.id])
    start = 0
    for line in lines:
        got = covered[start : start + len(line.text)]
        start += len(line.text) + 1
        wanted = _wanted(line)
        if any(want is not None and want is not has for want, has in zip(wanted, got, strict=True)):
            want_text, got_text = (_marked(line.text, [bool(flag) for flag in flags]) for flags in (wanted, got))
            yield _finding(rule, f"example {number}", f"expected {want_text}, got {got_text}")


def _wanted(line: ExampleLine) -> list[bool | None]:
    """For each character whether it must be labelled; None for white space, which may be either."""
    wanted = [line.goes or any(start <= place < end for start, end in line.marks) for place in range(len(line.text))]
    return [None if char.isspace() else flag for char, flag in zip(line.text, wanted, strict=True)]


def _covered(text: str, labels: Sequence[Label]) -> list[bool]:
    covered = [False] * len(text)
    for label in labels:
        covered[label.start : label.end] = [True] * (label.end - label.start)
    return covered


def _marked(text: str, flags: Sequence[bool]) -> str:
    """A line with its labelled parts between marks.

    >>> _marked("read this", [True] * 4 + [False] * 5)
    "'⟦read⟧ this'"
    """
    # White space is not judged, so it never parts two labelled words.
    shape = "".join(" " if char.isspace() else "x" if flag else "." for char, flag in zip(text, flags, strict=True))
    out, done = "", 0
    for run in _LABELLED.finditer(shape):
        out += f"{text[done : run.start()]}⟦{text[run.start() : run.end()]}⟧"
        done = run.end()
    return repr(out + text[done:])


def _check_name(rule: Rule) -> Iterator[Finding]:
    """The parts of an id must say what its file says; the files of sites are free to name their topics."""
    lang, topic = rule.id.split(".")[:2]
    stem = PurePath(rule.file).stem
    if rule.domains:
        return
    if lang != rule.lang:
        yield _finding(rule, "id", f"begins with {lang}; allowed: {rule.lang}, the lang of its file")
    if stem in TOPICS and topic != stem:
        yield _finding(rule, "id", f"has the topic {topic}; allowed: {stem}, the name of its file")


def _check_literals(rule: Rule) -> Iterator[Finding]:
    """Literals that say nothing because another one of the rule says it already."""
    folded = {place: fold_all(getattr(rule, place)) for place in Place}
    for place in Place:
        first: dict[str, str] = {}
        for text, typed in zip(folded[place], getattr(rule, place), strict=True):
            if text in first:
                yield _finding(rule, place, f"{shown(typed)} is the same as {shown(first[text])} after folding; leave one out")
            first.setdefault(text, typed)
    if rule.scope is Scope.SPAN:
        return
    # A covered `starts` literal still cuts a captured value elsewhere, so only `equals` is compared with the others.
    for other in (Place.STARTS, Place.ENDS, Place.CONTAINS):
        for text, typed in zip(folded[Place.EQUALS], rule.equals, strict=True):
            shadow = next((short for short in folded[other] if _says_all(short, text, other)), "")
            if shadow:
                yield _finding(rule, Place.EQUALS, f"{shown(typed)} is covered by {shown(shadow)} in {other}; leave it out")


def _says_all(short: str, text: str, place: Place) -> bool:
    """Whether a literal matches wherever a longer one does."""
    if place is Place.STARTS:
        return f"{text} ".startswith(f"{short} ")
    if place is Place.ENDS:
        return f" {text}".endswith(f" {short}")
    return f" {short} " in f" {text} "


def _check_patterns(rule: Rule) -> Iterator[Finding]:
    """Regexes that cannot match what they name, or that a text can bring to a halt."""
    for field in PATTERN_FIELDS:
        pattern = getattr(rule, field)
        if not pattern:
            continue
        never = unfolded(pattern)
        if never:
            folds = " ".join(f"{char} -> {fold_text(char) or 'nothing'}" for char in never)
            yield _finding(rule, field, f"is written for unfolded text and cannot match {shown(never)}; write the folded form: {folds}")
        if is_ambiguous(pattern):
            yield _finding(rule, field, f"slow regex: repeats a repeat, so a text can be cut in too many ways; use one: {shown(pattern)}")
            continue
        attack, seconds = slowest_attack(rule, pattern)
        if seconds > RULES.attack_seconds:
            where = f"on {len(attack)} characters {shown(attack[:30])}"
            yield _finding(rule, field, f"slow regex: took over {RULES.attack_seconds:g} s {where}; bound its repeats, or set max_chars")


def attacks(rule: Rule, pattern: str) -> list[str]:
    """Hostile texts for a regex: pieces of it and of the lines that it matches, repeated, with an end that fails.

    None is longer than the rule lets a block be.
    """
    size = min(rule.max_chars or RULES.attack_chars, RULES.attack_chars)
    hits = [fold_text(line.text) for example in rule.examples for line in example if line.goes or line.marks]
    starts = [text.split(" ")[0] for text in hits[:2]] + fold_all(rule.starts[:1])
    pumps = dict.fromkeys(["a", "ا", "1", " ", "a ", "1 ", ", ", "-", *_WORD.findall(pattern)[:6], *(f"{text} " for text in hits[:2])])
    made = [f"{start}{pump * size}"[: size - 1] + end for start in dict.fromkeys(["", *starts]) for pump in pumps for end in "!\x00"]
    return list(dict.fromkeys(made))


def slowest_attack(rule: Rule, pattern: str) -> tuple[str, float]:
    """The hostile text that takes a regex longest, and its seconds; stops at the first that takes too long."""
    search = regex.compile(pattern).search
    worst, longest = "", 0.0
    for text in attacks(rule, pattern):
        begun = process_time()
        try:
            search(text, timeout=RULES.attack_seconds)
        except TimeoutError:
            return text, RULES.attack_seconds * 2
        taken = process_time() - begun
        if taken > longest:
            worst, longest = text, taken
    return worst, longest
