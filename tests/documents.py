"""Made-up documents for property tests: paragraphs of made-up words, furniture from the rules' own examples, repeats, odd white space."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from cleaner.model import Document
from cleaner.rules.load import load_rules

SEEDS = Path(__file__).parents[1] / "seeds"
ARABIC = (
    "قال",
    "الوزير",
    "إن",
    "المشروع",
    "مشتركة",
    "في",
    "المدينة",
    "بدأ",
    "أمس",
    "بعد",
    "أن",
    "وافق",
    "المجلس",
    "على",
    "الخطة",
    "الجديدة",
    "و",
    "كما",
    "أضاف",
)
LATIN = (
    "the",
    "council",
    "said",
    "that",
    "Monday",
    "a",
    "new",
    "bridge",
    "would",
    "open",
    "after",
    "years",
    "of",
    "work",
    "river",
    "and",
    "mayor",
    "told",
)


def seeds() -> list[Document]:
    """The five seed documents."""
    return [Document(path.name, path.read_text(encoding="utf-8")) for path in sorted(SEEDS.glob("*.txt"))]


@cache
def furniture() -> tuple[str, ...]:
    """Every line of the rules' examples, the hits and the near misses."""
    return tuple(sorted({line.text for rule in load_rules() for example in rule.examples for line in example if line.text.strip()}))


def sentences(words: tuple[str, ...], least: int, most: int, end: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words), min_size=least, max_size=most).map(lambda chosen: " ".join(chosen) + end)


def lines() -> st.SearchStrategy[str]:
    paragraphs = sentences(ARABIC, 15, 60, ".") | sentences(LATIN, 15, 60, ".")
    headlines = sentences(ARABIC, 3, 9, "") | sentences(LATIN, 3, 9, "")
    glued = st.tuples(headlines, paragraphs).map(lambda parts: parts[0] + " مشتركة" + "و" + parts[1])
    odd = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30) | st.sampled_from(["", "   ", "\u200f", "TT", "2023-09-05"])
    return paragraphs | headlines | st.sampled_from(furniture()) | glued | odd


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A page: lines, some of them twice, parted and padded by white space of several kinds."""
    drawn = draw(st.lists(lines(), max_size=25))
    copies = draw(st.lists(st.integers(0, max(0, len(drawn) - 1)), max_size=4)) if drawn else []
    for place in copies:
        drawn.insert(draw(st.integers(0, len(drawn))), drawn[place])
    gaps = [draw(st.sampled_from(["\n", "\n\n", " \n", "\n  ", "\t\n"])) for _ in drawn]
    return "".join(part for pair in zip(drawn, gaps, strict=True) for part in pair)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A page with an id of its own, of one of three sites or of none."""
    return Document(f"made-{draw(st.integers(0, 10**9))}", draw(texts()), draw(st.sampled_from(["", "one.example", "two.example", "three.example"])))
