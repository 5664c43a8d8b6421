"""What `rules suggest` finds: python tests/benchmarks/suggest_rules.py COMPOSITE.jsonl.gz WORK (about 3 minutes).

COMPOSITE has rows {id, host, lang, lines, labels} of pages put together from known parts; nothing of it is kept. All rules for related
headings, sharing and comments are switched off in every language, the pages are cleaned, and what `rules suggest` mines is
held against the labels: the share of the sites' wordings found, how many mined wordings are furniture. WORK then holds `docs.jsonl` and
`accepted`, the proposed rules without their trial status, and the flags to clean the pages alone without and with them are printed.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from cleaner.engine.finished import read_finished
from cleaner.rules.folding import fold_all
from cleaner.rules.load import load_rules
from cleaner.rules.mine import Spot, Wording, _places, _pointers, _spots, mine_wordings, take_census
from cleaner.rules.observed import Line, Sheet, observe

FURNITURE = ("share", "comment", "bio", "source", "keywords", "promo")
OTHER = ("marker", "date", "byline")
TOPICS = ("related", "share", "comments")
_OPENING = re.compile(r"[^:|>\d.]+([:|>]|\.\.)?")
_MOST_FOREIGN = 0.03  # share of a wording's lines that may be story or foreign titles


def main(composite: Path, work: Path) -> None:
    """Run, mine, count, accept."""
    with gzip.open(composite, "rt", encoding="utf-8") as stream:
        gold = {row["id"]: row for row in map(json.loads, stream)}
    work.mkdir(parents=True, exist_ok=True)
    docs = work / "docs.jsonl"
    rows = ({"id": row["id"], "host": row["host"], "text": "\n".join(row["lines"])} for row in gold.values())
    docs.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    off = [flag for prefix in sorted(_prefixes()) for flag in ("--disable", prefix)]
    _cleaner("run", str(docs), "-o", str(work / "off"), "--force", "--duplicates", "off", *off)
    _report(list(observe(read_finished(work / "off"))), gold)
    _cleaner("rules", "suggest", str(work / "off"), "--write", str(work / "accepted"))
    for path in (work / "accepted").rglob("*.toml"):
        path.write_text(path.read_text(encoding="utf-8").replace('status = "trial"\n', ""), encoding="utf-8")
    print(f"alone, without and with:\ncleaner run {docs} -o OUT --alone --duplicates off {' '.join(off)} [--rules {work / 'accepted'}]")


def _prefixes() -> set[str]:
    return {".".join(rule.id.split(".")[:2]) for rule in load_rules() if rule.id.split(".")[1] in TOPICS}


def _cleaner(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "cleaner", *arguments], check=True)


def _report(sheets: list[Sheet], gold: dict[str, dict[str, list[str]]]) -> None:
    """Print the share of wordings found by label, and the precision of those mined."""
    mined = {(one.site, one.spot): one for one in mine_wordings(take_census(sheets))}
    wanted, found = defaultdict(set), defaultdict(set)
    labels: dict[tuple[str, Spot], Counter[str]] = defaultdict(Counter)
    for sheet, line, typed, label, hits in _lines(sheets, gold, mined):
        for one in hits:
            labels[one.site, one.spot][label] += 1
        if label in FURNITURE + OTHER:
            wording = (sheet.site, _wording_of(line, typed, label))
            wanted[label].add(wording)
            found[label] |= {wording} if hits else set()
    for group in (FURNITURE, ("marker",), OTHER[1:]):
        all_of, some = (sum(len(count[label]) for label in group) for count in (wanted, found))
        print(f"{' '.join(group)}: {some} of {all_of} wordings found ({some / max(1, all_of):.3f})")
    right = sum(_is_furniture(labels[key]) for key in mined)
    print(f"{right} of {len(mined)} mined wordings are furniture ({right / max(1, len(mined)):.3f})")


def _lines(
    sheets: list[Sheet], gold: dict[str, dict[str, list[str]]], mined: dict[tuple[str, Spot], Wording]
) -> Iterator[tuple[Sheet, Line, str, str, list[Wording]]]:
    """Lines with their label and the mined wordings that stand in them; pages whose lines were cut otherwise are left out."""
    places = _places(sheets)
    for sheet in sheets:
        row = gold[sheet.id]
        labelled = [(typed, label) for typed, label in zip(row["lines"], row["labels"], strict=True) if label != "blank" and typed.strip()]
        if len(labelled) != len(sheet.lines):
            continue
        for at, (line, (typed, label)) in enumerate(zip(sheet.lines, labelled, strict=True)):
            spots = [spot for spot, _, _ in (*_spots(sheet, at, line), *_pointers(sheet, line, places))]
            yield sheet, line, typed, label, [mined[site, spot] for spot in spots for site in (sheet.site, "") if (site, spot) in mined]


def _wording_of(line: Line, typed: str, label: str) -> str:
    """The part of a line that names its kind: all of it, or the label before a value."""
    valued = label in ("keywords", "date") or (label == "marker" and (line.words > 6 or re.search(r"([:|>]|\.\.) \S", typed)))
    opening = _OPENING.match(typed) if valued else None
    return fold_all([opening.group().strip()])[0] if opening else line.key


def _is_furniture(labels: Counter[str]) -> bool:
    foreign = labels["core"] + labels["title"] + labels["teaser"]
    return any(labels[label] for label in FURNITURE + OTHER) and foreign <= _MOST_FOREIGN * labels.total()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
