"""Time and memory of a run over many short documents: makes them, runs the command, watches its whole process tree.

python tests/benchmarks/many_documents.py 100000 --jobs 1 2 [--kill] [--work DIR] [--keep]

With --kill the run of the first number of jobs is done once more, killed (-9, all its processes) when it has used half the CPU time of the
undisturbed one, and done again: told is what both tries cost together, and whether the output is the same.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import filecmp
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

LETTERS = "ابتثجحخدرزسشصطعغفقكلمنهوي"
PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
SUBREAPER = 36  # of prctl


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


def tree_cpu(root: int) -> float:
    """CPU seconds of a process, of all below it that live, and of those below it that have ended."""
    total, todo = 0.0, [root]
    while todo:
        pid = todo.pop()
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(ticks) for ticks in fields[11:15]) / TICKS
            for task in os.listdir(f"/proc/{pid}/task"):
                todo += [int(child) for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
        except (OSError, IndexError):
            continue
    return total


@dataclass(frozen=True)
class Measure:
    """One run: its exit code, seconds on the wall clock and of CPU, the most bytes its processes held together."""

    code: int
    wall: float
    cpu: float
    peak: int

    def told(self) -> str:
        """As a line."""
        return f"exit {self.code}, {self.wall:.1f} s wall, {self.cpu:.1f} s CPU, peak of the tree {self.peak / 1e6:.0f} MB"


def measure(source: Path, out: Path, jobs: int, kill_at: float = 0.0) -> Measure:
    """Run once; killed, where `kill_at` is set, at so many seconds of CPU."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1)  # workers of a killed run become our children: their CPU time counts
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun, peak = time.monotonic(), 0
    command = [sys.executable, "-m", "cleaner", "run", str(source), "-o", str(out), "-j", str(jobs), "--log-format", "json"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        os.set_blocking(process.stderr.fileno(), False)  # type: ignore[union-attr]
        while process.poll() is None:
            peak = max(peak, tree_bytes(process.pid))
            if kill_at and tree_cpu(process.pid) >= kill_at:
                os.killpg(process.pid, signal.SIGKILL)
            for line in process.stderr.readlines():  # type: ignore[union-attr]
                if '"stage"' in line:
                    print(f"  {time.monotonic() - begun:8.1f} s  peak {peak / 1e6:6.0f} MB  {line.strip()}", flush=True)
            time.sleep(0.1)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measure(process.returncode, time.monotonic() - begun, cpu, peak)


def killed(source: Path, work: Path, jobs: int, whole: Measure, undisturbed: Path) -> str:
    """Kill a run half-way and repeat it."""
    out = work / "killed"
    first = measure(source, out, jobs, whole.cpu / 2)
    second = measure(source, out, jobs)
    same = filecmp.cmpfiles(out, undisturbed, sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()), shallow=False)
    told = (
        f"killed after {first.cpu:.1f} s CPU (exit {first.code}), again {second.cpu:.1f} s: {(first.cpu + second.cpu) / whole.cpu:.3f} x undisturbed"
    )
    return f"{told}; {len(same[0])} files the same, {len(same[1]) + len(same[2])} not"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", type=int)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--keep", action="store_true")
    chosen = parser.parse_args()
    work = chosen.work or Path(tempfile.mkdtemp())
    work.mkdir(exist_ok=True, parents=True)
    source = work / "documents.jsonl"
    make(source, chosen.documents)
    print(f"{chosen.documents} documents, {source.stat().st_size / 1e6:.0f} MB", flush=True)
    runs = {}
    for jobs in chosen.jobs:
        runs[jobs] = measure(source, work / f"out{jobs}", jobs)
        print(f"jobs {jobs}: {runs[jobs].told()}, {chosen.documents / runs[jobs].wall:.0f} documents a second", flush=True)
    if chosen.kill:
        print(killed(source, work, chosen.jobs[0], runs[chosen.jobs[0]], work / f"out{chosen.jobs[0]}"), flush=True)
    if not chosen.keep:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
