"""More training pages out of those at hand: other layouts of the composites, bare articles, articles with the start of another behind them."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cleaner.core.gold import CORE, NEUTRAL, OTHER, Example, Printed
from cleaner.model import Document
from cleaner.text.page import make_page

BARE, PLAIN, TAIL, PAIR = "bare", "plain", "tail", "pair"  # groups without batch evidence
WRAPPED, UNSPACED = 0.15, 0.6  # of the composites' hosts: hard-wrapped lines; up to here no empty lines
WIDTHS = (55, 70, 85)  # characters of a hard-wrapped line
BARE_SHARE, TAIL_SHARE = 0.5, 0.4  # of the whole pages' hosts
BARE_WEIGHT, TAIL_WEIGHT = 0.3, 0.5
TEASER_SHARE, DOUBLED_SHARE, NEAR_SHARE, PATTERN_SHARE = 0.35, 0.35, 0.5, 0.35  # of the articles with others behind them
FURNITURE_CHARS, TEASER_CHARS = 90, 110  # characters of a line between core lines, of a teaser
PAIR_SHARE, PAIR_WEIGHT = 0.4, 0.35  # of the composites, that are printed with another one of their site
MARKED_SHARE, MIDDLE_SHARE = 0.6, 0.3  # of these pairs: with a marker line between, with the other story in the middle
NEAR_AMONG, PAIR_LETTERS = 24, 4  # stories of a site among which a like one is looked for; letters of a word that counts for that
MIDDLE_LINES = 6  # fewest story lines around another story
MIN_CORE, MAX_CORE = 3, 60  # core lines of an article that is used again


def chance(*names: object) -> float:
    """A number in [0, 1) that depends on the names alone."""
    return zlib.crc32("/".join(str(name) for name in names).encode()) / 2**32


def built(example: Example, group: str, weight: float, lines: Sequence[str], marks: Sequence[int], gap: str) -> Example:
    """An example of other lines with their marks; blocks that reading splits off keep their line's mark."""
    old = example.page.document
    text = gap.join(lines)
    page = make_page(Document(f"{old.id}!{group}", text, "", lang=old.lang))
    starts = np.cumsum([0] + [len(line) + len(gap) for line in lines])
    own = np.searchsorted(starts, [block.start for block in page.blocks], side="right") - 1
    return Example(group, example.host, weight, page, np.asarray(marks, dtype=np.int8)[own])


def lines_of(example: Example) -> list[str]:
    """The blocks of a page as texts."""
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
        lines, marks, lot = lines_of(example), example.marks.tolist(), chance("layout", example.host)
        if lot < WRAPPED:
            width = WIDTHS[int(chance("width", example.host) * len(WIDTHS))]
            rows = [(row, mark) for line, mark in zip(lines, marks, strict=True) for row in _wrapped(line, width)]
            lines, marks = [row for row, _ in rows], [mark for _, mark in rows]
        yield built(example, PLAIN, example.weight / 2, lines, marks, "\n" if lot < UNSPACED else "\n\n")


@dataclass(frozen=True, slots=True)
class _Story:
    """What a whole page gives: its first line, its core lines, its short other lines, its rarer words."""

    example: Example
    title: str
    core: list[str]
    furniture: list[str]
    words: frozenset[str]

    def chance(self, *names: object) -> float:
        """A number in [0, 1) of this page's own."""
        return chance(*names, self.example.page.document.id)

    def usable(self) -> bool:
        """Whether the core is neither too short nor too long to be used again."""
        return MIN_CORE <= len(self.core) <= MAX_CORE

    def patterned(self) -> bool:
        """Whether this page's stories open in one pattern: headline, a line of the site, headline again."""
        return bool(self.furniture) and self.chance("pattern") < PATTERN_SHARE

    def pattern(self) -> str:
        """The site's line of that pattern."""
        return self.furniture[int(self.chance("pattern line") * len(self.furniture))]


def _stories(examples: Sequence[Example]) -> dict[str, list[_Story]]:
    """The articles among the whole pages by language."""
    languages: dict[str, list[_Story]] = defaultdict(list)
    for example in examples:
        if example.group == "page_text" and example.weight == 1:
            lines = lines_of(example)
            core = [line for line, mark in zip(lines, example.marks, strict=True) if mark == CORE]
            other = [line for line, mark in zip(lines, example.marks, strict=True) if mark == OTHER and len(line) < FURNITURE_CHARS]
            words = frozenset(word for line in core[:8] for word in line.split() if len(word) > 5)
            languages[example.page.document.lang].append(_Story(example, lines[0], core, other, words))
    return languages


def _interrupted(story: _Story, marks: int) -> list[tuple[str, int]]:
    """The core lines with up to three of the page's short other lines between them."""
    rows = [(line, marks) for line in story.core]
    for number in range(int(story.chance("interruptions") * 4) if story.furniture else 0):
        place = 1 + int(story.chance("place", number) * (len(rows) - 1))
        rows.insert(place, (story.furniture[int(story.chance("line", number) * len(story.furniture))], OTHER))
    return rows


def bare_articles(examples: Sequence[Example]) -> Iterator[Example]:
    """Articles of whole pages with nothing around them and little between their lines."""
    for stories in _stories(examples).values():
        for story in stories:
            if chance("bare", story.example.host) < BARE_SHARE and story.usable():
                rows = [(story.title, NEUTRAL), *_interrupted(story, CORE)]
                gap = "\n" if chance("gap", story.example.host) < 0.5 else "\n\n"
                yield built(story.example, BARE, BARE_WEIGHT, [line for line, _ in rows], [mark for _, mark in rows], gap)


def _foreign(story: _Story, others: Sequence[_Story]) -> list[str]:
    """Lines of other stories to stand behind one: teasers now and then, then a story's start, its headline doubled now and then."""
    tail = others[0]
    lines: list[str] = []
    if story.chance("teasers") < TEASER_SHARE:
        for other in others[1 : 2 + int(story.chance("teaser count") * 4)]:
            lines += [other.title, other.core[0][:TEASER_CHARS]]
    lines.append(tail.title)
    if story.patterned():
        lines += [story.pattern(), tail.title]
    elif story.chance("doubled") < DOUBLED_SHARE:
        lines += [tail.core[0][:TEASER_CHARS], tail.title]
    return [*lines, *tail.core[: 2 + int(story.chance("length") * 12)]]


def tails(examples: Sequence[Example]) -> Iterator[Example]:
    """Articles of whole pages with the starts of others of the same language behind them, half of these on a like topic."""
    for stories in _stories(examples).values():
        usable = [story for story in stories if story.usable()]
        for number, story in enumerate(usable):
            others = [usable[(number + step) % len(usable)] for step in range(1, 60) if step < len(usable)]
            if chance("tail", story.example.host) >= TAIL_SHARE or not others:
                continue
            if story.chance("near") < NEAR_SHARE:
                others.sort(key=lambda other: -len(other.words & story.words))
            opening = [(story.title, CORE), (story.pattern(), OTHER), (story.title, OTHER)] if story.patterned() else [(story.title, NEUTRAL)]
            rows = [*opening, *_interrupted(story, CORE), *[(line, OTHER) for line in _foreign(story, others)]]
            gap = "\n" if chance("gap", story.example.host) < 0.5 else "\n\n"
            yield built(story.example, TAIL, TAIL_WEIGHT, [line for line, _ in rows], [mark for _, mark in rows], gap)


def _marked(page: Printed) -> list[tuple[str, int]]:
    return [(line, CORE if core else OTHER) for line, core in zip(page.lines, page.core, strict=True)]


def _words_of(page: Printed) -> set[str]:
    return {word for line, core in zip(page.lines, page.core, strict=True) if core for word in line.split() if len(word) > PAIR_LETTERS}


def _second(page: Printed, others: Sequence[Printed]) -> Printed:
    """Another story of the same site: any one, or the one that has most words in common."""
    start = int(chance("other", page.id) * len(others))
    if chance("near", page.id) >= NEAR_SHARE:
        return others[start]
    words, turned = _words_of(page), [*others[start:], *others[:start]]
    return max(turned[:NEAR_AMONG], key=lambda other: len(words & _words_of(other)))


def _pair(page: Printed, others: Sequence[Printed]) -> list[tuple[str, int]]:
    """A story in its page's print with another one in the same print behind it, or in its middle."""
    second = _second(page, others)
    foreign = [(line, OTHER) for line in second.lines]
    led = [other for other in (page, *others) if other.markers]
    if led and chance("marked", page.id) < MARKED_SHARE:
        chosen = led[int(chance("marker", page.id) * len(led))]
        teasers = chosen.teasers if chance("teased", page.id) < TEASER_SHARE else ()
        foreign = [(line, OTHER) for line in (chosen.markers[0], *teasers)] + foreign
    own = _marked(page)
    paragraphs = [n for n, core in enumerate(page.core) if core]
    if len(paragraphs) > MIDDLE_LINES and chance("middle", page.id) < MIDDLE_SHARE:
        at = paragraphs[2 + int(chance("cut", page.id) * (len(paragraphs) - 4))]
        return own[:at] + foreign + own[at:]
    return own + foreign


def pairs(pages: Sequence[Printed]) -> Iterator[Example]:
    """Two stories of one site in the site's own print, half of them on a like topic."""
    hosts: dict[str, list[Printed]] = defaultdict(list)
    for page in pages:
        if any(page.core):
            hosts[page.host].append(page)
    for host, members in hosts.items():
        gap = "\n" if chance("gap", host) < 0.5 else "\n\n"
        for number, page in enumerate(members):
            if len(members) > 1 and chance("pair", page.id) < PAIR_SHARE:
                rows = _pair(page, members[number + 1 :] + members[:number])
                empty = Example("composite", host, PAIR_WEIGHT, make_page(Document(page.id, "", "", lang=page.lang)), np.zeros(0, dtype=np.int8))
                yield built(empty, PAIR, PAIR_WEIGHT, [line for line, _ in rows], [mark for _, mark in rows], gap)


def augmented(examples: Sequence[Example], pages: Sequence[Printed]) -> list[Example]:
    """All further examples, to be read alone."""
    return [*other_layouts(examples), *bare_articles(examples), *tails(examples), *pairs(pages)]
