"""The story's title: kept even where the scorer doubts it, for it stands far from the text on many pages."""

from __future__ import annotations

from collections.abc import Callable

from cleaner.config import CORE
from cleaner.core.opened import line_terms, shared
from cleaner.core.scorer import Scored
from cleaner.core.selection import Claims


def keep_title(scored: Scored, keep: list[bool], claims: Claims, probability: list[float]) -> list[bool]:
    """Which blocks stay, with the likeliest headline before the story's first paragraph, if there is one.

    Lines shaped like a headline go before others; of several the one that is likely and whose words return in the story's paragraphs.
    """
    outline = scored.outline
    first = next((b for b, stays in enumerate(keep) if stays and outline.long[b]), 0)
    window = [b for b in range(max(0, first - CORE.title_window), first) if CORE.title_words <= outline.words[b] <= CORE.title_most_words]
    fit = [b for b in window if not outline.long[b] and not claims.furniture[b] and probability[b] >= CORE.title_probability]
    fit = [b for b in fit if outline.headline[b]] or fit
    if not fit:
        return keep
    title = fit[0] if len(fit) == 1 else max(fit, key=_worth(scored, keep, probability))
    return [*keep[:title], True, *keep[title + 1 :]]


def _worth(scored: Scored, keep: list[bool], probability: list[float]) -> Callable[[int], float]:
    """What speaks for a line as the title: the scorer's probability, and the weighted share of its words that the story's paragraphs use."""
    terms = line_terms(scored)
    story = {term for b, stays in enumerate(keep) if stays and scored.outline.long[b] for term in terms[b]}

    def worth(b: int) -> float:
        return probability[b] + CORE.title_echo * shared(terms[b], story)

    return worth
