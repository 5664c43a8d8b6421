"""CPU seconds and memory from texts to groups of near-duplicates, one thread; reading and imports are not counted.

python tests/benchmarks/near_duplicates.py 20000 200000 [--corpus FILE] [--gaoya] [--words 300 500] [--work DIR]

`peers`: the settings that other tools use (word 5-grams, 128 permutations, Jaccard .8); `default`: those of cleaner, which compares texts.
`--gaoya` runs gaoya beside it, if it is installed. `--start-up` instead says what loading and compiling the kernels costs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from corpus import memory_watched, read, write

GAOYA = {"hash_size": 32, "jaccard_threshold": 0.8, "num_bands": 16, "band_size": 8, "analyzer": "word", "lowercase": False, "ngram_range": (5, 5)}


def one_run(path: Path, settings: str) -> dict[str, object]:
    """Group the stories of a file in this process."""
    texts = [text for _, text in read(path)]
    (_grouped if settings != "gaoya" else _gaoya)(texts[:300], settings)  # imports, compiled code
    with memory_watched(0.02) as highest:
        begun = time.process_time()
        groups = (_grouped if settings != "gaoya" else _gaoya)(texts, settings)
        seconds = time.process_time() - begun
    figures = {"cpu_s": round(seconds, 2), "documents_per_cpu_s": round(len(texts) / seconds), "mb_added": round(highest[0] / 1e6)}
    return {"settings": settings, "documents": len(texts), **figures, "groups": groups}


def _grouped(texts: list[str], settings: str) -> int:
    from cleaner.config import CLUSTERS
    from cleaner.repeats.clusters import group_cores, summarise_text
    from cleaner.repeats.signature import SPEC, SignatureSpec

    limits, spec = (replace(CLUSTERS, jaccard=0.8), SignatureSpec(kind="words", size=5)) if settings == "peers" else (CLUSTERS, SPEC)
    return len(group_cores((summarise_text(str(number), text) for number, text in enumerate(texts)), limits, spec))


def _gaoya(texts: list[str], _: str) -> int:
    from gaoya.minhash import MinHashStringIndex

    parent = list(range(len(texts)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    index = MinHashStringIndex(**GAOYA)
    for number, text in enumerate(texts):
        for other in index.query(text):
            low, high = sorted((root(number), root(int(other))))
            parent[high] = low
        index.insert_document(number, text)
    return len({root(number) for number in range(len(texts))})


START = "import time; t = time.process_time(); from cleaner.repeats.clusters import group_cores, summarise_text\n"
START += "group_cores([summarise_text(str(n), 'the ferry sails again on monday morning from the old harbour ' * 3 + str(n)) for n in range(3)])\n"
START += "print(round(time.process_time() - t, 2))"


def start_up() -> None:
    """CPU seconds until three stories are grouped: with all code to compile, as in every process where no cache can be written, and then."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("cold", "cached"):
            environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
            done = subprocess.run([sys.executable, "-c", START], env=environment, capture_output=True, text=True, check=True)
            print(f"{name}: {done.stdout.strip()} CPU seconds", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", type=int, nargs="*")
    parser.add_argument("--corpus", type=Path, help="JSON lines {id, text} in place of made-up stories")
    parser.add_argument("--words", type=int, nargs=2, default=(300, 500))
    parser.add_argument("--settings", nargs="+", default=["peers", "default"])
    parser.add_argument("--gaoya", action="store_true")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--start-up", action="store_true")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(one_run(Path(chosen.one[0]), chosen.one[1])), flush=True)
        return
    if chosen.start_up:
        start_up()
    with tempfile.TemporaryDirectory() as folder:
        work = chosen.work or Path(folder)
        for count in chosen.documents or ([0] if chosen.corpus else []):
            path = chosen.corpus or work / f"stories-{count}.jsonl"
            if not path.exists():
                write(path, count, tuple(chosen.words))
            for settings in [*chosen.settings, *(["gaoya"] if chosen.gaoya else [])]:
                subprocess.run([sys.executable, __file__, "--one", str(path), settings], check=True)


if __name__ == "__main__":
    main()
