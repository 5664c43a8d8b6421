"""Make the page of a document: its blocks, matching form and words, before any stage has spoken."""

from __future__ import annotations

import numpy as np

from cleaner.model import Document, Page
from cleaner.text.blocks import repair_glued, split_blocks
from cleaner.text.fold import fold
from cleaner.text.tokens import tokenise


def make_page(document: Document) -> Page:
    """Split, repair, fold and tokenise a document, once; `block_spans` (int32, blocks x 2) index the folded text."""
    blocks = repair_glued(document.text, split_blocks(document.text))
    folded = fold(document.text)
    edges = np.array([(block.start, block.end) for block in blocks], dtype=np.int32).reshape(-1, 2)
    spans = np.searchsorted(folded.origin, edges).astype(np.int32)
    return Page(document, blocks, folded, spans, tokenise(folded.text, spans))
