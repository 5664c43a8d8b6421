"""The rows of numbers a page becomes: finite, independent of the pages beside, and saying what they claim."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.core.features import Rows, Sheet, make_rows, page_features
from cleaner.core.segments import (
    best_runs,
    last_before,
    make_segments,
    next_after,
    prefix_sums,
    shifted,
    shifts,
    window_shares,
    window_sum,
    window_sums,
)
from cleaner.core.terms import Weights
from cleaner.model import Confidence, Document, Evidence, Label, Page, Reason
from cleaner.text.page import make_page

TABLE = Weights(np.array([7], dtype=np.uint32), np.array([30], dtype=np.uint8), 100)
STORY = (
    "Harbour ferry returns after winter repairs\n"
    "The harbour ferry sailed again on Monday morning after eleven weeks in the dry dock, the port said.\n"
    "Engineers replaced both propellers of the ferry and painted the hull, and the repairs cost less than planned.\n"
    "Passengers who had used the bus all winter queued on the harbour wall before sunrise to be on board.\n"
    "Read also\n"
    "Bakers fear a poor wheat harvest\n"
    "Bakers in the valley expect a poor wheat harvest this year because the rain came far too late for them.\n"
    "Share\n"
)
ARABIC = "عودة العبارة إلى الميناء\nقالت إدارة الميناء إن العبارة عادت إلى العمل صباح يوم الاثنين بعد أسابيع طويلة من الصيانة في الحوض الجاف.\nشارك"
CHINESE = "渡轮恢复航行\n港口管理局表示，渡轮在干船坞维修十一周之后，于周一早晨恢复了航行，乘客们在日出之前已经排起了长队。\n分享"


def page_of(text: str, labels: tuple[Label, ...] = ()) -> Page:
    page = make_page(Document("d", text))
    return Page(page.document, page.blocks, page.folded, page.block_spans, page.tokens, labels)


def rows_of(*texts: str) -> Rows:
    return make_rows([page_of(text) for text in texts], [None] * len(texts), TABLE)


def column(rows: Rows, name: str) -> list[float]:
    values: list[float] = rows.matrix[:, rows.names.index(name)].tolist()
    return values


LINES = [*STORY.splitlines(), *ARABIC.splitlines(), *CHINESE.splitlines(), "…", "12:30", "***", "a"]
TEXTS = st.lists(st.sampled_from(LINES), min_size=1, max_size=12).map("\n".join)


@given(st.lists(TEXTS, min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_rows_do_not_depend_on_the_pages_beside(texts: list[str]) -> None:
    together = rows_of(*texts).matrix
    alone = np.concatenate([rows_of(text).matrix for text in texts])

    assert np.isfinite(together).all()
    assert together.tobytes() == alone.tobytes()


@given(st.text(min_size=1).filter(lambda text: page_of(text).blocks))
@settings(max_examples=60, deadline=None)
def test_any_text_has_finite_rows(text: str) -> None:
    rows = rows_of(text)

    assert rows.matrix.shape == (len(page_of(text).blocks), len(rows.names))
    assert np.isfinite(rows.matrix).all()


def test_no_blocks_no_rows() -> None:
    assert page_features(page_of(" \n "), None, TABLE).shape[0] == 0


def test_prose_and_furniture_by_shape() -> None:
    rows = rows_of(STORY)

    assert column(rows, "long") == [0, 1, 1, 1, 0, 0, 1, 0]
    assert column(rows, "tiny") == [0, 0, 0, 0, 1, 0, 0, 1]
    assert column(rows, "terminal") == [0, 1, 1, 1, 0, 0, 1, 0]


@pytest.mark.parametrize(("text", "name", "expected"), [
    ("Seen at 12:30 on 3/4 today", "times", 1),
    ("Seen at 12:30 on 3/4 today", "dates", 1),
    ("Seen in ٢٠٢٣ by many", "years", 1),
    ("LOUD WORDS", "upper_share", 1),
    ("• item", "opens_mark", 1),
    ("قال: «نعم.»", "terminal", 1),
    ("他说：“好。”", "terminal", 1),
    ("他来了吗", "single_share", 1),
    ("More:", "ends_colon", 1),
])  # fmt: skip
def test_shape_of_a_line(text: str, name: str, expected: float) -> None:
    assert column(rows_of(text), name)[0] == expected


def test_words_of_scripts_without_spaces() -> None:
    assert column(rows_of("一二三四五六七八九十一二三四五六七"), "words")[0] == pytest.approx(10)


def test_headline_of_a_foreign_story_leads_what_follows() -> None:
    rows = rows_of(STORY)
    lead = column(rows, "lead_block")

    assert lead[5] > 0.8  # "Bakers fear ...": its words return and were absent before
    assert lead[3] < 0.3
    assert column(rows, "prefix")[6] < column(rows, "prefix")[2] + column(rows, "prefix")[6]


def test_arabic_affixes_fold_away() -> None:
    rows = rows_of("العبارة عادت\nوعادت عبارة")

    assert column(rows, "prefix")[1] == pytest.approx(1)


def test_copies_on_the_page() -> None:
    rows = rows_of("One line here\nOther line\nOne line here")

    assert column(rows, "copies") == [2, 1, 2]
    assert column(rows, "copy_before") == [0, 0, 1]
    assert column(rows, "stretch_before")[2] == 1


def test_rules_are_columns_and_can_be_hidden() -> None:
    start = STORY.index("Read also")
    label = Label(start, start + 9, Reason.RELATED, "en.related.read_also", Confidence.CERTAIN, marker=True)
    repeat = Label(0, 5, Reason.TITLE_REPEAT, "repeats", Confidence.HINT)
    page = page_of(STORY, (label, repeat))
    seen = make_rows([page], [None], TABLE)
    blind = make_rows([page], [None], TABLE, lexicon=False)

    assert column(seen, "rule_related")[4] == 3
    assert column(seen, "after_marker") == [60, 60, 60, 60, 60, 1, 2, 3]
    assert column(blind, "rule_related")[4] == 0
    assert column(blind, "rule_repeat")[0] > 0


def test_batch_evidence_is_columns() -> None:
    size = len(page_of(STORY).blocks)
    owner = tuple("other" if block in (5, 6) else "" for block in range(size))
    counts = np.array([0, 0, 0, 0, 4, 2, 2, 4], dtype=np.int32)
    evidence = Evidence(5, counts, np.array([bool(name) for name in owner], dtype=np.int32), owner, np.full(size, -1, dtype=np.int32), counts)
    rows = make_rows([page_of(STORY)], [evidence], TABLE)

    assert column(rows, "owned") == [0, 0, 0, 0, 0, 1, 1, 0]
    assert column(rows, "host_share")[4] == pytest.approx(0.75)
    assert column(rows_of(STORY), "batch_known")[0] == 0


def test_sites_with_few_pages_say_nothing() -> None:
    size = len(page_of(STORY).blocks)
    zeros = np.zeros(size, dtype=np.int32)
    evidence = Evidence(2, np.full(size, 2, dtype=np.int32), zeros, ("",) * size, zeros - 1, zeros)

    assert set(column(make_rows([page_of(STORY)], [evidence], TABLE), "host_share")) == {0}


class TestSegments:
    """Windows and runs against the same by hand."""

    seg = make_segments([3, 1, 4])
    values = np.array([1, 2, 3, 9, -5, 6, 1, -2])

    def test_windows_stay_on_the_page(self) -> None:
        assert window_sum(prefix_sums(self.values), -1, 1, self.seg).tolist() == [3, 6, 5, 9, 1, 2, 5, -1]
        assert shifted(self.values, 1, self.seg, -1).tolist() == [2, 3, -1, -1, 6, 1, -2, -1]

    def test_several_at_once(self) -> None:
        sums, both = prefix_sums(self.values), np.stack((self.values, -self.values))

        assert window_sums(sums, [(-1, 1), (1, 2)], self.seg).tolist() == [[3, 6, 5, 9, 1, 2, 5, -1], [5, 3, 0, 0, 7, -1, -2, 0]]
        assert window_shares(sums, [(1, 2)], self.seg).tolist() == [[2.5, 3, 0, 0, 3.5, -0.5, -2, 0]]
        assert shifts(self.values, (-1, 2), self.seg, 7).tolist() == [[7, 1, 2, 7, 7, -5, 6, 1], [3, 7, 7, 7, 1, -2, 7, 7]]
        assert shifted(both, 1, self.seg).tolist() == [[2, 3, 0, 0, 6, 1, -2, 0], [-2, -3, 0, 0, -6, -1, 2, 0]]

    def test_nearest_marks(self) -> None:
        mask = np.array([True, False, False, False, True, False, True, False])

        assert last_before(mask, self.seg).tolist() == [-1, 0, 0, -1, -1, 4, 4, 6]
        assert next_after(mask, self.seg).tolist() == [-1, -1, -1, -1, 6, 6, -1, -1]

    def test_best_runs(self) -> None:
        through, best = best_runs(self.values, self.seg)

        assert through.tolist() == [6, 6, 6, 9, 2, 7, 7, 5]
        assert best.tolist() == [6, 6, 6, 9, 7, 7, 7, 7]


@given(st.lists(st.integers(1, 4), max_size=6), st.integers(1, 4))
def test_a_sheet_holds_all_columns_in_order_whatever_room_it_had(families: list[int], room: int) -> None:
    numbers = iter(range(100))
    columns = [{f"c{number}": np.full(3, number) for number in itertools.islice(numbers, family)} for family in families]
    sheet = Sheet(3, room)

    for family in columns:
        sheet.add(family)

    assert sheet.names == [f"c{number}" for number in range(sum(families))]
    assert sheet.matrix.tolist() == [[float(number) for number in range(sum(families))]] * 3
