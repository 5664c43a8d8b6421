"""A corpus for timing near-duplicate search: made-up words in two scripts, as often as words are (Zipf), a fifth of the stories near copies."""

from __future__ import annotations

import contextlib
import json
import random
import threading
from array import array
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

SCRIPTS = ("abcdefghijklmnopqrstuvwxyz", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي")
WORDS = 60_000  # of each script
COPIES = 0.2


def _vocabulary(letters: str, dice: random.Random) -> list[str]:
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words["".join(dice.choices(letters, k=min(14, 2 + int(dice.expovariate(0.3)))))] = None
    return list(words)


def stories(count: int, words: tuple[int, int], seed: int = 11) -> Iterator[tuple[str, str]]:
    """(id, text) of so many stories of `words` (fewest, most) words each; a copy may be of any story before it."""
    dice = random.Random(seed)
    vocabularies = [_vocabulary(letters, dice) for letters in SCRIPTS]
    weights, ranks = list(accumulate(1 / rank**1.05 for rank in range(1, WORDS + 1))), range(WORDS)
    told: list[array[int]] = []
    for number in range(count):
        script = number % 2
        if number > 100 and dice.random() < COPIES:
            story = told[dice.randrange(script, number, 2)][:]
            share = 0.02 if dice.random() < 0.5 else 0.003
            for place in range(len(story)):
                if dice.random() < share:
                    story[place] = dice.choices(ranks, cum_weights=weights)[0]
        else:
            story = array("H", dice.choices(ranks, cum_weights=weights, k=dice.randint(*words)))
        told.append(story)
        yield str(number), " ".join(map(vocabularies[script].__getitem__, story))


def write(path: Path, count: int, words: tuple[int, int]) -> int:
    """Write them as JSON lines; gives the bytes."""
    with path.open("w", encoding="utf-8") as stream:
        for id, text in stories(count, words):
            stream.write(json.dumps({"id": id, "text": text}, ensure_ascii=False) + "\n")
    return path.stat().st_size


def read(path: Path, first: int = 0, behind: int = 1 << 60) -> Iterator[tuple[str, str]]:
    """(id, text) of the stories `[first, behind)` of a file of JSON lines."""
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream):
            if number >= behind:
                return
            if number >= first:
                row = json.loads(line)
                yield str(row["id"]), row["text"]


def resident() -> int:
    """Bytes of memory this process holds now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@contextlib.contextmanager
def memory_watched(pause: float) -> Iterator[list[int]]:
    """The bytes that the block adds to the process at its highest, in a list of one when it has ended; looked at every `pause` seconds."""
    before, highest, ended = resident(), [0], threading.Event()

    def watch() -> None:
        while not ended.wait(pause):
            highest[0] = max(highest[0], resident())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield highest
    finally:
        ended.set()
        watching.join()
        highest[0] -= before
