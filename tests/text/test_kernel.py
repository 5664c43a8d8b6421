"""The compiled loops against the slow way, character by character: lines, matching form, words and their hashes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from cleaner.model import Document
from cleaner.text.blocks import repair_glued, split_blocks
from cleaner.text.fold import FOLDED_RANGES, code_points, fold, fold_char
from cleaner.text.kernel import folded_spans, weigh_words
from cleaner.text.page import make_page
from cleaner.text.tokens import SINGLE, WORD, character_classes, mix, sequence_hashes, tokenise

TEXTS = st.text(st.characters() | st.sampled_from("aA .,\n\r\u2028\x1cأإةوىـًﷺﻻ½ßﬃاً東京ไทย😀\U00020000\U0002f800"), max_size=80)
BREAKS = "\n\r\u2028\u2029\x85\v\f"


def plain_lines(text: str) -> list[tuple[int, int]]:
    lines = []
    for line in regex.finditer(f"[^{BREAKS}]+", text):
        bare = line.group().strip()
        if bare:
            start = line.start() + len(line.group()) - len(line.group().lstrip())
            lines.append((start, start + len(bare)))
    return lines


def plain_fold(text: str) -> list[tuple[str, int]]:
    """Each character of the matching form with the place it came from."""
    return [(part, at) for at, char in enumerate(text) for part in plain_char(char)]


def plain_char(char: str) -> str:
    return fold_char(char) if any(low <= ord(char) < high for low, high in FOLDED_RANGES) else char


def plain_words(folded: str, spans: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """The words of each block as spans."""
    classes = character_classes()
    kinds = [int(classes[ord(char)]) if ord(char) < len(classes) else SINGLE for char in folded]
    out = []
    for low, high in spans:
        runs = itertools.groupby(range(low, high), key=lambda at: (kinds[at], at * (kinds[at] == SINGLE)))
        words = [(list(places), kind) for (kind, _), places in runs]
        out.append([(places[0], places[-1] + 1) for places, kind in words if kind in (WORD, SINGLE)])
    return out


def plain_hash(values: list[int]) -> int:
    total = sum(value * 0x9E3779B97F4A7C15**place for place, value in enumerate(mix(np.array(values, dtype=np.uint64)).tolist()))
    return int(mix(np.array([total % (1 << 64)], dtype=np.uint64))[0]) if values else 0


@given(TEXTS)
def test_lines_are_those_between_breaks_without_outer_space(text: str) -> None:
    assert [(block.start, block.end) for block in split_blocks(text)] == plain_lines(text)


@given(TEXTS)
def test_a_page_has_the_blocks_that_repair_finds(text: str) -> None:
    """Where the compiled loop sees no glued line, there is none."""
    assert make_page(Document("x", text)).blocks == repair_glued(text, split_blocks(text))


@pytest.mark.parametrize("opening", ["خطة جديدةوقال ", "Good harvestThe minister "])
def test_a_page_takes_glued_lines_apart(opening: str) -> None:
    text = opening + "said that this harvest is better than earlier ones, thanks to the rain on most provinces.\nThe good harvest."

    page = make_page(Document("x", text))

    assert [block.glued for block in page.blocks] == [False, True, False]
    assert page.tokens.offsets.tolist()[1] == 2


@given(TEXTS)
@example("ﷺ" * 40)
def test_a_text_folds_character_by_character(text: str) -> None:
    folded, plain = fold(text), plain_fold(text)

    assert folded.text == "".join(part for part, _ in plain)
    assert folded.origin.tolist() == [*(at for _, at in plain), len(text)]
    assert folded.origin.dtype == np.int32


@given(TEXTS, st.data())
@example("\u064b" * 30 + "a" + "ﷺ" * 3 + "\u064b" * 30, None)
def test_spans_lie_where_the_first_character_of_the_fold_came_from_them(text: str, data: st.DataObject | None) -> None:
    edges = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8))) if data else list(range(len(text) + 1))
    edges += edges[-1:] * (len(edges) % 2)
    origin = fold(text).origin

    spans = folded_spans(origin, np.array(edges, dtype=np.int32).reshape(-1, 2))

    assert spans.ravel().tolist() == [next(place for place, at in enumerate(origin.tolist()) if at >= edge) for edge in edges]


def test_every_character_has_its_fold_in_the_tables() -> None:
    every = [chr(code) for code in range(0x20100) if not 0xD800 <= code < 0xE000]

    assert [char for char in every if fold(char).text != plain_char(char)] == []


@given(st.lists(TEXTS, max_size=4))
def test_words_and_their_hashes_are_those_of_the_slow_way(texts: list[str]) -> None:
    folded = "".join(texts)
    edges = [0, *itertools.accumulate(map(len, texts))]
    spans = list(itertools.pairwise(edges))

    tokens = tokenise(folded, np.array(spans, dtype=np.int32).reshape(-1, 2))

    words = plain_words(folded, spans)
    flat = [word for block in words for word in block]
    hashes = [plain_hash([ord(char) for char in folded[start:end]]) for start, end in flat]
    assert list(zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True)) == flat
    assert tokens.offsets.tolist() == [0, *itertools.accumulate(map(len, words))]
    assert tokens.hashes.tolist() == hashes
    assert tokens.block_hashes.tolist() == [plain_hash(hashes[low:high]) for low, high in itertools.pairwise(tokens.offsets.tolist())]


@given(TEXTS)
def test_single_characters_of_scripts_without_spaces_weigh_less_than_words(text: str) -> None:
    page = make_page(Document("x", text))
    words = [page.folded.text[start:end] for start, end in zip(page.tokens.starts, page.tokens.ends, strict=True)]
    light = [0.25 if len(word) == 1 and word >= "\u0e00" else 1.0 for word in words]

    weighed = weigh_words(code_points(page.folded.text), page.tokens.starts, page.tokens.ends, page.tokens.offsets, 0.25)

    assert weighed.tolist() == [sum(light[low:high]) for low, high in itertools.pairwise(page.tokens.offsets.tolist())]


@given(st.lists(st.integers(0, (1 << 64) - 1), max_size=30), st.data())
def test_a_range_hashes_as_its_values_wherever_it_stands(values: list[int], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(values)))
    end = data.draw(st.integers(start, len(values)))

    hashed = sequence_hashes(np.array(values, dtype=np.uint64), np.array([start]), np.array([end]))

    assert hashed.tolist() == [plain_hash(values[start:end])]
