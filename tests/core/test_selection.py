"""From probabilities to kept blocks, drawn as rows: P paragraph, h headline-shaped line, t tiny line."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.core.outline import Outline
from cleaner.core.selection import Claims, gaps, kept_blocks, last_true

# (what is tested, lines, probability in tenths for each line, claims: f furniture, m marker, o owned, r recurring form, threshold, kept lines)
CASES = [
    ("sure lines stay, others go", "hPPtt", "99911", ".....", 0.5, "kkk.."),
    ("furniture goes however sure the scorer is", "hPPPt", "99999", "..f..", 0.5, "kk.kk"),
    ("a story the scorer is unsure of lowers the bar", "hPPPt", "44441", ".....", 0.5, "kkkk."),
    ("a hole between sure paragraphs is mended", "hPPhP", "99939", ".....", 0.5, "kkkkk"),
    ("not behind a marker", "hPPthP", "999139", "...m..", 0.5, "kkk..k"),
    ("not where another page owns the paragraph", "hPPPP", "99939", "...o.", 0.5, "kkk.k"),
    ("a lone weak paragraph between sure ones stays", "hPPPP", "99929", ".....", 0.5, "kkkkk"),
    ("a short line far from the story goes on a page with menus", "t" * 12 + "PP", "51" + "0" * 10 + "99", "." * 14, 0.5, "." * 12 + "kk"),
    ("but not where there are none", "tttttPP", "5100099", ".......", 0.5, "k....kk"),
    ("a sub-heading behind the story returns with its paragraphs", "hPPtPP", "999333", "......", 0.5, "kkkkkk"),
    ("a headline does not", "hPPhPP", "999333", "......", 0.5, "kkk..."),
    ("the story is resumed behind a marker", "hPPtPP", "999099", "...m..", 0.5, "kkk.kk"),
    ("what does not resume it goes", "hPPtPP", "999044", "...m..", 0.3, "kkk..."),
    ("a marker before the story has begun ends nothing", "PtPPPPPP", "90333333", ".m......", 0.3, "k.kkkkkk"),
    ("behind the story the beginning that is half believed returns", "PPPPPP", "993100", "......", 0.5, "kkkk.."),
    ("a line in a form that recurs on its site does not return", "PPhPPP", "994999", "..r...", 0.5, "kk.kkk"),
    ("one in no such form does", "PPhPPP", "994999", "......", 0.5, "kkkkkk"),
    ("nothing but short lines may be a story", "hhhhh", "99999", ".....", 0.5, "kkkkk"),
]


def outline(lines: str) -> Outline:
    words = [{"P": 40.0, "h": 8.0, "t": 2.0}[line] for line in lines]
    paragraphs = [line == "P" for line in lines]
    return Outline(words, paragraphs, paragraphs, [line == "h" for line in lines], lines.count("t") >= 12)


def claims_of(said: str) -> Claims:
    return Claims([one in "fm" for one in said], [one == "m" for one in said], [one == "o" for one in said], [one == "r" for one in said])


@pytest.mark.parametrize(("lines", "tenths", "claims", "threshold", "kept"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_kept_blocks(lines: str, tenths: str, claims: str, threshold: float, kept: str) -> None:
    probability = [int(tenth) / 10 + 0.05 for tenth in tenths]

    keep = kept_blocks(probability, outline(lines), claims_of(claims), threshold)

    assert "".join("k" if stays else "." for stays in keep) == kept


@given(st.lists(st.booleans(), max_size=30))
def test_gaps_are_the_runs_of_what_goes(keep: list[bool]) -> None:
    runs = [[b for b, _ in run] for stays, run in itertools.groupby(enumerate(keep), key=lambda one: one[1]) if not stays]

    assert list(gaps(keep)) == [(run[0], run[-1] + 1) for run in runs]
    assert last_true(keep) == max((b for b, stays in enumerate(keep) if stays), default=-1)
