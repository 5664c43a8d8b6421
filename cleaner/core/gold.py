"""Line labels for training: 1 core story, 0 not, -1 not counted; read from the labelled sets or found by aligning a page with its article."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from cleaner.model import Document, Page
from cleaner.text.fold import fold
from cleaner.text.page import make_page
from cleaner.text.tokens import tokenise

Marks: TypeAlias = npt.NDArray[np.int8]
CORE, OTHER, NEUTRAL = 1, 0, -1
_COMPOSITE_CORE, _COMPOSITE_NEUTRAL = {"title", "core"}, {"caption"}
_FOREIGN = {"marker", "item", "teaser", "blank"}
_LABELLED_CORE, _LABELLED_NEUTRAL = {"title", "subtitle", "body", "subheading"}, {"caption"}
GRAM = 4  # tokens that a page and its article must share in order
MIN_TOKENS = 6  # shorter lines are looked for between their neighbours
COVER, CHAIN, NOT_CORE = 0.5, 0.7, 0.25  # shares of a line's tokens (recipe of core-story.md, 3)
MAX_PLACES = 40  # places of one gram in the article that are looked at


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One training page: `group` names its batch, `host` its fold, `weight` its share; `marks` one label for each block."""

    group: str
    host: str
    weight: float
    page: Page
    marks: Marks


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def _line_marks(page: Page, labels: Sequence[str], core: set[str], neutral: set[str]) -> Marks:
    """Labels of text lines (one for each line of the file) as labels of blocks."""
    text = page.document.text
    marks = [labels[text.count("\n", 0, block.start)] for block in page.blocks]
    return np.array([CORE if mark in core else NEUTRAL if mark in neutral else OTHER for mark in marks], dtype=np.int8)


def composites(folder: Path) -> Iterator[Example]:
    """The composite documents."""
    for row in rows_of(folder / "composite" / "dev.jsonl.gz"):
        page = make_page(Document(row["id"], "\n".join(row["lines"]), row["host"], lang=row["lang"]))
        yield Example("composite", row["host"], 1.0, page, _line_marks(page, row["labels"], _COMPOSITE_CORE, _COMPOSITE_NEUTRAL))


@dataclass(frozen=True, slots=True)
class Printed:
    """A composite as its own page prints it: its lines with `core` telling which are story; the marker lines and teasers that stood there."""

    id: str
    host: str
    lang: str
    lines: tuple[str, ...]
    core: tuple[bool, ...]
    markers: tuple[str, ...]
    teasers: tuple[str, ...]


def printed(folder: Path) -> Iterator[Printed]:
    """The composites without what was appended to them."""
    for row in rows_of(folder / "composite" / "dev.jsonl.gz"):
        labels, lines = row["labels"], row["lines"]
        own = [n for n, label in enumerate(labels) if label not in _FOREIGN]
        core = tuple(labels[n] in _COMPOSITE_CORE for n in own)
        marker, teaser = (tuple(line for line, label in zip(lines, labels, strict=True) if label == kind) for kind in ("marker", "teaser"))
        yield Printed(row["id"], row["host"], row["lang"], tuple(lines[n] for n in own), core, marker, teaser)


def labelled(folder: Path, name: str, weight: float, seeds: bool = False) -> Iterator[Example]:
    """Hand-labelled pages; the seeds only when asked for (never for training)."""
    for line in (folder / "core_story" / name / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["id"].startswith("seed") != seeds:
            continue
        text = (folder / "core_story" / name / f"{row['id']}.txt").read_text(encoding="utf-8")
        labels = [""] * (text.count("\n") + 1)
        for entry in (folder / "core_story" / name / f"{row['id']}.labels.tsv").read_text(encoding="utf-8").splitlines():
            number, label = entry.split("\t")[:2]
            labels[int(number) - 1] = label
        host = row["host"] if row["host"] not in ("", "?") else row["id"]
        page = make_page(Document(row["id"], text, "" if host == row["id"] else host, lang=row["lang"]))
        yield Example(name, host, weight, page, _line_marks(page, labels, _LABELLED_CORE, _LABELLED_NEUTRAL))


def whole_pages(folder: Path, article: float, other: float) -> Iterator[Example]:
    """The training part of the whole pages, labelled by alignment; pages whose article is hardly found are left out."""
    for row in rows_of(folder / "page_text" / "train.jsonl.gz"):
        page = make_page(Document(row["id"], row["text"], row["host"], lang=row["lang"]))
        if page.blocks and row["gold"].strip():
            marks = align(page, row["gold"])
            if (marks == CORE).any():
                yield Example("page_text", row["host"] or row["id"], article if row["type"] == "article" else other, page, marks)


def development_pages(folder: Path) -> Iterator[Example]:
    """The development half of the whole pages, to be scored and never learned from; without labels."""
    for row in rows_of(folder / "page_text" / "dev.jsonl.gz"):
        page = make_page(Document(row["id"], row["text"], row["host"], lang=row["lang"]))
        yield Example("page_text_dev", row["host"] or row["id"], 0.0, page, np.zeros(len(page.blocks), dtype=np.int8))


def _tokens_of(text: str) -> npt.NDArray[np.uint64]:
    folded = fold(text).text
    return tokenise(folded, np.array([[0, len(folded)]], dtype=np.int32)).hashes


def _grams(hashes: npt.NDArray[np.uint64]) -> list[int]:
    if len(hashes) < GRAM:
        return []
    mixed = np.zeros(len(hashes) - GRAM + 1, dtype=np.uint64)
    for at in range(GRAM):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + (hashes[at : at + len(mixed)] ^ (hashes[at : at + len(mixed)] >> np.uint64(31)))
    out: list[int] = mixed.tolist()
    return out


@dataclass(frozen=True, slots=True)
class _Place:
    """A line that may stand in the article at token `at`, `size` tokens long, `cover` of them shared."""

    line: int
    at: int
    size: int
    cover: int


def _places(line: int, hashes: npt.NDArray[np.uint64], index: dict[int, list[int]]) -> list[_Place]:
    """Where in the article a long line may stand: diagonals on which its grams fall."""
    diagonals: dict[int, set[int]] = defaultdict(set)
    for k, gram in enumerate(_grams(hashes)):
        for at in index.get(gram, ())[:MAX_PLACES]:
            diagonals[(at - k) // 4].add(k)
    out = []
    for diagonal, grams in diagonals.items():
        covered: set[int] = set()
        for near in (diagonal - 1, diagonal, diagonal + 1):
            for k in diagonals.get(near, ()):
                covered.update(range(k, k + GRAM))
        if len(covered) >= COVER * len(hashes) and len(grams) >= max(len(diagonals.get(diagonal - 1, ())), len(diagonals.get(diagonal + 1, ()))):
            out.append(_Place(line, max(diagonal * 4, 0), len(hashes), len(covered)))
    return sorted(out, key=lambda place: -place.cover)[:4]


def _chain(places: list[_Place]) -> list[_Place]:
    """The heaviest sequence of places in order of line and of article."""
    if not places:
        return []
    lines, ats, sizes = (np.array([getattr(place, name) for place in places]) for name in ("line", "at", "size"))
    best = np.array([place.cover for place in places], dtype=np.float64)
    back = np.full(len(places), -1)
    for i in range(1, len(places)):
        fits = (lines[:i] < lines[i]) & (ats[:i] + sizes[:i] <= ats[i] + 6)
        if fits.any():
            j = int(np.argmax(np.where(fits, best[:i], -1)))
            best[i] += best[j]
            back[i] = j
    at = int(np.argmax(best))
    chain = []
    while at >= 0:
        chain.append(places[at])
        at = int(back[at])
    return chain[::-1]


def align(page: Page, gold: str) -> Marks:
    """Label each block of a page by its article: in order on the chain = core, not in the article = not, unsure = not counted."""
    article = _tokens_of(gold)
    index: dict[int, list[int]] = defaultdict(list)
    for at, gram in enumerate(_grams(article)):
        index[gram].append(at)
    offsets, hashes = page.tokens.offsets, page.tokens.hashes
    lines = [hashes[offsets[b] : offsets[b + 1]] for b in range(len(page.blocks))]
    places = [place for b, line in enumerate(lines) if len(line) >= MIN_TOKENS for place in _places(b, line, index)]
    chain = _chain(places)
    marks = np.zeros(len(lines), dtype=np.int8)
    for place in chain:
        part = place.cover / place.size
        marks[place.line] = CORE if part >= CHAIN else NEUTRAL if part >= NOT_CORE else OTHER
    _mark_short(lines, marks, chain, article)
    _spare_titles(lines, marks)
    return marks


def _mark_short(lines: list[npt.NDArray[np.uint64]], marks: Marks, chain: list[_Place], article: npt.NDArray[np.uint64]) -> None:
    """Short lines are core where the article holds them between the places of their neighbours on the chain."""
    taken = {place.line: place for place in chain}
    low = 0
    following = [len(article)] * (len(lines) + 1)
    for b in range(len(lines) - 1, -1, -1):
        following[b] = taken[b].at if b in taken else following[b + 1]
    for b, line in enumerate(lines):
        if b in taken:
            low = max(low, taken[b].at + taken[b].size - 6)
        elif 0 < len(line) < MIN_TOKENS and chain:
            gap = article[low : following[b] + 6]
            found = _find(gap, line)
            if found >= 0 and (len(gap) < 400 or len(line) >= 3):
                marks[b] = CORE
                low += found + len(line)


def _find(where: npt.NDArray[np.uint64], what: npt.NDArray[np.uint64]) -> int:
    places = np.flatnonzero(where[: len(where) - len(what) + 1] == what[0]) if len(where) >= len(what) else np.zeros(0, dtype=np.int64)
    for at in places:
        if (where[at : at + len(what)] == what).all():
            return int(at)
    return -1


def _spare_titles(lines: list[npt.NDArray[np.uint64]], marks: Marks) -> None:
    """The first line, and lines before the core that share most words with it, are not counted: articles differ on headlines."""
    core = np.flatnonzero(marks == CORE)
    first = set(lines[0].tolist())
    for b in range(int(core[0]) if len(core) else 0):
        words = set(lines[b].tolist())
        if b == 0 or (len(words) >= 3 and len(words & first) >= 0.5 * len(words)):
            marks[b] = NEUTRAL
