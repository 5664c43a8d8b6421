"""Stories opened behind a marker: when there is none, the words of the page are not looked at, and nothing changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cleaner.core import opened
from cleaner.core.outline import Outline
from cleaner.core.selection import Claims

LINES = st.lists(st.tuples(st.sampled_from("Pht"), st.booleans(), st.sampled_from("..mf"), st.sets(st.integers(0, 6), max_size=4)), max_size=12)


@given(LINES, st.integers(0, 6))
def test_where_no_headline_leads_a_paragraph_behind_a_marker_nothing_is_opened(lines: list[tuple[str, bool, str, set[int]]], begun: int) -> None:
    shape = "".join(line[0] for line in lines)
    long = [kind == "P" for kind in shape]
    outline = Outline([20.0] * len(lines), long, long, [kind == "h" for kind in shape], False)
    claims = Claims([said in "fm" for _, _, said, _ in lines], [said == "m" for _, _, said, _ in lines], [False] * len(lines), [False] * len(lines))
    keep = [stays and said == "." for _, stays, said, _ in lines]

    led = opened._drop_led(keep, outline, claims, [dict.fromkeys(terms, 40) for *_, terms in lines], begun)

    assert opened._may_open(keep, outline, claims, begun) or led == keep
