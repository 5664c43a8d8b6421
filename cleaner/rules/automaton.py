"""Build the automaton that finds all outlines in one pass (Aho and Corasick): a double-array trie with links to the longest endings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cleaner.model import Int32s, Uint64s
from cleaner.rules.gates import BEGIN, DIGIT, END, GAP
from cleaner.rules.letters import make_letters
from cleaner.rules.lexicon import Lexicon
from cleaner.rules.prefilter import CLASSES, Prefilter
from cleaner.rules.tables import BEGIN_SYMBOL, DIGIT_SYMBOL, END_SYMBOL, FIRST_LETTER, GAP_SYMBOL, LONGEST, Tables

_SIGNS = {GAP: GAP_SYMBOL, DIGIT: DIGIT_SYMBOL, BEGIN: BEGIN_SYMBOL, END: END_SYMBOL}


def make_tables(lexicon: Lexicon, gates: Prefilter) -> Tables:
    """The tables of literals and gates: one automaton for the outlines of both."""
    lettered = [text for text in lexicon.outlines if text]
    outlines = sorted({*lettered, *(text for text, _, _ in gates.waits)})
    symbols = {**_symbols(outlines), **_SIGNS}
    cells, shorter = make_automaton(outlines, symbols)
    rank = {text: at for at, text in enumerate(outlines)}
    longest = [int(size) or np.iinfo(np.int32).max for size in gates.gates[:, LONGEST]]
    waits = sorted((rank[text], -longest[gate], gate, need) for text, gate, need in gates.waits)
    asking = np.array([(gate, need, -size) for _, size, gate, need in waits], dtype=np.int32).reshape(-1, 3)
    texts = np.zeros((len(outlines) + 1, 3), dtype=np.int32)
    texts[:-1, 0] = shorter
    texts[:, 1] = np.searchsorted([text for text, *_ in waits], np.arange(len(outlines) + 1))
    texts[:, 2] = np.searchsorted([rank[text] for text in lettered], np.arange(len(outlines) + 1))
    plain = "".join(lexicon.texts[len(lettered) :])
    classes = tuple(dict.fromkeys((*gates.classes, *plain)))[:CLASSES]
    rows, characters = make_letters({char: symbol for char, symbol in symbols.items() if char not in _SIGNS}, classes)
    return Tables(
        rows, characters, cells, texts, asking, lexicon.literals, lexicon.codes,
        lexicon.uses, _signs(lexicon.texts, len(lettered), classes), gates.gates, gates.asked, gates.open,
    )  # fmt: skip


def make_automaton(texts: Sequence[str], symbols: Mapping[str, int]) -> tuple[Int32s, Int32s]:
    """The automaton of texts in order, none empty, none twice, whose characters are symbols from 1 on.

    Gives its cells (int32, states x 4, see `tables`), and for each text the longest other one that ends it (int32, -1: none).
    """
    from cleaner.rules.kernel import lay_out, make_trie

    offsets = np.zeros(len(texts) + 1, dtype=np.int32)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    numbers = np.fromiter((symbols[char] for text in texts for char in text), dtype=np.int32, count=int(offsets[-1]))
    nodes = np.zeros((len(numbers) + 1, 5), dtype=np.int32)
    shorter = np.full(len(texts), -1, dtype=np.int32)
    count = make_trie(numbers, offsets, nodes)
    return lay_out(nodes, count, max(symbols.values(), default=0) + 1, shorter), shorter


def _symbols(texts: Iterable[str]) -> dict[str, int]:
    """A number for every letter of some texts, those that are met most first, so that states that are met often stand close together."""
    counts = Counter(char for text in texts for char in text if char not in _SIGNS)
    return {char: FIRST_LETTER + at for at, char in enumerate(sorted(counts, key=lambda char: (-counts[char], char)))}


def _signs(texts: Sequence[str], first: int, classes: Sequence[str]) -> Uint64s:
    """The literals without letters, from number `first` on, and the classes (bits) that must stand in a block with them."""
    bits = {name: 1 << bit for bit, name in enumerate(classes)}
    masks = [sum(bits.get(char, 0) for char in set(text)) for text in texts[first:]]
    return np.array(list(zip(range(first, len(texts)), masks, strict=True)), dtype=np.uint64).reshape(-1, 2)
