"""Groups of near-duplicate core stories: one keeper each, and members that repeat the keeper itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cleaner.config import CLUSTERS, ClusterLimits
from cleaner.model import Group, Member, Result, Uint64s
from cleaner.repeats.signature import lsh_pairs, shingles
from cleaner.text.fold import fold
from cleaner.text.tokens import sequence_hashes, tokenise


@dataclass(frozen=True, slots=True, eq=False)
class CoreSummary:
    """What grouping needs to know of a core story: its token hashes (uint64), its length in characters, its date (ISO 8601, empty unknown)."""

    id: str
    tokens: Uint64s
    length: int
    published: str = ""


def summarise_core(result: Result) -> CoreSummary:
    """Summarise the core story of a cleaned document."""
    return summarise_text(result.document.id, result.core, result.metadata.get("published", ""))


def summarise_text(id: str, text: str, published: str = "") -> CoreSummary:
    """Summarise a story given as text; the tokens are those of the folded text, read across its lines."""
    folded = fold(text)
    spans = np.array([[0, len(folded.text)]], dtype=np.int32)
    return CoreSummary(id, tokenise(folded.text, spans).hashes, len(text), published)


def _keeper_order(summary: CoreSummary) -> tuple[int, bool, str, str]:
    """Longest clean core first, then earliest date (an unknown one last), then smallest id."""
    return -summary.length, not summary.published, summary.published, summary.id


def group_cores(summaries: Sequence[CoreSummary], limits: ClusterLimits = CLUSTERS) -> tuple[Group, ...]:
    """Group near-duplicate core stories; the same groups for any order of the input.

    Equal token sequences are one story to begin with. MinHash LSH proposes pairs of the rest, exact Jaccard or containment of their
    shingles confirms them, lower ones only where both stories open alike. Stories are taken in keeper's order: each opens a group with
    all free stories that match it, so no chain of likenesses ties together what does not match the keeper.
    """
    ordered = sorted((summary for summary in summaries if len(summary.tokens)), key=_keeper_order)
    copies = _equal(ordered)
    heads = [ordered[places[0]] for places in copies]
    groups = []
    for place, others in _stars(heads, limits):
        members = [Member(ordered[copy].id, 1.0, 1.0) for copy in copies[place][1:]]
        for other, similarity, containment in others:
            members += [Member(ordered[copy].id, similarity, containment) for copy in copies[other]]
        if members:
            groups.append(Group(heads[place].id, tuple(sorted(members, key=lambda member: member.id))))
    return tuple(sorted(groups, key=lambda group: group.keeper))


def _equal(ordered: Sequence[CoreSummary]) -> list[list[int]]:
    """Places of stories with equal token sequences, first come first."""
    classes: dict[int, list[int]] = {}
    for place, summary in enumerate(ordered):
        key = int(sequence_hashes(summary.tokens, np.zeros(1, dtype=np.int64), np.array([len(summary.tokens)]))[0])
        classes.setdefault(key, []).append(place)
    return list(classes.values())


def _stars(heads: Sequence[CoreSummary], limits: ClusterLimits) -> list[tuple[int, list[tuple[int, float, float]]]]:
    """For each keeper its members with Jaccard and containment, in keeper's order; every head is in exactly one star."""
    alike: dict[int, list[tuple[int, float, float]]] = {}
    for left, right, jaccard, containment in _verified(heads, limits):
        alike.setdefault(left, []).append((right, jaccard, containment))
    taken: set[int] = set()
    stars = []
    for place in range(len(heads)):
        if place in taken:
            continue
        others = [match for match in alike.get(place, ()) if match[0] not in taken]
        taken.update(other for other, _, _ in others)
        stars.append((place, others))
    return stars


def _verified(heads: Sequence[CoreSummary], limits: ClusterLimits) -> list[tuple[int, int, float, float]]:
    """Pairs (left < right) that match, with the exact Jaccard and containment of their shingles."""
    places = [place for place, head in enumerate(heads) if len(head.tokens) >= limits.least_tokens]
    if len(places) < 2:
        return []
    sets = [shingles(heads[place].tokens, limits.shingle_tokens) for place in places]
    found = []
    for a, b in lsh_pairs(sets, limits.candidates, limits.permutations):
        shared = _shared(sets[a], sets[b])
        jaccard = shared / (len(sets[a]) + len(sets[b]) - shared)
        containment = shared / min(len(sets[a]), len(sets[b]))
        alike = jaccard >= limits.opening_jaccard or containment >= limits.opening_containment
        if jaccard >= limits.jaccard or (alike and _open_alike(heads[places[a]], sets[a], heads[places[b]], sets[b], limits)):
            found.append((places[a], places[b], round(jaccard, 4), round(containment, 4)))
    return found


def _shared(left: Uint64s, right: Uint64s) -> int:
    return len(np.intersect1d(left, right, assume_unique=True))


def _open_alike(left: CoreSummary, left_set: Uint64s, right: CoreSummary, right_set: Uint64s, limits: ClusterLimits) -> bool:
    """Whether the opening of each story stands in the other: a story that is only quoted further down is another one."""
    for story, other in ((left, right_set), (right, left_set)):
        opening = shingles(story.tokens[: limits.opening_tokens], limits.shingle_tokens)
        if _shared(opening, other) < limits.opening_share * len(opening):
            return False
    return True
