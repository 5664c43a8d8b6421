"""Fit the network of pass 2 (training only, needs PyTorch): one thread and fixed seeds, so that the same rows give the same weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from cleaner.core.features import Matrix
from cleaner.core.network import LIMIT, Network
from cleaner.core.segments import Bools, Floats

Tensor: TypeAlias = Any  # of PyTorch, which is no dependency
Piece: TypeAlias = tuple[int, int]

SIDES = 3  # lines that a layer looks at: one before, itself, one behind
_LOW, _HIGH = 0.02, 0.98  # between these shares of a column's values lies its span, twice


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """What the network is and how it is fitted (chosen on held-out hosts, 2026-11)."""

    seed: int = 7
    width: int = 64  # hidden values of a line
    layers: int = 5  # the last looks 16 lines away
    epochs: int = 10
    rate: float = 0.004  # the largest of one rise and fall
    rise: float = 0.3  # share of the steps in which it is reached
    decay: float = 0.05
    drop: float = 0.3  # share of hidden values left out at a time
    most_weight: float = 30.0  # times the mean weight of a line; heavier ones count as this
    piece_lines: int = 400  # longest piece of a page that is read at a time
    batch_lines: int = 6_000
    sample: int = 4  # every n-th line tells what a column's values are like


def fit_network(rows: Matrix, core: Bools, weight: Floats, lengths: Sequence[int], settings: NetworkSettings) -> Network:
    """A network fitted on the rows (float32, lines x columns) of pages of the given lengths; lines of weight 0 are read and not learned from."""
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(settings.seed)
    dice = np.random.default_rng(settings.seed)
    centre, scale = _scaling(rows[np.flatnonzero(weight)[:: settings.sample]])
    tensors = [torch.from_numpy(array).requires_grad_() for array in _first_weights(rows.shape[1], dice, settings)]
    weight = np.minimum(weight / weight[weight > 0].mean(), settings.most_weight)
    pieces = [piece for piece in _pieces(lengths, settings.piece_lines) if weight[slice(*piece)].any()]
    optimizer = torch.optim.AdamW(tensors, weight_decay=settings.decay)
    for epoch in range(settings.epochs):
        batches = _batches(pieces, dice, settings.batch_lines)
        for number, batch in enumerate(dice.permutation(len(batches)).tolist()):
            optimizer.param_groups[0]["lr"] = _rate((epoch + number / len(batches)) / settings.epochs, settings)
            shown, marks, weights, inside = (torch.from_numpy(array) for array in _padded(batches[batch], rows, core, weight, (centre, scale)))
            losses = torch.nn.functional.binary_cross_entropy_with_logits(_log_odds(tensors, shown, inside, settings), marks, reduction="none")
            optimizer.zero_grad()
            ((losses * weights).sum() / weights.sum()).backward()
            torch.nn.utils.clip_grad_norm_(tensors, 1.0)
            optimizer.step()
    return _network([tensor.detach().numpy() for tensor in tensors], centre, scale)


def _scaling(rows: Matrix) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """What is taken off each column and what it is then multiplied with: its median, one over half the span of most of its values."""
    low, high = np.quantile(rows, (_LOW, _HIGH), axis=0)
    span = np.where(high > low, (high - low) / 2, rows.std(axis=0) + 1e-6)
    return np.median(rows, axis=0).astype(np.float32), (1 / span).astype(np.float32)


def _first_weights(columns: int, dice: np.random.Generator, settings: NetworkSettings) -> Iterator[npt.NDArray[np.float32]]:
    """Weight and bias of each layer to begin with, in the layout of PyTorch: even between plus and minus one over the root of what flows in."""
    width = settings.width
    shapes = [(width, columns), *[(width, width, SIDES)] * settings.layers, (1, width)]
    for shape in shapes:
        most = 1 / math.sqrt(math.prod(shape[1:]))
        yield dice.uniform(-most, most, shape).astype(np.float32)
        yield dice.uniform(-most, most, shape[0]).astype(np.float32)


def _pieces(lengths: Sequence[int], most: int) -> Iterator[Piece]:
    """The pages as pieces of at most so many lines, half-open."""
    at = 0
    for length in lengths:
        yield from ((at + low, at + min(length, low + most)) for low in range(0, length, most))
        at += length


def _batches(pieces: Sequence[Piece], dice: np.random.Generator, lines: int) -> list[list[Piece]]:
    """Pieces of about one length together, so that few lines are padding."""
    sizes = np.array([end - low for low, end in pieces])
    batches: list[list[Piece]] = [[]]
    for number in np.argsort(sizes + dice.random(len(sizes)) * 20, kind="stable").tolist():
        if batches[-1] and max(sizes[number], *(end - low for low, end in batches[-1])) * (len(batches[-1]) + 1) > lines:
            batches.append([])
        batches[-1].append(pieces[number])
    return batches


def _padded(
    batch: Sequence[Piece], rows: Matrix, core: Bools, weight: Floats, scaling: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
) -> tuple[npt.NDArray[np.float32], ...]:
    """Rows, marks, weights of pieces, and which lines they have (pieces x most lines; rows with columns behind)."""
    most = max(end - low for low, end in batch)
    centre, scale = scaling
    shown = np.zeros((len(batch), most, rows.shape[1]), dtype=np.float32)
    marks, weights, inside = np.zeros((3, len(batch), most), dtype=np.float32)
    for number, (low, end) in enumerate(batch):
        shown[number, : end - low] = np.clip((rows[low:end] - centre) * scale, -LIMIT, LIMIT)
        marks[number, : end - low], weights[number, : end - low], inside[number, : end - low] = core[low:end], weight[low:end], 1
    return shown, marks, weights, inside


def _rate(done: float, settings: NetworkSettings) -> float:
    """The learning rate when so much of all steps is done: up and down along a cosine."""
    part = done / settings.rise if done < settings.rise else (done - settings.rise) / (1 - settings.rise) + 1
    return settings.rate * max(1e-4, (1 - math.cos(math.pi * part)) / 2)


def _log_odds(tensors: Sequence[Tensor], shown: Tensor, inside: Tensor, settings: NetworkSettings) -> Tensor:
    """What the network says of lines (pieces x lines), with a share of hidden values left out."""
    import torch.nn.functional as F

    weights, biases = tensors[::2], tensors[1::2]
    inside = inside[:, None]
    hidden = F.dropout(F.relu(F.linear(shown, weights[0], biases[0])), settings.drop).transpose(1, 2) * inside
    for layer in range(settings.layers):
        around = F.conv1d(hidden, weights[1 + layer], biases[1 + layer], padding=1 << layer, dilation=1 << layer)
        hidden = (hidden + F.dropout(F.relu(around), settings.drop)) * inside
    return F.linear(hidden.transpose(1, 2), weights[-1], biases[-1]).squeeze(-1)


def _network(arrays: Sequence[npt.NDArray[np.float32]], centre: npt.NDArray[np.float32], scale: npt.NDArray[np.float32]) -> Network:
    """The network of fitted weights, rounded as the weights file holds them."""
    halves = [array.astype(np.float16).astype(np.float32) for array in arrays]
    weights, biases = halves[::2], halves[1::2]
    around = np.ascontiguousarray(np.stack(weights[1:-1]).transpose(0, 3, 2, 1))
    return Network(centre, scale, np.ascontiguousarray(weights[0].T), biases[0], around, np.stack(biases[1:-1]), weights[-1][0], biases[-1])
