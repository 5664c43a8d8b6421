"""How likely each line is core story: two passes, the second told what the first thinks of the lines around.

Both are boosted trees; beside the second a small network reads the same rows, and what counts is the mean of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import pairwise

import numpy as np

from cleaner.config import RUN
from cleaner.core.features import Rows, make_rows
from cleaner.core.lines import make_lines
from cleaner.core.network import Network, network_of
from cleaner.core.outline import Outline, outlines_of
from cleaner.core.second import second_parts
from cleaner.core.segments import Floats
from cleaner.core.terms import ContentTerms, Weights, page_contents
from cleaner.core.trees import LEAF_UNIT, Forest, forest_of, probabilities
from cleaner.core.wrapped import first_blocks, joined, joined_evidence, spread
from cleaner.model import Evidence, Int32s, Page

WEIGHTS_FILE = "weights.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What training leaves behind: term weights, one forest a pass, the network beside the second, the number of columns of the first pass."""

    table: Weights
    first: Forest
    second: Forest
    network: Network
    columns: int

    def probabilities(self, rows: Rows) -> Floats:
        """The probability of each line (float64, lines) to be core story, from its first-pass row."""
        first_pass = self.first.scores(rows.matrix)
        trees, hidden = [], []
        for part in second_parts(rows, first_pass, LEAF_UNIT):
            trees.append(self.second.scores(part))
            hidden.append(self.network.hidden(part))
        network = self.network.scores(np.concatenate(hidden), rows.lines.seg.offsets)
        return probabilities((np.concatenate(trees) + network) / 2)


def read_model(data: bytes) -> Model:
    """Read a weights file (npz)."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        stored = {name: arrays[name] for name in arrays.files}
    table = Weights(stored["table_keys"], stored["table_values"], int(stored["table_rare"][0]))
    return Model(table, forest_of(stored, "first"), forest_of(stored, "second"), network_of(stored), int(stored["columns"][0]))


@cache
def shipped_model() -> Model:
    """The weights that come with the package."""
    return read_model(files("cleaner.core").joinpath(WEIGHTS_FILE).read_bytes())


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A page as the scorer read it, its hard-wrapped lines joined to paragraphs, for the decision to go on with.

    `page`, `evidence`: of paragraphs. `firsts` (int32, paragraphs): their first blocks on the page as it came. `probability`, `outline`: of
    each paragraph. `content`: the content terms of each, None where they are still to be made.
    """

    page: Page
    evidence: Evidence | None
    firsts: Int32s
    probability: list[float]
    outline: Outline
    content: ContentTerms | None


def _score_together(pages: Sequence[Page], evidence: Sequence[Evidence | None], model: Model) -> list[Scored]:
    """Score pages that each have at least one block in one go."""
    firsts = [first_blocks(page) for page in pages]
    read = [joined(page, first) for page, first in zip(pages, firsts, strict=True)]
    known = [joined_evidence(one, first) for one, first in zip(evidence, firsts, strict=True)]
    rows = make_rows(read, known, model.table)
    scores = model.probabilities(rows).tolist()
    seg, outlines = rows.lines.seg, outlines_of(rows.lines)
    content = page_contents(rows.terms, seg, rows.layout.long, outlines)
    parts = [scores[low:high] for low, high in pairwise(seg.offsets.tolist())]
    return [Scored(*told) for told in zip(read, known, firsts, parts, outlines, content, strict=True)]


def _batches(pages: Sequence[Page]) -> list[list[int]]:
    """Indexes of the pages that have blocks, a bounded number of characters together."""
    batches: list[list[int]] = []
    room = 0
    for number, page in enumerate(pages):
        size = len(page.document.text)
        if not page.blocks:
            continue
        if not batches or size > room or len(batches[-1]) == RUN.batch_pages:
            batches.append([])
            room = RUN.batch_chars
        batches[-1].append(number)
        room -= size
    return batches


def score_pages(pages: Sequence[Page], evidence: Sequence[Evidence | None], model: Model | None = None) -> list[Scored | None]:
    """Score pages together; None for those without blocks. Each page's figures are the same bits whatever pages stand beside it."""
    model = model or shipped_model()
    out: list[Scored | None] = [None] * len(pages)
    for batch in _batches(pages):
        for number, one in zip(batch, _score_together([pages[n] for n in batch], [evidence[n] for n in batch], model), strict=True):
            out[number] = one
    return out


def score_page(page: Page, evidence: Evidence | None, scores: Floats | None = None) -> Scored:
    """A page that has blocks as `score_pages` hands it on, with these probabilities (float64, blocks) where they are known."""
    if scores is None:
        return _score_together([page], [evidence], shipped_model())[0]
    firsts = first_blocks(page)
    whole = joined(page, firsts)
    outline = outlines_of(make_lines([whole]))[0]
    return Scored(whole, joined_evidence(evidence, firsts), firsts, scores[firsts].tolist(), outline, None)


def score_many(pages: Sequence[Page], evidence: Sequence[Evidence | None], model: Model | None = None) -> list[Floats]:
    """Score pages together: each block's probability (float64, blocks) to be core story, the same bits as `score` gives one by one."""
    scored = zip(pages, score_pages(pages, evidence, model), strict=True)
    return [spread(np.array(one.probability), one.firsts, len(page.blocks)) if one else np.zeros(0) for page, one in scored]


def score(page: Page, evidence: Evidence | None, model: Model | None = None) -> Floats:
    """The probability (float64, blocks) that each block of a page is core story: title, subtitle, body or sub-heading."""
    return score_many([page], [evidence], model)[0]
