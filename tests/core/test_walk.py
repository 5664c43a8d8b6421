"""The compiled walk through a forest and the one over arrays give the same scores."""

from __future__ import annotations

import numpy as np

from cleaner.core.scorer import shipped_model
from cleaner.core.trees import COMPILED_ROWS


def test_many_rows_score_as_few_do() -> None:
    model = shipped_model()
    generator = np.random.default_rng(3)
    rows = generator.normal(scale=3, size=(COMPILED_ROWS + 50, model.columns)).astype(np.float32)
    half = len(rows) // 2

    assert model.first.scores(rows).tolist() == [*model.first.scores(rows[:half]), *model.first.scores(rows[half:])]
