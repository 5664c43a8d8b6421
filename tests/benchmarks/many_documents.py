"""Time and memory of a run over many short documents: makes them, runs the command, watches its whole process tree.

python tests/benchmarks/many_documents.py 100000 --jobs 1 2 [--work DIR] [--keep]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LETTERS = "ابتثجحخدرزسشصطعغفقكلمنهوي"
PAGE = os.sysconf("SC_PAGE_SIZE")


def make(path: Path, documents: int) -> None:
    """About 1 kB each: a headline and three paragraphs of made-up words, 200 sites, a shared footer on each, every twentieth a copy."""
    dice = random.Random(7)
    words = ["".join(dice.choice(LETTERS) for _ in range(dice.randint(3, 8))) for _ in range(50_000)]
    last = ""
    with path.open("w", encoding="utf-8") as stream:
        for number in range(documents):
            site = number % 200
            if number % 20 != 19:
                paragraphs = [" ".join(dice.choice(words) for _ in range(28)) + "." for _ in range(3)]
                last = "\n".join([" ".join(dice.choice(words) for _ in range(7)), *paragraphs])
            text = f"{last}\nتابعوا صفحات الموقع {words[site]} {words[site + 200]}"
            stream.write(json.dumps({"id": f"d{number}", "host": f"s{site}.example", "text": text}, ensure_ascii=False) + "\n")


def tree_bytes(root: int) -> int:
    """Resident bytes of a process and all below it (shared pages count for each)."""
    total, todo = 0, [root]
    while todo:
        pid = todo.pop()
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
            for task in os.listdir(f"/proc/{pid}/task"):
                todo += [int(child) for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
        except (OSError, IndexError):
            continue
    return total


def measure(source: Path, out: Path, jobs: int) -> str:
    """Run once; wall, CPU, peak memory."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun, peak = time.monotonic(), 0
    command = [sys.executable, "-m", "cleaner", "run", str(source), "-o", str(out), "-j", str(jobs), "--log-format", "json"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        os.set_blocking(process.stderr.fileno(), False)  # type: ignore[union-attr]
        while process.poll() is None:
            peak = max(peak, tree_bytes(process.pid))
            for line in process.stderr.readlines():  # type: ignore[union-attr]
                if '"stage"' in line:
                    print(f"  {time.monotonic() - begun:8.1f} s  peak {peak / 1e6:6.0f} MB  {line.strip()}", flush=True)
            time.sleep(0.1)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"jobs {jobs}: exit {process.returncode}, {time.monotonic() - begun:.1f} s wall, {cpu:.1f} s CPU, peak of the tree {peak / 1e6:.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", type=int)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--work", type=Path)
    parser.add_argument("--keep", action="store_true")
    chosen = parser.parse_args()
    work = chosen.work or Path(tempfile.mkdtemp())
    work.mkdir(exist_ok=True, parents=True)
    source = work / "documents.jsonl"
    make(source, chosen.documents)
    print(f"{chosen.documents} documents, {source.stat().st_size / 1e6:.0f} MB", flush=True)
    for jobs in chosen.jobs:
        print(measure(source, work / f"out{jobs}", jobs), flush=True)
    if not chosen.keep:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
