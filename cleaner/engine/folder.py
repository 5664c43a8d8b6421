"""The output folder of a run: whose it is, who holds it, what it says of the run that filled it and of one that was stopped."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cleaner.engine.reduce import EVIDENCE
from cleaner.errors import RefusedError
from cleaner.io.writer import make_folder, output_errors, write_json

MANIFEST, GROUPS, WORK, LOCK = "manifest.json", "groups.jsonl", ".work", ".lock"
_INTENT = "intent.json"  # in the work folder: what the run under way is to do
PARTS = ("core", "appended", "audit", "quarantine")
_HALF = {f".{name}.tmp" for name in (MANIFEST, GROUPS)}  # what a run that was killed while it wrote them leaves; the next one writes over it
_OURS = {*PARTS, MANIFEST, GROUPS, WORK, LOCK, EVIDENCE, "shared.jsonl", ".matches", *_HALF}
_SETTINGS = ("cleaner", "rules", "options", "fields", "format", "compress", "limit")  # what two runs into one folder must have in common
_ORPHANS_SECONDS = 3.0  # workers of a killed run hold its lock until the system has ended them


@contextlib.contextmanager
def claimed(output: Path, force: bool) -> Iterator[Path]:
    """Hold the output folder for one run; gives the work folder inside it, which may hold the work of a run that was stopped.

    Raises RefusedError where the folder is somebody else's or another run holds it, OutputError where it cannot be written.
    """
    if output.exists() and not output.is_dir():
        raise RefusedError(f"{output}: is a file; name a folder for the output")
    existed = output.exists()
    make_folder(output)
    strangers = sorted(path.name for path in output.iterdir() if path.name not in _OURS)
    if strangers and not force:
        raise RefusedError(f"{output}: holds files of something else ({', '.join(strangers[:3])}); choose an empty folder or use --force")
    work = output / WORK
    try:
        with _locked(output / LOCK):
            if force:
                shutil.rmtree(work, ignore_errors=True)
            make_folder(work)
            try:
                yield work
            finally:
                with contextlib.suppress(OSError):
                    work.rmdir()  # only where it is empty: work to go on with stays
    finally:
        if not existed:
            with contextlib.suppress(OSError):
                output.rmdir()  # only where nothing was written: a refused run leaves nothing behind


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock file that names us. The system lets go of the lock of a process that is gone, so a stale one is taken over."""
    until = time.monotonic() + _ORPHANS_SECONDS
    while True:
        with output_errors(path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and os.fstat(handle).st_ino == path.stat().st_ino:
                break
            os.close(handle)  # the file was taken away between opening and locking
        except BlockingIOError:
            holder = os.pread(handle, 1_000, 0).decode("utf-8", "replace")
            os.close(handle)
            pid, _, host = holder.partition(" ")
            if (host == socket.gethostname() and not _is_alive(pid)) and time.monotonic() < until:
                time.sleep(0.05)
                continue
            raise RefusedError(
                f"{path.parent}: process {pid or '?'} on {host or '?'} is writing here; wait for it or choose another folder"
            ) from None
    try:
        with output_errors(path):
            os.truncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()} {socket.gethostname()}".encode(), 0)
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def read_manifest(path: Path) -> dict[str, Any] | None:
    """The manifest of a finished run, None where there is none. Raises RefusedError for a file that is no manifest of ours."""
    if not path.exists():
        return None
    try:
        old: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not {*_SETTINGS, "inputs"} <= set(old):
            raise KeyError
        {file["name"]: file["sha256"] for file in old["inputs"]}
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError(f"{path}: is no manifest of cleaner, or one of another version; choose another folder or use --force") from error
    return old


def check_settings(output: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Refuse to go on with, or to add to, a run of other rules, options or fields. Raises RefusedError naming the differences."""
    changed = [key for key in _SETTINGS if old[key] != new[key]]
    if changed:
        told = "; ".join(f"{key} {_difference(old[key], new[key])}" for key in changed)
        raise RefusedError(f"{output}: holds a run with other settings ({told}); choose another folder, or --force does it all again")


def check_unfinished(output: Path, new: Mapping[str, Any]) -> list[str]:
    """Refuse to throw away the work of a stopped run of other rules, options or fields; a note where other inputs make it begin anew.

    Raises RefusedError naming the differences.
    """
    path = output / WORK / _INTENT
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    changed = [key for key in _SETTINGS if old and old.get(key) != new[key]]
    if changed:
        told = "; ".join(f"{key} {_difference(old.get(key), new[key])}" for key in changed)
        raise RefusedError(f"{output}: holds an unfinished run with other settings ({told}); choose another folder, or --force begins anew")
    differing = _differing(old, new) if old else {}
    told = "; ".join(f"{kind}: {_some(names)}" for kind, names in differing.items() if names)
    return [f"the stopped run had other inputs ({told}): its work is no use, all of it begins anew"] if told else []


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of inputs that a run has not in common with another, by what became of them."""
    then, now = ({file["name"]: file["sha256"] for file in one["inputs"]} for one in (old, new))
    changed = sorted(name for name in set(then) & set(now) if then[name] != now[name])
    return {"gone": sorted(set(then) - set(now)), "changed": changed, "added": sorted(set(now) - set(then))}


def check_inputs(output: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Refuse to add to a run whose inputs are gone or have changed. Raises RefusedError naming them."""
    differing = _differing(old, new)
    gone, changed = differing["gone"], differing["changed"]
    if gone:
        raise RefusedError(f"{output}: holds a run over other inputs ({_some(gone)}); choose another folder, or --force does it all again")
    if changed:
        raise RefusedError(f"{output}: holds a run over inputs that have changed ({_some(changed)}); choose another folder, or --force redoes them")
    if differing["added"] and new["limit"] >= 0:
        raise RefusedError(f"{output}: holds a run with --limit, which no input can be added to; choose another folder, or --force does it all again")


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _difference(old: Any, new: Any) -> str:
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [key for key in new if old.get(key) != new[key]]
        return ", ".join(f"{key}: {str(old.get(key))[:16]} then, {str(new[key])[:16]} now" for key in keys)
    return f"{old} then, {new} now"


def prepare(output: Path, work: Path, intent: Mapping[str, Any], parts: Mapping[str, int]) -> bool:
    """Make the folder ready for a run that intends this; returns whether it goes on with the work of one that was stopped.

    Parts of a finished run (`parts`) stay; whatever else stands in the folders of the parts goes, unless it belongs to that work.
    """
    path = work / _INTENT
    going_on = path.exists() and json.loads(path.read_text(encoding="utf-8")) == intent
    with output_errors(output):
        if not going_on:
            for stale in work.iterdir():
                stale.unlink() if stale.name != "stdin" and not stale.is_dir() else None
            if not parts:
                (output / MANIFEST).unlink(missing_ok=True)
                (output / GROUPS).unlink(missing_ok=True)
                shutil.rmtree(output / EVIDENCE, ignore_errors=True)
        tidy(output, None if going_on else parts)
        (output / EVIDENCE).mkdir(exist_ok=True)
    if not going_on:
        write_json(path, intent)
    return going_on


def tidy(output: Path, parts: Mapping[str, int] | None) -> None:
    """Make the folders of the parts; take away half-written files there, and parts that are not among those named (None: all stay)."""
    for name in PARTS:
        (output / name).mkdir(exist_ok=True)
        for path in (output / name).iterdir():
            foreign = parts is not None and path.name.startswith("part-") and f"{name}/{path.name}" not in parts
            if path.name.startswith(".part-") or foreign:
                path.unlink()


def damaged(output: Path, parts: Mapping[str, int]) -> list[str]:
    """Parts of a finished run that are gone or have another size."""
    return [name for name, size in parts.items() if not (output / name).is_file() or (output / name).stat().st_size != size]
