"""The form of a line: what the lines of one template have in common, whatever fills them ("Read also: …", "Published: 2/5/2016").

A line that stands once may yet be furniture: the words it opens with stand on every page of its site. No wording is known here, so this
speaks for sites and languages that no rule was written for.
"""

from __future__ import annotations

from cleaner.config import FORMS
from cleaner.model import Page, Uint64s


def line_forms(page: Page) -> Uint64s:
    """The hash of each block's form (uint64, blocks), 0 for a block without words.

    A form is the words up to the first sign that parts a label from what it labels; else a short line with its numbers left open; else the
    first words. Numbers are all alike in a form.
    """
    from cleaner.repeats.form_kernel import hash_forms

    tokens = page.tokens
    limits = (FORMS.label_words, FORMS.opening_words, FORMS.numbered_words)
    return hash_forms(page.folded.codes, tokens.starts, tokens.ends, tokens.offsets, tokens.hashes, limits)
