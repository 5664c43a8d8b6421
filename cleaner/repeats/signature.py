"""MinHash signatures of shingles, made with datasketch; its import is heavy (.9 CPU seconds), so it waits for the first use.

Spec (an index answers only signatures of its own spec, `SPEC`): fold and tokens of `cleaner.text`; a shingle is the sequence hash (uint64)
of `shingle_tokens` consecutive tokens of the text, read across block borders; its eight little-endian bytes go to datasketch's default hash
(sha1, 32 bits); datasketch >= 2 default scheme `affine32`, seed 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleaner.config import CLUSTERS
from cleaner.model import Uint64s
from cleaner.text.tokens import sequence_hashes

if TYPE_CHECKING:
    from datasketch import MinHash

_BYTES = 8


@dataclass(frozen=True, slots=True)
class Spec:
    """What must be equal for two signatures to be comparable."""

    fold: int = 1
    shingle_tokens: int = CLUSTERS.shingle_tokens
    hash: str = "sha1_32 of splitmix64 sequence hash"
    permutations: int = CLUSTERS.permutations
    seed: int = 1
    scheme: str = "affine32"


SPEC = Spec()


def shingles(tokens: Uint64s, size: int) -> Uint64s:
    """The distinct hashes of `size` consecutive tokens (uint64, sorted); a shorter text is one shingle, an empty one none."""
    if not len(tokens):
        return tokens
    starts = np.arange(max(1, len(tokens) - size + 1))
    return np.unique(sequence_hashes(tokens, starts, np.minimum(starts + size, len(tokens))))


def _as_bytes(values: Uint64s) -> list[bytes]:
    raw = values.astype("<u8").tobytes()
    return [raw[at : at + _BYTES] for at in range(0, len(raw), _BYTES)]


def sign(sets: Sequence[Uint64s], permutations: int = SPEC.permutations) -> list[MinHash]:
    """One datasketch MinHash for each set of hashes (uint64)."""
    from datasketch import MinHash

    signatures: list[MinHash] = MinHash.bulk([_as_bytes(values) for values in sets], num_perm=permutations)
    return signatures


def lsh_pairs(sets: Sequence[Uint64s], threshold: float, permutations: int = SPEC.permutations) -> list[tuple[int, int]]:
    """Pairs (a < b) of sets that MinHash LSH takes for alike at a Jaccard of `threshold`; sorted, empty sets have no pairs."""
    from datasketch import MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=permutations)
    pairs = []
    filled = [place for place, values in enumerate(sets) if len(values)]
    for place, signature in zip(filled, sign([sets[place] for place in filled], permutations), strict=True):
        pairs += [(other, place) for other in index.query(signature)]
        index.insert(place, signature)
    return sorted(pairs)
