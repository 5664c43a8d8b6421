"""Figures of held-out hosts: every document cleaned by weights that never saw its host, scored by the sets' own scorers."""

from __future__ import annotations

import importlib.util
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from cleaner.config import Options
from cleaner.core.corpus import Fold
from cleaner.core.decide import decide
from cleaner.core.gold import CORE, NEUTRAL, OTHER, Example, Marks, rows_of
from cleaner.core.marks import REPEATS_AUTHOR
from cleaner.core.scorer import Model, score_many
from cleaner.core.segments import Floats
from cleaner.core.unknown import UNKNOWN
from cleaner.model import Decision, Evidence, Page

LABELLED = {"dev": "core_story", "appended": "appended", "composed": "composed"}  # folder of a set: its name in the table
NEAR_COSINE = 0.2  # of an appended item and the core, from which a composite counts as near
# With batch evidence; alone; without a single rule, in a batch and alone.
BATCH, ALONE, BATCH_NO_RULES, NO_RULES = "", "_alone", "_batch_no_rules", "_no_rules"

Gather = Callable[[Sequence[Page]], Sequence[Evidence]]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Pages of a set read in one way, with evidence and held-out probabilities (float64, blocks) for each; `marks`: their labels, where known."""

    name: str
    reading: str
    pages: list[Page]
    evidence: list[Evidence | None]
    scores: list[Floats]
    marks: list[Marks] = field(default_factory=list)


def without_rules(page: Page) -> Page:
    """A page about which no rule says anything, as pages of unknown languages are."""
    return replace(page, labels=tuple(label for label in page.labels if label.author == REPEATS_AUTHOR))


def held_out(folds: Sequence[int], pages: Sequence[Page], evidence: Sequence[Evidence | None], by_fold: Sequence[Model]) -> list[Floats]:
    """Probabilities of each page by the model of its fold, which never saw it."""
    out: dict[int, Floats] = {}
    for fold, model in enumerate(by_fold):
        members = [n for n, own in enumerate(folds) if own == fold]
        out.update(zip(members, score_many([pages[n] for n in members], [evidence[n] for n in members], model), strict=True))
    return [out[n] for n in range(len(pages))]


def scored_sets(examples: Sequence[Example], whole: Sequence[Example], gather: Gather, by_fold: Sequence[Model], fold_of: Fold) -> Iterator[Scored]:
    """Every development set, with and without the evidence of its batch, with and without rules; `whole` are whole pages to be scored only."""
    sets = {"composite": [e for e in examples if e.group == "composite"]}
    sets |= {name: [e for e in examples if e.group == folder] for folder, name in LABELLED.items()}
    sets["page_text"] = list(whole)
    known = {e.page.document.id for e in sets["composite"]}
    sets[UNKNOWN] = [e for e in examples if e.group == UNKNOWN and e.page.document.id.split("!")[0] in known]
    for name, members in sets.items():
        folds, pages, marks = [fold_of(e) for e in members], [e.page for e in members], [e.marks for e in members]
        bare = [without_rules(page) for page in pages]
        batch: list[Evidence | None] = list(gather(pages))
        nothing: list[Evidence | None] = [None] * len(pages)
        for reading, read, evidence in ((BATCH, pages, batch), (ALONE, pages, nothing), (BATCH_NO_RULES, bare, batch), (NO_RULES, bare, nothing)):
            yield Scored(name, reading, read, evidence, held_out(folds, read, evidence, by_fold), marks)


def kept_text(page: Page, decision: Decision) -> str:
    """The lines of a page without the passages that go."""
    text = page.document.text
    stays = np.ones(len(text), dtype=np.bool_)
    for label in decision.removed:
        stays[label.start : label.end] = False
    lines = ("".join(text[at] for at in range(block.start, block.end) if stays[at]) for block in page.blocks)
    return "\n".join(line for line in lines if line.strip())


def cleaned(scored: Scored, options: Options = Options()) -> dict[str, str]:  # noqa: B008 (frozen)
    """The core text of every page by its id, decided on as in a run."""
    rows = zip(scored.pages, scored.evidence, scored.scores, strict=True)
    return {page.document.id: kept_text(page, decide(page, evidence, options, scores)) for page, evidence, scores in rows}


def module_at(path: Path) -> ModuleType:
    """A scorer of the development sets as a module."""
    spec = importlib.util.spec_from_file_location(f"figures_{path.parent.name}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path}: cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _composite(data: Path, texts: Mapping[str, str]) -> str:
    scorer = module_at(data / "composite" / "score.py")
    gold = list(rows_of(data / "composite" / "dev.jsonl.gz"))
    rows = {d["id"]: scorer.score_doc(d, {"text": texts[d["id"]]}) for d in gold}
    every = scorer.agg(list(rows.values()))
    tails = [d for d in gold if "near" in d["variant"] and any((item.get("cos") or 0) >= NEAR_COSINE for item in d["items"])]
    of_near = scorer.agg([rows[d["id"]] for d in tails])
    parts = " ".join(f"{name} {every[name]:.4f}" for name in ("F1", "exact", "leak", "core_loss2"))
    return f"{parts} near tails F1 {of_near['F1']:.4f} ({len(tails)})"


def _labelled(data: Path, folder: str, texts: Mapping[str, str]) -> str:
    scorer = module_at(data / "core_story" / "score.py")
    documents = [d for d in scorer.load(str(data / "core_story" / folder)) if d.id in texts]
    s = scorer.summary([scorer.score_doc(d, texts[d.id]) for d in documents])
    return f"F1 {s['f']:.4f} clean {s['ok']:.3f} core loss {s['loss']:.3f} leak {s['leak']:.3f} ({s['n']})"


def _whole_pages(data: Path, texts: Mapping[str, str]) -> str:
    board: Any = module_at(data / "board.py")
    by_source: dict[str, list[float]] = defaultdict(list)
    for row in rows_of(data / "page_text" / "dev.jsonl.gz"):
        by_source[row["bench"]].append(board.bag(row["gold"], texts[row["id"]])[0])
    return " ".join(f"{source} {sum(values) / len(values):.4f}" for source, values in sorted(by_source.items()))


def figures_of(data: Path, name: str, texts: Mapping[str, str]) -> str:
    """What the set's own scorer says about the cleaned texts (by id)."""
    if name == "composite":
        return _composite(data, texts)
    if name == "page_text":
        return _whole_pages(data, texts)
    return _labelled(data, next(folder for folder, shown in LABELLED.items() if shown == name), texts)


def by_marks(scored: Scored, options: Options = Options()) -> str:  # noqa: B008 (frozen)
    """Means over pages by the labels of their blocks: F1 by words, pages with every block right, share of foreign words left in."""
    rows = []
    for page, evidence, scores, marks in zip(scored.pages, scored.evidence, scored.scores, scored.marks, strict=True):
        removed = decide(page, evidence, options, scores).removed
        kept = np.array([not any(label.start <= block.start < label.end for label in removed) for block in page.blocks])
        words = np.array([len(page.document.text[block.start : block.end].split()) for block in page.blocks])
        right, wrong = words[kept & (marks == CORE)].sum(), words[kept & (marks == OTHER)].sum()
        core, foreign = words[marks == CORE].sum(), words[marks == OTHER].sum()
        exact = bool((kept == (marks == CORE))[marks != NEUTRAL].all())
        rows.append((2 * right / (core + right + wrong), exact, wrong / foreign if foreign else np.nan))
    f1, exact, leak = np.nanmean(np.array(rows, dtype=np.float64), axis=0)
    return f"F1 {f1:.4f} exact {exact:.4f} leak {leak:.4f} ({len(rows)})"


def figures(data: Path, sets: Sequence[Scored]) -> Iterator[str]:
    """A line of figures for each set and reading."""
    for scored in sets:
        found = by_marks(scored) if scored.name == UNKNOWN else figures_of(data, scored.name, cleaned(scored))
        yield f"{scored.name + scored.reading:25} {found}"


def save_scores(path: Path, sets: Sequence[Scored]) -> None:
    """Write held-out probabilities as npz: one array (float64, blocks) under `set|reading|id`."""
    arrays = {f"{s.name}|{s.reading}|{page.document.id}": scores for s in sets for page, scores in zip(s.pages, s.scores, strict=True)}
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
