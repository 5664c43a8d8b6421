"""What the form of a regex tells before it is run: its parts, whether it is ambiguous, whether it is written for unfolded text."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from cleaner.text.fold import fold_char

_ESCAPE = regex.compile(r"\\(?:[pP](?:\{[^}]*\}|.)|\d{1,3}|U[0-9a-fA-F]{8}|[gk]<[^>]*>|N\{[^}]*\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", regex.DOTALL)
_PIECE = regex.compile(
    rf"(?P<escape>{_ESCAPE.pattern})"
    r"""|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
    |(?P<open>\((?:\?(?:P?<\w+>|P[=>&]\w+|<?[=!]|[:>|]|[a-zA-Z-]*:|[^)]*(?=\))))?)
    |(?P<close>\))
    |(?P<repeat>(?:[*+?]|\{\d*,?\d*\})[+?]?)
    |(?P<bar>\|)
    |(?P<other>.)""",
    regex.VERBOSE | regex.DOTALL,
)
_GROUP_REPEAT = regex.compile(r"\)[*+{]")
_MANY = 10  # a bounded repeat of so many or more is as bad as an unbounded one


@dataclass(slots=True)
class _Branch:
    """What stands in one alternative so far: pieces that must stand, and whether one of them repeats without bound."""

    fixed: int = 0
    loops: int = 0
    optional_loops: int = 0

    def is_loop(self) -> bool:
        return self.fixed == 0 and self.loops <= 1 and self.loops + self.optional_loops > 0


def pieces(pattern: str) -> list[tuple[str, str]]:
    """Cut a pattern into (kind, text): escape, set, open, close, repeat, bar, other."""
    return [(piece.lastgroup, piece.group()) for piece in _PIECE.finditer(pattern)]


def repeat_bounds(repeat: str) -> tuple[int, int]:
    """The least and most of a quantifier; no bound counts as `_MANY`."""
    if repeat[0] in "*+?":
        return int(repeat[0] == "+"), 1 if repeat[0] == "?" else _MANY
    low, comma, high = repeat[1 : repeat.index("}")].partition(",")
    return int(low or 0), int(high or _MANY) if comma else int(low or 0)


def is_ambiguous(pattern: str) -> bool:
    """Whether a repeat repeats a bare repeat, so that a text can be cut in exponentially many ways.

    >>> is_ambiguous("^(a+)+$"), is_ambiguous(r"(?:\\w+ ?)*!"), is_ambiguous(r"(?:\\w+,)+"), is_ambiguous("(?:a|b)+")
    (True, True, False, False)
    """
    if not _GROUP_REPEAT.search(pattern):
        return False
    stack: list[list[_Branch]] = [[_Branch()]]
    atoms = pieces(pattern)
    for place, (kind, text) in enumerate(atoms):
        if kind == "open":
            stack.append([_Branch()])
        elif kind == "bar":
            stack[-1].append(_Branch())
        elif kind != "repeat":
            closed = stack.pop() if kind == "close" and len(stack) > 1 else []
            follows = atoms[place + 1][1] if place + 1 < len(atoms) and atoms[place + 1][0] == "repeat" else "{1}"
            if _add(stack[-1][-1], closed, text, follows):
                return True
    return False


def _add(branch: _Branch, closed: list[_Branch], text: str, repeat: str) -> bool:
    """Add an atom (a closed group, or a character) with its quantifier to a branch; True where it is ambiguous."""
    low, high = repeat_bounds(repeat)
    loops = any(inner.is_loop() for inner in closed)
    possessive = len(repeat) > 1 and repeat.endswith("+")
    if high >= _MANY and loops and not possessive:
        return True
    if text in ("^", "$") or (closed and not any(inner.fixed or inner.loops or inner.optional_loops for inner in closed)):
        return False
    if (high >= _MANY or loops) and not possessive:
        branch.loops += low > 0
        branch.optional_loops += low == 0
    else:
        branch.fixed += low > 0
    return False


def unfolded(pattern: str) -> str:
    """The characters of a pattern that a folded text never holds, so that it cannot match them.

    >>> unfolded("أيضا"), unfolded(r"\\S+ photo"), unfolded("Photo")
    ('أ', '', 'P')
    """
    plain = "".join(text for kind, text in pieces(pattern) if kind in ("other", "set"))
    return "".join(dict.fromkeys(char for char in _ESCAPE.sub("", plain) if fold_char(char) != char))
