"""Propose rules from a finished run: the wordings it mined, grouped into rules with evidence, examples and near misses of the corpus."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import regex

from cleaner.config import SUGGEST
from cleaner.model import Confidence, Document, Reason
from cleaner.rules.compile import Ruleset, compile_rules
from cleaner.rules.match import match_rules
from cleaner.rules.mine import Form, Wording, mine_wordings, take_census
from cleaner.rules.model import ExampleLine, Guard, Rule, Scope, Standing
from cleaner.rules.observed import Finished, Sheet, observe
from cleaner.rules.schema import domain_fault, lang_fault, literal_fault
from cleaner.text.page import make_page

# Names that stand on the buttons of every language, in the scripts of some.
_NETWORKS = re.compile(
    r"facebook|twitter|whatsapp|telegram|instagram|linkedin|pinterest|reddit|youtube|فيسبوك|تويتر|واتساب|واتس اب|تيليجرام|تلجرام|انستجرام"
    r"|фейсбук|твиттер|телеграм|вконтакте|ватсап|微信|微博|카카오|페이스북|트위터|ツイート|लिंक|फेसबुक|व्हाट्सएप"
)
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\b(?:19|20)\d\d\b|\d\d?:\d\d")
_TOPICS = {Reason.RELATED: "related", Reason.SHARE: "share", Reason.KEYWORDS: "keywords", Reason.DATE: "dates"}
_FIELDS = {Form.LINE: "equals", Form.LABEL: "starts", Form.BEFORE: "starts", Form.BEHIND: "ends"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposed rule with its wordings; `risk` is the share of their lines that the run kept, `path` the file it belongs into."""

    rule: Rule
    wordings: tuple[Wording, ...]
    path: str
    risk: float

    @property
    def chars(self) -> int:
        """Characters of the lines that it labels in the run."""
        return sum(one.chars for one in self.wordings)


@dataclass(frozen=True, slots=True)
class Mined:
    """Suggestions, those that remove most for their risk first, and the wordings that rules know already."""

    suggestions: tuple[Suggestion, ...]
    covered: tuple[Wording, ...]
    pages: int
    sites: int


def suggest_rules(pages: Iterable[Finished], known: Ruleset, covered: bool = False) -> Mined:
    """Mine a finished run for rules that it lacks; with `covered`, also for those that it has.

    No near miss is a line that the rules `known` are certain of.
    Rules are for one site where only that site has the wording, else for its language.
    """
    sheets = list(observe(pages))
    wordings = [one for one in mine_wordings(take_census(sheets)) if not literal_fault(one.typed)]
    wordings = [one for one in wordings if not one.closes or not domain_fault(one.site)]
    ruled = [] if covered else [one for one in wordings if one.ruled >= SUGGEST.ruled_share * one.lines and not one.closes]
    groups: dict[tuple[str, ...], list[Wording]] = defaultdict(list)
    for one in wordings:
        if one not in ruled:
            groups[_group(one)].append(one)
    lines = _near_misses(sheets, [one for some in groups.values() for one in some])
    lines = {text: [one for one in some if not _labels(known, one, "")] for text, some in lines.items()}
    made = [_suggestion(tuple(some), lines) for some in groups.values()]
    found = sorted((one for one in made if one), key=lambda one: (-one.chars * (1 - one.risk), one.rule.id))
    return Mined(tuple(found), tuple(ruled), len(sheets), len({sheet.site for sheet in sheets if sheet.site}))


def _group(wording: Wording) -> tuple[str, ...]:
    """What wordings of one rule have in common."""
    site = wording.site if wording.site and not domain_fault(wording.site) else ""
    return (_lang(wording), site, _reason(wording), wording.spot.form, _confidence(wording), str(wording.heading), str(wording.closes))


def _lang(wording: Wording) -> str:
    return "any" if lang_fault(wording.lang) else wording.lang


def _reason(wording: Wording) -> Reason:
    """Why its lines are furniture, as far as its form tells."""
    if wording.heading or wording.closes:
        return Reason.RELATED
    if wording.values and sum(bool(_DATE.search(value)) for value in wording.values) >= SUGGEST.date_share * len(wording.values):
        return Reason.DATE
    if _NETWORKS.search(wording.spot.folded):
        return Reason.SHARE
    return Reason.OTHER


def _confidence(wording: Wording) -> Confidence:
    """Certain where much speaks for a wording and nothing against it."""
    if wording.closes:
        return Confidence.CERTAIN
    kept = 0.0 if wording.heading else wording.kept / wording.lines
    many = len(wording.sites) > 1 or wording.pages >= SUGGEST.sure_pages
    short = wording.spot.form is not Form.LINE or len(wording.sites) > 1 or len(wording.spot.folded.split()) <= SUGGEST.likely_words
    scoped = not wording.site or not domain_fault(wording.site)
    return Confidence.CERTAIN if kept <= SUGGEST.sure_kept and many and short and scoped else Confidence.LIKELY


def _suggestion(wordings: tuple[Wording, ...], lines: Mapping[str, list[str]]) -> Suggestion | None:
    """The rule for wordings of one group; None where no example shows what it does."""
    first = wordings[0]
    lang, site, reason, form, confidence, *_ = _group(first)
    topic = _TOPICS.get(Reason(reason), "lines")
    digest = hashlib.sha256("\n".join(sorted(f"{site} {one.closes} {one.spot.form} {one.spot.folded}" for one in wordings)).encode()).hexdigest()[:8]
    literals = tuple(dict.fromkeys(one.typed for one in wordings))
    longest = max(one.longest for one in wordings)
    heads = first.heading and first.spot.form is Form.LINE
    rule = Rule(
        f"{lang}.mined.{topic}_{digest}", _why(wordings), Reason(reason), Scope.TAIL if first.closes else Scope.LINE, Confidence(confidence),
        regex=_beside_number(wordings), max_chars=0 if form == Form.LINE else int(longest * SUGGEST.room) + 1, guard=_guard(first),
        marker=heads, status=Standing.TRIAL, seen=_seen(wordings), lang=lang, domains=(site,) if site else (),
    )  # fmt: skip
    rule = replace(rule, **{_FIELDS[Form(form)]: literals})  # type: ignore[arg-type]
    examples = _examples(rule, wordings, lines)
    if not examples:
        return None
    path = f"sites/{site}.toml" if site else f"{lang}/mined.toml"
    return Suggestion(replace(rule, examples=(examples,)), wordings, path, sum(one.kept for one in wordings) / sum(one.lines for one in wordings))


def _guard(wording: Wording) -> Guard | None:
    if wording.closes:
        return Guard(core_before=SUGGEST.close_before)
    return None if wording.spot.form is Form.LINE else Guard(max_share=SUGGEST.guard_share)


def _why(wordings: Sequence[Wording]) -> str:
    """One sentence of evidence."""
    sites = len({site for one in wordings for site in one.sites})
    what = {
        Form.LINE: "Headings over other stories" if wordings[0].heading else "Lines that recur",
        Form.LABEL: "Labels before titles of other pages" if wordings[0].heading else "Labels before a value",
        Form.BEFORE: "Words before a number", Form.BEHIND: "Words behind a number",
    }[wordings[0].spot.form]  # fmt: skip
    what += ", behind which the story never goes on" if wordings[0].closes else ""
    pages, lines, kept = (sum(getattr(one, name) for one in wordings) for name in ("pages", "lines", "kept"))
    return f"{what}: {lines} lines on {pages} pages of {sites} site{'s' * (sites != 1)}, of which the run kept {kept}."


def _seen(wordings: Sequence[Wording]) -> tuple[str, ...]:
    sites = dict.fromkeys(site for one in wordings for site in one.sites)
    return tuple(sites)[: SUGGEST.hits]


def _beside_number(wordings: Sequence[Wording]) -> str:
    """The regex that asks for a number beside the literals; empty for wordings that need none."""
    form = wordings[0].spot.form
    words = "|".join(sorted({regex.escape(one.spot.folded, special_only=True, literal_spaces=True) for one in wordings}))
    if form is Form.BEFORE:
        return rf"^\W*(?:{words})\W{{1,4}}\d"
    return rf"\d\W{{1,4}}(?:{words})\W*$" if form is Form.BEHIND else ""


def _near_misses(sheets: Sequence[Sheet], wordings: Sequence[Wording]) -> Mapping[str, list[str]]:
    """Near misses for each wording by its folded text: kept lines that share its words."""
    by_word: dict[tuple[str, str], list[str]] = defaultdict(list)
    wanted = {word for one in wordings for word in one.spot.folded.split()} | {""}
    openings = tuple({one.spot.folded for one in wordings if one.spot.form is not Form.BEHIND})
    for sheet in sheets:
        for line in sheet.lines:
            # Furniture that the run missed is no near miss.
            if line.gone or not _is_showable(line.typed) or line.key.startswith(openings):
                continue
            for word in {"", *line.folded.split()} & wanted:
                if len(by_word[sheet.lang, word]) < SUGGEST.lines_a_word:
                    by_word[sheet.lang, word].append(line.typed)
    return {one.spot.folded: _closest(one, by_word) for one in wordings}


def _is_showable(typed: str) -> bool:
    return len(typed) <= SUGGEST.miss_chars and len(typed.splitlines()) == 1 and not any(mark in typed for mark in ("⟦", "⟧", "'''"))


def _closest(wording: Wording, by_word: Mapping[tuple[str, str], list[str]]) -> list[str]:
    """Kept lines, those with most words of a wording first, shorter ones before longer."""
    score: dict[str, int] = defaultdict(int)
    words = set(wording.spot.folded.split())
    for word in sorted(words):
        found = by_word.get((wording.lang, word), ())
        for typed in found:
            score[typed] += len(word) if len(found) < SUGGEST.lines_a_word else 1  # a word of every line says nothing
    best = sorted(score, key=lambda typed: (-score[typed], len(typed), typed))[: SUGGEST.misses * 2]
    plain = sorted(by_word.get((wording.lang, ""), ()), key=lambda typed: (abs(len(typed) - SUGGEST.miss_chars // 2), typed))[:1]
    return [*best, *(_inside(wording.typed, typed) for typed in plain)]


def _inside(wording: str, typed: str) -> str:
    """A kept line with a wording in its middle: the near miss where the corpus has none."""
    middle = typed.find(" ", len(typed) // 2)
    middle = middle if middle > 0 else len(typed) // 2
    return f"{typed[:middle]} {wording.strip()} {typed[middle:].strip()}"


def _examples(rule: Rule, wordings: Sequence[Wording], lines: Mapping[str, list[str]]) -> tuple[ExampleLine, ...]:
    """Hits and near misses that the rule takes and leaves; empty where there are none of one kind."""
    # Guards need a whole page, and the rule is only tried here: it must do as a stable one what its examples say.
    ruleset = compile_rules([replace(rule, guard=None, status=Standing.STABLE)])
    site = rule.domains[0] if rule.domains else ""
    tried = [typed for one in wordings for typed in _shown(one)]
    hits = [typed for typed in dict.fromkeys(tried) if _is_showable(typed) and _labels(ruleset, typed, site)][: SUGGEST.hits]
    # The best of each wording first.
    misses = dict.fromkeys(typed for some in itertools.zip_longest(*(lines[one.spot.folded] for one in wordings)) for typed in some if typed)
    shared = [typed for typed in misses if _is_showable(typed) and not _labels(ruleset, typed, site)][: SUGGEST.misses]
    if not hits or not shared:
        return ()
    # What stands behind the hit of a rule to the end of the page goes, so near misses stand before it.
    return (*(ExampleLine(typed, False) for typed in shared), *(ExampleLine(typed, True) for typed in hits))


def _shown(wording: Wording) -> list[str]:
    """Lines that hold a wording: itself, or a label with its first values."""
    if wording.spot.form is Form.LABEL:
        return [f"{wording.typed} {value}" for value in wording.values[:1]]
    return [wording.typed, *wording.values[:1]]


def _labels(ruleset: Ruleset, typed: str, site: str) -> bool:
    """Whether a rule labels a line standing by itself."""
    return bool(match_rules(make_page(Document("line", typed, site)), ruleset)[0])
