"""Find wordings that are furniture: lines, openings and endings of lines that recur where a finished run removed text.

A wording is judged by what it does all over the corpus, never by what it says: how many pages and sites have it, how often it
stayed, whether what stands behind it is always the same (a story's title) or never (a heading over other stories).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from cleaner.config import SUGGEST
from cleaner.rules.folding import fold_all, is_word, strip_outer
from cleaner.rules.observed import Line, Sheet

# What parts a label from its value: "Read also: ...", "Source | ...", "Tags > ...". A dash parts datelines as often, so it is none.
_LABEL = re.compile(r"\W{0,3}?((?:[^\s:：|>›»]+[ \t\u00a0]+){0,5}[^\s:：|>›»]*[ \t\u00a0]?[:：|>›»])(?=\s*\S)")
# The same with dots behind it ("Read also.. ..."), which stand inside titles as often: looked for where no other sign is.
_DOTTED = re.compile(r"\W{0,3}?((?:[^\s:：|>›».…。।።۔]+[ \t\u00a0]+){0,5}[^\s:：|>›».…。।።۔]+[ \t\u00a0]?(?:[.。।።۔]{2,}|…))(?=\s*\S)")
_BEFORE_NUMBER = re.compile(r"\W*((?:[^\W\d]+[^\w\n]+){1,5})(?=\d)")
_ENDED = re.compile(r"[!?؟.。！？…][\W_]*$")
_BEHIND_NUMBER = re.compile(r"\d((?:[^\w\n]+[^\W\d]+){1,5})\W*$")


class Form(StrEnum):
    """What part of a line a wording is: all of it, the label before a value, the words before or behind a number."""

    LINE = "line"
    LABEL = "label"
    BEFORE = "before"
    BEHIND = "behind"


class Spot(NamedTuple):
    """A folded wording and what part of a line it is."""

    form: Form
    folded: str


@dataclass(slots=True)
class _Tally:
    """What one wording did on one site, or in one language."""

    typed: dict[str, int] = field(default_factory=dict)
    sites: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    behind: set[str] = field(default_factory=set)
    leads_to: dict[str, int] = field(default_factory=dict)
    lines: int = 0
    kept: int = 0
    ruled: int = 0
    opens: int = 0
    leads: int = 0
    echoes: int = 0
    titles: int = 0
    known: int = 0
    closes: int = 0
    closing: int = 0
    chars: int = 0
    longest: int = 0
    words: int = 0

    def add(self, sheet: Sheet, line: Line, typed: str, behind: str) -> None:
        """Count one line."""
        self.sites[sheet.site].add(sheet.number)
        self.typed[typed] = self.typed.get(typed, 0) + 1
        self.behind.add(behind)
        self.lines += 1
        self.kept += not line.gone
        self.ruled += line.gone and line.author.count(".") >= 2
        self.chars += len(line.typed)
        self.longest = max(self.longest, len(line.typed))
        self.words = max(self.words, line.words)

    @property
    def pages(self) -> int:
        """Pages that hold it."""
        return sum(len(pages) for pages in self.sites.values())

    def stays(self, most: float) -> bool:
        """Whether more of its lines stayed than may; where there are many, one is the scorer's mistake."""
        return self.kept > max(most * self.lines, float(self.lines >= SUGGEST.many_lines))

    def varies(self, least: float) -> bool:
        """Whether what stands behind it is a different thing nearly each time."""
        return len(self.behind) >= least * self.lines


_Tallies = Mapping[tuple[str, Spot], _Tally]


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording that is furniture: as typed, where in a line it stands, what it is, and the evidence for it.

    `site` is empty for a wording of many sites; `sites` are those where it was seen, most pages first. `lines`, `kept`, `ruled`:
    lines with it, those that stayed, those that a rule removed already. `chars`: characters of its lines, `longest` of the longest.
    `values`: some of what stands behind a label, or the lines of words before a number. `closes`: on its site nothing of the story
    ever stands behind it, and other text than furniture does.
    """

    spot: Spot
    typed: str
    heading: bool
    lang: str
    site: str
    sites: tuple[str, ...]
    pages: int
    lines: int
    kept: int
    ruled: int
    chars: int
    longest: int
    values: tuple[str, ...] = ()
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Census:
    """Tallies of all wordings by site and by language, and how many pages and which language each site has."""

    sites: _Tallies
    langs: _Tallies
    pages: Mapping[str, int]
    lang_of: Mapping[str, str]


def take_census(sheets: Sequence[Sheet]) -> Census:
    """Count every wording of every line, then where lines open removed runs."""
    sites: dict[tuple[str, Spot], _Tally] = defaultdict(_Tally)
    langs: dict[tuple[str, Spot], _Tally] = defaultdict(_Tally)
    pages: dict[str, int] = defaultdict(int)
    spoken: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    places = _places(sheets)
    for sheet in sheets:
        pages[sheet.site] += 1
        spoken[sheet.site][sheet.lang] += 1
        for at, line in enumerate(sheet.lines):
            seen = {spot: (typed, behind) for spot, typed, behind in (*_pointers(sheet, line, places), *_spots(sheet, at, line))}
            for spot, (typed, behind) in seen.items():
                langs[sheet.lang, spot].add(sheet, line, typed, behind)
                if sheet.site:
                    sites[sheet.site, spot].add(sheet, line, typed, behind)
    census = Census(sites, langs, pages, {site: min(counts, key=lambda lang: (-counts[lang], lang)) for site, counts in spoken.items()})
    _look_around(sheets, census, places)
    _count_closings(sheets, census, places)
    return census


def _places(sheets: Sequence[Sheet]) -> dict[str, int]:
    """The page of every line long enough to be a title, -1 where it stands on several."""
    places: dict[str, int] = {}
    for sheet in sheets:
        for line in sheet.lines:
            if SUGGEST.title_words <= line.words <= SUGGEST.title_most_words:
                places[line.key] = sheet.number if places.get(line.key, sheet.number) == sheet.number else -1
    return places


def _spots(sheet: Sheet, at: int, line: Line) -> Iterator[tuple[Spot, str, str]]:
    """The wordings of a line: itself, its label, the words beside its number; each with how it is typed and what stands behind it."""
    if len(line.key) <= SUGGEST.line_chars and any(char.isalpha() for char in line.key):
        yield Spot(Form.LINE, line.key), line.typed, sheet.lines[at + 1].key if at + 1 < len(sheet.lines) else ""
    opening = line.typed[: SUGGEST.label_chars]
    if found := _LABEL.match(opening) or _DOTTED.match(opening):
        yield from _part(Form.LABEL, found.group(1).strip(), _bare(line.typed[found.end() :]))
    elif found := _BEFORE_NUMBER.match(opening):
        yield from _part(Form.BEFORE, _bare(found.group(1)), line.key)
    if len(line.typed) <= SUGGEST.number_chars and (found := _BEHIND_NUMBER.search(line.typed)):
        yield from _part(Form.BEHIND, _bare(found.group(1)), line.key)


def _pointers(sheet: Sheet, line: Line, places: Mapping[str, int]) -> Iterator[tuple[Spot, str, str]]:
    """The words before what is a line of another page, where no punctuation says that they are a label."""
    words, typed = line.folded.split(), line.typed.split()
    if len(words) != len(typed) or line.words > SUGGEST.title_most_words + SUGGEST.pointer_words or _LABEL.match(line.typed[: SUGGEST.label_chars]):
        return
    for size in range(1, min(SUGGEST.pointer_words, len(words) - 1) + 1):
        value = _bare(" ".join(words[size:]))
        if places.get(value, sheet.number) != sheet.number:
            yield from _part(Form.LABEL, " ".join(typed[:size]), " ".join(typed[size:]))
            return


def _part(form: Form, typed: str, behind: str) -> Iterator[tuple[Spot, str, str]]:
    folded = fold_all([typed])[0]
    letters = [char for char in folded if char.isalpha()]
    if len(letters) >= SUGGEST.label_least or (len(letters) > 1 and not is_word(letters[0])):
        yield Spot(form, folded), typed, behind


def _bare(text: str) -> str:
    start, end = strip_outer(text)
    return text[start:end]


def _look_around(sheets: Sequence[Sheet], census: Census, places: Mapping[str, int]) -> None:
    """Note what stands around each short line, and whether what stands behind a label is a line of another page."""
    fixed = {key for key, tally in census.sites.items() if key[1].form is Form.LINE and is_fixed(tally, census.pages[key[0]])}
    for sheet in sheets:
        stays = [at for at, line in enumerate(sheet.lines) if not line.gone][:2]
        title = stays[0] if len(stays) > 1 and sheet.lines[stays[1]].words >= SUGGEST.paragraph_words else -1
        for at, line in enumerate(sheet.lines):
            if line.words > SUGGEST.heading_words:
                continue
            spot = Spot(Form.LINE, line.key)
            before = sheet.lines[at - 1] if at else None
            opens = before is None or not before.gone or (sheet.site, Spot(Form.LINE, before.key)) in fixed or before.author.count(".") >= 2
            after = sheet.lines[at + 1] if at + 1 < len(sheet.lines) else None
            foreign = after is not None and places.get(after.key, sheet.number) != sheet.number
            for tally in _tallies(census, sheet, spot):
                tally.opens += opens or not line.gone
                tally.leads += foreign or (after is not None and after.gone)
                tally.known += foreign
                if after is not None and after.words >= SUGGEST.paragraph_words:
                    tally.leads_to[after.key] = tally.leads_to.get(after.key, 0) + 1
                tally.titles += at == title and not foreign  # a heading over teasers tops the page where the run kept it
                tally.echoes += _echoes(line, sheet.lines[at + 1 : at + 1 + SUGGEST.echo_lines])
    for tallies in (census.langs, census.sites):
        for (_, spot), tally in tallies.items():
            if spot.form is Form.LABEL and len(tally.behind) > 1:
                tally.known = sum(value in places for value in fold_all([_bare(value) for value in tally.behind if value.strip()]))


def _count_closings(sheets: Sequence[Sheet], census: Census, places: Mapping[str, int]) -> None:
    """Note how often nothing of the story stands behind a wording of a site, though other paragraphs do."""
    for sheet in sheets:
        ended = foreign = False
        for at in range(len(sheet.lines) - 1, -1, -1):
            line = sheet.lines[at]
            tallies = (census.sites.get((sheet.site, spot)) for spot, _, _ in _spots(sheet, at, line))
            for tally in (one for one in tallies if one is not None):
                tally.closes += not ended
                tally.closing += not ended and foreign
            # A kept line that another page has is a foreign one that the run missed.
            if not line.gone and line.words >= SUGGEST.heading_words and places.get(line.key, sheet.number) == sheet.number:
                ended = True
            foreign |= line.words >= SUGGEST.paragraph_words


def closes(tally: _Tally, spot: Spot) -> bool:
    """Whether a story always ends before a wording, and foreign text stands behind it now and then."""
    if tally.pages < SUGGEST.close_pages or tally.closing < SUGGEST.close_texts or (spot.form is Form.LABEL and is_pointer(tally)):
        return False
    # Of other furniture than headings, some copies may stand before what the run failed to remove.
    missed = 0.0 if is_heading(tally) or tally.lines < SUGGEST.many_lines else SUGGEST.close_missed * tally.lines
    return tally.closes >= tally.lines - missed


def _tallies(census: Census, sheet: Sheet, spot: Spot) -> list[_Tally]:
    return [tally for tally in (census.langs.get((sheet.lang, spot)), census.sites.get((sheet.site, spot))) if tally is not None]


def _echoes(line: Line, following: Sequence[Line]) -> bool:
    """Whether most of a line's longer words return in the lines behind it, as those of a story's title do."""
    words = {word for word in line.key.split() if len(word) >= SUGGEST.echo_letters}
    said = {word for other in following for word in other.key.split()}
    return bool(words) and len(words & said) * 2 > len(words)


def is_fixed(tally: _Tally, pages: int) -> bool:
    """Whether a line belongs to a site's pages: on a good share of them, on most if it looks like story, and removed there."""
    least = max(SUGGEST.fixed_pages, SUGGEST.fixed_share * pages)
    if tally.pages < least or tally.stays(SUGGEST.fixed_kept):
        return False
    return tally.pages >= SUGGEST.fixed_most * pages or (tally.words < SUGGEST.paragraph_words and not is_title(tally))


def is_title(tally: _Tally) -> bool:
    """Whether a line is the title of a story: it tops a page, its words return behind it, or the same paragraph follows it again.

    What follows again and again and is a line of another page is a teaser that the site prints often, and no paragraph of the title's.
    """
    own = tally.known < SUGGEST.heading_known * tally.lines
    again = max((count for count in tally.leads_to.values() if own and count > 1), default=0)
    return max(tally.titles / SUGGEST.title_share, tally.echoes / SUGGEST.echo_share, again / SUGGEST.again_share) > tally.lines


def is_heading(tally: _Tally) -> bool:
    """Whether a line stands over foreign items: short, first of a removed run, and before a different line nearly each time.

    Copies that stayed do not matter where a line of another page follows nearly each of them.
    """
    if tally.words > SUGGEST.heading_words or tally.lines < max(SUGGEST.heading_lines, tally.words + 1) or is_title(tally):
        return False
    if tally.stays(SUGGEST.heading_kept) and tally.known < SUGGEST.heading_known * tally.lines:
        return False
    if _ENDED.search(next(iter(tally.typed))):
        return False
    least = SUGGEST.heading_opens * tally.lines
    return tally.opens >= least and tally.leads >= least and tally.varies(SUGGEST.heading_varies)


def is_label(tally: _Tally, pages: int) -> bool:
    """Whether the opening (or ending) of lines is a label: before many different values, on enough pages, and removed there."""
    least = max(SUGGEST.label_pages, SUGGEST.label_share * pages)
    return tally.pages >= least and len(tally.behind) >= SUGGEST.label_values and not tally.stays(SUGGEST.label_kept)


def is_pointer(tally: _Tally) -> bool:
    """Whether a label stands before titles that are lines of other pages ("Read also: ..."), removed or not."""
    return tally.pages >= SUGGEST.pointer_pages and tally.known >= max(SUGGEST.pointer_values, SUGGEST.pointer_share * len(tally.behind))


def mine_wordings(census: Census) -> list[Wording]:
    """All wordings that pass as furniture, most characters first."""
    own: dict[tuple[str, Spot], set[str]] = defaultdict(set)
    for (site, spot), tally in census.sites.items():
        lang = census.lang_of[site]
        if _passes(tally, spot, census.pages[site]) and not _spoken(census.langs.get((lang, spot), tally)):
            own[lang, spot].add(site)
    speakers: dict[str, int] = defaultdict(int)
    for lang in census.lang_of.values():
        speakers[lang] += 1
    shared = {key for key, sites in own.items() if len(sites) > 1}
    shared |= {key for key, tally in census.langs.items() if is_spread(tally, key[1], speakers[key[0]])}
    alone = [(lang, spot, site) for (lang, spot), sites in own.items() if (lang, spot) not in shared for site in sites]
    found = [_wording(census.sites[site, spot], spot, lang, site) for lang, spot, site in alone]
    found += [_wording(census.langs[key], key[1], key[0], "") for key in shared]
    closing = [(lang, spot, site) for (lang, spot), sites in own.items() for site in sites if closes(census.sites[site, spot], spot)]
    ends = [replace(_wording(census.sites[site, spot], spot, lang, site), closes=True) for lang, spot, site in closing]
    return sorted([*_needed(found), *_needed(ends)], key=lambda one: (-one.chars, one.lang, one.site, one.spot, one.closes))


def _spoken(tally: _Tally) -> bool:
    """Whether a language's stories use a wording too, whatever one site does with it."""
    return tally.stays(SUGGEST.spread_kept) and not is_pointer(tally)


def _passes(tally: _Tally, spot: Spot, pages: int) -> bool:
    if spot.form is not Form.LINE:
        return is_label(tally, pages) or is_pointer(tally)
    return is_fixed(tally, pages) or is_heading(tally)


def is_spread(tally: _Tally, spot: Spot, speakers: int) -> bool:
    """Whether a wording is known to many sites of a language (it has `speakers`), if only on few pages of each."""
    sites = len(tally.sites) - ("" in tally.sites)
    if sites < max(SUGGEST.spread_sites, SUGGEST.spread_share * speakers):
        return False
    if spot.form is not Form.LINE:
        return is_pointer(tally) or (len(tally.behind) >= SUGGEST.label_values and not tally.stays(SUGGEST.label_kept))
    if tally.words > SUGGEST.spread_words or is_title(tally):
        return False
    return is_heading(tally) or (tally.varies(SUGGEST.spread_varies) and not tally.stays(SUGGEST.label_kept))


def _wording(tally: _Tally, spot: Spot, lang: str, site: str) -> Wording:
    sites = tuple(sorted((one for one in tally.sites if one), key=lambda one: (-len(tally.sites[one]), one)))
    heading = (spot.form is Form.LINE and is_heading(tally)) or (spot.form is Form.LABEL and is_pointer(tally))
    typed = min(tally.typed, key=lambda typed: (-tally.typed[typed], typed))
    values = tuple(sorted(tally.behind)[: SUGGEST.values_kept]) if spot.form is not Form.LINE else ()
    return Wording(spot, typed, heading, lang, site, sites, tally.pages, tally.lines, tally.kept, tally.ruled, tally.chars, tally.longest, values)


def _needed(found: Sequence[Wording]) -> Iterator[Wording]:
    """Leave out wordings that a shorter one covers, on the same site or everywhere."""
    parts: dict[tuple[str, str], list[Spot]] = defaultdict(list)
    for one in found:
        if one.spot.form is not Form.LINE:
            parts[one.lang, one.site].append(one.spot)
    for one in found:
        covers = parts[one.lang, one.site] + (parts[one.lang, ""] if one.site else [])
        if not any(_covers(part, one.spot) for part in covers):
            yield one


def _covers(part: Spot, spot: Spot) -> bool:
    """Whether a label or the words beside a number match wherever another wording does."""
    if part == spot:
        return False
    if part.form is Form.LABEL:
        return spot.form in (Form.LINE, Form.LABEL) and spot.folded.startswith(part.folded)
    if spot.form is Form.LINE:
        at = f" {spot.folded} ".find(f" {part.folded} ")
        rest = spot.folded[at + len(part.folded) :] if part.form is Form.BEFORE else spot.folded[:at]
        return (at == 0 or part.form is Form.BEHIND) and at >= 0 and any(char.isdigit() for char in rest)
    return False
