"""The shipped scorer: probabilities that make sense, the same bits in any company, trees that are walked rightly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.core.features import make_rows
from cleaner.core.scorer import score, score_many, shipped_model
from cleaner.core.trees import LEAF_UNIT, forest_arrays, forest_from_dumps, forest_of, probabilities
from cleaner.model import Document, Page
from cleaner.text.page import make_page

STORY = (
    "Harbour ferry returns after winter repairs\n\n"
    "The harbour ferry sailed again on Monday morning after eleven weeks in the dry dock, the port said.\n\n"
    "Engineers replaced both propellers of the ferry and painted the hull, and the repairs cost less than planned.\n\n"
    "Passengers who had used the bus all winter queued on the harbour wall before sunrise to be on board.\n\n"
)
MENU = "Home\nNews\nSport\nWeather\nVideo\nContact\nLog in\n"
DUMP = {"tree_info": [
    {"tree_structure": {"split_feature": 1, "threshold": 0.1, "left_child": {"leaf_value": -1.0}, "right_child": {
        "split_feature": 0, "threshold": 2.0, "left_child": {"leaf_value": 0.5}, "right_child": {"leaf_value": 1.5}}}},
    {"tree_structure": {"leaf_value": 0.25}},
]}  # fmt: skip


def page_of(text: str) -> Page:
    return make_page(Document("d", text))


def test_trees_are_walked() -> None:
    forest = forest_from_dumps([DUMP])
    rows = np.array([[0, 0.1], [2, 0.2], [3, 0.2]], dtype=np.float32)

    # The float32 nearest to 0.1 lies above 0.1, so the first row goes right as it would in float64.
    assert (forest.scores(rows) / LEAF_UNIT).tolist() == [0.75, 0.75, 1.75]
    assert (forest.scores(np.array([[0, 0.05]], dtype=np.float32)) / LEAF_UNIT).tolist() == [-0.75]


def test_forest_survives_storage() -> None:
    forest = forest_from_dumps([DUMP])
    again = forest_of(forest_arrays(forest, "first"), "first")
    rows = np.array([[2, 0.2], [3, 0.2], [1, 0.0]], dtype=np.float32)

    assert again.scores(rows).tolist() == forest.scores(rows).tolist()


def test_probabilities() -> None:
    assert probabilities(np.array([0, 8 * LEAF_UNIT])).tolist() == pytest.approx([0.5, 0.99966], abs=1e-5)


def test_weights_fit_the_features() -> None:
    model = shipped_model()
    rows = make_rows([page_of(STORY)], [None], model.table)

    assert rows.matrix.shape[1] == model.columns
    assert int(model.first.feature.max()) < model.columns


def test_story_is_kept_and_menu_is_not() -> None:
    p = score(page_of(MENU + STORY + MENU), None)

    assert p.shape == (18,)
    assert p[8:11].min() > 0.5
    assert np.concatenate((p[:6], p[12:])).max() < 0.5


def test_a_bare_story_is_all_core() -> None:
    assert score(page_of(STORY), None).min() > 0.5


def test_empty_page() -> None:
    assert score(page_of("\n \n"), None).shape == (0,)


@given(st.lists(st.sampled_from([STORY, MENU, MENU + STORY, "", "…", "他说：“好。”\n" * 3]), min_size=1, max_size=5))
@settings(max_examples=15, deadline=None)
def test_same_bits_in_any_company(texts: list[str]) -> None:
    pages = [page_of(text) for text in texts]
    together = score_many(pages, [None] * len(pages))

    assert [one.tobytes() for one in together] == [score(page, None).tobytes() for page in pages]


def test_training_is_repeatable() -> None:
    pytest.importorskip("lightgbm")
    from cleaner.core.train import Settings, fit

    random = np.random.default_rng(3)
    rows = random.random((400, 6), dtype=np.float32)
    marks = (rows[:, 0] > 0.5).astype(np.int8)
    few = Settings(trees=5, rows_per_leaf=10)
    first, second = (forest_arrays(fit(rows, marks, np.ones(400), few), "first") for _ in range(2))

    assert {name: array.tobytes() for name, array in first.items()} == {name: array.tobytes() for name, array in second.items()}
    assert (probabilities(forest_of(first, "first").scores(rows))[marks == 1] > 0.5).mean() > 0.95


def test_the_mean_of_forests_is_one_forest() -> None:
    one, two = forest_from_dumps([DUMP]), forest_from_dumps([DUMP, DUMP])
    rows = np.array([[value] * 4 for value in (-1.0, 0.25, 0.5, 3.0)], dtype=np.float32)

    assert len(two.roots) == 2 * len(one.roots)
    assert np.abs(two.scores(rows) - one.scores(rows)).max() <= len(two.roots)
