"""Find what a page says twice: its title, its captions, its paragraphs, whole second copies of a run of paragraphs.

Works in rounds: what one round labels counts as gone in the next, until a round finds nothing. So cleaning the clean text again finds
nothing new. In each round one copy of everything stays. Short lines (sub-headings, speakers, refrains, rows of lists) may repeat.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import regex

from cleaner.config import REPEATS
from cleaner.model import Confidence, Label, Page, Reason
from cleaner.repeats.pairs import NearPair, equal_places, near_pairs, tokens_at
from cleaner.repeats.shape import Shape, long_blocks, removed_blocks, shape_of
from cleaner.repeats.titles import Titles, block_text, declared_keys, keeper, title_family

_AUTHOR = "repeats"
_CREDIT = regex.compile(r"[(\[][^()\[\]\d]{2,40}[)\]][\s.]*$|(?:©|\b(?:photo|foto|image|credit|picture)\s*:).{2,40}$")
_MARKUP = regex.compile(r"""\w="|/>|</\w|&\w+;""")
_NUMBER = regex.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Found:
    """A block that repeats the block at place `of`."""

    of: int
    reason: Reason
    confidence: Confidence


@dataclass(frozen=True, slots=True, eq=False)
class _Round:
    """What one round knows: the page, its standing blocks, which of them stand in the head of the story, where rules see captions."""

    page: Page
    shape: Shape
    head_end: int
    captions: list[tuple[int, int]]
    found: dict[int, _Found] = field(default_factory=dict)
    models: set[int] = field(default_factory=set)

    def text(self, place: int) -> str:
        """The folded text of the block at a place."""
        return block_text(self.page, self.shape.index[place])

    def is_caption(self, place: int) -> bool:
        """Whether a rule calls a block a caption."""
        block = self.page.blocks[self.shape.index[place]]
        return any(start <= block.start and block.end <= end for start, end in self.captions)

    def is_row(self, place: int) -> bool:
        """Whether a block is a row of data (many numbers): plans, results and price lists repeat their rows."""
        numbers = len(_NUMBER.findall(self.text(place)))
        return numbers >= max(REPEATS.row_numbers, REPEATS.row_share * self.shape.counts[place])

    def drop(self, place: int, found: _Found) -> None:
        """Take a block for a repeat, unless it is what another one repeats or its own model has gone."""
        if place not in self.found and found.of not in self.found and place not in self.models:
            self.found[place] = found
            self.models.add(found.of)


def find_repeats(page: Page, long: Sequence[bool] | None = None) -> tuple[Label, ...]:
    """Label the blocks of a page that repeat another one which stays; linear in the page but for a few sorts.

    `long` says which blocks are paragraphs (`shape.long_blocks`) where that is known already.
    Exact repeats (equal token sequences) are certain, near ones likely. The evidence names the block that stays, counted from 1.
    """
    shape = shape_of(page, long_blocks(page) if long is None else long, [not gone for gone in removed_blocks(page)])
    labels: list[Label] = []
    titles = Titles(page, declared_keys(page))
    while found := _titles(titles, shape) or _copies(page, shape):
        labels += [_label(page, shape.index[place], shape.index[one.of], one) for place, one in found.items()]
        shape = shape.without(found)
    return tuple(sorted(labels, key=lambda label: label.start))


def _label(page: Page, block: int, of: int, found: _Found) -> Label:
    kind = "same" if found.confidence is Confidence.CERTAIN else "nearly the same"
    span = page.blocks[block]
    return Label(span.start, span.end, found.reason, _AUTHOR, found.confidence, f"{kind} words as block {of + 1}", twin=of)


def _titles(titles: Titles, shape: Shape) -> dict[int, _Found]:
    """All copies of the title but the best placed one."""
    family = title_family(titles, shape)
    if len(family) < 2:
        return {}
    stays = keeper(shape, family)
    beside, told = _beside(family, stays), any(shape.long)
    found = {}
    for place, grade in family.items():
        # Very short titles, and titles of texts without paragraphs (verse, lists), go elsewhere only where they carry a site's name.
        free = grade == 2 or (told and shape.counts[place] >= REPEATS.title_least_tokens)
        if place != stays and (place in beside or free):
            equal = shape.hashes[place] == shape.hashes[stays]
            found[place] = _Found(stays, Reason.TITLE_REPEAT, Confidence.CERTAIN if equal else Confidence.LIKELY)
    return found


def _beside(family: Collection[int], stays: int) -> range:
    """The copies of a title that stand side by side with the one that stays."""
    first = last = stays
    while first - 1 in family:
        first -= 1
    while last + 1 in family:
        last += 1
    return range(first, last + 1)


def _copies(page: Page, shape: Shape) -> dict[int, _Found]:
    """Repeated captions and paragraphs."""
    equal = equal_places(shape, REPEATS.credited_tokens)
    near = near_pairs(page, shape, REPEATS.credited_tokens + 2)
    if not equal and not near:
        return {}
    head_end = shape.long.index(True) if True in shape.long else 0
    captions = [(label.start, label.end) for label in page.labels if label.reason is Reason.CAPTION]
    now = _Round(page, shape, head_end, captions)
    pairs = [(places[0], place) for places in equal for place in places[1:]] + [(pair.left, pair.right) for pair in near]
    pairs = [(left, right) for left, right in pairs if shape.long[left] and shape.long[right] and not now.is_row(left)]
    for chain in _chains(sorted(pairs, key=lambda pair: pair[::-1])):
        _drop_chain(now, chain)
    for places in equal:
        _drop_equal(now, places)
    for pair in near:
        _drop_near(now, pair)
    return now.found


def _drop_equal(now: _Round, places: list[int]) -> None:
    """Equal blocks: paragraphs go wherever they stand, shorter ones where they are captions."""
    if now.shape.long[places[0]] and not now.is_row(places[0]):
        # Where a rule calls one copy a caption, the other is the story's own paragraph.
        stays = _best_placed(now.shape, [place for place in places if not now.is_caption(place)] or places)
        reason = Reason.CAPTION_REPEAT if _is_caption(now, places) else Reason.TEXT_REPEAT
        for place in places:
            if place != stays:
                now.drop(place, _Found(stays, reason, Confidence.CERTAIN))
        return
    credited = _is_caption(now, places)
    for before, place in pairwise(places):
        if not credited and _repeats_headline(now.shape, before, place):
            now.drop(place, _Found(places[0], Reason.TITLE_REPEAT, Confidence.CERTAIN))
        elif _repeats_caption(now, before, place, len(places), credited):
            now.drop(place, _Found(places[0], Reason.CAPTION_REPEAT, Confidence.CERTAIN))


def _is_caption(now: _Round, places: Iterable[int]) -> bool:
    return any(now.is_caption(place) or _CREDIT.search(now.text(place)) for place in places)


def _repeats_caption(now: _Round, before: int, place: int, copies: int, credited: bool) -> bool:
    """Whether the later of two equal short lines is a caption again, and not a line that may repeat."""
    tokens = now.shape.counts[place]
    beside = place - before <= REPEATS.caption_distance
    if place < now.head_end:
        least = REPEATS.credited_tokens if credited else REPEATS.caption_near_tokens if beside else REPEATS.caption_tokens
        return tokens >= least
    if tokens < REPEATS.caption_near_tokens:
        return False
    # A doubled caption inside the story: two copies side by side between paragraphs; a refrain has verses around it.
    return credited or (copies == 2 and place == before + 1 and _between_paragraphs(now.shape, before, place))


def _repeats_headline(shape: Shape, before: int, place: int) -> bool:
    """Whether the later of two equal lines stands right before a paragraph, and the earlier one above it with no paragraph between."""
    near = place - before <= REPEATS.title_window and shape.next_long(before, place + 1 - before) == place + 1
    return near and shape.counts[place] >= REPEATS.title_least_tokens


def _between_paragraphs(shape: Shape, first: int, last: int) -> bool:
    return first > 0 and last + 1 < len(shape.long) and shape.long[first - 1] and shape.long[last + 1]


def _company(shape: Shape, place: int) -> int:
    """Tokens of the paragraphs around a place, its own left out."""
    around = range(max(0, place - REPEATS.surroundings), min(place + REPEATS.surroundings + 1, len(shape.index)))
    return sum(shape.counts[at] for at in around if shape.long[at] and at != place)


def _best_placed(shape: Shape, places: list[int]) -> int:
    """The first copy, unless a later one stands among far more paragraphs (the first one is a teaser of the page itself)."""
    best = places[0]
    for place in places[1:]:
        if _company(shape, place) > REPEATS.better_place * _company(shape, best) + REPEATS.body_tokens:
            best = place
    return best


def _drop_near(now: _Round, pair: NearPair) -> None:
    """Nearly equal blocks with equal numbers: of paragraphs the fuller one stays, of captions the first."""
    left, right = pair.left, pair.right
    if sorted(_NUMBER.findall(now.text(left))) != sorted(_NUMBER.findall(now.text(right))):
        return
    credited = _is_caption(now, [left]), _is_caption(now, [right])
    beside = right - left <= REPEATS.caption_distance
    spare = credited[1] or not now.shape.long[right]
    if all(credited) or (any(credited) and spare and beside and pair.containment == 1.0):
        now.drop(right, _Found(left, Reason.CAPTION_REPEAT, Confidence.LIKELY))
    elif any(credited) or now.is_row(left):
        return  # a caption that quotes the story, or the story a caption; or rows of data
    elif now.shape.long[left] and now.shape.long[right]:
        stays = _fuller(now, left, right)
        goes = left + right - stays
        if beside or _has_markup(now, goes) or _company(now.shape, goes) < REPEATS.body_tokens:
            now.drop(goes, _Found(stays, Reason.TEXT_REPEAT, Confidence.LIKELY))
    elif right < now.head_end and now.shape.counts[left] >= REPEATS.near_tokens:
        stays = right if _has_markup(now, left) and not _has_markup(now, right) else left
        now.drop(left + right - stays, _Found(stays, Reason.CAPTION_REPEAT, Confidence.LIKELY))


def _has_markup(now: _Round, place: int) -> bool:
    return _MARKUP.search(now.text(place)) is not None


def _fuller(now: _Round, left: int, right: int) -> int:
    """Of two near copies the one without markup, then the clearly longer one, then the better placed one."""
    marked = [_has_markup(now, place) for place in (left, right)]
    if marked[0] != marked[1]:
        return right if marked[0] else left
    counts = now.shape.counts
    if abs(counts[left] - counts[right]) > 2:
        return left if counts[left] > counts[right] else right
    return _best_placed(now.shape, [left, right])


def _chains(pairs: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Runs of at least two pairs in which both sides go on in the same order with small gaps: whole second copies."""
    chains: list[list[tuple[int, int]]] = []
    ends: dict[tuple[int, int], int] = {}  # last pair of a chain -> its number: a look around each pair instead of at every chain
    reach = range(1, REPEATS.run_gap + 2)
    for left, right in pairs:
        near = sorted(ends[end] for end in ((left - down, right - across) for down in reach for across in reach) if end in ends)
        number = next((number for number in near if left < chains[number][0][1]), len(chains))
        if number == len(chains):
            chains.append([])
        else:
            del ends[chains[number][-1]]
        chains[number].append((left, right))
        ends[left, right] = number
    return [chain for chain in chains if len(chain) > 1]


def _drop_chain(now: _Round, chain: list[tuple[int, int]]) -> None:
    """A second copy goes as a whole: its paragraphs, and between them what stands between the first copy's paragraphs too."""
    sides = [(left, right) for left, right in chain]
    for (left, right), (next_left, next_right) in pairwise(chain):
        inner = range(left + 1, next_left)
        for place in range(right + 1, next_right):
            model = next((one for one in inner if _same_or_edited(now, one, place)), None)
            sides += [(model, place)] if model is not None else []
    for model, place in sides:
        equal = now.shape.hashes[model] == now.shape.hashes[place]
        now.drop(place, _Found(model, Reason.TEXT_REPEAT, Confidence.CERTAIN if equal else Confidence.LIKELY))


def _same_or_edited(now: _Round, model: int, place: int) -> bool:
    from cleaner.repeats.overlap import shared_pairs

    if now.shape.hashes[model] == now.shape.hashes[place]:
        return True
    both_long = now.shape.long[model] and now.shape.long[place]
    return both_long and shared_pairs(tokens_at(now.page, now.shape, model), tokens_at(now.page, now.shape, place))[0] >= REPEATS.edited_pairs
