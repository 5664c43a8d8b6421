"""What a run has to say when it has ended, as lines for people or as events of a JSON log."""

from __future__ import annotations

from typing import Any

from cleaner.engine.plan import Outlook, RunSummary

_TABLE_FILES = 50  # most inputs whose books are printed one by one


def told_lines(summary: RunSummary) -> list[str]:
    """Notes, faults and inputs left aside first, then the books, for each input too where they are few."""
    told = [*summary.notes, *(f"skipped {name}" for name in summary.skipped), *(f"quarantined {fault}" for fault in summary.faults)]
    counts = summary.counts
    told += [f"{counts.read} records: {counts.kept} kept, {counts.dropped} dropped, {counts.quarantined} quarantined"]
    told += [f"{summary.appended} appended stories and teasers, {summary.groups} groups of near-duplicates"]
    if 1 < len(summary.files) <= _TABLE_FILES:
        rows = [(_printable(name), one.read, one.kept, one.dropped, one.quarantined) for name, one in sorted(summary.files.items())]
        width = max(len(name) for name, *_ in rows)
        told += [f"{'input':{width}} {'in':>9} {'kept':>9} {'dropped':>9} {'quarantined':>12}"]
        told += [f"{name:{width}} {read:9} {kept:9} {dropped:9} {quarantined:12}" for name, read, kept, dropped, quarantined in rows]
    return [*told, f"output in {summary.output}"]


def _printable(name: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)


def events(summary: RunSummary) -> list[tuple[str, dict[str, Any]]]:
    """The same as events with their fields."""
    counts = summary.counts
    found: list[tuple[str, dict[str, Any]]] = [("note", {"message": note}) for note in summary.notes]
    found += [("skipped", {"message": name}) for name in summary.skipped]
    found += [("quarantined", {"message": fault}) for fault in summary.faults]
    books = {"in": counts.read, "kept": counts.kept, "dropped": counts.dropped, "quarantined": counts.quarantined}
    more = {"appended": summary.appended, "groups": summary.groups, "bytes": summary.input_bytes, "output": str(summary.output)}
    return [*found, ("finished", {**books, **more, "exit": summary.exit_code})]


def foretold_lines(outlook: Outlook) -> list[str]:
    """What a run would do."""
    told = [*outlook.notes, *(f"skipped {name}" for name in outlook.skipped)]
    told += [f"would clean {outlook.inputs} inputs, {outlook.input_bytes / 1e6:.1f} MB, with {outlook.rules} rules"]
    return [*told, f"{outlook.shards} shards to do, {outlook.finished} finished; nothing was written"]
