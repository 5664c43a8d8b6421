"""Match rules against a page: one compiled pass over the folded text, then only blocks are looked at in which a rule may match.

Positions here are of the surface, the folded text with runs of spaces made one, until a label is made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from cleaner.config import READ, RULES
from cleaner.errors import RuleTimeout
from cleaner.model import Block, Captured, Confidence, Int32s, Label, Page, Reason
from cleaner.rules.compile import Compiled, Pattern, Ruleset, compiled_regex
from cleaner.rules.folding import strip_outer
from cleaner.rules.lexicon import PLACES, Place
from cleaner.rules.model import Guard, Near, Rule, Scope, Standing
from cleaner.text.fold import text_of

Uint32s = npt.NDArray[np.uint32]
# Looked up for every match: reading a member of an enumeration costs as much as ten comparisons.
_SPAN, _HEAD, _TAIL, _RUN, _TRIAL = Scope.SPAN, Scope.HEAD, Scope.TAIL, Scope.RUN, Standing.TRIAL
_CERTAIN, _HINT = Confidence.CERTAIN, Confidence.HINT
_MISSING = (-1, -1)  # the span of a group that took no part in a match
_PLACES, _STARTS = tuple(place.value for place in PLACES), Place.STARTS.value


class _Hit(NamedTuple):
    """A literal found at `[start, end)` of the surface: where it must stand, and which of the rule's literals for this place it is."""

    start: int
    end: int
    place: str
    number: int


_Try: TypeAlias = tuple[int, int, Sequence[_Hit]]  # a rule, a block where it may match, the rule's literals that stand there


class _Found(NamedTuple):
    """A rule that matches in a block: the span `[start, end)` of the surface, why, and the span of the captured value."""

    start: int
    end: int
    evidence: str
    value: tuple[int, int]


class _Match(NamedTuple):
    """A label to be, `[start, end)` of the text; the blocks it covers (`first` to `last`, inclusive), the one that was hit, the captured value."""

    start: int
    end: int
    rule: Rule
    confidence: Confidence
    evidence: str
    first: int
    last: int
    hit: int
    value: str

    def label(self) -> Label:
        """The label itself."""
        return Label(self.start, self.end, self.rule.reason, self.rule.id, self.confidence, self.evidence, marker=self.rule.marker)


class _Surface(NamedTuple):
    """A page's folded text without doubled spaces, and its characters; block b is `[starts[b], ends[b])`; `origin` as in `Folded`."""

    page: Page
    text: str
    starts: list[int]
    ends: list[int]
    origin: Int32s
    texts: dict[int, str]
    cores: dict[int, tuple[int, int]]

    def block_text(self, block: int) -> str:
        """The folded text of a block."""
        found = self.texts.get(block)
        if found is None:
            found = self.texts[block] = self.text[self.starts[block] : self.ends[block]]
        return found

    def core(self, block: int) -> tuple[int, int]:
        """The span of a block without outer punctuation; where nothing else is in it, one that every span covers."""
        found = self.cores.get(block)
        if found is None:
            start, end = strip_outer(self.block_text(block))
            found = self.cores[block] = (self.starts[block] + start, self.starts[block] + end)
        return found

    def original(self, block: Block, start: int, end: int) -> tuple[int, int]:
        """The span of the original text, inside a block, that a span of the surface came from, with the marks on its last letter."""
        begin = max(block.start, int(self.origin[start]))
        return begin, min(block.end, max(int(self.origin[end]), int(self.origin[end - 1]) + 1))


def match_rules(page: Page, ruleset: Ruleset) -> tuple[tuple[Label, ...], tuple[Captured, ...]]:
    """Label what the rules know on a page, and read the metadata they capture; both in order of position, then of rule id.

    Raises RuleTimeout where a regex does not come to an end.
    """
    if not page.blocks:
        return (), ()
    surface, tries = _search_page(page, ruleset)
    domains = _domains(page.document.site)
    matches: list[_Match] = []
    for index, block, hits in tries:
        compiled = ruleset.compiled[index]
        if compiled.rule.domains and domains.isdisjoint(compiled.rule.domains):
            continue
        for one in _match_block(surface, compiled, block, hits):
            matches.append(_extend(surface, compiled, block, one))
    return _results(_near(_guarded(page.blocks, matches)))


def _search_page(page: Page, ruleset: Ruleset) -> tuple[_Surface, list[_Try]]:
    """The rules that may match, each with its block and the literals that stand there where it wants them (none for rules of regex alone)."""
    from cleaner.rules import kernel

    text, codes, origin, spans = page.folded.text, page.folded.codes, page.folded.origin, page.block_spans.copy()
    if kernel.has_doubled_spaces(codes):
        text, codes, origin, spans = _squeezed(codes, origin, spans)
    sizes = np.array([block.end - block.start for block in page.blocks], np.int32)
    room, count = 4 * len(sizes) + 256, -1
    while count < 0:
        hits, tried = np.empty((room, 4), np.int32), np.empty((room, 2), np.int32)
        count, several = kernel.search_page(codes, spans, sizes, ruleset.tables, hits, tried)
        room *= 8
    starts, ends = spans.T.tolist()
    surface = _Surface(page, text, starts, ends, origin, {}, {})
    tries = _with_literals(hits[:count], ruleset) if count else []
    tries += [(index, block, ()) for block, index in tried[:several].tolist()]
    return surface, tries


def _with_literals(hits: Int32s, ruleset: Ruleset) -> list[_Try]:
    """The rules whose literals were hit, in order of the first hit."""
    found: dict[tuple[int, int], list[_Hit]] = {}
    uses = ruleset.tables.uses[hits[:, 3]].tolist()
    for (block, start, end, _), (index, place, _, _, _, number) in zip(hits.tolist(), uses, strict=True):
        found.setdefault((index, block), []).append(_Hit(start, end, _PLACES[place], number))
    return [(index, block, own) for (index, block), own in found.items()]


def _squeezed(codes: Uint32s, origin: Int32s, spans: Int32s) -> tuple[str, Uint32s, Int32s, Int32s]:
    """Text, code points, origin and spans of the blocks with runs of spaces made one, which would part the words of a literal."""
    space = codes == 32
    kept = np.flatnonzero(~(space & np.concatenate(([False], space[:-1]))))
    codes = codes[kept]
    return text_of(codes), codes, origin[np.append(kept, len(space))], np.searchsorted(kept, spans).astype(np.int32)


def _domains(site: str) -> frozenset[str]:
    """A site's name and all names it ends with: the domains whose rules apply.

    >>> sorted(_domains("news.example.com"))
    ['com', 'example.com', 'news.example.com']
    """
    parts = site.lower().strip(".").split(".")
    return frozenset(".".join(parts[at:]) for at in range(len(parts)))


def _search(pattern: Pattern, text: str, rule: Rule) -> Any:
    """The first match or None. The length bound spares a hopeless regex its seconds; `timeout` counts CPU time, not load."""
    code = pattern.code or compiled_regex(pattern)
    if pattern.proven and len(text) <= RULES.untimed_chars:  # asking for the time costs more than most searches
        return code.search(text)
    if pattern.ambiguous and len(text) > RULES.ambiguous_chars:
        raise RuleTimeout(rule.id)
    try:
        return code.search(text, timeout=READ.rule_seconds)
    except TimeoutError:
        raise RuleTimeout(rule.id) from None


def _search_all(pattern: Pattern, text: str, rule: Rule) -> list[Any]:
    """All matches, where there is one."""
    timeout = None if pattern.proven and len(text) <= RULES.untimed_chars else READ.rule_seconds
    try:
        return list(compiled_regex(pattern).finditer(text, timeout=timeout))
    except TimeoutError:
        raise RuleTimeout(rule.id) from None


def _match_block(surface: _Surface, compiled: Compiled, block: int, hits: Sequence[_Hit]) -> list[_Found]:
    """What a rule finds in one block: nothing, one match, or for scope span one for each part."""
    rule, text = compiled.rule, surface.block_text(block)
    if compiled.regex is None:
        found = [_literal_found(surface, block, hit, rule) for hit in hits]
        if rule.scope is _SPAN:
            found = _outermost(found)
        elif len(found) > 1:
            found = [min(found, key=_by_place)]
    else:
        match = _search(compiled.regex, text, rule)
        if match is None:  # four of five tries
            return []
        matches = [match] if rule.scope is not _SPAN else _search_all(compiled.regex, text, rule)
        found = [_regex_found(surface, block, one, hits) for one in matches]
        if rule.scope is _SPAN:
            found = [one for one in found if one.start < one.end]
    if found and compiled.unless is not None and _search(compiled.unless, text, rule):
        return []
    return found


def _literal_found(surface: _Surface, block: int, hit: _Hit, rule: Rule) -> _Found:
    value = _rest(surface, block, [hit]) if rule.capture else (0, 0)
    return _Found(hit.start, hit.end, f'{hit.place} "{getattr(rule, hit.place)[hit.number]}"', value)


def _regex_found(surface: _Surface, block: int, match: Any, hits: Sequence[_Hit]) -> _Found:
    base, groups = surface.starts[block], match.re.groupindex
    start, end = match.span("cut") if "cut" in groups else _MISSING
    if start < 0:
        start, end = match.span()
    first, last = match.span("value") if "value" in groups else _MISSING
    value = (base + first, base + last) if first >= 0 else _rest(surface, block, hits)
    return _Found(base + start, base + end, f'regex "{match.group()[: RULES.evidence_chars]}"', value)


def _rest(surface: _Surface, block: int, hits: Sequence[_Hit]) -> tuple[int, int]:
    """What a block says behind its longest `starts` literal, else the whole block."""
    behind = surface.starts[block]
    for hit in hits:
        if hit.place == _STARTS and hit.end > behind:
            behind = hit.end
    return behind, surface.ends[block]


def _by_place(found: _Found) -> tuple[int, int, str]:
    return found.start, -found.end, found.evidence


def _outermost(found: list[_Found]) -> list[_Found]:
    """Spans that lie in no other one; of equal ones the first by evidence."""
    kept: list[_Found] = []
    for one in sorted(found, key=_by_place):
        if not kept or one.end > kept[-1].end:
            kept.append(one)
    return kept


def _extend(surface: _Surface, compiled: Compiled, block: int, found: _Found) -> _Match:
    """The label of a match: what the rule's scope makes of the block that was hit."""
    rule, blocks = compiled.rule, surface.page.blocks
    first = 0 if rule.scope is _HEAD else block
    last = len(blocks) - 1 if rule.scope is _TAIL else _run_end(surface, compiled, block) if rule.scope is _RUN else block
    start, end = blocks[first].start, blocks[last].end
    if rule.scope is _SPAN:
        start, end = surface.original(blocks[block], found.start, found.end)
    confidence = _HINT if rule.status is _TRIAL else rule.confidence
    value = _value(surface, block, found) if rule.capture else ""
    return _Match(start, end, rule, confidence, found.evidence, first, last, block, value)


def _run_end(surface: _Surface, compiled: Compiled, block: int) -> int:
    """The last block of a run: before one that ends it or is too long, at most `max_blocks` in all."""
    rule, blocks = compiled.rule, surface.page.blocks
    stop = min(len(blocks), block + rule.max_blocks) if rule.max_blocks else len(blocks)
    for after in range(block + 1, stop):
        if rule.max_chars and blocks[after].end - blocks[after].start > rule.max_chars:
            return after - 1
        first, last = surface.core(after)
        if (surface.text[first:last] or surface.block_text(after)) in compiled.until:
            return after - 1
        if compiled.until_regex is not None and _search(compiled.until_regex, surface.block_text(after), rule):
            return after - 1
    return stop - 1


def _value(surface: _Surface, block: int, found: _Found) -> str:
    """The captured value as the author wrote it, without outer punctuation; empty where nothing is left."""
    if found.value[0] >= found.value[1]:
        return ""
    start, end = surface.original(surface.page.blocks[block], *found.value)
    text = surface.page.document.text[start:end]
    first, last = strip_outer(text)
    return text[first:last]


def _net_sizes(blocks: tuple[Block, ...], matches: list[_Match]) -> list[int]:
    """Characters of each block, 0 where a certain rule without conditions takes it: guards count text, not furniture.

    So a guard says the same of a page before and after that furniture is gone.
    """
    sizes = [block.end - block.start for block in blocks]
    for match in matches:
        rule = match.rule
        free = rule.guard is None and rule.near is None and rule.scope is not _SPAN
        if free and match.confidence is _CERTAIN and rule.reason is not Reason.CAPTION:
            sizes[match.first : match.last + 1] = [0] * (match.last + 1 - match.first)
    return sizes


def _guarded(blocks: tuple[Block, ...], matches: list[_Match]) -> list[_Match]:
    """The matches; one whose guard trips becomes a hint that says so."""
    if not any(match.rule.guard is not None for match in matches):
        return matches
    reached = list(accumulate(_net_sizes(blocks, matches), initial=0))
    return [match if match.rule.guard is None else _judged(reached, match, match.rule.guard) for match in matches]


def _judged(reached: list[int], match: _Match, guard: Guard) -> _Match:
    """A match by its guard; `reached`: characters that count before each block, and in all."""
    total, before, after = reached[-1], reached[match.hit], reached[-1] - reached[match.last + 1]
    taken = match.end - match.start if match.rule.scope is _SPAN else reached[match.last + 1] - reached[match.first]
    tripped = ""
    if before < guard.core_before:
        tripped = f"core_before: {before} < {guard.core_before}"
    elif after < guard.core_after:
        tripped = f"core_after: {after} < {guard.core_after}"
    elif 0 <= guard.max_before < before:
        tripped = f"max_before: {before} > {guard.max_before}"
    elif taken > guard.max_share * total:
        tripped = f"max_share: {taken / total:.2f} > {guard.max_share:g}"
    if not tripped:
        return match
    return match._replace(confidence=_HINT, evidence=f"guard {tripped}; {match.evidence}", value="")


def _near(matches: list[_Match]) -> list[_Match]:
    """Leave out the matches whose rule wants another label near and has none; trial rules do not count as such."""
    if not any(match.rule.near is not None for match in matches):
        return matches
    edges: dict[str, list[tuple[int, int]]] = {}
    for match in matches:
        if match.rule.near is None and match.rule.status is not _TRIAL:
            edges.setdefault(match.rule.reason, []).append((match.first, match.last))
    return [match for match in matches if match.rule.near is None or _has_neighbour(match, match.rule.near, edges)]


def _has_neighbour(match: _Match, near: Near, edges: dict[str, list[tuple[int, int]]]) -> bool:
    low, high = match.first - near.within, match.last + near.within
    return any(first <= high and last >= low for reason in near.reasons for first, last in edges.get(reason, ()))


def _results(matches: Iterable[_Match]) -> tuple[tuple[Label, ...], tuple[Captured, ...]]:
    """Labels and captured values in order; a label inside one of the same rule and confidence says nothing new."""
    ordered = sorted(matches, key=lambda match: (match.start, -match.end, match.rule.id, match.evidence))
    reached: dict[tuple[str, str], int] = {}
    kept, spoken = [], []
    for match in ordered:
        key = (match.rule.id, match.confidence)
        if match.end > reached.get(key, -1):
            reached[key] = match.end
            kept.append(match)
        if match.value and match.rule.status is not _TRIAL:
            spoken.append(match)
    kept.sort(key=_by_span)
    spoken.sort(key=_by_span)
    spoken = [match for match in spoken if match.confidence is _CERTAIN or not _called_otherwise(match, kept)]
    values = [Captured(match.rule.capture.value, match.value, match.rule.id, match.start) for match in spoken if match.rule.capture]
    return tuple([match.label() for match in kept]), tuple(dict.fromkeys(values))


def _called_otherwise(match: _Match, kept: list[_Match]) -> bool:
    """Whether a certain rule calls all of a match something else: such a passage fills no field."""
    others = (one for one in kept if one.confidence is _CERTAIN and one.rule.reason is not match.rule.reason)
    return any(one.start <= match.start and match.end <= one.end for one in others)


def _by_span(match: _Match) -> tuple[int, int, str, str]:
    return match.start, match.end, match.rule.id, match.evidence
