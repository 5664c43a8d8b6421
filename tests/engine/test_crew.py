"""Workers: what they keep between two pieces of work."""

from __future__ import annotations

import platform
import resource
from typing import Any

import pytest

from cleaner.config import RUN
from cleaner.engine.crew import Crew, Task

BLOCKS = 3


def fill_memory(*_: Any) -> int:
    """Take some blocks of memory and give them back, twice; how many pages the second time takes from the system."""
    before = 0
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        blocks = [bytes([1]) * (RUN.kept_bytes // (BLOCKS + 1)) for _ in range(BLOCKS)]
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to keep memory")
def test_a_worker_keeps_the_memory_of_a_batch_for_the_next() -> None:
    crew = Crew(1, None)
    ((_, pages),) = crew.each([Task(fill_memory, bounded=False)])
    crew.dismiss()

    assert pages < RUN.kept_bytes // resource.getpagesize() // 10
