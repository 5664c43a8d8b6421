"""Whatever stands in a rule file, the loader loads it or refuses it with RuleError; what it names stands in the file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.errors import RuleError
from cleaner.rules.load import read_rules

KEYS = ("id", "why", "reason", "scope", "equals", "starts", "regex", "confidence", "guard", "near", "max_chars", "status", "seen", "unless", "equal")
_values = st.sampled_from(
    ['"any.test.x"', '"line"', '"other"', '["a b c"]', "[1]", "5", "-1", "1e999", "true", '""', "{}", "{ within = 3 }", "'(a+)+$'", "'('", "[[[]]]"]
)
_lines = st.tuples(st.sampled_from(KEYS), _values).map(lambda pair: f"{pair[0]} = {pair[1]}")
MARKS = ("[[rule]]", "[[rule.example]]", "format = 1", 'lang = "any"', "text = '''", "'''", "- a b c", "  a", "[rule]")
_files = st.lists(
    _lines | st.sampled_from(MARKS) | st.text(max_size=12),
    max_size=16,
)


@settings(max_examples=40)
@given(_files.map("\n".join).map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=60))
def test_no_rule_file_breaks_the_loader(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.toml"
        path.write_bytes(content)
        try:
            read_rules([Path(folder)])
        except RuleError as error:
            assert error.faults
            assert all("x.toml" in fault for fault in error.faults)
