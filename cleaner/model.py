"""The data types of cleaner: frozen, typed, without logic; every other module speaks in them.

What every page has many of is a msgspec.Struct, made in a fifth of the time: copies of them are made by `msgspec.structs.replace`. In
work files a label is a row without names.

Units: character positions are code points of `Document.text`; spans are half-open `[start, end)`; block indexes
count the blocks of one page from 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

Uint64s: TypeAlias = npt.NDArray[np.uint64]
Uint32s: TypeAlias = npt.NDArray[np.uint32]
Int32s: TypeAlias = npt.NDArray[np.int32]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]


class Reason(StrEnum):
    """Why a span is not core story; a closed list, shared by rules, stages and the audit."""

    TITLE_REPEAT = "title_repeat"
    CAPTION = "caption"
    CAPTION_REPEAT = "caption_repeat"
    TEXT_REPEAT = "text_repeat"
    BYLINE = "byline"
    DATE = "date"
    SOURCE = "source"
    CREDIT = "credit"
    KEYWORDS = "keywords"
    SHARE = "share"
    COMMENT_FORM = "comment_form"
    COMMENTS = "comments"
    AUTHOR_BIO = "author_bio"
    CTA = "cta"
    RELATED = "related"
    APPENDED = "appended"
    NAV = "nav"
    LEGAL = "legal"
    WIDGET = "widget"
    AD = "ad"
    SPACE = "space"
    OTHER = "other"


class Confidence(StrEnum):
    """What a label may do: `certain` removes, `likely` removes unless the core decision contradicts, `hint` is evidence."""

    CERTAIN = "certain"
    LIKELY = "likely"
    HINT = "hint"


class Mode(StrEnum):
    """How much is removed: `strict` most, `safe` least."""

    STRICT = "strict"
    DEFAULT = "default"
    SAFE = "safe"


class Captions(StrEnum):
    """What happens to photo captions: keep the first of equal ones, drop all, or keep all."""

    FIRST = "first"
    DROP = "drop"
    ALL = "all"


class Duplicates(StrEnum):
    """What happens to near-duplicate core stories: drop all but the keeper, mark them in groups, or do not look."""

    DROP = "drop"
    MARK = "mark"
    OFF = "off"


class Status(StrEnum):
    """Where a record went; every record has exactly one."""

    KEPT = "kept"
    DROPPED = "dropped"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record was read: `file` as named to the user, `record` counted from 1, `offset` in bytes (-1 unknown)."""

    file: str
    record: int
    offset: int = -1


@dataclass(frozen=True, slots=True)
class Document:
    """One record after reading and extraction; `text` never changes from here on.

    `site` is empty where unknown (no host evidence then). `metadata` holds what the record or its HTML declared
    (title, published, source, author, keywords). `notes` says what reading had to repair; `extracted`: the text was found
    in HTML, so menus are gone already.
    """

    id: str
    text: str
    site: str = ""
    url: str = ""
    lang: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    origin: Origin = Origin("", 1)
    notes: tuple[str, ...] = ()
    extracted: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read, before extraction: exactly one of `text` and `html` is set.

    `text` is decoded and scrubbed already. `html` is the page's bytes where the reader has bytes (their charset is found
    at extraction), else decoded text. `fields` holds further metadata of the record (title, published, source ...).
    """

    id: str
    origin: Origin
    text: str | None = None
    html: bytes | str | None = None
    site: str = ""
    url: str = ""
    lang: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be read: goes to quarantine with `raw` (its bytes, or a prefix of them)."""

    origin: Origin
    reason: str
    id: str = ""
    url: str = ""
    raw: bytes = b""


class Block(msgspec.Struct, frozen=True, gc=False):
    """A line of the text without its outer white space: characters `[start, end)`.

    `glued` says that the block was split off the one before it where a line break is missing in the text.
    """

    start: int
    end: int
    glued: bool = False


class Folded(msgspec.Struct, frozen=True, eq=False):
    """The matching form of a text.

    `text` is folded; `origin` (int32, len(text) + 1) maps each folded character to the position of the
    original character it came from, and the end to the original length; `codes` (uint32, len(text)): the code points of `text`.
    """

    text: str
    origin: Int32s
    codes: Uint32s


class Tokens(msgspec.Struct, frozen=True, eq=False):
    """The words of a page as arrays, made once and read by repeats, core and signatures.

    `hashes` (uint64, t) of folded words (each Han or Kana character is a word); `starts`, `ends` (int32, t) positions in
    the folded text; `offsets` (int32, blocks + 1): block b owns tokens `offsets[b]:offsets[b + 1]`;
    `block_hashes` (uint64, blocks): hash of a block's token sequence, 0 where it has none.
    """

    hashes: Uint64s
    starts: Int32s
    ends: Int32s
    offsets: Int32s
    block_hashes: Uint64s


class Label(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A claim about characters `[start, end)`: why they are not core story, who says so, on what evidence.

    `author` is a rule id or a stage's name. `probability` is the core scorer's, where it had a say. `marker` says that
    foreign items may follow ("read also"). `item` numbers the appended item the span belongs to (from 1 in the order of
    the page), 0 where it belongs to none; `owner` is the id of the document that owns it, where known. `twin`: a repeat's block
    that stays (-1: no repeat).
    """

    start: int
    end: int
    reason: Reason
    author: str
    confidence: Confidence
    evidence: str = ""
    probability: float | None = None
    marker: bool = False
    item: int = 0
    owner: str = ""
    twin: int = -1


class Captured(msgspec.Struct, frozen=True, gc=False):
    """A metadata field filled by a rule: `name` (published, source, author, keywords, title), its raw `value`, where it stands."""

    name: str
    value: str
    author: str
    start: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A document with everything the stages have said about it so far; stages add labels, none removes text."""

    document: Document
    blocks: tuple[Block, ...]
    folded: Folded
    block_spans: Int32s
    tokens: Tokens
    labels: tuple[Label, ...] = ()
    captured: tuple[Captured, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the batch knows about the blocks of one page; arrays are as long as the page has blocks.

    `host_pages`: pages of this site in the batch (0: site unknown). `host_repeats`: how many of them hold the same line. `host_forms`: how
    many hold a line of the same form (`repeats.forms`). `elsewhere`: number of other page groups of the batch that hold the block.
    `owner`: id of the page where it stands nearest the top, empty where that is this page or the block stands nowhere else. `owner_rank`:
    the block's index among the long blocks of the owner page (-1: none).
    """

    host_pages: int
    host_repeats: Int32s
    elsewhere: Int32s
    owner: tuple[str, ...]
    owner_rank: Int32s
    host_forms: Int32s


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to go from one page: `removed` labels (may overlap), `flagged` labels that only speak, tripped guards."""

    removed: tuple[Label, ...]
    flagged: tuple[Label, ...] = ()
    guards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A near-duplicate of a group's keeper; `similarity` is the Jaccard of their shingles, `containment` of the smaller in the larger."""

    id: str
    similarity: float
    containment: float


@dataclass(frozen=True, slots=True)
class Group:
    """Near-duplicate core stories: the one that is kept and those that repeat it."""

    keeper: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """An appended story or teaser, a record of its own: `title`, `text`, spans in the page, reason, owner if known."""

    number: int
    title: str
    text: str
    reason: Reason
    owner: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Account:
    """The books of one document, in characters: `total` = `kept` + the sum of `removed` by reason.

    `inserted` counts line breaks the output has and the text has not (glued lines). `flags` names guards that tripped.
    """

    total: int
    kept: int
    removed: Mapping[str, int]
    inserted: int = 0
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A cleaned document.

    `core` is the text of the kept spans with `inserts` (positions in the original text where a line break was added).
    `removed` are disjoint labels in order; kept spans and removed spans partition the text. `flagged` are labels that
    did not remove. `alone` says that no batch evidence was used.
    """

    document: Document
    core: str
    title: str
    metadata: Mapping[str, str]
    items: tuple[Item, ...]
    removed: tuple[Label, ...]
    inserts: tuple[int, ...]
    flagged: tuple[Label, ...]
    account: Account
    alone: bool
