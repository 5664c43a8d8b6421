"""The stages of cleaner in order: read this first.

    map 1     record -> document -> page: blocks, tokens, labels of rules and of repeats inside the page
    reduce 1  pages  -> evidence: lines shared on a host, paragraphs owned by other pages
    map 2     page + evidence -> decision -> result: what goes, why, and the text that stays
    reduce 2  results -> groups of near-duplicate core stories

One document alone passes the same stages without the two reductions. Stages only add labels; `render` alone leaves text
out, and every removed character stays in the result with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from cleaner.config import Options
from cleaner.core.decide import decide
from cleaner.core.scorer import score_pages
from cleaner.emit.render import render
from cleaner.extract.html import extract_html
from cleaner.model import Document, Duplicates, Evidence, Group, Page, Record, Rejected, Result
from cleaner.repeats.clusters import group_cores, summarise_core
from cleaner.repeats.in_document import find_repeats
from cleaner.repeats.ownership import PageSummary, gather, summarise
from cleaner.rules.cache import load_ruleset
from cleaner.rules.compile import Ruleset
from cleaner.rules.match import match_rules
from cleaner.text.page import make_page


def to_document(record: Record) -> Document | Rejected:
    """Turn a record into a document: its text as it stands, or what the extraction finds in its HTML."""
    text, fields, notes = record.text, dict(record.fields), list(record.notes)
    if record.html is not None:
        text, found, more = extract_html(record.html, record.url)
        fields, notes = {**found, **fields}, notes + more
    if text is None:
        return Rejected(record.origin, "missing field text", record.id, record.url)
    return Document(record.id, text, record.site, record.url, record.lang, fields, record.origin, tuple(notes), record.html is not None)


def read_pages(documents: Sequence[Document], ruleset: Ruleset) -> tuple[list[Page], list[PageSummary]]:
    """Map 1: blocks and tokens, what the rules and the page's own repeats say about them, and what each page tells the batch.

    Many are read stage by stage, so that the code and tables of one stage stay in the processor's caches while it passes over all of them.
    """
    pages = [make_page(document) for document in documents]
    pages = [_ruled(page, ruleset) for page in pages]
    summaries = [summarise(page) for page in pages]
    return [_with_repeats(page, summary.long.tolist()) for page, summary in zip(pages, summaries, strict=True)], summaries


def _ruled(page: Page, ruleset: Ruleset) -> Page:
    labels, captured = match_rules(page, ruleset)
    return replace(page, labels=labels, captured=captured)


def _with_repeats(page: Page, long: Sequence[bool] | None = None) -> Page:
    repeats = find_repeats(page, long)
    return replace(page, labels=page.labels + repeats) if repeats else page


def read_page(document: Document, ruleset: Ruleset) -> Page:
    """Map 1 of a document alone, without what it would tell a batch."""
    return _with_repeats(_ruled(make_page(document), ruleset))


def clean_pages(pages: Sequence[Page], evidence: Sequence[Evidence | None], options: Options) -> list[Result]:
    """Map 2: decide what is core story, with the batch's evidence or without, and render the results; many stage by stage, as in `read_pages`."""
    scores = score_pages(pages, evidence)
    decisions = [decide(page, known, options, scored) for page, known, scored in zip(pages, evidence, scores, strict=True)]
    together = zip(pages, decisions, evidence, strict=True)
    return [render(page, decision, options, alone=known is None) for page, decision, known in together]


def clean_page(page: Page, evidence: Evidence | None, options: Options) -> Result:
    """Map 2 of one page."""
    return clean_pages([page], [evidence], options)[0]


def group(results: Iterable[Result], options: Options) -> tuple[Group, ...]:
    """Reduce 2: groups of near-duplicate core stories, each with the one to keep."""
    return () if options.duplicates is Duplicates.OFF else group_cores([summarise_core(result) for result in results])


@cache
def shipped_rules() -> Ruleset:
    """The built-in rule packs, compiled or read from the cache once a process."""
    return load_ruleset()


def clean(text: str | Document, ruleset: Ruleset | None = None, options: Options = Options()) -> Result:  # noqa: B008 (frozen)
    """Clean one document by itself.

    >>> clean("Read more:").core
    ''
    """
    document = Document("", text) if isinstance(text, str) else text
    return clean_page(read_page(document, ruleset or shipped_rules()), None, options)


def clean_many(documents: Iterable[str | Document], ruleset: Ruleset | None = None, options: Options = Options()) -> Iterator[Result]:  # noqa: B008
    """Clean a batch held in memory, in order, with the evidence of all for each; duplicates are left to `group`."""
    numbered = (Document(str(n), one) if isinstance(one, str) else one for n, one in enumerate(documents))
    pages, summaries = read_pages(list(numbered), ruleset or shipped_rules())
    evidence: Sequence[Evidence | None] = [None] * len(pages) if options.alone else gather(summaries)
    yield from clean_pages(pages, evidence, options)
