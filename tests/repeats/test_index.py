"""The index on disk answers like a batch would, loses and doubles nothing when its writer is killed, and has one writer at a time."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cleaner.config import INDEX
from cleaner.errors import InputError, RefusedError
from cleaner.repeats.clusters import CoreSummary, summarise_text
from cleaner.repeats.index import StoryIndex, add_entries, commit, copy_in, create_index, entries_of, merge_last, open_index, settled, writing
from cleaner.repeats.known import query_entries
from cleaner.repeats.runs import take_names
from cleaner.repeats.signature import SignatureSpec

KILLS = int(os.environ.get("CLEANER_KILLS", "5"))
SYLLABLES = "ba ce di fo gu ha ki lo mu ne pi ra so tu ve wa xi yo zu ble cra dri fle glo".split()


def story(seed: int, sentences: int = 8) -> str:
    chance = random.Random(seed)
    words = ("".join(chance.choice(SYLLABLES) for _ in range(chance.randrange(1, 5))) for _ in range(sentences * 12))
    return " ".join(words)


def stories(first: int, last: int) -> list[CoreSummary]:
    return [summarise_text(f"s{seed}", story(seed), f"2024-01-{seed % 28 + 1:02d}") for seed in range(first, last)]


def added(path: Path, batch: list[CoreSummary], size: int = 50) -> StoryIndex:
    with writing(path) as index:
        for entries in entries_of(batch, size=size):
            index = commit(add_entries(index, entries))
    return index


def answers(index: StoryIndex, batch: list[CoreSummary]) -> list[str]:
    return [found.id if found else "" for entries in entries_of(batch) for found in query_entries(index, entries)]


def ids(index: StoryIndex) -> list[str]:
    return sorted(name for name, _ in take_names(index.path, index.stories, range(index.stories)))


@pytest.fixture
def filled(tmp_path: Path) -> StoryIndex:
    create_index(tmp_path / "index")
    return added(tmp_path / "index", stories(0, 120))


def test_copies_find_the_earlier_story_and_strangers_find_none(filled: StoryIndex) -> None:
    text = story(7)
    asked = [
        summarise_text("exact", text.upper()),
        summarise_text("cut", text[: len(text) // 2]),
        summarise_text("longer", text + " " + story(900)),
        summarise_text("quoting", story(901) + " " + text),
        summarise_text("new", story(902)),
        summarise_text("s7", text),
        summarise_text("none", " \n"),
    ]

    assert answers(open_index(filled.path), asked) == ["s7", "s7", "s7", "", "", ""]


def test_figures_and_date_are_told(filled: StoryIndex) -> None:
    (entries,) = entries_of([summarise_text("half", story(7)[: len(story(7)) // 2])])

    (found,) = query_entries(filled, entries)

    assert found is not None
    assert (found.id, found.published, found.containment) == ("s7", "2024-01-08", 1.0)
    assert found.similarity == pytest.approx(0.5, abs=0.1)


def test_answers_do_not_depend_on_runs(tmp_path: Path) -> None:
    batch, asked = stories(0, 90), [summarise_text(f"q{n}", story(n) + " and more") for n in range(0, 120, 3)]
    expected = [f"s{n}" if n < 90 else "" for n in range(0, 120, 3)]
    for name, size in (("one", 90), ("many", 13)):
        create_index(tmp_path / name)
        index = added(tmp_path / name, batch if name == "one" else batch[::-1], size)
        assert answers(index, asked) == expected

    with writing(tmp_path / "many") as index:
        merged = commit(merge_last(index, len(index.runs)))

    assert len(merged.runs) == 1
    assert ids(merged) == sorted(one.id for one in batch)
    assert answers(open_index(merged.path), asked) == expected


@pytest.mark.parametrize("size", [1, 7, 50])
def test_a_story_of_the_index_finds_its_copy_beside_itself(tmp_path: Path, size: int) -> None:
    """Its own entry, which is equal to it, must not hide the copy, be they in one run or in two."""
    create_index(tmp_path / "index")
    copies = [summarise_text(f"copy{n}", story(n) + " and more of it") for n in range(12)]
    index = added(tmp_path / "index", [*stories(0, 12), *copies], size)
    expected = [f"copy{n}" for n in range(12)]

    assert answers(index, stories(0, 12)) == expected

    with writing(index.path) as held:
        merged = commit(merge_last(held, len(held.runs)))
    assert answers(merged, stories(0, 12)) == expected


def test_to_add_again_changes_nothing(filled: StoryIndex) -> None:
    again = added(filled.path, [*stories(100, 130), *stories(120, 130)])

    assert again.stories == 130
    assert ids(again) == sorted(f"s{n}" for n in range(130))


def test_indexes_of_two_machines_become_one(filled: StoryIndex, tmp_path: Path) -> None:
    create_index(tmp_path / "other")
    other = added(tmp_path / "other", stories(110, 140))

    with writing(filled.path) as index:
        index = copy_in(index, other)

    assert ids(index) == sorted(f"s{n}" for n in range(140))
    assert answers(index, [summarise_text("x", story(135))]) == ["s135"]


def test_runs_stay_few(tmp_path: Path) -> None:
    create_index(tmp_path / "index")

    assert len(added(tmp_path / "index", stories(0, 200), 5).runs) < INDEX.tier


def test_adding_ends_with_few_runs(tmp_path: Path) -> None:
    create_index(tmp_path / "index")
    added(tmp_path / "index", stories(0, 60), 60)
    index = added(tmp_path / "index", stories(60, 90), 10)
    assert [run.stories for run in index.runs] == [60, 10, 10, 10]

    with writing(index.path) as held:
        index = commit(settled(held))
        assert [run.stories for run in index.runs] == [90]
        assert settled(index) is index
    small = added(index.path, stories(90, 95))
    with writing(index.path) as held:
        assert settled(held).runs == small.runs
    assert ids(small) == sorted(f"s{n}" for n in range(95))


def test_what_is_no_index_is_refused(filled: StoryIndex, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="holds no index"):
        open_index(tmp_path)
    with pytest.raises(RefusedError, match="not empty"):
        create_index(filled.path)
    with pytest.raises(RefusedError, match=r"another spec.*seed"):
        open_index(filled.path, SignatureSpec(seed=2))
    manifest = filled.path / "index.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 99}))
    with pytest.raises(RefusedError, match="format 99"):
        open_index(filled.path)
    manifest.write_text("{")
    with pytest.raises(RefusedError, match="no manifest"):
        open_index(filled.path)


def test_a_run_cut_short_is_named(filled: StoryIndex) -> None:
    bands = filled.path / filled.runs[0].name / "bands"
    bands.write_bytes(bands.read_bytes()[:100])

    with pytest.raises(InputError, match="cut short"):
        answers(filled, stories(0, 1))


def test_a_second_writer_is_refused_by_name(filled: StoryIndex) -> None:
    with writing(filled.path), pytest.raises(RefusedError, match=f"process {os.getpid()} on .* is writing"), writing(filled.path):
        pass
    with writing(filled.path) as index:
        assert index.stories == 120


ADDS = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from repeats_index import add_entries, commit, entries_of, stories, writing
batches = list(entries_of(stories(0, 400), size=4))  # all that is slow and writes nothing comes first
with writing(Path(sys.argv[1])) as index:
    print("ready", flush=True)
    for entries in batches:
        index = commit(add_entries(index, entries))
"""


def test_killed_while_adding_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    """kill -9 at random points, over and over; in the end the same stories as if nothing had happened."""
    create_index(tmp_path / "index")
    shutil.copy(__file__, tmp_path / "repeats_index.py")
    script, chance, sizes = ADDS.format(tests=str(tmp_path)), random.Random(3), [0]
    for _ in range(KILLS):
        writer = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "index")], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.5))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        index = open_index(tmp_path / "index")
        assert len(set(ids(index))) == index.stories >= sizes[-1]
        sizes.append(index.stories)

    print("stories after each kill", sizes)
    assert any(0 < size < 400 for size in sizes), f"no kill came while stories were added: {sizes}"
    index = added(tmp_path / "index", stories(0, 400), 4)

    assert ids(index) == sorted(f"s{n}" for n in range(400))
    assert sorted(path.name for path in index.path.glob("*run-*")) == sorted(run.name for run in index.runs)
    assert answers(index, [summarise_text("x", story(7)), summarise_text("y", story(950))]) == ["s7", ""]
