"""Which characters two stories have in common: spans for people who judge a pair, and paragraphs that different stories share."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from cleaner.config import CLUSTERS, SPANS
from cleaner.model import Int32s, Uint64s
from cleaner.repeats.clusters import word_hashes
from cleaner.repeats.signature import Desk, Int64s, read_texts
from cleaner.text.fold import fold
from cleaner.text.tokens import sequence_hashes, tokenise


@dataclass(frozen=True, slots=True)
class Shared:
    """A paragraph, or a run of them, that stands in several stories: for each its number and the characters `[start, end)`."""

    places: tuple[tuple[int, int, int], ...]


def matched_spans(text: str, other: str) -> list[tuple[int, int]]:
    """The spans of `text` (characters, half-open) whose letters stand in `other` too; short ones are left out, small holes closed."""
    own, positions = _shingles(text)
    if not len(own):
        return []
    found = np.isin(own, _shingles(other)[0])
    size = min(CLUSTERS.letters, len(positions))
    covered = np.zeros(len(positions), dtype=np.bool_)
    for ahead in range(size):
        covered[ahead : ahead + len(found)] |= found
    edges = np.flatnonzero(np.diff(np.concatenate(([False], covered, [False])).astype(np.int8)))
    spans: list[list[int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if spans and start - spans[-1][1] <= SPANS.hole_letters:
            spans[-1][1] = end
        else:
            spans.append([start, end])
    return [(int(positions[start]), int(positions[end - 1]) + 1) for start, end in spans if end - start >= SPANS.least_letters]


def _shingles(text: str) -> tuple[Uint64s, Int32s]:
    """The letter shingles of a text in order (uint64), and the position in the text of each of its letters (int32)."""
    folded = fold(text)
    tokens = tokenise(folded.text, np.array([[0, len(folded.text)]], dtype=np.int32))
    inside = np.zeros(len(folded.text) + 1, dtype=np.int32)
    np.add.at(inside, tokens.starts, 1)
    np.add.at(inside, tokens.ends, -1)
    letters = np.flatnonzero(np.cumsum(inside)[:-1])
    if not len(letters):
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int32)
    starts = np.arange(max(1, len(letters) - CLUSTERS.letters + 1))
    ends = np.minimum(starts + CLUSTERS.letters, len(letters))
    return sequence_hashes(folded.codes[letters].astype(np.uint64), starts, ends), folded.origin[letters]


def shared_paragraphs(texts: Iterable[str]) -> list[Shared]:
    """Paragraphs of enough words that stand in several of the texts, in the order of their first places; neighbours become one run.

    The texts are read once, one after the other; a paragraph takes 32 bytes of memory.
    """
    desk, places = Desk(), array("q")  # number, start, end of each paragraph
    hashes = [np.zeros(0, dtype=np.uint64)]
    for number, text in enumerate(texts):
        lines = _lines(text)
        read = read_texts([text[start:end] for start, end in lines], desk)
        long = np.diff(read.word_ends) >= SPANS.paragraph_words
        hashes.append(word_hashes(read)[long])
        for at in np.flatnonzero(long).tolist():
            places.extend((number, *lines[at]))
    rows = np.frombuffer(places, dtype=np.int64).reshape(-1, 3)
    found = [tuple((number, start, end) for number, start, end in rows[some].tolist()) for some in _several(np.concatenate(hashes), rows[:, 0])]
    return [Shared(one) for one in _joined(sorted(found))]


def _lines(text: str) -> list[tuple[int, int]]:
    """Where the lines of a text begin and end."""
    ends = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
    return [(start, behind - 1) for start, behind in pairwise(ends)]


def _several(hashes: Uint64s, texts: Int64s) -> Iterator[Int64s]:
    """The places of each hash that stands in more than one text (int64, in order)."""
    order = np.argsort(hashes, kind="stable")
    edges = np.flatnonzero(np.concatenate(([True], hashes[order][1:] != hashes[order][:-1], [True]))) if len(order) else np.zeros(0, dtype=np.int64)
    for low, high in pairwise(edges.tolist()):
        some = order[low:high]
        if texts[some[0]] != texts[some[-1]]:
            yield some


def _joined(found: list[tuple[tuple[int, int, int], ...]]) -> list[tuple[tuple[int, int, int], ...]]:
    """Neighbouring paragraphs that stand in the same texts, as one run."""
    out: list[tuple[tuple[int, int, int], ...]] = []
    for one in found:
        last = out[-1] if out else ()
        follows = len(last) == len(one) and all(a[0] == b[0] and 0 <= b[1] - a[2] <= SPANS.gap_chars for a, b in zip(last, one, strict=True))
        if follows:
            out[-1] = tuple((a[0], a[1], b[2]) for a, b in zip(last, one, strict=True))
        else:
            out.append(one)
    return out
