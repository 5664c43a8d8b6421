"""More training pages out of those at hand: other layouts of the composites, bare articles, articles with the start of another behind them."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from cleaner.core.gold import CORE, NEUTRAL, OTHER, Example
from cleaner.model import Document
from cleaner.text.page import make_page

BARE, PLAIN, TAIL = "bare", "plain", "tail"  # groups without batch evidence
WRAPPED, UNSPACED = 0.15, 0.6  # of the composites' hosts: hard-wrapped lines; up to here no empty lines
WIDTHS = (55, 70, 85)  # characters of a hard-wrapped line
BARE_SHARE, TAIL_SHARE = 0.5, 0.4  # of the whole pages' hosts
BARE_WEIGHT, TAIL_WEIGHT = 0.3, 0.5
MIN_CORE, MAX_CORE = 3, 60  # core lines of an article that is used again


def chance(*names: object) -> float:
    """A number in [0, 1) that depends on the names alone."""
    return zlib.crc32("/".join(str(name) for name in names).encode()) / 2**32


def _built(example: Example, group: str, weight: float, lines: Sequence[str], marks: Sequence[int], gap: str) -> Example:
    """An example of other lines with their marks; blocks that reading splits off keep their line's mark."""
    old = example.page.document
    text = gap.join(lines)
    page = make_page(Document(f"{old.id}!{group}", text, "", lang=old.lang))
    starts = np.cumsum([0] + [len(line) + len(gap) for line in lines])
    own = np.searchsorted(starts, [block.start for block in page.blocks], side="right") - 1
    return Example(group, example.host, weight, page, np.asarray(marks, dtype=np.int8)[own])


def _lines_of(example: Example) -> list[str]:
    text = example.page.document.text
    return [text[block.start : block.end] for block in example.page.blocks]


def _wrapped(line: str, width: int) -> list[str]:
    out, row = [], ""
    for word in line.split():
        if row and len(row) + len(word) >= width:
            out.append(row)
            row = word
        else:
            row = f"{row} {word}".strip()
    return [*out, row]


def other_layouts(examples: Sequence[Example]) -> Iterator[Example]:
    """Each composite once more, for reading alone: as it is, without empty lines or with hard-wrapped lines."""
    for example in examples:
        if example.group != "composite":
            continue
        lines, marks, lot = _lines_of(example), example.marks.tolist(), chance("layout", example.host)
        if lot < WRAPPED:
            width = WIDTHS[int(chance("width", example.host) * len(WIDTHS))]
            rows = [(row, mark) for line, mark in zip(lines, marks, strict=True) for row in _wrapped(line, width)]
            lines, marks = [row for row, _ in rows], [mark for _, mark in rows]
        yield _built(example, PLAIN, example.weight / 2, lines, marks, "\n" if lot < UNSPACED else "\n\n")


def _article(example: Example) -> tuple[str, list[str]]:
    """The page's first line and its core lines."""
    lines = _lines_of(example)
    return lines[0], [line for line, mark in zip(lines, example.marks, strict=True) if mark == CORE]


def bare_articles(examples: Sequence[Example]) -> Iterator[Example]:
    """Articles of whole pages with nothing around them."""
    for example in examples:
        if example.group == "page_text" and example.weight == 1 and chance("bare", example.host) < BARE_SHARE:
            title, core = _article(example)
            if MIN_CORE <= len(core) <= MAX_CORE:
                gap = "\n" if chance("gap", example.host) < 0.5 else "\n\n"
                yield _built(example, BARE, BARE_WEIGHT, [title, *core], [NEUTRAL, *[CORE] * len(core)], gap)


def tails(examples: Sequence[Example]) -> Iterator[Example]:
    """Articles of whole pages with the start of another of the same language behind them."""
    languages: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if example.group == "page_text" and example.weight == 1:
            languages[example.page.document.lang].append(example)
    for members in languages.values():
        for number, example in enumerate(members):
            other = members[(number * 7919 + 13) % len(members)]
            (title, core), (foreign, tail) = _article(example), _article(other)
            if chance("tail", example.host) >= TAIL_SHARE or other is example or not MIN_CORE <= len(core) <= MAX_CORE or len(tail) < MIN_CORE:
                continue
            length = 2 + int(chance("length", example.page.document.id) * 10)
            lines = [title, *core, foreign, *tail[:length]]
            marks = [NEUTRAL, *[CORE] * len(core), *[OTHER] * (len(lines) - 1 - len(core))]
            yield _built(example, TAIL, TAIL_WEIGHT, lines, marks, "\n" if chance("gap", example.host) < 0.5 else "\n\n")


def augmented(examples: Sequence[Example]) -> list[Example]:
    """All further examples, to be read alone."""
    return [*other_layouts(examples), *bare_articles(examples), *tails(examples)]
