"""Find, read and check rule files; every fault of every file is reported at once, one line each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import regex

from cleaner.config import RULES
from cleaner.errors import RuleError
from cleaner.model import Confidence, Reason
from cleaner.rules.model import ExampleLine, Field, Finding, Guard, Near, Rule, Scope, Standing
from cleaner.rules.schema import Table, domain_fault, id_fault, lang_fault, nearest, read_example, shown

FILE_FIELDS = {"format": "1", "lang": "any or a language code", "domains": "list of domain names", "rule": "rules"}
RULE_FIELDS = {
    "id": "lang.topic.name", "why": "one sentence", "reason": "why the text goes", "scope": "span line run head tail",
    "equals": "literals", "starts": "literals", "ends": "literals", "contains": "literals", "regex": "regex on folded text",
    "unless": "regex", "until": "literals", "until_regex": "regex", "near": "table", "max_chars": "characters", "max_blocks": "blocks",
    "guard": "table", "capture": "metadata field", "confidence": "certain likely hint", "marker": "true or false",
    "status": "trial stable retired", "seen": "list of sites", "example": "examples",
}  # fmt: skip
LITERAL_FIELDS = ("equals", "starts", "ends", "contains")
_GUARD_FIELDS = {"core_before": "characters", "core_after": "characters", "max_before": "characters", "max_share": "share"}
_NEAR_FIELDS = {"reason": "list of reasons", "within": "blocks"}
_OPENING = regex.compile(r"\'{3}|\"{3}|[\'\"#]")
# What ends each kind of string or comment; a backslash escapes inside double quotes only.
_CLOSING = {
    "'''": regex.compile("'{3}"), '"""': regex.compile(r'\\.|"{3}', regex.DOTALL), "#": regex.compile("\n"),
    "'": regex.compile("['\n]"), '"': regex.compile(r'\\.|["\n]'),
}  # fmt: skip
_DOTTED = regex.compile(r"(?:\.[^.\n=]*+)+")
_BRACKET = regex.compile(r"[\[\]{}]")
_RULE_HEADER = regex.compile(r"^[ \t]*\[\[[ \t]*rule[ \t]*\]\]", regex.MULTILINE)
_MANY = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Source:
    """A rule file as text without its strings and comments (line breaks kept), to find the lines of rules and fields."""

    bare: str
    headers: tuple[int, ...]

    def line(self, rule: int, field: str = "") -> int:
        """The line (from 1) of a field of a rule (counted from 0; -1: the file), the rule's own where it is not found; 0 unknown."""
        if rule >= len(self.headers):
            return 0
        begin = self.headers[rule] if rule >= 0 else 0
        end = self.headers[rule + 1] if rule + 1 < len(self.headers) else len(self.bare)
        written = regex.compile(rf"^[ \t]*(?:\[\[?rule\.)?{regex.escape(field)}[ \t]*[=.\]]", regex.MULTILINE)
        found = written.search(self.bare, begin, end) if field else None
        if found is None and rule < 0:
            return 0
        return self.bare.count("\n", 0, found.start() if found else begin) + 1


def builtin_directory() -> Path:
    """The folder of the built-in packs: beside this module in an installed wheel, /rules of the repository else."""
    packed = Path(__file__).parent / "packs"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "rules"


def load_rules(directories: Sequence[Path] = (), disable: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The built-in rules and those of further folders, sorted by id; a later folder's rule replaces one of the same id.

    Retired rules are left out, and rules whose id is, or starts with, one of `disable` (whole parts: `ar.related`).
    Raises RuleError with every fault of every file.
    """
    return select_rules(read_rules((builtin_directory(), *directories)), disable)


def read_rules(directories: Iterable[Path]) -> tuple[Rule, ...]:
    """The rules of some folders (or single files) sorted by id, retired ones included; raises RuleError with every fault."""
    faults: list[Finding] = []
    chosen: dict[str, Rule] = {}
    for directory in directories:
        places: dict[str, str] = {}
        for path in _rule_files(directory, faults):
            chosen.update((rule.id, rule) for rule in _read_file(path, places, faults))
    if faults:
        raise RuleError([str(fault) for fault in sorted(faults, key=lambda fault: (fault.file, fault.line))])
    return tuple(chosen[name] for name in sorted(chosen))


def select_rules(rules: Sequence[Rule], disable: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The rules that are neither retired nor disabled by id or prefix of whole parts; an unknown name is a RuleError."""
    names = [rule.id for rule in rules]
    prefixes = [name.rstrip(".*") for name in disable]
    known = {".".join(name.split(".")[:count]) for name in names for count in range(1, name.count(".") + 2)}
    unknown = [f"disable {shown(name)}: no rule has this id or prefix{nearest(name, known)}" for name in prefixes if name not in known]
    if unknown:
        raise RuleError(unknown)
    return tuple(
        rule for rule in rules if rule.status is not Standing.RETIRED and not any(f"{rule.id}.".startswith(f"{prefix}.") for prefix in prefixes)
    )


def _rule_files(directory: Path, faults: list[Finding]) -> list[Path]:
    if directory.is_file():
        return [directory]
    if not directory.is_dir():
        faults.append(Finding(str(directory), "", "", "is no folder of rule files; name an existing one"))
        return []
    found = sorted(path for path in directory.rglob("*.toml") if path.is_file())
    if not found:
        faults.append(Finding(str(directory), "", "", "holds no rule file; rules are read from *.toml"))
    return found


def _read_file(path: Path, places: dict[str, str], faults: list[Finding]) -> Iterator[Rule]:
    """The sound rules of one file; a rule with a fault is left out and its faults are noted. `places`: ids used so far, and where."""
    text = _read_text(path, faults)
    if text is None:
        return
    bare = _bare(text)
    source = _Source(bare, tuple(match.start() for match in _RULE_HEADER.finditer(bare)))
    values = _parse(path, text, bare, faults)
    if values is None:
        return
    top = Table(values, str(path), "", lambda field: source.line(-1, field), faults)
    lang, domains = _read_top(top)
    for number, item in top.tables("rule"):
        named = item.get("id")
        name = named if isinstance(named, str) and not id_fault(named) else f"number {number}"
        table = Table(item, str(path), name, lambda field, at=number - 1: source.line(at, field), faults)  # type: ignore[misc]
        before = len(faults)
        rule = _read_rule(table, lang, domains)
        if name in places:
            table.fault("id", f"is used already at {places[name]}; allowed: one rule of an id")
        elif name == named:
            places[name] = f"{path}:{table.line('')}"
        if rule is not None and len(faults) == before:
            yield rule


def _read_text(path: Path, faults: list[Finding]) -> str | None:
    """A file's text without its BOM, line ends as `\\n`; None where there is nothing to parse."""
    try:
        size = path.stat().st_size
        if size > RULES.file_bytes:
            faults.append(Finding(str(path), "", "", f"has {size} bytes; allowed: at most {RULES.file_bytes} in a rule file"))
        if size > RULES.parsed_bytes:
            return None
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        faults.append(Finding(str(path), "", "", f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        faults.append(Finding(str(path), "", "", f"is no UTF-8 at byte {error.start}; save it as UTF-8"))
    return None


def _bare(text: str) -> str:
    """A TOML text without its strings and comments, line breaks kept. A loop, since one regex runs out of memory on long strings."""
    kept, at = [], 0
    while opening := _OPENING.search(text, at):
        end = next((close for close in _CLOSING[opening.group()].finditer(text, opening.end()) if not close.group().startswith("\\")), None)
        kept += [text[at : opening.start()], "\n" * text.count("\n", opening.start(), end.end() if end else len(text))]
        at = end.end() if end else len(text)
    return "".join(kept) + text[at:]


def _parse(path: Path, text: str, bare: str, faults: list[Finding]) -> Mapping[str, object] | None:
    """The TOML values; nesting is measured first, because the parser works by recursion."""
    depth = deepest = 0
    for bracket in _BRACKET.finditer(bare):
        depth = depth + 1 if bracket.group() in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    if deepest > RULES.nesting:
        faults.append(Finding(str(path), "", "", f"brackets are nested {deepest} deep; allowed: at most {RULES.nesting}"))
        return None
    parts = max((dots.group().count(".") for dots in _DOTTED.finditer(bare)), default=0)
    if parts > RULES.nesting:
        faults.append(Finding(str(path), "", "", f"a dotted key has {parts} parts; allowed: at most {RULES.nesting}"))
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.append(Finding(str(path), "", "", f"is no valid TOML: {error}"))
    except RecursionError:
        faults.append(Finding(str(path), "", "", f"tables are nested too deep; allowed: at most {RULES.nesting} levels"))
    return None


def _read_top(top: Table) -> tuple[str, tuple[str, ...]]:
    """The language and domains of a file."""
    top.known(FILE_FIELDS)
    if top.values.get("format") != 1 or top.values.get("format") is True:
        top.fault("format", f"is {shown(top.values['format'])}; allowed: 1" if "format" in top.values else "is missing; allowed: 1")
    lang = top.text("lang") or "any"
    if lang_fault(lang):
        top.fault("lang", lang_fault(lang))
    domains = top.texts("domains")
    for domain in domains:
        if domain_fault(domain):
            top.fault("domains", domain_fault(domain))
    if not top.values.get("rule"):
        top.fault("rule", "is missing; allowed: at least one [[rule]]")
    return lang, domains


def _read_rule(table: Table, lang: str, domains: tuple[str, ...]) -> Rule | None:
    """One rule; None where its faults leave nothing to build it from."""
    table.known(RULE_FIELDS, ("format", "lang", "domains"))
    name = table.text("id", required=True)
    if name and id_fault(name):
        table.fault("id", id_fault(name))
    reason = table.choice("reason", Reason, required=True)
    scope = table.choice("scope", Scope, required=True)
    confidence = table.choice("confidence", Confidence, required=True)
    rule = Rule(
        id=name, why=table.text("why", required=True),
        reason=reason or Reason.OTHER, scope=scope or Scope.LINE, confidence=confidence or Confidence.HINT,
        equals=table.literals("equals"), starts=table.literals("starts"), ends=table.literals("ends"), contains=table.literals("contains"),
        regex=table.regex("regex"), unless=table.regex("unless"), until=table.literals("until"), until_regex=table.regex("until_regex"),
        max_chars=table.number("max_chars", 1, _MANY, 0), max_blocks=table.number("max_blocks", 1, _MANY, 0),
        near=_read_near(table), guard=_read_guard(table), capture=table.choice("capture", Field), marker=table.flag("marker"),
        status=table.choice("status", Standing, Standing.STABLE) or Standing.STABLE, seen=table.texts("seen"), examples=_read_examples(table),
        lang=lang, domains=domains, file=table.file, line=table.line(""),
    )  # fmt: skip
    _check_together(table, rule)
    return rule if reason and scope and confidence else None


def _read_near(table: Table) -> Near | None:
    inner = table.inner("near")
    if inner is None:
        return None
    inner.known(_NEAR_FIELDS)
    reasons = []
    for text in inner.texts("reason"):
        if text in list(Reason):
            reasons.append(Reason(text))
        else:
            inner.fault("reason", f"is {shown(text)}; allowed: {' '.join(Reason)}{nearest(text, Reason)}")
    if not inner.values.get("reason"):
        inner.fault("reason", "is missing; allowed: a list of reasons")
    return Near(tuple(reasons), inner.number("within", 0, _MANY, 1))


def _read_guard(table: Table) -> Guard | None:
    inner = table.inner("guard")
    if inner is None:
        return None
    inner.known(_GUARD_FIELDS)
    before, after = inner.number("core_before", 0, _MANY, 0), inner.number("core_after", 0, _MANY, 0)
    return Guard(before, after, inner.number("max_before", 0, _MANY, -1), inner.share("max_share", 1.0))


def _read_examples(table: Table) -> tuple[tuple[ExampleLine, ...], ...]:
    """The examples of a rule; together they need a hit and a near miss."""
    examples = []
    before = len(table.faults)
    for number, item in table.tables("example"):
        inner = Table(item, table.file, table.rule_id, lambda _: table.line("example"), table.faults, f"example {number} ")
        inner.known({"text": "lines"})
        lines, wrong = read_example(inner.text("text", required=True)) if "text" in item else ((), "is missing; allowed: lines of text")
        if wrong and isinstance(item.get("text", ""), str):
            inner.fault("text", wrong)
        examples.append(lines)
    lines = tuple(line for example in examples for line in example)
    if len(table.faults) == before:
        if not any(line.goes or line.marks for line in lines):
            table.fault("example", "has no hit; allowed: at least one line after '- ', or a ⟦marked⟧ span")
        if not any(not line.goes and not line.marks for line in lines):
            table.fault("example", "has no near miss; allowed: at least one line after two spaces that must stay")
    return tuple(examples)


def _check_together(table: Table, rule: Rule) -> None:
    """Faults of fields that need, or exclude, one another."""
    given = [field for field in LITERAL_FIELDS if field in table.values]
    if not given and "regex" not in table.values:
        table.fault("equals", f"is missing; allowed: at least one of {' '.join(LITERAL_FIELDS)} regex")
    if not given and rule.regex:
        if not 0 < rule.max_chars <= RULES.shape_most:
            table.fault("max_chars", f"a regex without literals needs it; allowed: 1 to {RULES.shape_most}, or literals beside it")
        if regex.compile(rule.regex).match(""):
            table.fault("regex", "matches the empty text, so every block; allowed: a pattern that needs a character")
    for field in ("unless", "until_regex"):
        pattern = getattr(rule, field)
        if pattern and regex.compile(pattern).match(""):
            table.fault(field, "matches the empty text, so every block; allowed: a pattern that needs a character")
    if rule.scope is Scope.RUN:
        if not (rule.until or rule.until_regex or rule.max_blocks or rule.max_chars):
            table.fault("until", "a run needs an end; allowed: at least one of until until_regex max_chars max_blocks")
        return
    for field in ("until", "until_regex", "max_blocks"):
        if field in table.values and "scope" in table.values:
            table.fault(field, f"has no meaning for scope {rule.scope}; allowed: with scope run")
