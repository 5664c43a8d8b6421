"""What many tests need and is dear to make: the built-in rules, compiled once."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from cleaner.rules.compile import Ruleset, compile_rules
from cleaner.rules.load import load_rules

settings.register_profile("default", deadline=None, derandomize=True, max_examples=60)
settings.register_profile("long", deadline=None, max_examples=2_000)  # HYPOTHESIS_PROFILE=long: other pages every time
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def ruleset() -> Ruleset:
    return compile_rules(load_rules())
