"""The network beside the second forest: its compiled loops against plain arrays, pages apart, storage, fitting."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.core.network import LIMIT, Network, network_arrays, network_of
from cleaner.core.trees import LEAF_UNIT

COLUMNS, WIDTH, LAYERS = 5, 8, 3


def network_from(dice: np.random.Generator) -> Network:
    shapes = [(COLUMNS,), (COLUMNS,), (COLUMNS, WIDTH), (WIDTH,), (LAYERS, 3, WIDTH, WIDTH), (LAYERS, WIDTH), (WIDTH,), (1,)]
    return Network(*(dice.normal(size=shape).astype(np.float16).astype(np.float32) for shape in shapes))


def plainly(network: Network, rows: np.ndarray) -> np.ndarray:
    """What the network says of one page, in arrays of float64."""
    scaled = np.clip((rows.astype(np.float64) - network.centre) * network.scale, -LIMIT, LIMIT)
    hidden = np.maximum(scaled @ network.enter + network.enter_bias, 0)
    for layer, (weight, bias) in enumerate(zip(network.around, network.around_bias, strict=True)):
        reach = 1 << layer
        padded = np.pad(hidden, ((reach, reach), (0, 0)))
        sides = [padded[side * reach : side * reach + len(hidden)] for side in range(3)]
        hidden = hidden + np.maximum(sum(part @ one for part, one in zip(sides, weight, strict=True)) + bias, 0)
    return hidden @ network.leave + network.leave_bias[0]


def scores_of(network: Network, rows: np.ndarray, offsets: list[int]) -> np.ndarray:
    return network.scores(network.hidden(rows), np.array(offsets))


@given(st.integers(0, 10**6), st.lists(st.integers(1, 40), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_pages_are_scored_as_by_plain_arrays_and_apart(seed: int, lengths: list[int]) -> None:
    dice = np.random.default_rng(seed)
    network, rows = network_from(dice), dice.normal(size=(sum(lengths), COLUMNS)).astype(np.float32)
    offsets = [0, *np.cumsum(lengths).tolist()]

    together = scores_of(network, rows, offsets)

    for low, high in itertools.pairwise(offsets):
        alone = scores_of(network, np.asfortranarray(rows[low:high]), [0, high - low])
        assert together[low:high].tolist() == alone.tolist()
        assert alone / LEAF_UNIT == pytest.approx(plainly(network, rows[low:high]), rel=1e-3, abs=1e-2)


def test_values_far_away_count_as_no_further_than_the_limit() -> None:
    network = network_from(np.random.default_rng(1))
    far = network.centre + np.sign(network.scale) * 1e9
    near = network.centre + (LIMIT + 1) / network.scale

    rows = np.stack((far, near)).astype(np.float32)

    assert len(set(scores_of(network, rows, [0, 1, 2]).tolist())) == 1


def test_a_width_that_cannot_be_read_in_fours_is_refused() -> None:
    arrays = network_arrays(network_from(np.random.default_rng(5)))

    with pytest.raises(ValueError, match="multiple of four"):
        network_of(arrays | {"network_leave": arrays["network_leave"][:-1]})


def test_network_survives_storage() -> None:
    network = network_from(np.random.default_rng(2))
    rows = np.random.default_rng(3).normal(size=(9, COLUMNS)).astype(np.float32)

    again = network_of(network_arrays(network))

    assert scores_of(again, rows, [0, 9]).tolist() == scores_of(network, rows, [0, 9]).tolist()


def test_fitting_learns_what_a_row_alone_does_not_tell() -> None:
    pytest.importorskip("torch")
    from cleaner.core.network_training import NetworkSettings, fit_network

    dice = np.random.default_rng(4)
    rows = dice.normal(size=(6_000, 2)).astype(np.float32)
    core = np.roll(rows[:, 0], 2) > 0  # what counts stands two lines above
    lengths, settings_ = [60] * 100, NetworkSettings(width=12, layers=2, epochs=8, batch_lines=300)
    weight = np.where(np.arange(6_000) % 60 >= 2, 1.0, 0.0)

    network = fit_network(rows, core, weight, lengths, settings_)

    found = network.scores(network.hidden(rows), np.arange(0, 6_001, 60)) > 0
    assert (found == core)[weight > 0].mean() > 0.9
    again = fit_network(rows, core, weight, lengths, settings_)
    assert all((again_ == once).all() for again_, once in zip(network_arrays(again).values(), network_arrays(network).values(), strict=True))
