"""The data types of rules: what a rule file says, typed; without logic beyond printing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cleaner.model import Confidence, Reason


class Scope(StrEnum):
    """What a rule labels: a part of a block, the block, a run from it, all up to it, all from it on."""

    SPAN = "span"
    LINE = "line"
    RUN = "run"
    HEAD = "head"
    TAIL = "tail"


class Standing(StrEnum):
    """A rule's `status`: a trial rule only flags, a retired one is not loaded but keeps its id."""

    TRIAL = "trial"
    STABLE = "stable"
    RETIRED = "retired"


class Field(StrEnum):
    """The metadata fields a rule may fill."""

    PUBLISHED = "published"
    SOURCE = "source"
    AUTHOR = "author"
    KEYWORDS = "keywords"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Guard:
    """What must hold before a rule may remove; counted in characters of blocks.

    `core_before`, `core_after`: at least so many before the matched block, after the labelled span. `max_before`: at most
    so many before the matched block (-1: any). `max_share`: the largest share of the document it may take.
    """

    core_before: int = 0
    core_after: int = 0
    max_before: int = -1
    max_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Near:
    """A label with one of these reasons, by a rule without `near`, must stand at most `within` blocks away."""

    reasons: tuple[Reason, ...]
    within: int


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """One line of an example: its text without marks, whether all of it must go, and the marked spans (half-open)."""

    text: str
    goes: bool
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its file says it; literals as typed, regexes for the folded text.

    `file` and `line` (from 1, 0 unknown) say where it stands. `max_chars`, `max_blocks`: 0 = no bound. Empty texts: not given.
    """

    id: str
    why: str
    reason: Reason
    scope: Scope
    confidence: Confidence
    equals: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    regex: str = ""
    unless: str = ""
    until: tuple[str, ...] = ()
    until_regex: str = ""
    max_chars: int = 0
    max_blocks: int = 0
    near: Near | None = None
    guard: Guard | None = None
    capture: Field | None = None
    marker: bool = False
    status: Standing = Standing.STABLE
    seen: tuple[str, ...] = ()
    examples: tuple[tuple[ExampleLine, ...], ...] = ()
    lang: str = "any"
    domains: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a rule file: where, in which rule and field, what, and what is allowed."""

    file: str
    rule_id: str
    field: str
    message: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        subject = ", ".join(filter(None, (f"rule {self.rule_id}" if self.rule_id else "", self.field)))
        return f"{place} {subject}: {self.message}" if subject else f"{place}: {self.message}"
