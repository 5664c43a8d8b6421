"""The compiled search finds what a plain reading of the rules finds: the same literals at the same places, the same regexes to try."""

from __future__ import annotations

import numpy as np
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from pages import page_of
from rulebook import rule

from cleaner.model import Page
from cleaner.rules.automaton import make_automaton
from cleaner.rules.compile import compile_rules
from cleaner.rules.folding import fold_all, is_word, strip_outer
from cleaner.rules.gates import CLASSES, DIGIT, Need, needs_of, outline
from cleaner.rules.kernel import has_doubled_spaces, search_page
from cleaner.rules.lexicon import PLACES
from cleaner.rules.model import Rule
from cleaner.rules.numbers import least_numbers
from cleaner.rules.tables import CHECK, FAIL, FOUND, NUMBER, PLACE, RULE
from cleaner.text.fold import code_points

Hit = tuple[int, int, int, int, str, int]


def search(page: Page, rules: list[Rule], room: int = 4_000) -> tuple[list[Hit], list[tuple[int, int]]] | None:
    """Hits (block, start, end, rule, place, number) and the regexes to try (block, rule); None where there is no room."""
    tables = compile_rules(rules).tables
    hits, tried = np.empty((room, 4), dtype=np.int32), np.empty((room, 2), dtype=np.int32)
    sizes = np.array([block.end - block.start for block in page.blocks], dtype=np.int32)
    count, several = search_page(code_points(page.folded.text), page.block_spans.copy(), sizes, tables, hits, tried)
    if count < 0:
        return None
    uses = tables.uses[hits[:count, 3]].tolist()
    found = [(*hit[:3], use[RULE], str(PLACES[use[PLACE]]), use[NUMBER]) for hit, use in zip(hits[:count].tolist(), uses, strict=True)]
    return sorted(found), sorted((block, index) for block, index in tried[:several].tolist())


def read_plainly(page: Page, rules: list[Rule]) -> tuple[list[Hit], list[tuple[int, int]]]:
    hits, tried = [], []
    ordered = sorted(rules, key=lambda one: one.id)
    for block, ((first, last), own) in enumerate(zip(page.block_spans.tolist(), page.blocks, strict=True)):
        whole = page.folded.text[first:last]
        text, start = whole.strip(" "), first + len(whole) - len(whole.lstrip(" "))
        for index, one in enumerate(ordered):
            passes = all(meets(need, text) for need in needs_of(one.regex)) and outline(text).count(DIGIT) >= least_numbers(one.regex)
            if not text or 0 < one.max_chars < own.end - own.start or not passes:
                continue
            if not any(getattr(one, place) for place in PLACES):
                tried.append((block, index))
            for place in PLACES:
                for number, literal in enumerate(fold_all(getattr(one, place))):
                    spans = [match.span() for match in regex.finditer(regex.escape(literal), text, overlapped=True)]
                    hits += [(block, start + a, start + b, index, str(place), number) for a, b in spans if stands(text, a, b, place, bool(one.regex))]
    return sorted(hits), sorted(tried)


def meets(need: Need, text: str) -> bool:
    return any(part in outline(text) for part in need.texts) or any(regex.search(CLASSES.get(char, regex.escape(char)), text) for char in need.chars)


def stands(text: str, start: int, end: int, place: str, loose: bool) -> bool:
    first, last = strip_outer(text)
    parted = (start == 0 or not (is_word(text[start]) and is_word(text[start - 1]))) and (
        end == len(text) or not (is_word(text[end - 1]) and is_word(text[end]))
    )
    return (parted or loose) and (place in ("ends", "contains") or start <= first) and (place in ("starts", "contains") or end >= last)


LITERALS = ["read more", "read", "more:", "(afp)", "afp", "24 hours", "24", "***", "a_b", "© read", "新闻", "新", "اقرا", "o re", "-"]
LITERALS += ["\u09b0", "\u09f4 read", "\U000f0001"]
PATTERNS = ["", "", r"^\W*read", r"\d+ hours?\b", r"(?:^|[.!]\s)(?:afp|more)\b", r"\w/\w|©", r"^\W+$", r"[\p{Han}]{2}$", r"\bmore\W*$", r"."]
PATTERNS += [r"\d\D+\d"]
PARTS = st.sampled_from([*LITERALS, " ", "  ", "\n", ".", "/", "x", "_", "7", "READ", "e\u0301", "\U0001f130"])
FIELDS = st.fixed_dictionaries(
    {"regex": st.sampled_from(PATTERNS), "max_chars": st.sampled_from([0, 9, 30])},
    optional={str(place): st.lists(st.sampled_from(LITERALS), min_size=1, max_size=4, unique=True) for place in PLACES},
).filter(lambda fields: fields["regex"] or len(fields) > 2)


@given(st.lists(PARTS, max_size=40).map("".join), st.lists(FIELDS, min_size=1, max_size=5))
def test_the_search_finds_what_a_plain_reading_finds(text: str, fields: list[dict[str, object]]) -> None:
    rules = [rule(f"any.test.r{number}", **one) for number, one in enumerate(fields)]
    page = page_of(text)

    assert search(page, rules) == read_plainly(page, rules)


def test_where_there_is_no_room_it_says_so() -> None:
    page = page_of("read\n" * 9)

    assert search(page, [rule(contains=["read"])], room=8) is None
    assert search(page, [rule(regex="^read", max_chars=9)], room=8) is None
    assert len((search(page, [rule(contains=["read"])], room=9) or ([], []))[0]) == 9


@given(st.sets(st.text("abcd", min_size=1, max_size=6), max_size=40), st.text("abcde", max_size=60))
def test_the_automaton_finds_every_text_at_every_place(texts: set[str], text: str) -> None:
    symbols = {char: at for at, char in enumerate("dabc", start=1)}
    ordered = sorted(texts)
    cells, shorter = make_automaton(ordered, symbols)
    found, state = [], 0
    for end, char in enumerate(text, start=1):
        symbol = symbols.get(char, 0)
        while symbol and cells[cells[state, 0] + symbol, CHECK] != state and state:
            state = int(cells[state, FAIL])
        here = cells[state, 0] + symbol
        state = int(here) if symbol and cells[here, CHECK] == state else 0
        at = int(cells[state, FOUND])
        while at >= 0:
            found.append((end, ordered[at]))
            at = int(shorter[at])

    assert sorted(found) == sorted((end, one) for one in ordered for end in range(1, len(text) + 1) if text[:end].endswith(one))


@given(st.text("ab  \n", max_size=12))
def test_doubled_spaces(text: str) -> None:
    assert has_doubled_spaces(code_points(text)) == ("  " in text)


@pytest.mark.parametrize("text", ["", " ", "\u200b\n\n", "***"])
def test_pages_without_letters(text: str) -> None:
    assert search(page_of(text), [rule(contains=["read"]), rule("any.test.two", regex="^read", max_chars=9)]) == ([], [])
