"""Make the page of a document: its blocks, matching form and words, before any stage has spoken."""

from __future__ import annotations

import numpy as np

from cleaner.model import Document, Folded, Page
from cleaner.text.blocks import cut_blocks
from cleaner.text.fold import code_points, fold_codes
from cleaner.text.tokens import tokenise_codes


def make_page(document: Document) -> Page:
    """Split, repair, fold and tokenise a document, once; `block_spans` (int32, blocks x 2) index the folded text."""
    codes = code_points(document.text)
    blocks, edges = cut_blocks(document.text, codes)
    folded, origin = fold_codes(codes)
    spans = np.searchsorted(origin, edges).astype(np.int32)
    matching = Folded(folded.tobytes().decode("utf-32-le"), origin)
    return Page(document, blocks, matching, spans, tokenise_codes(folded, spans))
