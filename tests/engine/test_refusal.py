"""A run that is refused for its rules says which records it has not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleaner.engine.local import run
from cleaner.engine.plan import RunPlan
from cleaner.errors import RuleError

RULE = """format = 1
lang = "any"
[[rule]]
id = "any.test.all"
why = "Matches everything."
reason = "other"
scope = "line"
regex = '.*'
confidence = "certain"
status = "stable"
seen = ["x"]
[[rule.example]]
text = '''
- zzz
'''
"""


def test_refused_rules_name_the_inputs_that_were_not_read(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "bad.toml").write_text(RULE, encoding="utf-8")
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.jsonl").write_text('\n{"id": "x1", "text": "a"}\n', encoding="utf-8")
    (source / "b.txt").write_text("b", encoding="utf-8")
    (source / "c.jsonl").write_text("", encoding="utf-8")
    (source / "d.txt").write_text("d", encoding="utf-8")

    with pytest.raises(RuleError) as raised:
        run(RunPlan((str(source),), tmp_path / "out", rules=(tmp_path / "rules",)))

    told = str(raised.value)
    assert "bad.toml:12 rule any.test.all, example: has no near miss" in told
    assert "skipped a.jsonl from record 2 (x1) on: the rules were refused before any work" in told
    assert "skipped b.txt from record 1 on" in told
    assert "skipped 1 inputs more" in told
    assert not (tmp_path / "out").exists()


def test_an_input_that_is_not_there_is_no_second_error(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("format = 9", encoding="utf-8")

    with pytest.raises(RuleError, match=r"bad\.toml"):
        run(RunPlan((str(tmp_path / "nothing"),), tmp_path / "out", rules=(tmp_path / "bad.toml",)))
