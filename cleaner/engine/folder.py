"""The output folder of a run: whose it is, who holds it, what it says of the run that filled it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cleaner.errors import RefusedError
from cleaner.io.writer import make_folder, output_errors

MANIFEST = "manifest.json"
PARTS = ("core", "appended", "audit", "quarantine")
_OURS = {*PARTS, MANIFEST, "groups.jsonl", ".work", ".lock"}


@contextlib.contextmanager
def claimed(output: Path, force: bool) -> Iterator[Path]:
    """Hold the output folder for one run; gives an empty work folder inside it, which goes when the block ends.

    Raises RefusedError where the folder is somebody else's or another run holds it, OutputError where it cannot be written.
    """
    if output.exists() and not output.is_dir():
        raise RefusedError(f"{output}: is a file; name a folder for the output")
    existed = output.exists()
    make_folder(output)
    strangers = sorted(path.name for path in output.iterdir() if path.name not in _OURS)
    if strangers and not force:
        raise RefusedError(f"{output}: holds files of something else ({', '.join(strangers[:3])}); choose an empty folder or use --force")
    lock = output / ".lock"
    _take_lock(lock)
    work = output / ".work"
    try:
        shutil.rmtree(work, ignore_errors=True)
        make_folder(work)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        lock.unlink(missing_ok=True)
        if not existed:
            with contextlib.suppress(OSError):
                output.rmdir()  # only where nothing was written: a refused run leaves nothing behind


def _take_lock(lock: Path) -> None:
    holder = f"{os.getpid()} {socket.gethostname()}"
    for _ in range(2):
        try:
            with output_errors(lock), open(lock, "x", encoding="utf-8") as stream:
                stream.write(holder)
            return
        except OSError as error:
            if not isinstance(error.__cause__, FileExistsError):
                raise
            pid, _, host = lock.read_text(encoding="utf-8").partition(" ")
            if not pid.isdigit() or (host == socket.gethostname() and not _is_alive(int(pid))):
                lock.unlink(missing_ok=True)  # left behind by a run that was killed
                continue
            raise RefusedError(f"{lock.parent}: process {pid} on {host} is writing here; wait for it, or remove {lock} if it is gone") from error
    raise RefusedError(f"{lock.parent}: another run took the folder at the same moment; try again")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def check_same_run(output: Path, manifest: Mapping[str, Any], force: bool) -> None:
    """Refuse to overwrite the output of another run: other options, rules or fields, or inputs that are gone now."""
    path = output / MANIFEST
    if force or not path.exists():
        return
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
        names = [file["name"] for file in old["inputs"]]
        changed = [key for key in ("rules", "options", "fields", "compress") if old[key] != manifest[key]]
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError(f"{path}: is no manifest of cleaner; choose another folder or use --force") from error
    if changed:
        told = "; ".join(f"{key} {_difference(old[key], manifest[key])}" for key in changed)
        raise RefusedError(f"{output}: holds a run with other settings ({told}); choose another folder or use --force")
    gone = sorted(set(names) - {file["name"] for file in manifest["inputs"]})
    if gone:
        raise RefusedError(f"{output}: holds a run over other inputs ({', '.join(gone[:3])} ...); choose another folder or use --force")


def _difference(old: Any, new: Any) -> str:
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [key for key in new if old.get(key) != new[key]]
        return ", ".join(f"{key}: {str(old.get(key))[:16]} then, {str(new[key])[:16]} now" for key in keys)
    return f"{old} then, {new} now"


def clear(output: Path) -> None:
    """Take away what an earlier run wrote, its manifest first; make the folders of the parts."""
    with output_errors(output):
        (output / MANIFEST).unlink(missing_ok=True)
        (output / "groups.jsonl").unlink(missing_ok=True)
        for name in PARTS:
            (output / name).mkdir(exist_ok=True)
            for path in [*(output / name).glob("part-*"), *(output / name).glob(".part-*")]:
                path.unlink()
