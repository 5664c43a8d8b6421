"""The second opinion of pass 2: a small network over the rows of a page's lines, which sees how lines stand to those around them.

Trees look at one row at a time; the network's layers look at rows 1, 2, 4, 8 and 16 lines away, each on top of the last, so that a line's
figure rests on some thirty lines to both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from cleaner.core.segments import Int64s
from cleaner.core.trees import LEAF_UNIT, Matrix

Float32s: TypeAlias = npt.NDArray[np.float32]

LIMIT = 3.0  # spans of a column beyond which a value counts as no further away
_NAMES = ("centre", "scale", "enter", "enter_bias", "around", "around_bias", "leave", "leave_bias")


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The weights (float32): `centre`, `scale` (columns); `enter` (columns x width), `enter_bias` (width); `around` (layers x 3 x width x width),
    `around_bias` (layers x width), layer n reaching 2 ** n lines; `leave` (width), `leave_bias` (1). Raises ValueError where the width is no
    multiple of four.
    """

    centre: Float32s
    scale: Float32s
    enter: Float32s
    enter_bias: Float32s
    around: Float32s
    around_bias: Float32s
    leave: Float32s
    leave_bias: Float32s

    def __post_init__(self) -> None:
        if len(self.leave) % 4:
            raise ValueError(f"a network {len(self.leave)} wide: hidden values are read in fours, so take a multiple of four")

    def hidden(self, rows: Matrix) -> Float32s:
        """What the first layer makes of rows (float32, lines x columns; laid out column by column they are not copied) → (lines x width)."""
        from cleaner.core.convolve import enter  # imports Numba

        out = np.empty((len(rows), len(self.enter_bias)), dtype=np.float32)
        columns = np.ascontiguousarray(rows.T, dtype=np.float32)
        enter(columns, np.stack((self.centre, self.scale)), self.enter, self.enter_bias, LIMIT, out)
        return out

    def scores(self, hidden: Float32s, offsets: Int64s) -> Int64s:
        """Log-odds in 1/4096 (lines,), from the hidden values of the lines of pages that begin at `offsets` (pages + 1)."""
        from cleaner.core.convolve import leave, look_around  # imports Numba

        for layer, (weight, bias) in enumerate(zip(self.around, self.around_bias, strict=True)):
            hidden = look_around(hidden, weight, bias, 1 << layer, offsets)
        out = np.empty(len(hidden), dtype=np.float32)
        leave(hidden, self.leave, float(self.leave_bias[0]), out)
        return np.round(out.astype(np.float64) * LEAF_UNIT).astype(np.int64)


def network_arrays(network: Network) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a network by name, in half the size, for the weights file; `network_of` gives back what they hold."""
    return {f"network_{name}": getattr(network, name).astype(np.float32 if name in ("centre", "scale") else np.float16) for name in _NAMES}


def network_of(arrays: Mapping[str, npt.NDArray[Any]]) -> Network:
    """The network that `network_arrays` wrote."""
    return Network(*(np.ascontiguousarray(arrays[f"network_{name}"], dtype=np.float32) for name in _NAMES))
