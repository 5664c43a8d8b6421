"""What rules, repeats and the batch say about each line, as numbers: evidence for the scorer, never a verdict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cleaner.core.layout import Layout
from cleaner.core.lines import Lines
from cleaner.core.segments import (
    AnyArray,
    Bools,
    Segments,
    last_before,
    next_after,
    prefix_sums,
    range_sum,
    share,
    shifted,
    signed_log,
    window_sum,
    window_sums,
)
from cleaner.core.shape import Columns, named
from cleaner.model import Confidence, Evidence, Page, Reason

REPEATS_AUTHOR = "repeats"
FAR = 60  # lines; distance to what is not on the page
MIN_HOST_PAGES = 3  # below it a site's pages say nothing (core-story.md)
# Families of reasons: rules of one family are one column.
FAMILIES: dict[str, tuple[Reason, ...]] = {
    "related": (Reason.RELATED, Reason.APPENDED),
    "share": (Reason.SHARE,),
    "comment": (Reason.COMMENT_FORM, Reason.COMMENTS),
    "cta": (Reason.CTA, Reason.AD),
    "legal": (Reason.LEGAL,),
    "byline": (Reason.BYLINE, Reason.CREDIT, Reason.AUTHOR_BIO),
    "date": (Reason.DATE,),
    "source": (Reason.SOURCE, Reason.KEYWORDS),
    "nav": (Reason.NAV, Reason.WIDGET, Reason.OTHER),
    "caption": (Reason.CAPTION,),
    "repeat": (Reason.TITLE_REPEAT, Reason.CAPTION_REPEAT, Reason.TEXT_REPEAT),
}
_NAMES = tuple(FAMILIES)
_FAMILY_OF = {reason: number for number, reasons in enumerate(FAMILIES.values()) for reason in reasons}
_STRENGTH = {Confidence.CERTAIN: 3, Confidence.LIKELY: 2, Confidence.HINT: 1}
_MARKER, _CERTAIN = len(FAMILIES), len(FAMILIES) + 1


def _labels_of(pages: Sequence[Page], lines: Lines, lexicon: bool) -> npt.NDArray[np.int64]:
    """The labels of all pages (labels x 7): span in the texts laid end to end, page, family (-1: none), strength, marker, certain."""
    rows: list[tuple[int, ...]] = []
    opens = lines.start[lines.seg.offsets[:-1]].tolist()
    for number, (page, at) in enumerate(zip(pages, opens, strict=True)):
        base = at - page.blocks[0].start
        for label in page.labels:
            if lexicon or label.author == REPEATS_AUTHOR:
                strength = _STRENGTH[label.confidence]
                family = _FAMILY_OF.get(label.reason, -1)
                rows.append((label.start + base, label.end + base, number, family, strength, label.marker, strength == _STRENGTH[Confidence.CERTAIN]))
    return np.array(rows, dtype=np.int64).reshape(-1, 7)


def label_table(pages: Sequence[Page], lines: Lines, lexicon: bool = True) -> npt.NDArray[np.float64]:
    """For each line the strength (0 to 3, times the share of the line) of each family of labels, then marker and certain shares.

    `lexicon=False` leaves out what rules say (training only: the scorer must do without known wordings).
    """
    from cleaner.core.scan import enter_labels  # imports Numba

    table = np.zeros((lines.seg.size, len(FAMILIES) + 2))
    enter_labels(_labels_of(pages, lines, lexicon), lines.start, lines.end, lines.seg.offsets, table)
    return table


def _distance(mask: Bools, seg: Segments) -> AnyArray:
    at = last_before(mask, seg)
    return np.where(at < 0, FAR, np.minimum(seg.index - at, FAR))


def label_columns(table: npt.NDArray[np.float64], lines: Lines, layout: Layout) -> Columns:
    """Columns of the labels: per family, around the line, since the last marker, since the block's start."""
    seg = lines.seg
    columns: Columns = {f"rule_{name}": table[:, number] for number, name in enumerate(_NAMES)}
    columns["rule_marker"], columns["rule_certain"] = table[:, _MARKER], table[:, _CERTAIN]
    marker: Bools = np.asarray(table[:, _MARKER] >= 0.5)
    comment: Bools = np.asarray(table[:, _NAMES.index("comment")] >= 1)
    furniture: Bools = np.asarray((table[:, : _NAMES.index("caption")] >= 1).any(axis=1))
    columns["after_marker"] = _distance(marker, seg)
    columns["after_related"] = _distance(np.asarray(table[:, 0] >= 1), seg)
    columns["after_comment"] = _distance(comment, seg)
    columns["after_furniture"] = _distance(furniture, seg)
    following = next_after(furniture, seg)
    columns["to_furniture"] = np.where(following < 0, FAR, np.minimum(following - seg.index, FAR))
    sums, markers = prefix_sums(furniture), prefix_sums(marker)
    start = layout.block.start
    columns |= named("furniture3 furniture_after2 furniture_before2", window_sums(sums, [(-3, 3), (1, 2), (-2, -1)], seg))
    columns["markers_in_block"] = range_sum(markers, np.minimum(start, seg.index), seg.index, seg)
    columns["furniture_in_block"] = range_sum(sums, np.minimum(start, seg.index), seg.index, seg)
    columns["furniture_left"] = np.log1p(range_sum(sums, seg.index + 1, seg.end, seg))
    at = last_before(marker, seg)
    words = prefix_sums(lines.units)
    columns["words_after_marker"] = np.where(at < 0, -1.0, np.log1p(range_sum(words, at + 1, seg.index, seg) / 17))
    return columns


def _joined(evidence: Sequence[Evidence | None], lines: Lines) -> npt.NDArray[np.float64]:
    """For each line: batch known, pages of the site, its repeats there, page groups elsewhere, owned by another, its rank there, its form's pages."""
    rows = np.zeros((lines.seg.size, 7))
    rows[:, 5] = -1
    for known, low, high in zip(evidence, lines.seg.offsets[:-1].tolist(), lines.seg.offsets[1:].tolist(), strict=True):
        if known is not None:
            part = rows[low:high]
            part[:, 0], part[:, 1], part[:, 2], part[:, 3] = 1, known.host_pages, known.host_repeats, known.elsewhere
            part[:, 4], part[:, 5], part[:, 6] = [owner != "" for owner in known.owner], known.owner_rank, known.host_forms
    return rows


def batch_columns(evidence: Sequence[Evidence | None], lines: Lines, layout: Layout) -> Columns:
    """Columns of the batch: repetition on the site, other pages that hold the line, which page owns it."""
    seg = lines.seg
    rows = _joined(evidence, lines)
    pages, repeats, elsewhere, rank = rows[:, 1], rows[:, 2], rows[:, 3], rows[:, 5]
    owned = rows[:, 4] > 0
    enough = pages >= MIN_HOST_PAGES
    host = np.where(enough, share(np.maximum(repeats - 1, 0), np.maximum(pages - 1, 1)), 0)
    recurs = enough & (repeats >= 2)
    forms = np.where(enough, np.maximum(rows[:, 6] - 1, 0), 0)
    form_share = share(forms, np.maximum(pages - 1, 1))
    long_rank = prefix_sums(layout.long)
    own_rank = long_rank[seg.index] - long_rank[seg.first]
    owned_sums, recur_sums, shared_sums = prefix_sums(owned), prefix_sums(recurs), prefix_sums(elsewhere > 0)
    at = last_before(owned, seg, itself=True)
    headline = shifted(recurs | owned, -1, seg)
    owned_in = window_sums(owned_sums, [(-2, 2), (-3, -1), (1, 3), (-3, 3)], seg)
    recur_in = window_sums(recur_sums, [(-2, 2), (-5, -1), (1, 5)], seg)
    return {
        "batch_known": rows[:, 0],
        "host_pages": np.log1p(pages),
        "host_share": host,
        "host_repeats": np.where(enough, np.minimum(np.maximum(repeats - 1, 0), 10), 0),
        "form_share": form_share,
        "form_pages": np.minimum(forms, 10),
        "form_only": form_share - host,
        "elsewhere": np.minimum(elsewhere, 8),
        "owned": owned,
        "owner_rank": np.minimum(rank, 20),
        "rank_over_owner": np.where(owned, signed_log(own_rank - rank), 0),
        "own_rank": np.minimum(own_rank, 30),
        **named("owned_around2 owned_before3 owned_after3", owned_in[:3]),
        "owned_next": shifted(owned, 1, seg),
        "after_owned": np.where(at < 0, FAR, np.minimum(seg.index - at, FAR)),
        "shared_not_owned": (elsewhere > 0) & ~owned,
        "shared_around3": window_sum(shared_sums, -3, 3, seg) - owned_in[3],
        "recurs_before": shifted(host, -1, seg),
        "recurs_after": shifted(host, 1, seg),
        **named("recurs_around2 recurs_before5 recurs_after5", recur_in),
        "seen_before": headline,
        "shared_before": share(range_sum(shared_sums, seg.first, seg.index, seg), seg.index - seg.first),
    }
