"""The training corpus as arrays: term weights, rows of both variants of each page, labels, weights, folds."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cleaner.core.augment import chance
from cleaner.core.features import Matrix, Rows, make_rows
from cleaner.core.gold import CORE, NEUTRAL, Example
from cleaner.core.lines import make_lines
from cleaner.core.terms import WEIGHT_UNIT, Weights, stem_hashes
from cleaner.core.unknown import UNKNOWN
from cleaner.core.wrapped import first_blocks, joined, joined_evidence
from cleaner.model import Evidence, Page

TABLE_TERMS = 24_000  # terms whose document frequency is kept; raised: a larger weights file
MIN_LANGUAGE_PAGES = 60  # pages of a language, fewer give no frequencies
MIN_DOCUMENTS = 3  # pages a term must stand on
PAGES_TOGETHER = 64
EDGES = 4  # borders of the core, from the first and from the last on, that count as such
BORDER_LINES = 5  # lines on both sides of a border of the core that are always learned from
REST_LINES = 30  # further lines of a page, about
FOLDS = 3

Gather = Callable[[Sequence[Page]], Sequence[Evidence]]
Fold = Callable[[Example], int]


def build_table(examples: Sequence[Example]) -> Weights:
    """Inverse document frequencies of the commonest terms: for each term the highest share of pages in any language."""
    pages: Counter[str] = Counter()
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for example in examples:
        if example.group == UNKNOWN:
            continue
        lang = example.page.document.lang
        lines = make_lines([example.page])
        pages[lang] += 1
        counts[lang].update(np.unique(stem_hashes(lines) >> np.uint64(32)).tolist())
    shares: dict[int, float] = {}
    for lang, terms in sorted(counts.items()):
        if pages[lang] >= MIN_LANGUAGE_PAGES:
            for term, count in terms.items():
                if count >= MIN_DOCUMENTS:
                    shares[term] = max(shares.get(term, 0.0), count / pages[lang])
    top = sorted(shares, key=lambda term: (-shares[term], term))[:TABLE_TERMS]
    keys = np.array(sorted(top), dtype=np.uint32)
    values = np.array([min(255, round(-np.log(shares[int(key)]) * WEIGHT_UNIT)) for key in keys]).clip(1).astype(np.uint8)
    return Weights(keys, values, int(values.max()) + WEIGHT_UNIT)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows of some pages in one variant; `pages` are their places in the list of examples."""

    pages: list[int]
    rows: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """All rows, part by part, with for each line: `marks`, `weight`, `page` (place of its example), `fold`, `kept` (taken for training)."""

    parts: list[Part]
    marks: npt.NDArray[np.int8]
    weight: npt.NDArray[np.float64]
    fold: npt.NDArray[np.int64]
    kept: npt.NDArray[np.bool_]

    def matrix(self) -> Matrix:
        """All first-pass rows (float32, lines x columns)."""
        return np.concatenate([part.rows.matrix for part in self.parts])

    def lengths(self) -> list[int]:
        """The number of lines of each page, in the order of the rows."""
        return [int(length) for part in self.parts for length in np.diff(part.rows.lines.seg.offsets)]


def host_fold(example: Example) -> int:
    """The fold of an example's host."""
    return int(chance("fold", example.host) * FOLDS)


def language_fold(example: Example) -> int:
    """The fold of an example's language: Arabic, English, all others."""
    return ("ar", "en").index(lang) if (lang := example.page.document.lang) in ("ar", "en") else FOLDS - 1


def batch_evidence(examples: Sequence[Example], gather: Gather) -> list[Evidence]:
    """Evidence for every example, each group of examples as one batch."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, example in enumerate(examples):
        groups[example.group].append(number)
    out: dict[int, Evidence] = {}
    for members in groups.values():
        out.update(zip(members, gather([examples[number].page for number in members]), strict=True))
    return [out[number] for number in range(len(examples))]


def line_weights(example: Example, words: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Weights of a page's lines: long lines more, the page's weight altogether."""
    weight = np.where(example.marks == NEUTRAL, 0, 0.3 + np.minimum(words, 60) / 20)
    total = weight.sum()
    return weight * (example.weight / total) if total else weight


def _taken(example: Example) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Lines taken for training and what their weight is multiplied with: all near the core's borders, of the rest a bounded number."""
    index = np.arange(len(example.marks))
    core = example.marks == CORE
    edges = np.flatnonzero(core[1:] != core[:-1]) + 1
    near = np.zeros(len(index), dtype=np.bool_)
    for edge in (*edges[:EDGES], *edges[-EDGES:]):
        near[max(0, edge - BORDER_LINES) : edge + BORDER_LINES] = True
    rest = int((~near).sum())
    step = max(1, round(rest / REST_LINES))
    hit = (index * 2654435761 + zlib.crc32(example.page.document.id.encode())) // 64 % step == 0
    return near | hit, np.where(near, 1.0, float(step))


def build_corpus(examples: Sequence[Example], variants: Sequence[tuple[int, bool, Evidence | None]], table: Weights, fold_of: Fold) -> Corpus:
    """Rows of the given variants: (place of the example, rules seen, evidence seen or None); pages with equal treatment of rules together."""
    parts, marks, weight, fold, kept = [], [], [], [], []
    firsts = [first_blocks(example.page) for example in examples]
    examples = [replace(e, page=joined(e.page, f), marks=e.marks[f]) for e, f in zip(examples, firsts, strict=True)]
    variants = [(number, seen, joined_evidence(evidence, firsts[number])) for number, seen, evidence in variants]
    repeats = Counter(number for number, _, _ in variants)
    for lexicon in (True, False):
        chosen = [(number, evidence) for number, seen, evidence in variants if seen is lexicon]
        for at in range(0, len(chosen), PAGES_TOGETHER):
            part = chosen[at : at + PAGES_TOGETHER]
            rows = make_rows([examples[n].page for n, _ in part], [evidence for _, evidence in part], table, lexicon)
            parts.append(Part([n for n, _ in part], rows))
            for (number, _), low, high in zip(part, rows.lines.seg.offsets[:-1], rows.lines.seg.offsets[1:], strict=True):
                example, words = examples[number], rows.lines.words[low:high]
                taken, factor = _taken(example)
                marks.append(example.marks)
                weight.append(line_weights(example, words) * factor / repeats[number])
                fold.append(np.full(len(words), fold_of(example)))
                kept.append(taken & (example.marks != NEUTRAL))
    return Corpus(parts, np.concatenate(marks), np.concatenate(weight), np.concatenate(fold).astype(np.int64), np.concatenate(kept))


def long_enough(examples: Sequence[Example]) -> list[Example]:
    """Examples that have lines."""
    return [example for example in examples if example.page.blocks]
