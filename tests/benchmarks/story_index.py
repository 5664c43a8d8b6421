"""What an index of stories costs: CPU of adding and asking, bytes on disk and in memory a story.

python tests/benchmarks/story_index.py 200000 [--words 80 120] [--work DIR]

The words make stories of about 1 kB. Signing is told apart from adding and asking: `add` and `look up` work on stories that are signed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from corpus import memory_watched, read, write

from cleaner.config import INDEX
from cleaner.repeats.clusters import CoreSummary, summarise_text
from cleaner.repeats.index import StoryIndex, add_entries, commit, create_index, entries_of, merge_last, settled, writing
from cleaner.repeats.known import propose, query_entries

QUESTIONS = 20_000


def summaries(path: Path, first: int, behind: int) -> Iterator[CoreSummary]:
    return (summarise_text(id, text) for id, text in read(path, first, behind))


def fill(folder: Path, path: Path, count: int) -> StoryIndex:
    """Add `count` stories, a batch at a time, each committed."""
    signing = adding = 0.0
    create_index(folder)
    with writing(folder) as index:
        begun = time.process_time()
        for entries in entries_of(summaries(path, 0, count)):
            signed = time.process_time()
            index = commit(add_entries(index, entries))
            signing, adding, begun = signing + signed - begun, adding + time.process_time() - signed, time.process_time()
        index = commit(settled(index))
        adding += time.process_time() - begun
    print(f"texts to signed and packed stories {count / signing:,.0f}/s, add {count / adding:,.0f}/s, both {count / (signing + adding):,.0f}/s")
    size = {file.name: file.stat().st_size for file in folder.iterdir() if file.is_file()}
    total = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"on disk {total / count:,.0f} bytes a story, of it texts {size['texts'] / count:,.0f}; runs of {[run.stories for run in index.runs]}")
    return index


def ask(index: StoryIndex, path: Path, first: int) -> None:
    """Ask for stories that come behind those of the index: a fifth are copies."""
    questions = list(entries_of(summaries(path, first, first + QUESTIONS), size=INDEX.asked, packed=False))
    count = sum(len(entries.ids) for entries in questions)
    looked, decided = [], []
    for _ in range(3):
        begun = time.process_time()
        proposed = sum(len(propose(index, entries.signatures.values)) for entries in questions)
        middle = time.process_time()
        known = sum(found is not None for entries in questions for found in query_entries(index, entries))
        looked.append(middle - begun)
        decided.append(time.process_time() - middle)
    print(f"look up {count / min(looked):,.0f}/s ({proposed} pairs), decided on texts {count / min(decided):,.0f}/s ({known} of {count} known)")
    del questions
    with memory_watched(0.005) as highest:
        for entries in entries_of(summaries(path, first, first + QUESTIONS), size=INDEX.asked, packed=False):
            query_entries(index, entries)
    added = highest[0]
    print(f"memory added while {count} questions are signed and decided {added / 1e6:.1f} MB, {added / index.stories:.0f} bytes a story of the index")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stories", type=int)
    parser.add_argument("--words", type=int, nargs=2, default=(80, 120))
    parser.add_argument("--corpus", type=Path, help="JSON lines {id, text}, 20,000 more than stories")
    parser.add_argument("--work", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = chosen.work or Path(folder)
        path = chosen.corpus or work / f"stories-{chosen.stories}-{chosen.words[0]}.jsonl"
        if not path.exists():
            write(path, chosen.stories + QUESTIONS, tuple(chosen.words))
        fill(work / "warm", path, 300)  # imports, compiled code
        index = fill(work / "index", path, chosen.stories)
        ask(index, path, chosen.stories)
        with writing(index.path) as held:
            index = commit(merge_last(held, len(held.runs)))
        print("all runs merged:")
        ask(index, path, chosen.stories)


if __name__ == "__main__":
    main()
