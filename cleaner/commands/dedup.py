"""The command `cleaner dedup`: near-duplicates among texts as they stand, for people who want nothing else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cleaner.commands.terminal import QUARANTINE
from cleaner.errors import RefusedError


def dedup_inputs(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Files, folders, globs, or - for JSON lines on standard input.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for core/, audit/, groups.jsonl, shared.jsonl.")],
    contained: Annotated[float, typer.Option(min=0.2, max=1, help="Share of one story in the other, where both openings are shared.")] = 0.4,
    both: Annotated[float, typer.Option(min=0.4, max=1, help="Share of each story in the other that is enough by itself.")] = 0.7,
    opening: Annotated[float, typer.Option(min=0.05, max=1, help="Share of each opening that must stand in the other story.")] = 0.25,
    keep: Annotated[str, typer.Option(metavar="ORDER", help="Which copy stays: length, date, id, shortest, in turn.")] = "length,date",
    mark: Annotated[bool, typer.Option("--mark", help="Only report copies, drop none.")] = False,
    show: Annotated[int, typer.Option(min=0, metavar="N", help="Show the N accepted copies least like their keepers.")] = 5,
    text_field: Annotated[str, typer.Option(metavar="NAME", help="JSONL field that holds the text.")] = "text",
    id_field: Annotated[str, typer.Option(metavar="NAME", help="JSONL field that holds the id.")] = "id",
    force: Annotated[bool, typer.Option("--force", help="Sign and compare anew, and write over the files of something else.")] = False,
) -> None:
    """Find near-duplicate texts and keep one of each group, without cleaning. Other thresholds over the same inputs compare nothing anew."""
    from dataclasses import replace

    from cleaner.config import CLUSTERS, FieldNames
    from cleaner.engine.stories import DedupPlan, dedup
    from cleaner.repeats.clusters import KEEP

    order = tuple(filter(None, keep.split(",")))
    if not set(order) <= set(KEEP):
        raise RefusedError(f"--keep {keep}: unknown order; name some of {', '.join(KEEP)}, parted by commas")
    limits = replace(CLUSTERS, one=contained, both=both, opening=opening)
    plan = DedupPlan(tuple(inputs), output, limits, order, FieldNames(text=text_field, id=id_field), not mark, force, show)
    summary = dedup(plan)
    told = [f"quarantined {fault}" for fault in summary.rejected]
    told += [] if summary.signed else ["signatures and comparisons of the last run reused"]
    told += [f"{summary.read} texts: {summary.read - summary.dropped} kept, {summary.dropped} dropped in {summary.groups} groups"]
    told += [f"{summary.shared} paragraphs shared by different texts, see shared.jsonl"] if summary.shared else []
    told += ["least similar copies:", *(f"  {line}" for line in summary.closest_calls)] if summary.closest_calls else []
    print("\n".join([*told, f"output in {output}"]), file=sys.stderr)
    raise typer.Exit(QUARANTINE if summary.rejected else 0)
