"""Split a text into blocks (its lines) and take apart lines that were glued together by extraction."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import regex

from cleaner.config import GLUE
from cleaner.model import Block
from cleaner.text.fold import code_points

SPACE, BREAK, LOWER, UPPER = 1, 2, 3, 4
_TABLE_SIZE = 0x20000
_SPACES_END = 0x3001  # behind the last white space of Unicode
_BREAKS = r"[\n\r\u2028\u2029\x85\v\f]"
# Teh marbuta ends Arabic words, so an Arabic letter right behind it means that a break is missing. What follows must open
# a sentence as news sentences do (waw and a word), or a single missing space would be taken for a missing line break.
_ARABIC_GLUE = regex.compile(r"(?<=\p{Arabic}ة)(?=و\p{Arabic}{2})")
_LATIN_GLUE = regex.compile(r"(?<=\p{Ll}{4})(?=\p{Lu}\p{Ll}+\s)")
_WORD = regex.compile(r"\p{L}+")
_TERMINAL = regex.compile(r"[.!?؟。।]")


@cache
def character_kinds() -> npt.NDArray[np.uint8]:
    """For every character below 0x20000: SPACE, BREAK, LOWER, UPPER, or 0 for none of them."""
    table = np.zeros(_TABLE_SIZE, dtype=np.uint8)
    every = np.arange(_TABLE_SIZE, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    table[[code for code, char in enumerate(every[:_SPACES_END]) if char.isspace()]] = SPACE
    for kind, pattern in ((LOWER, r"\p{Ll}"), (UPPER, r"\p{Lu}"), (BREAK, _BREAKS)):
        table[[match.start() for match in regex.finditer(pattern, every)]] = kind
    return table


def split_blocks(text: str) -> tuple[Block, ...]:
    """Split a text into its lines without outer white space; lines of white space alone make no block."""
    from cleaner.text import kernel

    spans, _ = kernel.split_lines(code_points(text), character_kinds(), 0)
    return tuple(Block(start, end) for start, end in spans.tolist())


def _is_heading(head: str) -> bool:
    return len(_WORD.findall(head)) <= GLUE.heading_words and not _TERMINAL.search(head)


def _arabic_cut(line: str) -> int:
    """Where an Arabic sub-heading ends and its glued paragraph begins, 0 where there is no such place."""
    for glue in _ARABIC_GLUE.finditer(line, endpos=GLUE.heading_chars):
        if _is_heading(line[: glue.start()]) and len(line) - glue.start() >= GLUE.paragraph_chars:
            return int(glue.start())
    return 0


def _latin_cut(line: str, text: str) -> int:
    """The same for `wordNext`: only where both halves stand in the text as words of their own and the whole does not."""
    for glue in _LATIN_GLUE.finditer(line, endpos=GLUE.heading_chars):
        at = glue.start()
        left = _WORD.findall(line[:at])[-1]
        right = _WORD.match(line, at).group()
        if not _is_heading(line[:at]) or len(line) - at < GLUE.paragraph_chars:
            continue
        if _stands(left, text) and _stands(right, text) and text.count(left + right) == 1:
            return int(at)
    return 0


def _stands(word: str, text: str) -> bool:
    return regex.search(rf"(?<!\p{{L}}){regex.escape(word)}(?!\p{{L}})", text, regex.IGNORECASE) is not None


def repair_glued(text: str, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Split off a sub-heading that was glued to the paragraph behind it.

    The text stays as it is; the second of two such blocks is marked `glued`, so that a line break is put before it on output.
    """
    out: list[Block] = []
    for block in blocks:
        line = text[block.start : block.end]
        cut = (_arabic_cut(line) or _latin_cut(line, text)) if len(line) >= GLUE.paragraph_chars else 0
        if cut:
            out += [Block(block.start, block.start + cut, block.glued), Block(block.start + cut, block.end, True)]
        else:
            out.append(block)
    return tuple(out)
