"""Groups of near-duplicate core stories: one keeper each, and members that repeat the keeper itself.

Equal stories are one to begin with (a hash of their words). Signatures of letter shingles propose pairs of the rest; the shares of each
story that stand in the other, and of their openings, decide. Stories are taken in keeper's order: each opens a group with all free stories
that match it, so no chain of likenesses ties together what does not match the keeper.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cleaner.config import CLUSTERS, SIGNATURE, ClusterLimits
from cleaner.model import Floats, Group, Member, Result, Uint64s
from cleaner.repeats.candidates import agreeing_pairs, band_pairs
from cleaner.repeats.shelf import Shelf
from cleaner.repeats.signature import SPEC, Desk, Int64s, Readings, SignatureSpec, Uint32s, estimated_jaccard, in_batches, read_texts, sign

KEEP = ("length", "date", "id", "shortest")  # what may decide which of two copies stays; the first two do where nothing else is said


@dataclass(frozen=True, slots=True, eq=False)
class CoreSummary:
    """What grouping needs to know of a core story: its text, its length in characters, its date (ISO 8601, empty unknown)."""

    id: str
    text: str
    length: int
    published: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Stories:
    """The stories of a batch that have words, in keeper's order: `ids`, `hashes` (uint64, equal for equal sequences of words), `letters` (int64).

    `numbers` (int64) says which text on the shelf and which row of `values` (uint32, texts x permutations) is a story's.
    """

    ids: Sequence[str]
    shelf: Shelf
    numbers: Int64s
    values: Uint32s
    hashes: Uint64s
    letters: Int64s


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Compared pairs of stories (`pairs`, int64, n x 2, left < right in keeper's order) with their figures (`figures`, float64, n x 4).

    The columns: the share of the left story's letter shingles that stand in the right one, of the right one's in the left, and the same of
    their openings; where `config.ClusterLimits.jaccard` decides, the estimated Jaccard four times.
    """

    pairs: Int64s
    figures: Floats


def summarise_core(result: Result) -> CoreSummary:
    """Summarise the core story of a cleaned document."""
    return summarise_text(result.document.id, result.core, result.metadata.get("published", ""))


def summarise_text(id: str, text: str, published: str = "") -> CoreSummary:
    """Summarise a story given as text."""
    return CoreSummary(id, text, len(text), published)


def group_cores(
    summaries: Iterable[CoreSummary], limits: ClusterLimits = CLUSTERS, spec: SignatureSpec = SPEC, keep: Sequence[str] = KEEP[:2]
) -> tuple[Group, ...]:
    """Group near-duplicate core stories; the same groups for any order of the input. The summaries are read once, one after the other."""
    stories = gather_stories(summaries, spec, keep, texts=not limits.jaccard)
    return form_groups(stories, compare_stories(stories, limits), limits)


def keeper_order(ids: Sequence[str], lengths: Int64s, published: Sequence[str], keep: Sequence[str] = KEEP[:2]) -> Int64s:
    """The places of stories in keeper's order (int64): by what `keep` names in turn (of `KEEP`), the id last, so that none are equal.

    `length`: the longest first. `date`: the earliest first, an unknown date last. `id`: the smallest first. `shortest`: the shortest first.
    """
    dates = {date: rank for rank, date in enumerate(sorted(set(published), key=lambda date: (not date, date)))}
    by_id = np.empty(len(ids), dtype=np.int64)
    by_id[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    columns = {"length": -lengths, "shortest": lengths, "id": by_id, "date": np.fromiter(map(dates.__getitem__, published), np.int64, len(ids))}
    return np.lexsort((by_id, *(columns[name] for name in reversed(keep)))).astype(np.int64)


def gather_stories(summaries: Iterable[CoreSummary], spec: SignatureSpec = SPEC, keep: Sequence[str] = KEEP[:2], *, texts: bool = True) -> Stories:
    """Sign stories as they come, put their texts on a shelf if they are wanted, and bring them into keeper's order."""
    shelf, desk = Shelf(), Desk()
    ids: list[str] = []
    lengths, published = array("q"), array("q")
    dates: dict[str, int] = {}
    values, hashes, letters = np.empty((1 << 10, spec.permutations), dtype=np.uint32), [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    for batch in _batches(summaries):
        readings = read_texts([summary.text for summary in batch], desk)
        if len(ids) + len(batch) > len(values):
            values.resize((len(values) * 3 // 2 + len(batch), spec.permutations), refcheck=False)  # in place: never twice in memory
        values[len(ids) : len(ids) + len(batch)] = sign(readings, spec).values
        hashes.append(word_hashes(readings))
        letters.append(np.diff(readings.letter_ends))
        for summary in batch:
            ids.append(summary.id)
            lengths.append(summary.length)
            published.append(dates.setdefault(summary.published, len(dates)))
            if texts:
                shelf.put(summary.text)
    values.resize((len(ids), spec.permutations), refcheck=False)
    named = list(dates)
    ranked = keeper_order(ids, np.array(lengths, dtype=np.int64), [named[number] for number in published], keep)
    sizes = np.concatenate(letters)[ranked]
    ranked, sizes = ranked[sizes > 0], sizes[sizes > 0]
    return Stories([ids[number] for number in ranked.tolist()], shelf, ranked, values, np.concatenate(hashes)[ranked], sizes)


def _batches(summaries: Iterable[CoreSummary]) -> Iterator[list[CoreSummary]]:
    batch: list[CoreSummary] = []
    for summary in summaries:
        batch.append(summary)
        if len(batch) == SIGNATURE.batch_texts:
            yield batch
            batch = []
    if batch:
        yield batch


def word_hashes(readings: Readings) -> Uint64s:
    """One hash for each text that has been read (uint64): equal for equal sequences of words, 0 for none."""
    from cleaner.repeats import kernel

    out = np.empty(len(readings.word_ends) - 1, dtype=np.uint64)
    kernel.hash_rows(readings.words, readings.word_ends, out)
    return out


def first_copies(stories: Stories) -> Int64s:
    """For each story the place of the first that has the same words (int64), its own where it is the first."""
    _, first, inverse = np.unique(stories.hashes, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)


def compare_stories(stories: Stories, limits: ClusterLimits = CLUSTERS) -> Matches:
    """Compare all pairs of different stories whose signatures propose them; what falls short of `limits` stays out."""
    first = first_copies(stories)
    heads = np.flatnonzero((first == np.arange(len(first))) & (stories.letters >= limits.least_letters))
    if len(heads) < 2:
        return Matches(np.zeros((0, 2), dtype=np.int64), np.zeros((0, 4)))
    ranks = np.full(len(stories.values), -1, dtype=np.int64)
    ranks[stories.numbers[heads]] = heads
    if limits.jaccard:
        pairs = band_pairs(stories.values, ranks, limits.jaccard, limits)
        figures = np.repeat(estimated_jaccard(stories.values, stories.numbers[pairs])[:, None], 4, axis=1)
    else:
        pairs = agreeing_pairs(stories.values, ranks, limits)
        figures = _compared(stories, pairs, limits)
    alike = accepted(figures, limits)
    return Matches(pairs[alike], figures[alike])


def accepted(figures: Floats, limits: ClusterLimits) -> npt.NDArray[np.bool_]:
    """Which rows of figures (float64, pairs x 4) make two stories one."""
    shares, openings = figures[:, :2], figures[:, 2:].min(axis=1)
    by_story: npt.NDArray[np.bool_] = (shares.max(axis=1) >= limits.one) & (openings >= limits.opening)
    alike: npt.NDArray[np.bool_] = shares[:, 0] >= limits.jaccard if limits.jaccard else by_story | (shares.min(axis=1) >= limits.both)
    return alike


def _compared(stories: Stories, pairs: Int64s, limits: ClusterLimits) -> Floats:
    """The figures of pairs (float64, pairs x 4), their texts taken from the shelf a few at a time."""
    from cleaner.repeats import kernel

    out = np.empty((len(pairs), 4))
    for low in range(0, len(pairs), limits.pairs):
        some = pairs[low : low + limits.pairs]
        used, local = np.unique(some, return_inverse=True)
        sketches, ends = sketch_texts(stories.shelf.take(stories.numbers[used].tolist()), limits)
        kernel.compare_pairs(sketches, ends, local.reshape(-1, 2), limits.opening_letters, out[low : low + len(some)])
    return out


def sketch_texts(texts: Sequence[str], limits: ClusterLimits = CLUSTERS) -> tuple[Uint32s, Int64s]:
    """The letter shingles of texts in order (uint32), and where those of each text begin and end (int64)."""
    parts = [sketch_readings(readings, limits) for readings in in_batches(texts)]
    sizes = np.concatenate([np.zeros(1, dtype=np.int64), *(np.diff(ends) for _, ends in parts)])
    return np.concatenate([np.zeros(0, dtype=np.uint32), *(values for values, _ in parts)]), np.cumsum(sizes)


def sketch_readings(readings: Readings, limits: ClusterLimits = CLUSTERS) -> tuple[Uint32s, Int64s]:
    """`sketch_texts` for texts that have been read."""
    from cleaner.repeats import kernel

    out = np.empty(readings.letter_ends[-1] + len(readings.letter_ends), dtype=np.uint32)
    ends = np.zeros(len(readings.letter_ends), dtype=np.int64)
    kernel.sketch_rows(readings.letters, readings.letter_ends, limits.letters, out, ends)
    return out[: ends[-1]], ends


def form_groups(stories: Stories, matches: Matches, limits: ClusterLimits = CLUSTERS) -> tuple[Group, ...]:
    """Groups from compared pairs, under these limits or stricter ones than they were compared with; sorted by keeper."""
    alike = accepted(matches.figures, limits)
    found: dict[int, list[tuple[int, float, float]]] = {}
    for (left, right), (one, other, _, _) in zip(matches.pairs[alike].tolist(), matches.figures[alike].tolist(), strict=True):
        figures = (one, one) if limits.jaccard else (similarity(one, other, *stories.letters[[left, right]].tolist()), max(one, other))
        found.setdefault(left, []).append((right, *(round(figure, 4) for figure in figures)))
    copies: dict[int, list[int]] = {}
    first = first_copies(stories)
    for place in np.flatnonzero(first != np.arange(len(first))).tolist():
        copies.setdefault(int(first[place]), []).append(place)
    groups = []
    taken: set[int] = set()
    for place in sorted({*found, *copies}):
        if place not in taken:
            others = [match for match in found.get(place, ()) if match[0] not in taken]
            taken.update(other for other, _, _ in others)
            same = [(copy, 1.0, 1.0) for copy in copies.get(place, ())]
            groups.append((place, same + [(copy, *match[1:]) for match in others for copy in (match[0], *copies.get(match[0], ()))]))
    named = [Group(stories.ids[place], _members(stories, others)) for place, others in groups if others]
    return tuple(sorted(named, key=lambda group: group.keeper))


def similarity(left: float, right: float, left_size: int, right_size: int) -> float:
    """The Jaccard of two shingle lists, from the share of each that stands in the other."""
    shared = (left * left_size + right * right_size) / 2
    return shared / (left_size + right_size - shared)


def _members(stories: Stories, others: Iterable[tuple[int, float, float]]) -> tuple[Member, ...]:
    members = [Member(stories.ids[place], jaccard, containment) for place, jaccard, containment in others]
    return tuple(sorted(members, key=lambda member: member.id))
