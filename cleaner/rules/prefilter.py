"""What the regexes of all rules need, as arrays: which of them are worth trying on a block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cleaner.config import RULES
from cleaner.model import Int32s, Uint64s
from cleaner.rules.gates import Need, needs_of
from cleaner.rules.model import Rule
from cleaner.rules.numbers import least_numbers
from cleaner.rules.patterns import is_ambiguous

CLASSES = 64  # bits of a word


class Prefilter(NamedTuple):
    """The gates of rules: `of_rule` gives the gate of a rule that has one, `waits` (outline, gate, need) what they wait for.

    `classes` are the characters and classes that they ask for; the arrays are those of `tables`.
    """

    of_rule: dict[int, int]
    waits: tuple[tuple[str, int, int], ...]
    classes: tuple[str, ...]
    gates: Int32s
    asked: Uint64s
    open: Int32s


def make_prefilter(rules: Sequence[Rule]) -> Prefilter:
    """The gates of all rules of regex alone, and of those with literals whose regex needs more than these."""
    needs = {index: _needs(rule) for index, rule in enumerate(rules) if rule.regex}
    chosen = [index for index, needed in needs.items() if needed or _is_alone(rules[index])]
    counts = Counter(char for index in chosen for need in needs[index] for char in need.chars)
    classes = tuple(sorted(counts, key=lambda char: (-counts[char], char))[:CLASSES])
    asked = [tuple(need for need in needs[index] if need.chars <= set(classes)) for index in chosen]
    waits = tuple((text, gate, at) for gate, needed in enumerate(asked) for at, need in enumerate(needed) for text in sorted(need.texts))
    rows = [_row(rules[index], index, len(own)) for index, own in zip(chosen, asked, strict=True)]
    unlisted = [gate for gate, own in enumerate(asked) if not any(need.texts and not need.chars for need in own)]
    gates = np.array(rows, dtype=np.int32).reshape(-1, 5)
    of_rule = {index: gate for gate, index in enumerate(chosen)}
    return Prefilter(of_rule, waits, classes, gates, _masks(asked, classes), np.array(unlisted, dtype=np.int32))


def _needs(rule: Rule) -> tuple[Need, ...]:
    """What a rule's regex needs; nothing is asked for an ambiguous one behind literals, which must run out of time on long texts."""
    return () if not _is_alone(rule) and is_ambiguous(rule.regex) else needs_of(rule.regex)


def _row(rule: Rule, index: int, needs: int) -> tuple[int, ...]:
    """A row of `gates`."""
    return index, needs, rule.max_chars, _is_alone(rule), least_numbers(rule.regex)


def _is_alone(rule: Rule) -> bool:
    return not (rule.equals or rule.starts or rule.ends or rule.contains)


def _masks(asked: Sequence[Sequence[Need]], classes: Sequence[str]) -> Uint64s:
    """For each gate and need the classes of characters that meet it (bits)."""
    masks = np.zeros((len(asked), RULES.needed_several), dtype=np.uint64)
    bits = {name: 1 << bit for bit, name in enumerate(classes)}
    for gate, needs in enumerate(asked):
        for at, need in enumerate(needs):
            masks[gate, at] = sum(bits[char] for char in need.chars)
    return masks
