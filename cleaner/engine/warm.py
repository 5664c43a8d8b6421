"""What every worker needs, brought in once before workers are forked: modules, compiled kernels, the scorer's weights."""

from __future__ import annotations

import contextlib
import gc
import importlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cleaner.config import RUN, Options
from cleaner.engine.shards import Shard
from cleaner.io.read import Span
from cleaner.model import Document
from cleaner.pipeline import clean_many, group
from cleaner.rules.compile import Ruleset

# Two pages that pass through every stage: with a title, paragraphs, a repeat, a line of links, a shared line.
_PAGE = """Harbour reopens after storm

The harbour reopened on Monday after a storm had kept ships outside for three days, the port authority said in a statement.
Read more:
Engineers checked the quay walls and found no damage; the first ferry left shortly before noon with two hundred passengers.
The harbour reopened on Monday after a storm had kept ships outside for three days, the port authority said in a statement.
Follow us"""
_MODULES = {"html": "trafilatura", "warc": "trafilatura", "parquet": "pyarrow.parquet"}


def warm_up(ruleset: Ruleset, options: Options, shards: Iterable[Shard]) -> None:
    """Clean two small pages in this process, and import what reading the inputs takes: forked workers then share it all."""
    pages = [Document("a", _PAGE, "a.example"), Document("b", _PAGE.replace("Monday", "Tuesday"), "a.example")]
    group(list(clean_many(pages, ruleset, replace(options, alone=False))), options)
    kinds = {span.source.kind for shard in shards for span in shard.items if isinstance(span, Span)}
    for module in sorted({_MODULES[kind] for kind in kinds if kind in _MODULES}):
        with contextlib.suppress(ImportError):  # an extra that is missing is named by the reader that needs it
            importlib.import_module(module)


@contextlib.contextmanager
def settled_memory() -> Iterator[None]:
    """Keep the collector off what lives as long as the run, rules and weights: it would look through all of it again and again, in every worker."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(RUN.collect_objects, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
