"""Every line of a page as one row of numbers; independent of language, made for many pages at once or for one.

A line's row is the same bits whatever pages stand beside its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cleaner.core.cohesion import centre_columns, find_headline, repeat_columns, split_columns, title_columns, use_columns
from cleaner.core.layout import Layout, block_columns, density_columns, layout_of, page_columns, zone_columns
from cleaner.core.lines import Lines, make_lines
from cleaner.core.marks import batch_columns, label_columns, label_table
from cleaner.core.openings import opening_columns
from cleaner.core.segments import shifted
from cleaner.core.shape import Columns, shape_columns
from cleaner.core.terms import Terms, Weights, make_terms
from cleaner.model import Evidence, Page

Matrix: TypeAlias = npt.NDArray[np.float32]

# Columns that a line is also told of its neighbours.
_NEARBY = (
    "log_words", "terminal", "in_headline", "in_head", "prefix_block", "lead_block", "centre", "run10_ratio", "run25_inside", "shape_share", "times",
    "host_share", "owned", "rule_marker", "rule_certain", "opens_mark", "capital_share", "copy_before", "form_share",
)  # fmt: skip
_REACH = (-2, -1, 1, 2)
_ROOM = 320  # columns at first; what is not written to takes no memory


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The first-pass rows of some pages (`names` of columns; `matrix`: lines x columns), and what the second pass reads again."""

    lines: Lines
    layout: Layout
    terms: Terms
    names: tuple[str, ...]
    matrix: Matrix


def stack(columns: Columns, size: int) -> Matrix:
    """Columns side by side as one matrix (float32, lines x columns), each column in one piece, as the scorer reads them."""
    sheet = Sheet(size, len(columns))
    sheet.add(columns)
    return sheet.matrix


class Sheet:
    """Columns of some lines, narrowed to float32 as they come, so that a very long page's never lie in memory all at once in full width."""

    def __init__(self, size: int, room: int = _ROOM) -> None:
        self.names: list[str] = []
        self._rows: npt.NDArray[np.float32] = np.empty((room, size), dtype=np.float32)

    def add(self, columns: Columns) -> None:
        """Put columns (lines,) behind those that are there."""
        while len(self.names) + len(columns) > len(self._rows):
            self._rows = np.concatenate((self._rows, np.empty_like(self._rows)))
        for row, column in zip(self._rows[len(self.names) :], columns.values(), strict=False):
            row[:] = column
        self.names += columns

    def __getitem__(self, name: str) -> npt.NDArray[np.float32]:
        row: npt.NDArray[np.float32] = self._rows[self.names.index(name)]
        return row

    @property
    def matrix(self) -> Matrix:
        """All columns (float32, lines x columns), each in one piece."""
        return self._rows[: len(self.names)].T


def _neighbour_columns(sheet: Sheet, lines: Lines) -> Columns:
    own = np.array([sheet[name] for name in _NEARBY])
    near = [shifted(own, by, lines.seg, -1.0) for by in _REACH]
    return {f"{name}{by:+d}": near[n][row] for row, name in enumerate(_NEARBY) for n, by in enumerate(_REACH)}


def make_rows(pages: Sequence[Page], evidence: Sequence[Evidence | None], table: Weights, lexicon: bool = True) -> Rows:
    """The rows of pages that each have at least one block; `lexicon=False` hides what rules say (training)."""
    lines = make_lines(pages)
    layout = layout_of(lines)
    terms = make_terms(lines, layout.long, table)
    headline = find_headline(terms, lines, layout)
    sheet = Sheet(lines.seg.size)
    sheet.add(shape_columns(lines))
    for family in (density_columns, block_columns, page_columns, zone_columns):
        sheet.add(family(lines, layout))
    titles = title_columns(terms, lines, layout, headline)
    sheet.add(titles)
    sheet.add(use_columns(terms, lines, layout))
    sheet.add(split_columns(terms, lines))
    sheet.add(centre_columns(terms, lines, layout, layout.long & layout.block.inside, "centre"))
    sheet.add(repeat_columns(lines, layout, np.asarray(titles["in_headline"])))
    sheet.add(opening_columns(lines, layout))
    sheet.add(label_columns(label_table(pages, lines, lexicon), lines, layout))
    sheet.add(batch_columns(evidence, lines, layout))
    sheet.add(_neighbour_columns(sheet, lines))
    return Rows(lines, layout, terms, tuple(sheet.names), sheet.matrix)


def page_features(page: Page, evidence: Evidence | None, table: Weights) -> Matrix:
    """The rows of one page (float32, blocks x columns)."""
    if not page.blocks:
        return np.zeros((0, 0), dtype=np.float32)
    return make_rows([page], [evidence], table).matrix
