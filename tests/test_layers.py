"""The shape of the code: imports go one way, and the limits of the house hold in every file."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cleaner"
FILES = sorted(PACKAGE.rglob("*.py"))
# What stands on one level does not import its neighbours; every level may import all those before it.
LEVELS = (
    {"model"},
    {"errors", "config"},
    {"text"},
    {"rules", "repeats", "extract", "io"},
    {"core"},
    {"emit"},
    {"pipeline"},
    {"engine"},
    {"commands"},
    {"cli"},
    {"__init__", "__main__"},
)
EVERYBODY = {"cleaner"}  # `from cleaner import __version__`
FUNCTION_LINES, MEDIAN_LINES, FILE_LINES, PIPELINE_LINES, PARAMETERS = 60, 15, 400, 120, 6

Function = ast.FunctionDef | ast.AsyncFunctionDef


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def level_of(layer: str) -> int:
    return next(number for number, layers in enumerate(LEVELS) if layer in layers)


def imported_layers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """First parts below `cleaner` of everything a file imports, at its top or inside a function, with the line."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: import by full name"
            names = [f"cleaner.{alias.name}" for alias in node.names] if node.module == "cleaner" else [node.module or ""]
        yield from ((name.split(".")[1], node.lineno) for name in names if name.startswith("cleaner."))


def functions(tree: ast.AST) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def lines_of(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())


def test_every_file_has_a_level() -> None:
    known = set().union(*LEVELS)

    assert {layer_of(path) for path in FILES} <= known


@each_file
def test_imports_go_one_way(path: Path) -> None:
    layer = layer_of(path)

    wrong = [
        f"line {line}: {layer} imports {other}"
        for other, line in imported_layers(parse(path))
        if other not in EVERYBODY and not other.startswith("__version__") and other != layer and level_of(other) >= level_of(layer)
    ]

    assert wrong == []


@each_file
def test_functions_and_files_are_short(path: Path) -> None:
    tree, limit = parse(path), PIPELINE_LINES if path.name == "pipeline.py" else FILE_LINES

    long = [f"{node.name}: {lines_of(node)} lines" for node in functions(tree) if lines_of(node) > FUNCTION_LINES]

    assert long == []
    assert len(path.read_text(encoding="utf-8").splitlines()) <= limit


def test_the_median_function_is_short() -> None:
    lengths = [lines_of(node) for path in FILES for node in functions(parse(path))]

    assert statistics.median(lengths) <= MEDIAN_LINES


@each_file
def test_parameters_are_few(path: Path) -> None:
    """More than six belong into a frozen dataclass; the functions of the command line have one for each flag."""
    if layer_of(path) in ("cli", "commands"):
        return

    wide = [node.name for node in functions(parse(path)) if len([*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]) > PARAMETERS]

    assert wide == []


@each_file
def test_no_catch_all_below_the_engine(path: Path) -> None:
    """The engine alone catches whatever a record may raise, once, and reports it; to clean up and raise again is no catch."""
    handlers = [node for node in ast.walk(parse(path)) if isinstance(node, ast.ExceptHandler) and not raises_again(node)]

    broad = [f"line {node.lineno}" for node in handlers if caught(node) & {"", "Exception", "BaseException"}]

    assert layer_of(path) == "engine" or broad == []
    assert not [node.lineno for node in handlers if node.type is None]


def caught(handler: ast.ExceptHandler) -> set[str]:
    """The names a handler catches, an empty one for a bare `except:`."""
    return {name.id for name in ast.walk(handler.type) if isinstance(name, ast.Name)} if handler.type else {""}


def raises_again(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None


@each_file
def test_no_module_state(path: Path) -> None:
    changed = [f"line {node.lineno}: {', '.join(node.names)}" for node in ast.walk(parse(path)) if isinstance(node, ast.Global)]

    assert changed == []


@each_file
def test_dataclasses_are_frozen_and_slotted(path: Path) -> None:
    """A private one may grow while a function builds something with it."""
    loose = []
    for node in ast.walk(parse(path)):
        for decorator in node.decorator_list if isinstance(node, ast.ClassDef) else []:
            text = ast.unparse(decorator)
            if "dataclass" in text and not ("slots=True" in text and ("frozen=True" in text or node.name.startswith("_"))):
                loose.append(f"{node.name}: {text}")

    assert loose == []


@each_file
def test_modules_and_public_names_say_what_they_are(path: Path) -> None:
    tree = parse(path)
    named = [node for node in tree.body if isinstance(node, (*Function.__args__, ast.ClassDef)) and not node.name.startswith("_")]

    silent = [node.name for node in named if not ast.get_docstring(node)]

    assert silent == []
    assert ast.get_docstring(tree) or not tree.body


@each_file
def test_modules_have_names_of_the_domain(path: Path) -> None:
    assert not re.search(r"util|helper|manager|misc|common", path.stem)


def test_layer_check_sees_a_wrong_import() -> None:
    found = list(imported_layers(ast.parse("def f():\n    from cleaner.engine.plan import RunPlan\n    import cleaner.cli\n")))

    assert found == [("engine", 2), ("cli", 3)]
    assert level_of("engine") > level_of("text")
