"""Make the page of a document: its blocks, matching form and words, before any stage has spoken."""

from __future__ import annotations

from itertools import starmap

import numpy as np

from cleaner.config import GLUE
from cleaner.model import Block, Document, Folded, Page, Tokens
from cleaner.text.blocks import character_kinds, repair_glued
from cleaner.text.fold import code_points, fold_tables, text_of
from cleaner.text.tokens import character_classes, tokenise_codes


def make_page(document: Document) -> Page:
    """Split, repair, fold and tokenise a document, once; `block_spans` (int32, blocks x 2) index the folded text."""
    from cleaner.text import kernel

    tables = character_kinds(), GLUE.heading_chars, fold_tables(), character_classes()
    (edges, glued), (folded, origin), spans, words = kernel.read_page(code_points(document.text), *tables)
    blocks = tuple(starmap(Block, edges.tolist()))
    tokens = Tokens(*words)
    if glued:
        blocks = repair_glued(document.text, blocks)
        spans = kernel.folded_spans(origin, np.array([(block.start, block.end) for block in blocks], dtype=np.int32).reshape(-1, 2))
        tokens = tokenise_codes(folded, spans)
    return Page(document, blocks, Folded(text_of(folded), origin, folded), spans, tokens)
