"""Run the scoreboard over the development sets and hold its figures against `floors.toml`.

    python .ci/floors.py SETS_DIR [--raise] [--command .venv/bin/cleaner]

Exit 0: every figure holds. Exit 1: a figure fell below its floor, or a set is not the one the floors were taken on.
`--raise` lifts every pinned figure to today's where that is better, and pins a digest where none is; it never lowers a floor.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

Figures = dict[str, float]
Floors = dict[str, dict[str, float | str]]

FLOORS = Path(__file__).with_name("floors.toml")
DATA = {".txt", ".html", ".tsv", ".jsonl", ".gz"}
LESS_IS_BETTER = {"coreloss", "leak", "core_loss2"}
FOLDERS = {"seeds": "core_story/dev", "core_story": "core_story/dev", "core_story_html": "core_story/dev", "appended": "core_story/appended"}
FOLDERS |= {"composed": "core_story/composed", "composite": "composite", "composite_alone": "composite"}


def board(sets_dir: Path, command: str, names: list[str]) -> dict[str, Figures]:
    """The figures of each set, as the scoreboard prints them."""
    with tempfile.TemporaryDirectory() as work:
        answer = Path(work, "board.json")
        subprocess.run([sys.executable, str(sets_dir / "board.py"), *names, "--cmd", command, "--json", str(answer)], check=True)
        printed: dict[str, list[str]] = json.loads(answer.read_text(encoding="utf-8"))
    return {name: parse(lines) for name, lines in printed.items()}


def parse(lines: list[str]) -> Figures:
    """The first row of a printed table under its heads: `docs`, `F1`, `clean` ... Percent signs are dropped, 12.5% is 12.5.

    >>> parse(["system  docs |  P   F1 | leak", "x.jsonl  5 | .5 .794 | 10.0%"])
    {'docs': 5.0, 'P': 0.5, 'F1': 0.794, 'leak': 10.0}
    """
    heads, row = (line.replace("|", " ").split() for line in lines[:2])
    heads = ["docs", *heads[1:]] if heads[0] == "n" else heads[1:]
    return {head: float(cell.rstrip("%")) for head, cell in zip(heads, row[1:], strict=True) if cell != "-"}


def digest(sets_dir: Path, name: str) -> str:
    """SHA-256 over names and bytes of the data files of a set."""
    total = hashlib.sha256()
    folder = sets_dir / FOLDERS[name]
    for path in sorted(p for p in folder.rglob("*") if p.suffix in DATA):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def holds(key: str, figure: float, floor: float) -> bool:
    """Whether a figure is as good as its floor; the number of documents must be the same."""
    if key == "docs":
        return figure == floor
    return figure <= floor if key in LESS_IS_BETTER else figure >= floor


def faults(floors: Floors, figures: dict[str, Figures], digests: dict[str, str]) -> list[str]:
    """One line for every figure that fell and every set that changed."""
    out = []
    for name, pinned in floors.items():
        if pinned.get("digest", digests[name]) != digests[name]:
            out.append(f"{name}: the set's files are not those of the floors; take its `digest` out of {FLOORS.name} and --raise")
        for key, floor in pinned.items():
            if isinstance(floor, str) or holds(key, figures[name][key], floor):
                continue
            out.append(f"{name}: {key} is {figures[name][key]:g}, its floor {floor:g}")
    return out


def lifted(floors: Floors, figures: dict[str, Figures], digests: dict[str, str]) -> Floors:
    """The floors with every pinned figure that is better today; none gets worse, other figures are not pinned."""
    out: Floors = {}
    for name, pinned in floors.items():
        better = {
            key: figures[name][key] if not isinstance(floor, str) and holds(key, figures[name][key], floor) else floor
            for key, floor in pinned.items()
        }
        out[name] = {"digest": digests[name], **better}
    return out


def dump(floors: Floors) -> str:
    """`floors.toml` again, under the comment it has."""
    comment = [line for line in FLOORS.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    out = "\n".join(comment) + "\n"
    for name, pinned in floors.items():
        rows = [
            f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {int(value) if key == 'docs' else value}" for key, value in pinned.items()
        ]
        out += f"\n[{name}]\n" + "\n".join(rows) + "\n"
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets_dir", type=Path)
    parser.add_argument("--command", default=str(Path(sys.executable).with_name("cleaner")))
    parser.add_argument("--raise", action="store_true", dest="lift")
    arguments = parser.parse_args()
    floors: Floors = tomllib.loads(FLOORS.read_text(encoding="utf-8"))
    figures = board(arguments.sets_dir, arguments.command, list(floors))
    digests = {name: digest(arguments.sets_dir, name) for name in floors}
    found = faults(floors, figures, digests)
    print("\n".join(found) or "all floors hold", file=sys.stderr)
    if arguments.lift:
        FLOORS.write_text(dump(lifted(floors, figures, digests)), encoding="utf-8")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
