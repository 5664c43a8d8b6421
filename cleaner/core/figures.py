"""Figures of held-out hosts: every document cleaned by weights that never saw its host, scored by the sets' own scorers."""

from __future__ import annotations

import importlib.util
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from cleaner.core.corpus import fold_of
from cleaner.core.gold import Example, rows_of
from cleaner.core.runs import story_lines
from cleaner.core.scorer import Model, score_many
from cleaner.core.segments import Bools, Floats
from cleaner.model import Evidence, Page

THRESHOLD = 0.5
LABELLED = ("dev", "appended", "composed")
NEAR_COSINE = 0.2  # of an appended item and the core, from which a composite counts as near


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"figures_{path.parent.name}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path}: cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def held_out(hosts: Sequence[str], pages: Sequence[Page], evidence: Sequence[Evidence | None], by_fold: Sequence[Model]) -> list[Floats]:
    """Probabilities of each page by the model of its host's fold."""
    out: dict[int, Floats] = {}
    for fold, model in enumerate(by_fold):
        members = [n for n, host in enumerate(hosts) if fold_of(host, len(by_fold)) == fold]
        out.update(zip(members, score_many([pages[n] for n in members], [evidence[n] for n in members], model), strict=True))
    return [out[n] for n in range(len(pages))]


def _text(page: Page, kept: Bools) -> str:
    text = page.document.text
    return "\n".join(text[block.start : block.end] for block, stays in zip(page.blocks, kept, strict=True) if stays)


def _composite(data: Path, texts: Mapping[str, str]) -> str:
    scorer = _module(data / "composite" / "score.py")
    gold = list(rows_of(data / "composite" / "dev.jsonl.gz"))
    figures = scorer.evaluate(gold, {key: {"id": key, "text": text} for key, text in texts.items()}, ())["all"]
    near = [d for d in gold if "near" in d["variant"] and any((item.get("cos") or 0) >= NEAR_COSINE for item in d["items"])]
    of_near = scorer.evaluate(near, {key: {"id": key, "text": text} for key, text in texts.items()}, ())["all"]
    parts = " ".join(f"{name} {figures[name]:.3f}" for name in ("F1", "exact", "leak", "core_loss2"))
    return f"{parts} near F1 {of_near['F1']:.3f} ({len(near)})"


def _labelled(data: Path, name: str, texts: Mapping[str, str]) -> str:
    scorer = _module(data / "core_story" / "score.py")
    documents = [d for d in scorer.load(str(data / "core_story" / name)) if d.id in texts]
    s = scorer.summary([scorer.score_doc(d, texts[d.id]) for d in documents])
    return f"F1 {s['f']:.3f} clean {s['ok']:.2f} core loss {s['loss']:.2f} leak {s['leak']:.2f} ({s['n']})"


def _whole_pages(data: Path, texts: Mapping[str, str]) -> str:
    board = _module(data / "board.py")
    by_source: dict[str, list[float]] = defaultdict(list)
    for row in rows_of(data / "page_text" / "dev.jsonl.gz"):
        by_source[row["bench"]].append(board.bag(row["gold"], texts[row["id"]])[0])
    return " ".join(f"{source} {sum(values) / len(values):.3f}" for source, values in sorted(by_source.items()))


Score = Callable[[Path, Mapping[str, str]], str]


def _sets(examples: Sequence[Example], whole: Sequence[Example]) -> Iterator[tuple[str, list[Example], Score]]:
    yield "composite", [e for e in examples if e.group == "composite"], _composite
    for name in LABELLED:
        yield name, [e for e in examples if e.group == name], lambda data, texts, name=name: _labelled(data, name, texts)  # type: ignore[misc]
    yield "page_text", list(whole), _whole_pages


def figures(
    data: Path,
    examples: Sequence[Example],
    whole: Sequence[Example],
    gather: Callable[[Sequence[Page]], Sequence[Evidence]],
    by_fold: Sequence[Model],
) -> Iterator[str]:
    """A line for each set, with batch evidence and alone; `whole` are the development half of the whole pages."""
    for name, members, scorer in _sets(examples, whole):
        pages, hosts = [e.page for e in members], [e.host for e in members]
        evidences: dict[str, Sequence[Any]] = {"": gather(pages), "_alone": [None] * len(pages)}
        for suffix, evidence in evidences.items():
            scores = held_out(hosts, pages, evidence, by_fold)
            texts = {page.document.id: _text(page, story_lines(page, p, THRESHOLD)) for page, p in zip(pages, scores, strict=True)}
            yield f"{name + suffix:16} {scorer(data, texts)}"
