"""Time `match_rules`: python tests/benchmarks/match_rules.py (600 rules of 10 literals, a page of about 4,000 characters)."""

from __future__ import annotations

import random
import timeit
from time import process_time

from cleaner.model import Confidence, Document, Reason
from cleaner.rules.compile import compile_rules
from cleaner.rules.match import match_rules
from cleaner.rules.model import Rule, Scope
from cleaner.text.page import make_page

SYLLABLES = ("ما", "لا", "نو", "سي", "را", "كا", "في", "ها", "دو", "بر", "جم", "غد", "خل", "شط", "ro", "ta", "lin", "ber", "so", "me", "ka", "dor")
PLACES = ("equals", "starts", "ends", "contains")


def main() -> None:
    """Print the time of one page for several mixes of rules; a tenth of the regex rules have no literal."""
    rng = random.Random(7)
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(6000)]
    for regexes in (0, 200, 600):
        rules = [make_rule(rng, words, number, number < regexes) for number in range(600)]
        ruleset = compile_rules(rules)
        page = make_page(Document("page", make_text(rng, words, rules)))
        runs = min(timeit.repeat(lambda page=page, ruleset=ruleset: match_rules(page, ruleset), timer=process_time, number=50, repeat=7)) / 50
        labels, _ = match_rules(page, ruleset)
        size = f"{len(page.blocks)} blocks, {len(page.document.text)} characters, {len(labels)} labels"
        block = runs * 1e6 / len(page.document.text) * 150
        print(f"{regexes} of 600 rules with regex: {runs * 1e3:.3f} ms, {block:.1f} us for each 150 characters; {size}")


def make_rule(rng: random.Random, words: list[str], number: int, with_regex: bool) -> Rule:
    """A line rule of ten literals; with a regex behind them, or every tenth such rule with a regex alone."""
    literals = tuple(" ".join(rng.choices(words, k=rng.randint(2, 4))) for _ in range(10))
    rule_id = f"any.test.r{number}"
    if with_regex and number % 10 == 0:
        return Rule(rule_id, "", Reason.OTHER, Scope.LINE, Confidence.CERTAIN, regex=r"^\W*\w+\s*\d+/\d+", max_chars=80)
    pattern = rf"^\W*(?:{'|'.join(literals[:3])})" if with_regex else ""
    return Rule(rule_id, "", Reason.OTHER, Scope.LINE, Confidence.CERTAIN, regex=pattern, **{PLACES[number % 4]: literals})


def make_text(rng: random.Random, words: list[str], rules: list[Rule]) -> str:
    """A page of short lines, a fifth of which rules know, and long paragraphs."""
    known = [rule.equals[0] for rule in rules if rule.equals]
    lines: list[str] = []
    while sum(map(len, lines)) < 4000:
        lines.append(rng.choice(known) if rng.random() < 0.2 else " ".join(rng.choices(words, k=rng.choice((3, 6, 40)))))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
