"""`cleaner dedup` and `cleaner index`: copies found, groups told, nothing signed twice; disguised Arabic copies keep their own letters."""

from __future__ import annotations

import json
import random
import unicodedata
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.errors import RefusedError

STORY = (
    "أعلن المجلس البلدي في المدينة القديمة إعادة فتح الجسر أمام حركة السير بعد أعمال إصلاح استمرت تسعة أشهر كاملة منذ الحادث الأخير في الميناء. "
    "وقالت رئيسة المجلس إن العمال أنهوا تثبيت آخر العوارض ليلة أمس على ضوء المصابيح، وإن الحافلات ستعبر النهر من جديد صباح الأحد المقبل."
)
PRESENTATION = {"لا": "ﻻ", "م": "ﻣ", "س": "ﺳ"}
DISGUISES = {
    "bidi": "\u202b" + STORY.replace(" ", " \u200f") + "\u202c",
    "zero_width": "\u200b".join(STORY),
    "nfd": unicodedata.normalize("NFD", STORY),
    "presentation": STORY.replace("لا", PRESENTATION["لا"]).replace("م", PRESENTATION["م"]).replace("س", PRESENTATION["س"]),
    "tatweel_harakat": STORY.replace("ل", "لـــ").replace("ب", "بَ").replace("ن", "نُ"),
    "letters": STORY.replace("ي", "ی").replace("ك", "ک").replace("أ", "ا").replace("إ", "ا").replace("ة", "ه"),
}


def english(seed: int) -> str:
    chance = random.Random(seed)
    return " ".join("".join(chance.choice("bdfgklmnprst") + chance.choice("aeiou") for _ in range(chance.randrange(1, 5))) for _ in range(90))


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def put(path: Path, texts: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps({"id": name, "text": text}, ensure_ascii=False) + "\n" for name, text in texts.items()), "utf-8")
    return path


def ask(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_disguised_copies_are_all_found_and_keep_their_letters(tmp_path: Path) -> None:
    texts = {"plain": STORY, **DISGUISES, "other": english(1)}

    ask("dedup", put(tmp_path / "in.jsonl", texts), "-o", tmp_path / "out", "--mark")

    (group,) = rows(tmp_path / "out" / "groups.jsonl")
    assert {group["keeper"], *(member["id"] for member in group["members"])} == {"plain", *DISGUISES}
    assert all(member["containment"] == 1.0 for member in group["members"])
    assert len(rows(tmp_path / "out" / "core" / "part-00000.jsonl")) == len(texts)
    kept = {row["id"]: row["text"] for row in rows(tmp_path / "out" / "core" / "part-00000.jsonl")}
    assert "ـ" in kept["tatweel_harakat"]
    assert "ی" in kept["letters"]


def test_copies_go_and_the_books_balance(tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", {"long": english(1) + " " + english(2), "copy": english(1), "else": english(3)})

    ask("dedup", source, "-o", tmp_path / "out")

    assert [row["id"] for row in rows(tmp_path / "out" / "core" / "part-00000.jsonl")] == ["long", "else"]
    audit = {row["id"]: row for row in rows(tmp_path / "out" / "audit" / "part-00000.jsonl")}
    assert (audit["copy"]["reason"], audit["copy"]["core"]) == ("duplicate of long", english(1))
    (group,) = rows(tmp_path / "out" / "groups.jsonl")
    assert group["members"][0]["spans"] == [[0, len(english(1))]]
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["counts"] == {"in": 3, "kept": 2, "dropped": 1, "quarantined": 0}


def test_another_threshold_gives_what_a_fresh_run_gives(tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", {f"{n}{half}": english(n)[: 280 if half else None] for n in range(4) for half in ("", "cut")})
    ask("dedup", source, "-o", tmp_path / "out")

    ask("dedup", source, "-o", tmp_path / "out", "--contained", "0.9", "--keep", "length,date")
    ask("dedup", source, "-o", tmp_path / "fresh", "--contained", "0.9")

    assert (tmp_path / "out" / "groups.jsonl").read_text() == (tmp_path / "fresh" / "groups.jsonl").read_text()


def test_the_order_of_keepers_is_settable(tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", {"long": english(1) + " " + english(2), "short": english(1)})

    ask("dedup", source, "-o", tmp_path / "out", "--keep", "shortest")

    assert [group["keeper"] for group in rows(tmp_path / "out" / "groups.jsonl")] == ["short"]
    with pytest.raises(RefusedError, match="unknown order"):
        ask("dedup", source, "-o", tmp_path / "out", "--keep", "prettiest")


def test_a_shared_paragraph_is_told_and_not_cut(tmp_path: Path) -> None:
    texts = {"a": english(1) + "\n" + english(9), "b": english(2) + "\n" + english(3) + "\n" + english(9)}

    ask("dedup", put(tmp_path / "in.jsonl", texts), "-o", tmp_path / "out")

    (found,) = rows(tmp_path / "out" / "shared.jsonl")
    assert {texts[place["id"]][place["start"] : place["end"]] for place in found["places"]} == {english(9)}
    assert {row["id"]: row["text"] for row in rows(tmp_path / "out" / "core" / "part-00000.jsonl")} == texts


def test_an_index_is_built_added_to_merged_and_asked(tmp_path: Path) -> None:
    first, second = put(tmp_path / "1.jsonl", {"a": english(1)}), put(tmp_path / "2.jsonl", {"b": english(2), "c": english(1) + " too"})
    ask("index", "build", tmp_path / "index", first)
    ask("index", "build", tmp_path / "other", second)

    (found,) = [json.loads(line) for line in ask("index", "query", tmp_path / "index", second).splitlines()]
    ask("index", "add", tmp_path / "index", second)
    ask("index", "merge", tmp_path / "index", tmp_path / "other")
    told = json.loads(ask("index", "info", tmp_path / "index"))

    assert (found["id"], found["duplicate_of"]) == ("c", "a")
    assert (told["stories"], len(told["runs"]), told["spec"]["scheme"]) == (3, 1, "affine32")
    with pytest.raises(RefusedError, match="into itself"):
        ask("index", "merge", tmp_path / "index", tmp_path / "index")
