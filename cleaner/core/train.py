"""Rebuild the weights from the development sets: `python -m cleaner.core.train [--data DIR] [--folds [--languages]]`.

Needs LightGBM and PyTorch (the extra `train`, which names their versions). One thread, fixed seeds: the same sets give the same bytes.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cleaner.core.augment import BARE, PAIR, PLAIN, TAIL, augmented, chance
from cleaner.core.corpus import FOLDS, Corpus, batch_evidence, build_corpus, build_table, host_fold, language_fold, long_enough
from cleaner.core.figures import figures, save_scores, scored_sets
from cleaner.core.gold import CORE, Example, composites, development_pages, labelled, printed, whole_pages
from cleaner.core.network import network_arrays
from cleaner.core.network_training import NetworkSettings, fit_network
from cleaner.core.scorer import WEIGHTS_FILE, Model
from cleaner.core.second import second_rows
from cleaner.core.terms import Weights
from cleaner.core.trees import LEAF_UNIT, Forest, forest_arrays, forest_from_dumps
from cleaner.core.unknown import UNKNOWN, in_unknown_languages
from cleaner.model import Evidence, Page
from cleaner.repeats.in_document import find_repeats
from cleaner.repeats.ownership import gather, summarise
from cleaner.rules.compile import compile_rules
from cleaner.rules.load import load_rules
from cleaner.rules.match import match_rules

READ_ALONE = (BARE, PLAIN, TAIL, PAIR)


@dataclass(frozen=True, slots=True)
class Settings:
    """What training is told (prototype's recipe, core-story.md 3, where no other source is named)."""

    forests: int = 2  # grown and averaged; one alone moves by .01 on the small sets from one training to the next
    first_seed: int = 7
    trees: int = 150
    leaves: int = 24
    depth: int = 7
    rate: float = 0.075
    rows_per_leaf: int = 60
    columns_per_tree: float = 0.4
    ridge: float = 2.0
    bins: int = 63
    threads: int = 1
    labelled_weight: float = 8.0
    other_type_weight: float = 0.35
    hide_lexicon: float = 0.5  # share of hosts whose lines are seen without rules
    hide_batch: float = 0.34  # share of hosts of whole pages seen without batch evidence
    unknown_alone: float = 0.5  # share of pages in unknown languages seen without it


def read_examples(data: Path, settings: Settings) -> list[Example]:
    """All pages that may be learned from; neither seeds nor the development half of the whole pages."""
    examples = [*composites(data), *whole_pages(data, 1.0, settings.other_type_weight)]
    for name in ("dev", "appended", "composed"):
        examples += labelled(data, name, settings.labelled_weight)
    return long_enough([*examples, *augmented(examples, list(printed(data))), *in_unknown_languages(examples)])


def choose_variants(examples: Sequence[Example], evidence: Sequence[Evidence], settings: Settings) -> list[tuple[int, bool, Evidence | None]]:
    """Labelled pages twice, with evidence and without, one of them without rules; all others once."""
    out: list[tuple[int, bool, Evidence | None]] = []
    for number, example in enumerate(examples):
        blind = chance("lexicon", example.host) < settings.hide_lexicon
        if example.group in READ_ALONE:
            out.append((number, blind, None))
        elif example.group == UNKNOWN:
            out.append((number, True, None if chance("alone", example.page.document.id) < settings.unknown_alone else evidence[number]))
        elif example.group in ("page_text", "composite"):
            alone = example.group == "page_text" and chance("batch", example.host) < settings.hide_batch
            out.append((number, not blind, None if alone else evidence[number]))
        else:
            out += [(number, not blind, evidence[number]), (number, blind, None)]
    return out


def fit(matrix: npt.NDArray[np.float32], marks: npt.NDArray[Any], weight: npt.NDArray[np.float64], settings: Settings) -> Forest:
    """One pass of boosted trees on the given rows: the mean of several, grown with other draws of rows and columns."""
    import lightgbm

    parameters = {
        "objective": "binary", "num_leaves": settings.leaves, "max_depth": settings.depth, "learning_rate": settings.rate, "max_bin": settings.bins,
        "min_data_in_leaf": settings.rows_per_leaf, "feature_fraction": settings.columns_per_tree, "lambda_l2": settings.ridge, "use_missing": False,
        "num_threads": settings.threads, "deterministic": True, "force_row_wise": True, "verbosity": -1, "boost_from_average": True,
        "feature_pre_filter": False, "data_sample_strategy": "goss", "top_rate": 0.2, "other_rate": 0.1, "min_sum_hessian_in_leaf": 1.0,
    }  # fmt: skip
    data = lightgbm.Dataset(matrix, marks == CORE, weight=weight / weight.mean(), params=parameters, free_raw_data=False)
    seeds = range(settings.first_seed, settings.first_seed + settings.forests)
    return forest_from_dumps([lightgbm.train(parameters | {"seed": seed}, data, num_boost_round=settings.trees).dump_model() for seed in seeds])


def second_matrix(corpus: Corpus, scores: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Second-pass rows of all parts, given first-pass scores of all lines."""
    out, at = [], 0
    for part in corpus.parts:
        size = part.rows.lines.seg.size
        out.append(second_rows(part.rows, scores[at : at + size], LEAF_UNIT))
        at += size
    return np.concatenate(out)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The models of a training: the one on everything, and for each fold the one that never saw its hosts."""

    whole: Model
    by_fold: list[Model]


def train(corpus: Corpus, table: Weights, settings: Settings, whole: bool = True, folds: bool = True) -> Trained:
    """Fit both passes; the second on first-pass scores of models that never saw a line's host."""
    matrix, kept = corpus.matrix(), corpus.kept
    firsts, scores = [], np.zeros(len(matrix), dtype=np.int64)
    for fold in range(FOLDS):
        rows = kept & (corpus.fold != fold)
        firsts.append(fit(matrix[rows], corpus.marks[rows], corpus.weight[rows], settings))
        held = corpus.fold == fold
        scores[held] = firsts[-1].scores(matrix[held])
    second = second_matrix(corpus, scores)
    models = []
    if folds:
        models = [_model(corpus, table, firsts[fold], second, kept & (corpus.fold != fold), settings) for fold in range(FOLDS)]
    if not whole:
        return Trained(models[0], models)
    first = fit(matrix[kept], corpus.marks[kept], corpus.weight[kept], settings)
    return Trained(_model(corpus, table, first, second, kept, settings), models)


def _model(corpus: Corpus, table: Weights, first: Forest, second: npt.NDArray[np.float32], rows: npt.NDArray[np.bool_], settings: Settings) -> Model:
    """A model whose second pass is fitted on some of the rows: trees on them alone, the network on them in their pages."""
    trees = fit(second[rows], corpus.marks[rows], corpus.weight[rows], settings)
    network = fit_network(second, corpus.marks == CORE, np.where(rows, corpus.weight, 0.0), corpus.lengths(), NetworkSettings())
    return Model(table, first, trees, network, corpus.parts[0].rows.matrix.shape[1])


def model_bytes(model: Model) -> bytes:
    """A model as an npz file whose bytes depend on the arrays alone (stored, fixed date)."""
    numbers = {"table_rare": model.table.rare, "columns": model.columns}
    arrays: dict[str, npt.NDArray[Any]] = {name: np.array([number], dtype=np.int32) for name, number in numbers.items()}
    arrays |= {"table_keys": model.table.keys, "table_values": model.table.values}
    arrays |= forest_arrays(model.first, "first") | forest_arrays(model.second, "second") | network_arrays(model.network)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            body = io.BytesIO()
            np.save(body, array)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), body.getvalue())
    return out.getvalue()


def with_labels(examples: Sequence[Example]) -> list[Example]:
    """What rules and in-document repeats say about each page, entered as in a run."""
    ruleset = compile_rules(load_rules())
    out = []
    for example in examples:
        labels, captured = match_rules(example.page, ruleset)
        page = replace(example.page, labels=labels, captured=captured)
        out.append(replace(example, page=replace(page, labels=labels + find_repeats(page))))
    return out


def gathered(pages: Sequence[Page]) -> list[Evidence]:
    """The evidence of pages as one batch."""
    return gather([summarise(page) for page in pages])


def main(arguments: Sequence[str] | None = None) -> None:
    """Rebuild the weights file, or print the figures of held-out hosts or languages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/eval"), help="folder of the development sets")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / WEIGHTS_FILE, help="file to write")
    parser.add_argument("--folds", action="store_true", help="print the figures of held-out hosts, write no weights")
    parser.add_argument("--languages", action="store_true", help="with --folds: hold out languages in turn, Arabic, English, all others")
    parser.add_argument("--save", type=Path, help="with --folds: file (npz) for the probabilities of held-out hosts")
    chosen = parser.parse_args(arguments)
    settings = Settings()
    examples = with_labels(read_examples(chosen.data, settings))
    table = build_table(examples)
    variants = choose_variants(examples, batch_evidence(examples, gathered), settings)
    fold_of = language_fold if chosen.languages else host_fold
    corpus = build_corpus(examples, variants, table, fold_of)
    trained = train(corpus, table, settings, whole=not chosen.folds, folds=chosen.folds)
    if not chosen.folds:
        chosen.out.write_bytes(model_bytes(trained.whole))
        return
    by_fold = trained.by_fold
    if chosen.languages:
        by_fold = [replace(model, table=build_table([e for e in examples if fold_of(e) != fold])) for fold, model in enumerate(by_fold)]
    sets = list(scored_sets(examples, with_labels(list(development_pages(chosen.data))), gathered, by_fold, fold_of))
    if chosen.save:
        save_scores(chosen.save, sets)
    for line in figures(chosen.data, sets):
        print(line, flush=True)


if __name__ == "__main__":
    main()
