"""How likely each line is core story: two passes of boosted trees, the second told what the first thinks of the lines around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np

from cleaner.core.features import make_rows
from cleaner.core.second import second_rows
from cleaner.core.segments import Floats
from cleaner.core.terms import Weights
from cleaner.core.trees import LEAF_UNIT, Forest, forest_of, probabilities
from cleaner.core.wrapped import first_blocks, joined, joined_evidence, spread
from cleaner.model import Evidence, Page

WEIGHTS_FILE = "weights.npz"
BATCH_PAGES = 256  # pages scored at a time; raised: more memory, no other result
BATCH_CHARS = 1_000_000  # characters scored at a time


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What training leaves behind: term weights, one forest a pass, the number of columns of the first pass."""

    table: Weights
    first: Forest
    second: Forest
    columns: int


def read_model(data: bytes) -> Model:
    """Read a weights file (npz)."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        stored = {name: arrays[name] for name in arrays.files}
    table = Weights(stored["table_keys"], stored["table_values"], int(stored["table_rare"][0]))
    return Model(table, forest_of(stored, "first"), forest_of(stored, "second"), int(stored["columns"][0]))


@cache
def shipped_model() -> Model:
    """The weights that come with the package."""
    return read_model(files("cleaner.core").joinpath(WEIGHTS_FILE).read_bytes())


def score_together(pages: Sequence[Page], evidence: Sequence[Evidence | None], model: Model) -> list[Floats]:
    """Probabilities for pages that each have at least one block, in one go."""
    rows = make_rows(pages, evidence, model.table)
    first = model.first.scores(rows.matrix)
    second = model.second.scores(second_rows(rows, first, LEAF_UNIT))
    return np.split(probabilities(second), rows.lines.seg.offsets[1:-1])


def _batches(pages: Sequence[Page]) -> list[list[int]]:
    """Indexes of the pages that have blocks, a bounded number of characters together."""
    batches: list[list[int]] = []
    room = 0
    for number, page in enumerate(pages):
        size = len(page.document.text)
        if not page.blocks:
            continue
        if not batches or size > room or len(batches[-1]) == BATCH_PAGES:
            batches.append([])
            room = BATCH_CHARS
        batches[-1].append(number)
        room -= size
    return batches


def score_many(pages: Sequence[Page], evidence: Sequence[Evidence | None], model: Model | None = None) -> list[Floats]:
    """Score pages together: each block's probability (float64, blocks) to be core story, the same bits as `score` gives one by one."""
    model = model or shipped_model()
    out: list[Floats] = [np.zeros(0) for _ in pages]
    for batch in _batches(pages):
        firsts = [first_blocks(pages[n]) for n in batch]
        read = [joined(pages[n], first) for n, first in zip(batch, firsts, strict=True)]
        known = [joined_evidence(evidence[n], first) for n, first in zip(batch, firsts, strict=True)]
        for number, first, scores in zip(batch, firsts, score_together(read, known, model), strict=True):
            out[number] = spread(scores, first, len(pages[number].blocks))
    return out


def score(page: Page, evidence: Evidence | None, model: Model | None = None) -> Floats:
    """The probability (float64, blocks) that each block of a page is core story: title, subtitle, body or sub-heading."""
    return score_many([page], [evidence], model)[0]
