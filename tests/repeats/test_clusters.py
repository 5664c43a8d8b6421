"""Near-duplicate stories find one keeper; stories that only quote another, or tell of the same event, stay apart."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.model import Group
from cleaner.repeats.clusters import CoreSummary, group_cores, summarise_text

SYLLABLES = "ba ce di fo gu ha ki lo mu ne pi ra so tu ve wa xi yo zu ble cra dri fle glo".split()


def word(chance: random.Random) -> str:
    return "".join(chance.choice(SYLLABLES) for _ in range(chance.randrange(1, 5)))


def story(seed: int, sentences: int = 14) -> str:
    """A made-up story: sentences of random words, so that two seeds share hardly a run of letters."""
    chance = random.Random(seed)
    return "\n".join(" ".join(word(chance) for _ in range(12)) + "." for _ in range(sentences))


def edited(text: str, share: float, seed: int = 7) -> str:
    """The text with that share of its words replaced."""
    chance = random.Random(seed)
    return " ".join("changed" if chance.random() < share else word for word in text.split())


def groups(**texts: str) -> dict[str, set[str]]:
    found = group_cores([summarise_text(id, text) for id, text in texts.items()])
    return {group.keeper: {member.id for member in group.members} for group in found}


A, B = story(1), story(2)


@pytest.mark.parametrize(
    ("copy", "joined"),
    [
        (A, True),
        (A.upper().replace("\n", "\n\n"), True),
        (edited(A, 0.1), True),
        ("\n".join(A.split("\n")[:7]), True),
        (A + "\n" + story(3, 20), True),
        ("\n".join(sorted(A.split("\n"))), True),
        (B, False),
        (B + "\n" + A, False),
        ("\n".join(B.split("\n")[:10] + A.split("\n")[:4]), False),
        (edited(A, 0.6), False),
        ("", False),
    ],
    ids=["exact", "letters and lines", "edited", "cut short", "with another story behind", "reordered", "another", "quoted below another",
         "shared background", "rewritten", "empty"],
)  # fmt: skip
def test_copies_join_and_strangers_do_not(copy: str, joined: bool) -> None:
    assert len(groups(a=A, copy=copy)) == joined


def test_marks_and_letter_forms_make_no_difference() -> None:
    text = "أعلن المجلس البلدي في المدينة القديمة إعادة فتح الجسر أمام حركة السير بعد أعمال إصلاح استمرت تسعة أشهر كاملة منذ الحادث الأخير في الميناء"
    other = text.replace("أ", "ا").replace("ة", "ه").replace("المجلس", "المَجلِس").replace("الجسر", "الجـــسر")

    assert groups(a=text, b=other) == {"a": {"b"}} or groups(a=text, b=other) == {"b": {"a"}}


def test_similarity_and_containment_are_told() -> None:
    half = "\n".join(A.split("\n")[:7])
    (group,) = group_cores([summarise_text("a", A), summarise_text("half", half), summarise_text("same", A)])

    by_id = {member.id: member for member in group.members}
    assert group.keeper == "a"
    assert (by_id["same"].similarity, by_id["same"].containment) == (1.0, 1.0)
    assert by_id["half"].containment == 1.0
    assert by_id["half"].similarity == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("rows", "keeper"),
    [
        ([("b", "", 0), ("a", "", 20)], "a"),
        ([("b", "2024-01-01", 0), ("a", "2024-01-02", 0)], "b"),
        ([("b", "2024-01-01", 0), ("a", "", 0)], "b"),
        ([("b", "", 0), ("a", "", 0)], "a"),
    ],
    ids=["longest", "earliest", "dated", "smallest id"],
)
def test_keeper_by_length_then_date_then_id(rows: list[tuple[str, str, int]], keeper: str) -> None:
    (group,) = group_cores([summarise_text(id, A + " " + "more " * extra if extra else A, published) for id, published, extra in rows])

    assert group.keeper == keeper


def test_members_match_their_keeper_not_each_other() -> None:
    """Three windows over one text: the outer ones match the middle one, which is shorter than both, and not each other."""
    lines = story(5, 30).split("\n")
    texts = {"first": "\n".join(lines[:16]), "middle": "\n".join(lines[4:19]), "last": "\n".join(lines[8:])}
    found = group_cores([summarise_text(id, text) for id, text in texts.items()])

    for group in found:
        for member in group.members:
            assert member.similarity >= 0.25 or member.containment >= 0.5
    assert sum(len(group.members) + 1 for group in found) <= 3
    assert not any({"first", "last"} <= {group.keeper, *(member.id for member in group.members)} for group in found)


def test_short_stories_join_only_where_equal() -> None:
    assert groups(a="Roads closed by snow tonight", b="Roads closed by snow tonight.", c="Roads closed by snow tomorrow") == {"b": {"a"}}


POOL = st.sampled_from([A, B, edited(A, 0.1), edited(A, 0.2, 9), A + "\n" + B, "\n".join(B.split("\n")[:6]), "Short.", ""])


@given(st.lists(st.tuples(POOL, st.sampled_from(["", "2024-01-01", "2024-01-02"])), max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_order_changes_nothing_and_nobody_is_in_two_groups(rows: list[tuple[str, str]], chance: random.Random) -> None:
    summaries = [summarise_text(str(n), text, published) for n, (text, published) in enumerate(rows)]
    found = group_cores(summaries)
    chance.shuffle(summaries)

    assert group_cores(summaries) == found
    named = [id for group in found for id in (group.keeper, *(member.id for member in group.members))]
    assert len(named) == len(set(named))
    assert all(group.members for group in found)


def test_no_stories_no_groups() -> None:
    assert group_cores([]) == ()
    assert group_cores([CoreSummary("a", "", 0)] * 2) == ()


def test_groups_are_plain_data() -> None:
    (group,) = group_cores([summarise_text("a", A), summarise_text("b", A)])

    assert isinstance(group, Group)
    assert [type(member.similarity) for member in group.members] == [float]
