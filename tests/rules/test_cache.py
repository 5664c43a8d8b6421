"""The cache of compiled rules: same rules back, never stale, never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import page_of
from rulebook import RULE_FILE

from cleaner.errors import RuleError
from cleaner.rules import cache
from cleaner.rules.cache import cache_directory, load_ruleset
from cleaner.rules.compile import Ruleset, compile_rules
from cleaner.rules.load import read_rules
from cleaner.rules.match import match_rules

PAGE = page_of("A story\nPass it on\nPass it on to your neighbour.")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One rule file, standing for the built-in packs."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "one.toml").write_text(RULE_FILE, encoding="utf-8")
    monkeypatch.setattr(cache, "builtin_directory", lambda: tmp_path / "rules")
    monkeypatch.setattr(cache, "load_rules", lambda _, __: read_rules([tmp_path / "rules"]))
    return tmp_path


def labelled(ruleset: Ruleset) -> list[str]:
    return [PAGE.document.text[label.start : label.end] for label in match_rules(PAGE, ruleset)[0]]


def test_the_second_time_nothing_is_read_or_compiled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_ruleset(cache=folder / "cache")
    monkeypatch.setattr(cache, "load_rules", lambda _, __: pytest.fail("compiled again"))

    second = load_ruleset(cache=folder / "cache")

    assert (second.digest, second.rules) == (first.digest, first.rules)
    assert labelled(second) == labelled(first) == ["Pass it on"]
    assert labelled(first) == labelled(compile_rules(read_rules([folder / "rules"])))


def test_of_the_rules_read_back_only_those_are_made_that_are_asked_for(folder: Path) -> None:
    first = load_ruleset(cache=folder / "cache")
    second = load_ruleset(cache=folder / "cache")
    compiled = second.compiled

    assert isinstance(compiled, cache.Packed) and not compiled.seen
    assert len(compiled) == len(first.compiled)
    assert compiled[0] is compiled[0] and compiled[0].rule == first.compiled[0].rule
    assert len(compiled.seen) == 1
    assert [one.rule for one in compiled[:]] == [one.rule for one in first.compiled]
    with pytest.raises(IndexError):
        compiled[len(compiled)]


def test_a_changed_rule_file_is_compiled_anew(folder: Path) -> None:
    load_ruleset(cache=folder / "cache")
    (folder / "rules" / "one.toml").write_text(RULE_FILE.replace("Pass it on", "A story"), encoding="utf-8")

    assert labelled(load_ruleset(cache=folder / "cache")) == ["A story"]


@pytest.mark.parametrize("damage", [b"", b"cleaner rules 2\n", b"\x80\x04N.", None])
def test_a_broken_file_is_replaced(folder: Path, damage: bytes | None) -> None:
    load_ruleset(cache=folder / "cache")
    (path,) = (folder / "cache").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] + b"123456789" if damage is None else damage)

    assert labelled(load_ruleset(cache=folder / "cache")) == ["Pass it on"]
    assert path.read_bytes().startswith(b"cleaner rules") and len(path.read_bytes()) == len(whole)


def test_where_nothing_can_be_written_rules_are_compiled(folder: Path) -> None:
    (folder / "cache").write_text("a file where the folder should be", encoding="utf-8")

    assert labelled(load_ruleset(cache=folder / "cache")) == ["Pass it on"]


def test_rules_that_are_refused_are_refused_every_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    for _ in range(2):
        with pytest.raises(RuleError, match=r"no\.such"):
            load_ruleset(disable=["no.such"], cache=folder / "cache")


def test_only_so_many_are_kept(folder: Path) -> None:
    for number in range(12):
        (folder / "rules" / "one.toml").write_text(RULE_FILE.replace("A button", f"Button {number}"), encoding="utf-8")
        load_ruleset(cache=folder / "cache")

    assert len(list((folder / "cache").iterdir())) == 8


def test_a_named_folder_comes_first_and_an_empty_name_switches_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLEANER_CACHE", str(tmp_path))
    assert cache_directory() == tmp_path
    monkeypatch.setenv("CLEANER_CACHE", "")
    assert cache_directory() is None
