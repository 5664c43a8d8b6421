"""What each rule did in a finished run: how often it fired, how much text it took, where others overruled it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cleaner.engine.finished import read_finished
from cleaner.rules.observed import Finished

COLUMNS = ("rule", "site", "removed", "pages", "sites", "characters", "share", "flagged", "contradicted", "guarded", "status")


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule in a run (on one site, or on all: empty): spans it removed on how many pages and sites, their characters and share of all text.

    `flagged`: spans it only remarked on; of these `contradicted` by the scorer, and `guarded`: its guard tripped.
    """

    rule: str
    site: str
    removed: int
    pages: int
    sites: int
    characters: int
    share: float
    flagged: int
    contradicted: int
    guarded: int

    def cells(self) -> tuple[str, ...]:
        """The row as texts, in the order of the columns."""
        counts = (self.removed, self.pages, self.sites, self.characters)
        return (self.rule, self.site, *map(str, counts), f"{self.share:.5f}", str(self.flagged), str(self.contradicted), str(self.guarded))


@dataclass(slots=True)
class _Tally:
    """The counts of one rule while they grow."""

    removed: int = 0
    characters: int = 0
    flagged: int = 0
    contradicted: int = 0
    guarded: int = 0
    pages: set[int] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)


def rule_stats(run: Path, likely: Collection[str], by_site: bool = False) -> list[RuleRow]:
    """The rows of all rules that fired, most characters first; with `by_site` one for each site.

    `likely`: ids of the stable rules that the scorer may overrule.
    """
    tallies: dict[tuple[str, str], _Tally] = {}
    total = 0
    for number, page in enumerate(read_finished(run)):
        total += len(page.text)
        for author, characters, kind in _fires(page, likely):
            tally = tallies.setdefault((author, page.site if by_site else ""), _Tally())
            tally.removed += kind == "removed"
            tally.characters += characters
            tally.flagged += kind != "removed"
            tally.contradicted += kind == "contradicted"
            tally.guarded += kind == "guarded"
            tally.pages.add(number)
            tally.sites.add(page.site)
    rows = [_row(rule, site, tally, total) for (rule, site), tally in tallies.items()]
    return sorted(rows, key=lambda row: (-row.characters, row.rule, row.site))


def _row(rule: str, site: str, one: _Tally, total: int) -> RuleRow:
    share, sites = one.characters / max(1, total), len(one.sites - {""})
    return RuleRow(rule, site, one.removed, len(one.pages), sites, one.characters, share, one.flagged, one.contradicted, one.guarded)


def _fires(page: Finished, likely: Collection[str]) -> Iterator[tuple[str, int, str]]:
    """The author of each label of a rule, the characters it took, and what became of it."""
    for cut in page.cuts:
        if _is_rule(cut.author):
            yield cut.author, cut.end - cut.start, "removed"
    for flag in page.flags:
        if _is_rule(flag.author):
            yield flag.author, 0, "guarded" if flag.guarded else "contradicted" if flag.author in likely else "flagged"


def _is_rule(author: str) -> bool:
    """Whether an author is a rule (`lang.topic.name`) and no stage."""
    return author.count(".") >= 2
