"""What a refused run leaves undone, told by file and record: nobody should have to guess whether something was cleaned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cleaner.engine.plan import RunPlan
from cleaner.errors import RefusedError
from cleaner.io.discover import discover
from cleaner.io.read import Span, marked_kind, read_records

_TOLD = 3  # inputs whose first record is named


def left_undone(plan: RunPlan) -> Iterator[str]:
    """A line for each of the first inputs, with its first record, and one for how many there are beside them."""
    try:
        sources = discover([one for one in plan.inputs if one != "-"], "", str(plan.output)).sources
    except RefusedError:
        return
    for source in sources[:_TOLD]:
        first = next(read_records(Span(replace(source, kind=marked_kind(source))), plan.fields), None)
        if first:
            name = f" ({first.id})" if first.id and first.id != source.name else ""
            yield f"skipped {source.name} from record {first.origin.record}{name} on: the rules were refused before any work"
    if len(sources) > _TOLD:
        yield f"skipped {len(sources) - _TOLD} inputs more"
