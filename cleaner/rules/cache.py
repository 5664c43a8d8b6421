"""Compiled rules kept between processes: read back in milliseconds as long as the rule files and the code that compiles them are the same.

The cache is never needed: where it cannot be read, is broken or stale, rules are compiled; where it cannot be written, nothing is kept.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import pickle
import sys
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import overload

from cleaner import __version__
from cleaner.config import RULES
from cleaner.rules.compile import Compiled, Ruleset, compile_rules, compiled_regex
from cleaner.rules.load import builtin_directory, load_rules

_MAGIC = b"cleaner rules 4\n"
_SUFFIX = ".rules"
_LIBRARIES = ("regex", "numpy")
_PATTERNS = ("regex", "unless", "until_regex")


@dataclass(frozen=True, slots=True, eq=False)
class Packed(Sequence[Compiled]):
    """Compiled rules, each a pickle until it is asked for: of thousands of rules a job sees hundreds."""

    packed: tuple[bytes, ...]
    seen: dict[int, Compiled] = field(default_factory=dict)

    @overload
    def __getitem__(self, index: int) -> Compiled: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Compiled, ...]: ...
    def __getitem__(self, index: int | slice) -> Compiled | tuple[Compiled, ...]:
        if isinstance(index, slice):
            return tuple(self[at] for at in range(*index.indices(len(self.packed))))
        found = self.seen.get(index)
        if found is None:
            found = self.seen[index] = pickle.loads(self.packed[index])
        return found

    def __len__(self) -> int:
        return len(self.packed)


def cache_directory() -> Path | None:
    """The folder of the user's cache; None where there is none. `CLEANER_CACHE` names another one, or switches it off where it is empty."""
    named = os.environ.get("CLEANER_CACHE")
    if named is not None:
        return Path(named) if named else None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "cleaner" if os.path.isabs(base) else None


def load_ruleset(directories: Sequence[Path] = (), disable: Sequence[str] = (), cache: Path | None = None) -> Ruleset:
    """The built-in rules and those of further folders, compiled: from the cache, else from the files, and kept then.

    The rules come without explanations and examples, which matching does not need. Raises RuleError as `load_rules` does.
    """
    folder = cache or cache_directory()
    key = _key((builtin_directory(), *directories), disable) if folder else ""
    if folder is None or not key:
        return compile_rules(load_rules(directories, disable))
    path = folder / f"{key}{_SUFFIX}"
    found = _read(path)
    if found is None:
        found = compile_rules([replace(rule, why="", seen=(), examples=()) for rule in load_rules(directories, disable)])
        _write(path, found)
    return found


def _key(directories: Iterable[Path], disable: Sequence[str]) -> str:
    """What the compiled rules depend on, as a digest: rule files, what is disabled, this code and the libraries; empty where a file is odd."""
    digest = hashlib.sha256(repr((__version__, sys.version, [version(name) for name in _LIBRARIES], list(disable))).encode())
    try:
        package = Path(__file__).parents[1]
        for code in (package / "rules", package / "text", package / "config.py"):
            for path in [str(code)] if code.is_file() else _files(code, ".py"):
                seen = os.stat(path)
                digest.update(f"{path} {seen.st_size} {seen.st_mtime_ns}\n".encode("utf-8", "surrogatepass"))
        for directory in directories:
            digest.update(f"{directory}\n".encode("utf-8", "surrogatepass"))
            for path in [str(directory)] if directory.is_file() else _files(directory, ".toml"):
                with open(path, "rb") as stream:
                    content = stream.read()
                digest.update(f"{path} {len(content)}\n".encode("utf-8", "surrogatepass"))
                digest.update(content)
    except OSError:
        return ""
    return digest.hexdigest()[:40]


def _files(directory: Path, suffix: str) -> list[str]:
    """The files below a folder, in order; plain strings, because a `Path` costs more than reading its file."""
    return sorted(os.path.join(root, name) for root, _, names in os.walk(directory) for name in names if name.endswith(suffix))


def _read(path: Path) -> Ruleset | None:
    """The rules in a file of the cache; None where it is missing, somebody else's, or broken."""
    try:
        with open(path, "rb") as stream:
            if hasattr(os, "getuid") and os.fstat(stream.fileno()).st_uid != os.getuid():
                return None  # reading it would run what another user wrote
            content = stream.read()
        head = len(_MAGIC) + 4
        if not content.startswith(_MAGIC) or zlib.crc32(memoryview(content)[head:]) != int.from_bytes(content[len(_MAGIC) : head], "big"):
            return None
        return _unpickled(memoryview(content)[head:])
    except (OSError, ValueError, TypeError, LookupError, AttributeError, ImportError, EOFError, pickle.UnpicklingError):
        return None


def _unpickled(content: memoryview) -> Ruleset | None:
    """Unpickle without the collector looking through all that comes to be, which takes most of the time."""
    collected = gc.isenabled()
    gc.disable()
    try:
        found = pickle.loads(content)
    finally:
        if collected:
            gc.enable()
    return found if isinstance(found, Ruleset) else None


def _with_code(one: Compiled) -> Compiled:
    """The same rule with its regexes compiled: one that is read from a file is ready forty times as fast as one that is compiled."""
    held = {name: pattern for name in _PATTERNS if (pattern := getattr(one, name))}
    return replace(one, **{name: replace(pattern, code=compiled_regex(pattern)) for name, pattern in held.items()})


def _write(path: Path, ruleset: Ruleset) -> None:
    """Keep rules, whole or not at all; the oldest files beyond a number go."""
    packed = Packed(tuple(pickle.dumps(_with_code(one), protocol=pickle.HIGHEST_PROTOCOL) for one in ruleset.compiled))
    content = pickle.dumps(replace(ruleset, compiled=packed), protocol=pickle.HIGHEST_PROTOCOL)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=_SUFFIX)
        try:
            with open(handle, "wb") as stream:
                stream.write(_MAGIC + zlib.crc32(content).to_bytes(4, "big") + content)
            os.replace(name, path)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(name)
        kept = sorted(path.parent.glob(f"*{_SUFFIX}"), key=lambda one: -one.stat().st_mtime)
        for old in kept[RULES.cached_rulesets :]:
            old.unlink(missing_ok=True)
