"""Training pages in languages nobody knows keep their shape, their labels and their site, and lose every word."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.core.gold import CORE, OTHER, Example
from cleaner.core.unknown import UNKNOWN, Script, exchanged, in_unknown_languages, scripts
from cleaner.model import Document
from cleaner.text.page import make_page

LINES = [
    "Harbour Ferry Returns",
    "The harbour ferry sailed again on Monday, after 11 weeks in the dry dock.",
    "Engineers had replaced both propellers.",
    "Share",
]


def example(host: str, lang: str = "en", group: str = "composite") -> Example:
    page = make_page(Document("d", "\n".join(LINES), host, lang=lang))
    return Example(group, host, 1.0, page, np.array([CORE, CORE, CORE, OTHER], dtype=np.int8))


@pytest.mark.parametrize("script", [script for script in scripts() if script.spaced], ids=lambda script: script.letters[:1])
@given(line=st.text(alphabet=st.characters(categories=("Lu", "Ll", "Lo", "Nd", "Po", "Zs"), max_codepoint=0x6FF)), turn=st.integers(0, 999))
def test_an_exchanged_line_keeps_its_shape(script: Script, line: str, turn: int) -> None:
    made = exchanged(line, script, turn)

    assert [char.isalpha() for char in made] == [char.isalpha() for char in line]
    assert [char for char in made if char.isdigit() or char.isspace()] == [char for char in line if char.isdigit() or char.isspace()]
    assert made == "".join(exchanged(char, script, turn) for char in line)
    assert script.cased or not any(char.isupper() for char in made)


@pytest.mark.parametrize("script", [script for script in scripts() if not script.spaced], ids=lambda script: script.letters[:1])
def test_a_script_without_spaces_writes_equal_words_alike(script: Script) -> None:
    first, second, third = (exchanged(line, script, 5) for line in ("The ferry is 2 days late.", "is the FERRY late?", "«The» days: 2"))

    assert first.endswith("。") and second.endswith("？") and " " not in first + second + third
    assert exchanged("ferry", script, 5) in first and exchanged("ferry", script, 5) in second
    assert third == f"«{exchanged('the', script, 5)}»{exchanged('days', script, 5)}：2"
    assert [len(exchanged(word, script, 5)) for word in ("an", "ferry", "harbours", "notwithstanding")] == [1, 2, 3, 3]


def test_pages_of_a_host_come_in_one_language_with_their_labels() -> None:
    made = list(in_unknown_languages([example(f"host{n}") for n in range(40)] * 2))

    assert 20 < len(made) < 60 and len(made) % 2 == 0
    for one, again in zip(made[: len(made) // 2], made[len(made) // 2 :], strict=True):
        assert one.group == UNKNOWN and one.marks.tolist() == [CORE, CORE, CORE, OTHER] and one.weight < 1
        assert one.page.document.site == one.host and one.page.document.lang == "en"
        assert one.page.document.text == again.page.document.text
        assert not set(LINES) & set(one.page.document.text.split("\n"))


@pytest.mark.parametrize(("lang", "group"), [("zh", "composite"), ("en", "dev"), ("en", "plain")])
def test_other_pages_are_left_alone(lang: str, group: str) -> None:
    assert not list(in_unknown_languages([example(f"host{n}", lang, group) for n in range(40)]))
