"""Training pages in languages that nobody knows: their letters are exchanged, so that no rule and no table of words speaks for them.

What is left is what a reader of a foreign script sees too: shapes, places, repetition. Weights that saw such pages rely on that where
they know nothing else.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from cleaner.core.augment import built, chance, lines_of
from cleaner.core.gold import Example

UNKNOWN = "unknown"  # group of these pages: a batch of their own
SPACED = frozenset(("ar", "en", "es", "fr", "pl", "ru", "el"))  # languages of the sets that part words by spaces
COMPOSITE_SHARE, PAGE_SHARE = 0.6, 0.3  # of hosts whose pages are read once more like this
LETTERS_A_CHARACTER = 4  # letters of a word from which it is two characters of a script without spaces, from twice as many three
COMPOSITE_WEIGHT, PAGE_WEIGHT = 0.6, 0.4  # of a page's own weight


@dataclass(frozen=True, slots=True)
class Script:
    """Letters that stand for those of a text, and what ends its sentences; `cased`: they have capitals; `spaced`: words are parted."""

    letters: str
    marks: dict[str, str]
    cased: bool = False
    spaced: bool = True


def _alphabet(first: int, last: int) -> str:
    return "".join(chr(code) for code in range(first, last) if unicodedata.category(chr(code)) in ("Ll", "Lo"))


@cache
def scripts() -> tuple[Script, ...]:
    """The scripts that pages are written into."""
    plain = {"؟": "?", "،": ",", "؛": ";"}
    return (
        Script(_alphabet(0x1200, 0x1358), {".": "።", "،": "፣", ",": "፣", "؛": "፤", ";": "፤", "؟": "?"}),
        Script(_alphabet(0x0905, 0x093A), {**plain, ".": "।"}),
        Script(_alphabet(0x05D0, 0x05EB), plain),
        Script(_alphabet(0x0430, 0x0450), plain, cased=True),
        Script("abcdefghijklmnopqrstuvwxyz", plain, cased=True),
        Script(_alphabet(0x4E00, 0x5600), dict(zip(".,;:!?؟،؛()", "。，；：！？？，；（）", strict=True)), spaced=False),
    )


def exchanged(line: str, script: Script, turn: int) -> str:
    """A line with every letter exchanged for one of a script, the same for the same letter; marks above letters go.

    In a script without spaces a word becomes one to three characters, the same for the same word.

    >>> exchanged("A cab, a Cab.", scripts()[4], 1)
    'E sel, e Sel.'
    >>> exchanged("A cab, a cab: harbours.", scripts()[5], 1)
    '呄哺，呄哺：収叏叐。'
    """
    if not script.spaced:
        return _run_together(line, script, turn)
    out = []
    for char in line:
        if char in script.marks:
            out.append(script.marks[char])
        elif char.isalpha():
            other = script.letters[(ord(char.lower()[0]) * 7 + turn) % len(script.letters)]
            out.append(other.upper() if script.cased and char.isupper() else other)
        elif not unicodedata.combining(char):
            out.append(char)
    return "".join(out)


def _run_together(line: str, script: Script, turn: int) -> str:
    """A line without spaces between words, each of them written as characters of a script."""
    parts = re.split(r"([^\W\d_]+)", "".join(char for char in line if not unicodedata.combining(char)))
    for at, part in enumerate(parts):
        if at % 2:
            first = zlib.crc32(part.lower().encode()) + turn
            size = 1 + min(2, len(part) // LETTERS_A_CHARACTER)
            parts[at] = "".join(script.letters[(first + more) % len(script.letters)] for more in range(size))
        else:
            parts[at] = "".join(script.marks.get(char, char) for char in part if char != " ")
    return "".join(parts)


def _script_for(example: Example) -> Script:
    """A script by the host's lot; a text without capitals gets none."""
    fit = [script for script in scripts() if not script.cased or example.page.document.lang != "ar"]
    return fit[int(chance("script", example.host) * len(fit))]


def in_unknown_languages(examples: Sequence[Example]) -> Iterator[Example]:
    """Composites and whole pages of some hosts once more, all pages of a host in one language that no rule is written in."""
    shares = {"composite": (COMPOSITE_SHARE, COMPOSITE_WEIGHT), "page_text": (PAGE_SHARE, PAGE_WEIGHT)}
    for example in examples:
        share, weight = shares.get(example.group, (0.0, 0.0))
        if example.page.document.lang in SPACED and chance("unknown", example.host) < share:
            script, turn = _script_for(example), int(chance("turn", example.host) * 1000)
            lines = [exchanged(line, script, turn) for line in lines_of(example)]
            copy = built(example, UNKNOWN, example.weight * weight, lines, example.marks.tolist(), "\n")
            document = replace(copy.page.document, site=example.page.document.site)
            yield replace(copy, page=replace(copy.page, document=document))
