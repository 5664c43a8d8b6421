"""The compiled loops of rules: build an automaton; find in one pass over a page its literals and the regexes worth trying.

Importing this module imports Numba, so it is imported inside functions; see `text.kernel` on where compiled code is kept.
"""

from __future__ import annotations

import numpy as np

from cleaner.model import Int32s, Uint64s
from cleaner.rules import tables as of
from cleaner.rules.tables import Tables, Uint32s
from cleaner.text.kernel import compiled

Number = int | np.int64
_SYMBOL, _INNER, _WORD = np.uint64((1 << of.SYMBOL_BITS) - 1), np.uint64(1 << of.INNER_BIT), np.uint64(1 << of.WORD_BIT)
_ZERO, _PAGE, _IN_PAGE = np.uint64(0), np.uint32(8), np.uint32(255)
_ENDS, _STARTS, _CONTAINS = 2, 1, 3  # as in `lexicon.Place`


@compiled
def make_trie(symbols: Int32s, offsets: Int32s, nodes: Int32s) -> int:
    """Put texts in order, text n being `symbols[offsets[n]:offsets[n + 1]]`, into a trie; gives its number of nodes.

    `nodes` (int32, all symbols + 1 x 5, zeros) takes of each the symbol, the text that ends there (from 1), its first and last child and its
    next sibling (0: none). No text is empty, none stands twice.
    """
    count, before = 1, 0
    path = np.zeros(1 + np.max(np.diff(offsets)) if len(offsets) > 1 else 1, dtype=np.int32)
    for text in range(len(offsets) - 1):
        first, size = offsets[text], offsets[text + 1] - offsets[text]
        same = 0
        if text:
            while same < min(size, first - before) and symbols[before + same] == symbols[first + same]:
                same += 1
        for depth in range(same, size):
            node = path[depth]
            nodes[count, 0] = symbols[first + depth]
            if nodes[node, 2]:
                nodes[nodes[node, 3], 4] = count
            else:
                nodes[node, 2] = count
            nodes[node, 3] = count
            path[depth + 1] = count
            count += 1
        nodes[path[size], 1] = text + 1
        before = first
    return count


@compiled
def lay_out(nodes: Int32s, count: int, alphabet: int, shorter: Int32s) -> Int32s:
    """Lay a trie out as an automaton (int32, states x 4, see `tables`), the root first; `shorter` takes for each text the next one that ends it.

    `alphabet`: one more than the largest symbol. Breadth first, so that states that are met often stand close together.
    """
    cells = np.full((alphabet + 2 * count + 2, 4), -1, dtype=np.int32)
    cells[0, of.BASE], cells[0, of.CHECK], cells[0, of.FAIL] = 0, -2, 0
    queue, state_of = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
    rooms = np.ones(16, dtype=np.int32)
    head, tail, free, used = 0, 1, 1, alphabet
    while head < tail:
        node = queue[head]
        head += 1
        state = state_of[node]
        if not nodes[node, 2]:
            continue
        base = 0 if head == 1 else _room(cells, nodes, nodes[node, 2], free, rooms)
        if base + 2 * alphabet + 2 > len(cells):
            grown = np.full((2 * len(cells) + 2 * alphabet, 4), -1, dtype=np.int32)
            grown[: len(cells)] = cells
            cells = grown
        cells[state, of.BASE] = base
        child = nodes[node, 2]
        while child:
            symbol = nodes[child, 0]
            place = base + symbol
            fail = 0 if head == 1 else _step(cells, cells[state, of.FAIL], symbol)
            text, longest = nodes[child, 1] - 1, cells[fail, of.FOUND]
            cells[place, of.BASE], cells[place, of.CHECK], cells[place, of.FAIL] = 0, state, fail
            cells[place, of.FOUND] = text if text >= 0 else longest
            if text >= 0:
                shorter[text] = longest
            state_of[child] = place
            queue[tail] = child
            tail += 1
            used = max(used, place + 1)
            child = nodes[child, 4]
        while cells[free, of.CHECK] != -1:
            free += 1
    return cells[: used + alphabet].copy()


@compiled
def _room(cells: Int32s, nodes: Int32s, first: int, free: int, rooms: Int32s) -> int:
    """A base at which all children of a node find a free cell; `first`: the first child, `free`: the first free cell.

    `rooms`: by number of children, the last base that was given, before which no other is looked for. A single child fills the first gap.
    """
    if nodes[first, 4] == 0 and free > nodes[first, 0]:
        return int(free - nodes[first, 0])
    count, child = 0, first
    while child:
        count += 1
        child = nodes[child, 4]
    count = min(count, len(rooms) - 1)
    base = rooms[count]
    while True:
        child = first
        while child and (base + nodes[child, 0] >= len(cells) or cells[base + nodes[child, 0], of.CHECK] == -1):
            child = nodes[child, 4]
        if not child:
            rooms[count] = base
            return int(base)
        base += 1


@compiled
def _step(cells: Int32s, state: int, symbol: Number) -> int:
    """The state behind a symbol: of the longest beginning of a text that ends there."""
    while True:
        place = cells[state, of.BASE] + symbol
        if cells[place, of.CHECK] == state:
            return int(place)
        if state == 0:
            return 0
        state = cells[state, of.FAIL]


@compiled
def search_page(codes: Uint32s, spans: Int32s, sizes: Int32s, tables: Tables, hits: Int32s, tried: Int32s) -> tuple[int, int]:
    """Find in a page, block by block, the literals that stand where they must, and the regexes of rules without literals worth trying.

    `codes`: the folded text. `spans` (int32, blocks x 2) are brought in to leave out spaces at their ends. `sizes` (int32): characters of each
    block as the author wrote it. `hits` (int32, n x 4) takes block, start, end and use; `tried` (int32, n x 2) block and rule. Gives the
    numbers of both, -1 where there is no room.
    """
    gates, asked, unlisted = tables.gates, tables.asked, tables.open
    met, stamp = np.zeros(len(gates), dtype=np.int32), np.zeros(len(gates), dtype=np.int32)
    waiting, behind = np.empty(len(gates), dtype=np.int32), np.empty((len(hits), 2), dtype=np.int32)
    found = several = 0
    for block in range(len(spans)):
        _bring_in(codes, spans, block)
        own = codes[spans[block, 0] : spans[block, 1]]
        if not len(own):
            continue
        count, literals, (classes, numbers) = _outlines(own, sizes[block], tables, met, (waiting, behind))
        literals = _signs(own, classes, tables, behind, literals)
        if literals < 0:
            return -1, -1
        for place in range(count + len(unlisted)):
            gate = waiting[place] if place < count else unlisted[place - count]
            passed = stamp[gate] == block + 1  # one without a need of outlines alone stands in both lists
            fits = gates[gate, of.NUMBERS] <= numbers and not 0 < gates[gate, of.LONGEST] < sizes[block]
            if fits and not passed and _passes(gates, asked, gate, met[gate], classes):
                stamp[gate] = block + 1
                if gates[gate, of.ALONE]:
                    if several == len(tried):
                        return -1, -1
                    tried[several, 0], tried[several, 1] = block, gates[gate, of.RULE]
                    several += 1
            met[gate] = 0
        if literals:
            first, last = _core(own, tables.rows, tables.characters)
            for place in range(literals):
                bounds = (block, sizes[block], spans[block, 0], first, last)
                found = _add_uses(own, (behind[place, 0], behind[place, 1], found), bounds, tables, stamp, hits)
                if found < 0:
                    return -1, -1
    return found, several


@compiled
def has_doubled_spaces(codes: Uint32s) -> bool:
    """Whether two spaces stand side by side in a text."""
    doubled = 0
    for place in range(len(codes) - 1):
        doubled += (codes[place] == 32) & (codes[place + 1] == 32)
    return doubled > 0


@compiled
def _bring_in(codes: Uint32s, spans: Int32s, block: int) -> None:
    first, last = spans[block, 0], spans[block, 1]
    while first < last and codes[first] == 32:
        first += 1
    while last > first and codes[last - 1] == 32:
        last -= 1
    spans[block, 0], spans[block, 1] = first, last


@compiled
def _passes(gates: Int32s, asked: Uint64s, gate: int, met: int, classes: np.uint64) -> bool:
    """Whether all needs of a gate are met, by an outline or by a character."""
    missing = 0
    for need in range(gates[gate, of.NEEDS]):
        missing += not (met >> need) & 1 and asked[gate, need] & classes == _ZERO
    return missing == 0


@compiled
def _outlines(codes: Uint32s, size: int, tables: Tables, met: Int32s, out: tuple[Int32s, Int32s]) -> tuple[int, int, tuple[np.uint64, int]]:
    """Go through the outline of a block: mark in `met` (bits) which needs it meets, list these gates and the literals that may stand there.

    `out` takes the gates (int32, n) and the literals with the place of their first character (int32, n x 2). Gives the numbers of both (-1:
    no room), and the block's classes and number of numbers.
    """
    rows, characters, cells, texts, waits = tables.rows, tables.characters, tables.cells, tables.texts, tables.waits
    literals, own = tables.literals, tables.codes
    waiting, behind = out
    classes, numbers, count, several = _ZERO, 0, 0, 0
    before = np.int64(of.GAP_SYMBOL)
    state = _step(cells, _step(cells, 0, of.BEGIN_SYMBOL), of.GAP_SYMBOL)
    for place in range(len(codes) + 2):
        if place < len(codes):
            at = rows[codes[place] >> _PAGE] + (codes[place] & _IN_PAGE)
            classes |= characters[at, 1]
            symbol = np.int64(characters[at, 0] & _SYMBOL)
        else:
            symbol = np.int64(of.GAP_SYMBOL if place == len(codes) else of.END_SYMBOL)
        if symbol == before and symbol in (of.GAP_SYMBOL, of.DIGIT_SYMBOL):
            continue
        before = symbol
        numbers += symbol == of.DIGIT_SYMBOL
        state = _step(cells, state, symbol) if symbol else 0
        text = cells[state, of.FOUND]
        while text >= 0:
            for wait in range(texts[text, of.FIRST_WAIT], texts[text + 1, of.FIRST_WAIT]):
                if waits[wait, of.MOST_CHARS] < size:
                    break
                gate = waits[wait, of.WAITING]
                if met[gate] == 0:
                    waiting[count] = gate
                    count += 1
                met[gate] |= 1 << waits[wait, of.MET]
            for literal in range(texts[text, of.FIRST_LITERAL], texts[text + 1, of.FIRST_LITERAL]):
                start = place - literals[literal, of.ANCHOR]
                if _stands(codes, start, literals, literal, own):
                    if several == len(behind):
                        return count, -1, (classes, numbers)
                    behind[several, 0], behind[several, 1] = literal, start
                    several += 1
            text = texts[text, of.SHORTER]
    return count, several, (classes, numbers)


@compiled
def _stands(codes: Uint32s, start: int, literals: Int32s, literal: Number, own: Uint32s) -> bool:
    """Whether a literal, character by character, stands at a place of a block."""
    size, first = literals[literal, of.SIZE], literals[literal, of.BEGIN]
    if start < 0 or start + size > len(codes):
        return False
    same = 0
    while same < size and codes[start + same] == own[first + same]:
        same += 1
    return bool(same == size)


@compiled
def _signs(codes: Uint32s, classes: np.uint64, tables: Tables, behind: Int32s, count: int) -> int:
    """Add the literals without letters, wherever they stand in a block; gives their number with those before, -1 where there is no room."""
    for row in range(len(tables.signs)):
        literal, needed = np.int64(tables.signs[row, 0]), tables.signs[row, 1]
        if needed & classes != needed or count < 0:
            continue
        for start in range(len(codes)):
            if _stands(codes, start, tables.literals, literal, tables.codes):
                if count == len(behind):
                    return -1
                behind[count, 0], behind[count, 1] = literal, start
                count += 1
    return count


@compiled
def _add_uses(codes: Uint32s, at: tuple[int, int, int], bounds: tuple[int, int, int, int, int], tables: Tables, stamp: Int32s, hits: Int32s) -> int:
    """Add to `hits` the uses of a literal that stand where they must, if the regex of their rule is worth trying; gives the number of hits.

    `at`: literal, place, hits so far. `bounds`: the block, its size, the place where it starts, the span of it without outer punctuation.
    """
    literal, start, found = at
    block, size, base, first, last = bounds
    uses, end = tables.uses, start + tables.literals[literal, of.SIZE]
    whole = _is_whole(codes, (start, end), tables.literals[literal, of.EDGES], tables.rows, tables.characters)
    for use in range(tables.literals[literal, of.FIRST_USE], tables.literals[literal + 1, of.FIRST_USE]):
        place, gate = uses[use, of.PLACE], uses[use, of.GATE]
        if (not whole and not uses[use, of.FLAGS] & of.LOOSE) or 0 < uses[use, of.MOST] < size or (gate >= 0 and stamp[gate] != block + 1):
            continue
        if place != _CONTAINS and ((place != _ENDS and start > first) or (place != _STARTS and end < last)):
            continue
        if found == len(hits):
            return -1
        hits[found, 0], hits[found, 1], hits[found, 2], hits[found, 3] = block, base + start, base + end, use
        found += 1
    return found


@compiled
def _core(codes: Uint32s, rows: Int32s, characters: Uint64s) -> tuple[int, int]:
    """The span of a block without outer punctuation, as `folding.strip_outer`."""
    first, last = 0, len(codes)
    while first < last and not _kind(codes[first], rows, characters) & _INNER:
        first += 1
    while last > first and not _kind(codes[last - 1], rows, characters) & _INNER:
        last -= 1
    return (first, last) if first < last else (len(codes), 0)


@compiled
def _kind(code: np.uint32, rows: Int32s, characters: Uint64s) -> np.uint64:
    kind: np.uint64 = characters[rows[code >> _PAGE] + (code & _IN_PAGE), 0]
    return kind


@compiled
def _is_whole(codes: Uint32s, span: tuple[int, int], edges: int, rows: Int32s, characters: Uint64s) -> bool:
    """Whether a literal stands at word boundaries of its block."""
    start, end = span
    if edges & 1 and start > 0 and _kind(codes[start - 1], rows, characters) & _WORD:
        return False
    return not (edges & 2 and end < len(codes) and _kind(codes[end], rows, characters) & _WORD)
