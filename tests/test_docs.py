"""What the documentation shows is run: every command and every Python session, with the output shown beside it."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True, slots=True)
class Shown:
    """A command as a page shows it, and the output below it (`...` stands for anything)."""

    command: str
    output: str


def blocks(page: Path, kind: str) -> list[str]:
    return [body for found, body in _FENCE.findall(page.read_text(encoding="utf-8")) if found == kind]


def commands(block: str) -> Iterator[Shown]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield Shown(command, output)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the pages' commands work on, where they can do no harm."""
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(command: str, folder: Path) -> tuple[int, str]:
    """Run a shown command with this environment's `cleaner`; a `make` target is only resolved, it would install."""
    command = re.sub(r"^make ", "make -n ", command)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONUTF8": "1", "NO_COLOR": "1"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False
    )
    return done.returncode, done.stdout.decode("utf-8")


def test_pages_show_commands() -> None:
    assert [shown for block in blocks(ROOT / "README.md", "console") for shown in commands(block)]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "console")], ids=lambda page: page.name)
def test_shown_commands_run(page: Path, copy: Path) -> None:
    """In the order of the page, in one folder: later commands may read what earlier ones wrote."""
    for shown in (shown for block in blocks(page, "console") for shown in commands(block)):
        code, output = run(shown.command, copy)

        assert code == 0, f"$ {shown.command}\n{output}"
        if shown.output.strip():
            same = doctest.OutputChecker().check_output(shown.output, output, _OPTIONS)
            assert same, f"$ {shown.command}\n--- shown\n{shown.output}\n--- printed\n{output}"


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "pycon")], ids=lambda page: page.name)
def test_shown_python_runs(page: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy)
    runner = doctest.DocTestRunner(optionflags=_OPTIONS, verbose=False)
    told: list[str] = []

    for number, block in enumerate(blocks(page, "pycon")):
        runner.run(doctest.DocTestParser().get_doctest(block, {}, f"{page.name}[{number}]", page.name, 0), out=told.append)

    assert not told, "".join(told)


def test_shown_rule_is_a_rule(tmp_path: Path) -> None:
    """The rule that CONTRIBUTING shows passes its own examples."""
    from cleaner.rules.check import check_rules
    from cleaner.rules.load import load_rules

    rule = blocks(ROOT / "CONTRIBUTING.md", "toml")[0]
    (tmp_path / "related.toml").write_text('format = 1\nlang = "en"\n\n' + rule.replace("en.related.read_also", "en.related.shown"), encoding="utf-8")

    rules = [rule for rule in load_rules([tmp_path]) if rule.id == "en.related.shown"]

    assert rules
    assert check_rules(rules) == []


def test_doctests_of_modules() -> None:
    """Docstrings that teach by example say what is true."""
    import importlib

    names = [
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in (ROOT / "cleaner").rglob("*.py")
        if ">>> " in path.read_text("utf-8")
    ]
    failed = {name: doctest.testmod(importlib.import_module(name)).failed for name in names}

    assert {name: count for name, count in failed.items() if count} == {}


def test_every_command_is_documented_and_helps() -> None:
    from typer.main import get_command

    from cleaner.cli import app

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    group = get_command(app)
    named = {f"{name} {sub}": part for name, part in group.commands.items() for sub, part in getattr(part, "commands", {}).items()}
    named |= {name: part for name, part in group.commands.items() if not hasattr(part, "commands")}

    assert {name for name in named if f"cleaner {name}" not in readme} == set()
    assert {name for name, part in named.items() if not part.help} == set()
    assert {
        f"{name} {p.opts[0]}" for name, part in named.items() for p in part.params if p.opts[0].startswith("-") and not getattr(p, "help", "")
    } == set()
