"""Read one table of a rule file into typed fields, collecting every fault instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

import regex

from cleaner.config import RULES
from cleaner.rules.model import ExampleLine, Finding
from cleaner.text.fold import fold_text

_Choice = TypeVar("_Choice", bound=StrEnum)
_ID = regex.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+){2,}")
_DOMAIN = regex.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_LANG = regex.compile(r"any|[a-z]{2,3}")
_MARKS = regex.compile("[⟦⟧]")
_KINDS = {str: "text", bool: "true or false", int: "whole number", float: "number", list: "list", dict: "table"}


def shown(value: object) -> str:
    """A value for a message: short whatever it is, on one line."""
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "...")
    return str(value)[:60] if isinstance(value, (bool, int, float)) else f"a {_KINDS.get(type(value), type(value).__name__)}"


def nearest(name: str, allowed: Iterable[str]) -> str:
    """` (did you mean X)` where one of the allowed names is close, else nothing."""
    close = get_close_matches(name[:60].lower(), list(allowed), 1)
    return f" (did you mean {close[0]})" if close else ""


@dataclass(frozen=True, slots=True)
class Table:
    """One TOML table, who owns it, and where its faults go; `line` tells the line of a field (0 unknown)."""

    values: Mapping[str, object]
    file: str
    rule_id: str
    line: Callable[[str], int]
    faults: list[Finding]
    prefix: str = ""

    def fault(self, name: str, message: str) -> None:
        """Record a fault of a field."""
        self.faults.append(Finding(self.file, self.rule_id, self.prefix + name, message, self.line(name)))

    def known(self, allowed: Mapping[str, str], elsewhere: Iterable[str] = ()) -> None:
        """Refuse fields that do not exist; `elsewhere` are those that belong at the top of the file."""
        for name in self.values:
            if name in elsewhere:
                self.fault(name, "stands inside a table; move it above the first [[rule]]")
            elif name not in allowed:
                self.fault(name[:60], f"unknown field; allowed: {' '.join(allowed)}{nearest(name, allowed)}")

    def _typed(self, name: str, kinds: tuple[type, ...], what: str, required: bool) -> object | None:
        value = self.values.get(name)
        if value is None:
            if required:
                self.fault(name, f"is missing; allowed: {what}")
            return None
        # A TOML boolean is a Python int too.
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            self.fault(name, f"is {shown(value)}; allowed: {what}")
            return None
        return value

    def text(self, name: str, required: bool = False) -> str:
        """A text that is not blank; empty where the field is not given or at fault."""
        value = self._typed(name, (str,), "a text", required)
        if isinstance(value, str) and not value.strip():
            self.fault(name, "is blank; allowed: a text")
            return ""
        return str(value) if value is not None else ""

    def flag(self, name: str) -> bool:
        """True or false, false where not given."""
        return self._typed(name, (bool,), "true or false", False) is True

    def number(self, name: str, least: int, most: int, default: int) -> int:
        """A whole number within bounds."""
        value = self._typed(name, (int,), f"a whole number from {least} to {most}", False)
        if isinstance(value, int) and not least <= value <= most:
            self.fault(name, f"is {shown(value)}; allowed: a whole number from {least} to {most}")
            return default
        return value if isinstance(value, int) else default

    def share(self, name: str, default: float) -> float:
        """A number above 0 and at most 1."""
        value = self._typed(name, (int, float), "a number above 0 and at most 1", False)
        if isinstance(value, (int, float)) and not 0 < value <= 1:
            self.fault(name, f"is {shown(value)}; allowed: a number above 0 and at most 1")
            return default
        return float(value) if isinstance(value, (int, float)) else default

    def choice(self, name: str, choices: type[_Choice], default: _Choice | None = None, required: bool = False) -> _Choice | None:
        """One of a closed list."""
        value = self._typed(name, (str,), " ".join(choices), required)
        if value is None:
            return default
        if value not in list(choices):
            self.fault(name, f"is {shown(value)}; allowed: {' '.join(choices)}{nearest(str(value), choices)}")
            return default
        return choices(str(value))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._typed(name, (list,), "a list of texts", False)
        out = []
        for number, item in enumerate(value if isinstance(value, list) else (), 1):
            if isinstance(item, str):
                out.append(item)
            else:
                self.fault(name, f"entry {number} is {shown(item)}; allowed: a text")
        return tuple(out)

    def literals(self, name: str) -> tuple[str, ...]:
        """A list of literals that say something once folded."""
        out = []
        for literal in self.texts(name):
            wrong = literal_fault(literal)
            if wrong:
                self.fault(name, f"literal {shown(literal)} {wrong}")
            else:
                out.append(literal)
        if name in self.values and self.values[name] == []:
            self.fault(name, "is an empty list; allowed: at least one text")
        return tuple(out)

    def regex(self, name: str) -> str:
        """A regex that compiles."""
        pattern = self.text(name)
        wrong = regex_fault(pattern) if pattern else ""
        if wrong:
            self.fault(name, wrong)
            return ""
        return pattern

    def tables(self, name: str) -> list[tuple[int, Mapping[str, object]]]:
        """A list of tables with their numbers from 1."""
        value = self._typed(name, (list,), f"tables written as [[{name}]]", False)
        out: list[tuple[int, Mapping[str, object]]] = []
        for number, item in enumerate(value if isinstance(value, list) else (), 1):
            if isinstance(item, dict):
                out.append((number, item))
            else:
                self.fault(name, f"entry {number} is {shown(item)}; allowed: a table")
        return out

    def inner(self, name: str) -> Table | None:
        """A table inside this one."""
        value = self._typed(name, (dict,), "a table", False)
        if not isinstance(value, dict):
            return None
        return Table(value, self.file, self.rule_id, lambda _: self.line(name), self.faults, f"{self.prefix}{name}.")


def literal_fault(literal: str) -> str:
    """What is wrong with a literal, empty if nothing."""
    if len(literal) > RULES.literal_most:
        return f"has {len(literal)} characters; allowed: at most {RULES.literal_most}"
    folded = fold_text(literal).strip()
    if "\n" in folded:
        return "holds a line break; allowed: a part of one line"
    if len(folded.replace(" ", "")) < RULES.literal_least:
        return f"folds to {folded!r}; allowed: at least {RULES.literal_least} characters after folding"
    return ""


def regex_fault(pattern: str) -> str:
    """Why a regex is refused, empty if it is not."""
    if len(pattern) > RULES.regex_most:
        return f"has {len(pattern)} characters; allowed: at most {RULES.regex_most}"
    try:
        regex.compile(pattern)
    except regex.error as error:
        return f"does not compile: {error.msg} at position {error.pos} of {shown(pattern)}"
    except (RecursionError, OverflowError, MemoryError):
        return f"does not compile: nested too deep or repeats too often: {shown(pattern)}"
    return ""


def id_fault(name: str) -> str:
    """What is wrong with a rule id, empty if nothing."""
    if len(name) <= 120 and _ID.fullmatch(name):
        return ""
    return f"is {shown(name)}; allowed: lang.topic.name of a-z, 0-9 and _ (ar.related.read_also)"


def lang_fault(lang: str) -> str:
    """What is wrong with a language code, empty if nothing."""
    return "" if _LANG.fullmatch(lang) else f"is {shown(lang)}; allowed: any, or a code of two or three letters (ar)"


def domain_fault(domain: str) -> str:
    """What is wrong with a domain name, empty if nothing."""
    if _DOMAIN.fullmatch(domain):
        return ""
    return f"{shown(domain)} is no domain name; allowed: a name in lower case without path, port or scheme (example.com)"


def read_example(text: str) -> tuple[tuple[ExampleLine, ...], str]:
    """The lines of an example and the first fault in them (empty if none)."""
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        body = line[2:].strip()
        if line[:2] not in ("- ", "  ") or not body:
            return (), f"line {number} is {shown(line)}; allowed: '- ' before a line that goes, two spaces before one that stays"
        marks = _read_marks(body)
        if marks is None or (marks and line.startswith("-")):
            return (), f"line {number}: ⟦ and ⟧ must come in pairs around something, in a line that starts with two spaces"
        lines.append(ExampleLine(_MARKS.sub("", body), line.startswith("-"), marks))
    return tuple(lines), "" if lines else "is blank; allowed: lines that start with '- ' or two spaces"


def _read_marks(body: str) -> tuple[tuple[int, int], ...] | None:
    """The marked spans in the text without its marks; None where marks do not pair."""
    edges = [mark.start() - count for count, mark in enumerate(_MARKS.finditer(body))]
    kinds = "".join(_MARKS.findall(body))
    spans = tuple(zip(edges[::2], edges[1::2], strict=False))
    if kinds != "⟦⟧" * (len(kinds) // 2) or any(start == end for start, end in spans):
        return None
    return spans
