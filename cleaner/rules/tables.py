"""The arrays in which compiled rules are looked up; what `kernel` reads and the cache keeps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cleaner.model import Int32s, Uint64s

Uint32s = npt.NDArray[np.uint32]

# Columns of an automaton's cells: where the next symbols stand, the state before, the state of the longest ending, the longest text that ends here.
BASE, CHECK, FAIL, FOUND = range(4)
# Columns of texts: the next shorter text that ends there, its first wait, its first literal.
SHORTER, FIRST_WAIT, FIRST_LITERAL = range(3)
# Columns of waits: the gate, which of its needs is met, the longest block (not 0 for any).
WAITING, MET, MOST_CHARS = range(3)
# Columns of literals: where its characters begin, their number, 1 where it begins + 2 where it ends with part of a word, characters before its
# last letter, its first use.
BEGIN, SIZE, EDGES, ANCHOR, FIRST_USE = range(5)
# Columns of uses: the rule, where the literal must stand, `LOOSE` or 0, the longest block, the gate of the rule's regex (-1), place in its list.
RULE, PLACE, FLAGS, MOST, GATE, NUMBER = range(6)
LOOSE = 1
# Columns of gates after the rule: number of needs, the longest block, whether the rule has no literals, so that the gate alone decides, and
# how many numbers must stand in the block.
NEEDS, LONGEST, ALONE, NUMBERS = 1, 2, 3, 4
# Symbols of outlines that are no letters; 0 is a letter that no text holds.
GAP_SYMBOL, DIGIT_SYMBOL, BEGIN_SYMBOL, END_SYMBOL, FIRST_LETTER = 1, 2, 3, 4, 5
# Bits of a character's first word: its symbol, whether it counts at the ends of a block, whether it is part of a word.
SYMBOL_BITS, INNER_BIT, WORD_BIT = 16, 32, 33


class Tables(NamedTuple):
    """All arrays of a set of rules; every index is of an array here.

    `rows` (int32): for each 256 characters their place in `characters` (uint64, n x 2: symbol and kinds; bits of the classes that are asked
    for). `cells` (int32, states x 4): the automaton of outlines. `texts` (int32, n + 1 x 3): what an outline means: some of `waits` (int32,
    m x 3, those of gates for long blocks first) and of `literals` (int32, n + 1 x 5), whose characters are `codes` (uint32) and whose `uses`
    are int32, m x 6. `signs` (uint64, n x 2): literals without letters, and the classes of their characters. `gates` (int32, g x 5), `asked`
    (uint64, g x needs): what each gate needs, by classes of characters. `open` (int32): the gates that wait for no outline.
    """

    rows: Int32s
    characters: Uint64s
    cells: Int32s
    texts: Int32s
    waits: Int32s
    literals: Int32s
    codes: Uint32s
    uses: Int32s
    signs: Uint64s
    gates: Int32s
    asked: Uint64s
    open: Int32s
