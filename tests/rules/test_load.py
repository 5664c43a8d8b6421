"""Rule files: what is accepted, and that every fault is named with file, line, rule, field and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from rulebook import RULE_FILE, rule

from cleaner.errors import RuleError
from cleaner.model import Reason
from cleaner.rules.load import builtin_directory, load_rules, read_rules, select_rules
from cleaner.rules.model import ExampleLine, Field, Guard, Near, Standing

BODY = RULE_FILE.split("\n\n", 1)[1]
RICH = RULE_FILE.replace(
    'scope = "line"',
    """scope = "run"
until = ["The end"]
max_blocks = 4
near = { reason = ["source"], within = 2 }
guard = { core_before = 400, max_share = 0.5 }
capture = "keywords"
marker = true
status = "trial"
seen = ["example.com"]""",
)


def write(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / f"{name}.toml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def faults(folder: Path) -> list[str]:
    with pytest.raises(RuleError) as caught:
        read_rules([folder])
    return [fault.removeprefix(f"{folder}/") for fault in caught.value.faults]


def test_all_fields_are_read(tmp_path: Path) -> None:
    (found,) = read_rules([write(tmp_path, share=RICH)])

    assert found.near == Near((Reason.SOURCE,), 2)
    assert found.guard == Guard(core_before=400, max_share=0.5)
    assert (found.until, found.max_blocks, found.capture, found.marker) == (("The end",), 4, Field.KEYWORDS, True)
    assert (found.status, found.seen, found.lang, found.line) == (Standing.TRIAL, ("example.com",), "any", 4)
    assert found.examples == ((ExampleLine("Pass it on", True), ExampleLine("Pass it on to your neighbour.", False)),)


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + RULE_FILE.replace("\n", "\r\n").encode(), RULE_FILE + "# [[[[ in a comment\n", RULE_FILE.replace('Pass it on"', '[[[["')],
    ids=["bom-crlf", "comment", "brackets-in-text"],
)
def test_accepted_forms(tmp_path: Path, content: str | bytes) -> None:
    assert len(read_rules([write(tmp_path, share=content)])) == 1


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("equals =", "equal =", "share.toml:9 rule any.share.button, equal: unknown field; allowed: id why"),
        ("equals =", "equal =", "(did you mean equals)"),
        ("equals =", "equal =", "equals: is missing; allowed: at least one of equals starts ends contains regex"),
        ('["Pass it on"]', "5", "share.toml:9 rule any.share.button, equals: is 5; allowed: a list of texts"),
        ('["Pass it on"]', '["ok then", 5]', "equals: entry 2 is 5; allowed: a text"),
        ('["Pass it on"]', "[]", "equals: is an empty list"),
        ('["Pass it on"]', '["\u200b\u0640"]', "folds to ''; allowed: at least 2 characters"),
        ('["Pass it on"]', '["x"]', "folds to 'x'; allowed: at least 2 characters"),
        ('["Pass it on"]', '["a\\nb"]', "holds a line break"),
        ('["Pass it on"]', f'["{"z" * 201}"]', "has 201 characters; allowed: at most 200"),
        ('"line"', '"lines"', "scope: is 'lines'; allowed: span line run head tail (did you mean line)"),
        ('"line"', '"run"', "until: a run needs an end"),
        ('scope = "line"', 'scope = "line"\nuntil = ["the end"]', "until: has no meaning for scope line; allowed: with scope run"),
        ('"share"', '"sharing"', "reason: is 'sharing'; allowed: title_repeat"),
        ('"certain"', "true", "confidence: is True; allowed: certain likely hint"),
        ('confidence = "certain"', "", "confidence: is missing; allowed: certain likely hint"),
        ('why = "A button says what to do with the page."', 'why = " "', "why: is blank"),
        ('"any.share.button"', '"Share.Button"', "share.toml:5 rule number 1, id: is 'Share.Button'; allowed: lang.topic.name"),
        ("equals = [", "regex = '(unclosed'\nequals = [", "regex: does not compile: missing ) at position 9"),
        ("equals = [", f"regex = '{'(' * 1500}a{')' * 1500}'\nequals = [", "regex: does not compile: nested too deep"),
        ('equals = ["Pass it on"]', "regex = 'pass'", "max_chars: a regex without literals needs it; allowed: 1 to 1000"),
        ('equals = ["Pass it on"]', "regex = '.*'\nmax_chars = 9", "regex: matches the empty text"),
        ("equals = [", "unless = 'x*'\nequals = [", "unless: matches the empty text"),
        ("equals = [", "max_chars = 0\nequals = [", "max_chars: is 0; allowed: a whole number from 1"),
        ("equals = [", "marker = 1\nequals = [", "marker: is 1; allowed: true or false"),
        ("equals = [", 'capture = "date"\nequals = [', "capture: is 'date'; allowed: published source author keywords title"),
        ("equals = [", "guard = { max_share = 2 }\nequals = [", "guard.max_share: is 2; allowed: a number above 0 and at most 1"),
        ("equals = [", "guard = { core = 2 }\nequals = [", "guard.core: unknown field; allowed: core_before core_after max_before max_share"),
        ("equals = [", 'near = { reason = ["sauce"] }\nequals = [', "near.reason: is 'sauce'; allowed: title_repeat"),
        ("equals = [", "near = { within = 2 }\nequals = [", "near.reason: is missing"),
        ("equals = [", "domains = []\nequals = [", "domains: stands inside a table; move it above the first [[rule]]"),
        ("format = 1", "format = 2", "share.toml:1 format: is 2; allowed: 1"),
        ("format = 1", "", "share.toml format: is missing; allowed: 1"),
        ('lang = "any"', 'lang = "Arabic"', "share.toml:2 lang: is 'Arabic'; allowed: any, or a code"),
        ('lang = "any"', 'lang = "any"\ndomains = ["../../etc/passwd"]', "share.toml:3 domains: '../../etc/passwd' is no domain name"),
        ('lang = "any"', 'lang = "any"\ndomains = ["https://example.com/"]', "is no domain name"),
        ('lang = "any"', 'lang = "any"\nrules = 3', "rules: unknown field; allowed: format lang domains rule (did you mean rule)"),
        ("- Pass it on\n", "", "example: has no hit"),
        ("  Pass it on to your neighbour.\n", "", "example: has no near miss"),
        ("- Pass it on\n", "Pass it on\n", "example 1 text: line 1 is 'Pass it on'; allowed: '- ' before a line that goes"),
        ("  Pass it on to", "  Pass it ⟦on to", "example 1 text: line 2: ⟦ and ⟧ must come in pairs"),
        ("lang = ", "lang == ", "share.toml: is no valid TOML: Invalid value (at line 2"),
        ('lang = "any"', "lang = " + "[" * 20_000 + "]" * 20_000, "share.toml: brackets are nested 20000 deep; allowed: at most 50"),
    ],
)  # fmt: skip
def test_faults_are_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in RULE_FILE

    found = faults(write(tmp_path, share=RULE_FILE.replace(old, new, 1)))

    assert any(expected in fault for fault in found), found


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    bad = RULE_FILE.replace('"line"', '"everything"').replace('["Pass it on"]', "5") + BODY
    found = faults(write(tmp_path, share=bad, nav=b"\xff", dates=RULE_FILE.replace("format = 1", "format = 7")))

    assert [fault.split("; ")[0] for fault in found] == [
        "dates.toml:1 format: is 7",
        "nav.toml: is no UTF-8 at byte 0",
        f"share.toml:5 rule any.share.button, id: is used already at {tmp_path}/dates.toml:4",
        "share.toml:8 rule any.share.button, scope: is 'everything'",
        "share.toml:9 rule any.share.button, equals: is 5",
        f"share.toml:17 rule any.share.button, id: is used already at {tmp_path}/dates.toml:4",
    ]


@pytest.mark.parametrize("literal", ["z" * 1_100_000, '\\"' * 550_000, "\\\\" * 550_000], ids=["long", "quotes", "backslashes"])
def test_a_huge_file_is_refused_and_still_read_for_its_other_faults(tmp_path: Path, literal: str) -> None:
    huge = RULE_FILE.replace("Pass it on", literal, 1).replace('lang = "any"', 'lang = "any"\ndomains = ["a/b"]')
    found = faults(write(tmp_path, share=huge))

    assert len(found) == 3
    assert "allowed: at most 1000000 in a rule file" in found[0]
    assert "is no domain name" in found[1]
    assert "allowed: at most 200" in found[2]
    assert max(map(len, found)) < 400


@pytest.mark.parametrize("key", ["a" * 20_000, ['"a"'] * 20_000], ids=["bare", "quoted"])
def test_deeply_dotted_keys_are_refused_before_parsing(tmp_path: Path, key: list[str]) -> None:
    assert faults(write(tmp_path, share=f"{'.'.join(key)} = 1\n{RULE_FILE}")) == ["share.toml: a dotted key has 19999 parts; allowed: at most 50"]


@pytest.mark.parametrize(("folder", "expected"), [("none", "is no folder of rule files"), ("", "holds no rule file")])
def test_folders_without_rules_are_refused(tmp_path: Path, folder: str, expected: str) -> None:
    with pytest.raises(RuleError, match=expected):
        read_rules([tmp_path / folder])


def test_a_later_folder_replaces_and_retires_rules(tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    for folder in (first, second):
        folder.mkdir()
    write(first, share=RULE_FILE, more=RULE_FILE.replace("button", "other"))
    write(second, share=RULE_FILE.replace('share"\n', 'cta"\n').replace("scope =", 'status = "retired"\nscope ='))

    rules = read_rules([first, second])

    assert [(found.id, found.status) for found in rules] == [("any.share.button", Standing.RETIRED), ("any.share.other", Standing.STABLE)]
    assert [found.id for found in select_rules(rules)] == ["any.share.other"]


@pytest.mark.parametrize(
    ("disable", "kept"),
    [([], 3), (["any.share"], 1), (["any.share.one"], 2), (["any.share.*"], 1), (["any"], 0), (["any.share.one", "any.nav.x"], 1)],
)
def test_rules_are_disabled_by_id_or_prefix(disable: list[str], kept: int) -> None:
    rules = [rule("any.share.one"), rule("any.share.two"), rule("any.nav.x")]

    assert len(select_rules(rules, disable)) == kept


def test_disabling_what_is_not_there_is_refused() -> None:
    with pytest.raises(RuleError, match=r"disable 'any.shore': no rule has this id or prefix \(did you mean any.share\)"):
        select_rules([rule("any.share.one")], ["any.shore"])


def test_built_in_packs_load() -> None:
    rules = load_rules()

    assert rules == tuple(sorted(rules, key=lambda found: found.id))
    assert all(Path(found.file).is_relative_to(builtin_directory()) for found in rules)
