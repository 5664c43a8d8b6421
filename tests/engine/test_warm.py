"""What is brought in before workers are forked is there, and the collector is as it was afterwards."""

from __future__ import annotations

import gc

import pytest

from cleaner.config import RUN, Captions, Mode, Options
from cleaner.engine.shards import Shard
from cleaner.engine.warm import settled_memory, warm_up
from cleaner.io.discover import Source
from cleaner.io.read import Span
from cleaner.rules.compile import compile_rules


@pytest.mark.parametrize("options", [Options(), Options(Mode.STRICT, Captions.DROP, alone=True)])
def test_warming_up_takes_any_options_and_inputs(options: Options) -> None:
    kinds = ("text", "html", "jsonl", "csv", "parquet", "warc", "")
    warm_up(compile_rules([]), options, [Shard(0, tuple(Span(Source("/nowhere", "x", kind=kind)) for kind in kinds))])


def test_the_collector_is_as_it_was() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), settled_memory():
        assert gc.get_threshold()[0] == RUN.collect_objects
        assert gc.get_freeze_count()
        raise KeyError

    assert gc.get_threshold() == before
    assert not gc.get_freeze_count()
