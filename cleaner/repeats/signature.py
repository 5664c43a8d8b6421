"""MinHash signatures of texts: datasketch's `affine32` values, bit for bit, filled by the compiled loops of `kernel`.

What must be equal for two signatures to be comparable is a `SignatureSpec`; it travels with every file and index of signatures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from cleaner.config import SIGNATURE
from cleaner.errors import RefusedError
from cleaner.model import Uint64s
from cleaner.text.fold import DROPPED, SEVERAL, code_points, fold_tables
from cleaner.text.tokens import character_classes, mix

if TYPE_CHECKING:
    from datasketch import LeanMinHash, MinHash

    from cleaner.repeats.kernel import Tables

Uint32s = npt.NDArray[np.uint32]
Int64s = npt.NDArray[np.int64]
Uint8s = npt.NDArray[np.uint8]
FOLD = 1  # raised with every change of what `text.fold` and `text.tokens` make of a text


@dataclass(frozen=True, slots=True)
class SignatureSpec:
    """What two signatures must have in common to be compared.

    `fold`: version of the matching form. A shingle is `size` consecutive `kind`: words, or letters of the folded text without what stands
    between words. `hash`: a shingle's 32 bits, the low half of its sequence hash (uint64, `text.tokens`). `permutations`, `seed`,
    `scheme`: as in datasketch.
    """

    fold: int = FOLD
    kind: Literal["words", "letters"] = "letters"
    size: int = SIGNATURE.letters
    hash: str = "low32(splitmix64 sequence)"
    permutations: int = SIGNATURE.permutations
    seed: int = 1
    scheme: str = "affine32"

    def check(self, other: SignatureSpec, where: str) -> None:
        """Raise RefusedError where signatures of `other`, found at `where`, cannot be compared with those of this spec."""
        apart = [f"{one.name} {getattr(other, one.name)!r}" for one in fields(self) if getattr(other, one.name) != getattr(self, one.name)]
        if apart:
            own = ", ".join(f"{name.split()[0]} {getattr(self, name.split()[0])!r}" for name in apart)
            raise RefusedError(f"{where}: holds signatures of another spec ({', '.join(apart)}; here {own}); build it anew with this version")


SPEC = SignatureSpec()


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Texts cut into words and letters: text n owns `words[word_ends[n]:word_ends[n + 1]]` (hashes, uint64), and so its mixed letters."""

    words: Uint64s
    word_ends: Int64s
    letters: Uint64s
    letter_ends: Int64s


@dataclass(frozen=True, slots=True, eq=False)
class Signatures:
    """One row for each text: `values` (uint32, texts x permutations)."""

    spec: SignatureSpec
    values: Uint32s

    def minhash(self, row: int) -> MinHash:
        """A row as the type that datasketch gives its users."""
        from datasketch import MinHash

        return MinHash(seed=self.spec.seed, hashvalues=self.values[row], permutations=permutations(self.spec), scheme=self.spec.scheme)

    def lean(self, row: int) -> LeanMinHash:
        """A row as datasketch's smaller, frozen type."""
        from datasketch import LeanMinHash

        return LeanMinHash(seed=self.spec.seed, hashvalues=self.values[row], scheme=self.spec.scheme)


@cache
def permutations(spec: SignatureSpec) -> Uint32s:
    """Multipliers and summands of a spec (uint32, 2 x permutations), drawn as datasketch >= 2 draws them for `affine32`."""
    chance = np.random.RandomState(spec.seed)
    a = chance.randint(0, 1 << 31, spec.permutations, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return np.array([a, chance.randint(0, 1 << 32, spec.permutations, dtype=np.uint32)])


@cache
def _tables() -> Tables:
    """What `kernel.token_sums` reads, from the tables of `text.fold` and `text.tokens`."""
    table, firsts, rows = fold_tables()
    kinds = character_classes()[np.minimum(table, len(table) - 1)]
    kinds[table >= len(table)] = 2
    kinds[table == DROPPED], kinds[table == SEVERAL] = 3, 4
    return kinds, mix(table.astype(np.uint64)), firsts, rows


class Desk:
    """Room in which texts are read, used again and again: fresh memory for every batch would cost as much as the reading itself."""

    __slots__ = ("letters", "words")

    def __init__(self) -> None:
        self.words, self.letters = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint64)

    def make_room(self, size: int) -> None:
        """Make room for so many words and letters; what lies here is lost."""
        if len(self.letters) < size:
            self.words, self.letters = np.empty(size, dtype=np.uint64), np.empty(size, dtype=np.uint64)


def read_texts(texts: Sequence[str], desk: Desk | None = None) -> Readings:
    """Fold and cut texts into words and letters, as `text.fold` and `text.tokens` do; on a desk they lie until the next are read there."""
    from cleaner.repeats import kernel

    desk = desk or Desk()
    codes = code_points("".join(texts))
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)), out=offsets[1:])
    ends = np.empty((len(texts) + 1, 2), dtype=np.int64)
    desk.make_room(len(codes) + 64)
    while not kernel.read_texts(codes, offsets, _tables(), desk.words, desk.letters, ends):
        desk.make_room(2 * len(desk.letters))
    return Readings(desk.words, np.ascontiguousarray(ends[:, 0]), desk.letters, np.ascontiguousarray(ends[:, 1]))


def sign(readings: Readings, spec: SignatureSpec = SPEC) -> Signatures:
    """The signatures of texts that have been read."""
    letters = spec.kind == "letters"
    values, ends = (readings.letters, readings.letter_ends) if letters else (readings.words, readings.word_ends)
    return _signed(values, ends, (spec.size, letters), spec)


def sign_sets(sets: Sequence[Uint64s], spec: SignatureSpec = SPEC) -> Signatures:
    """The signatures of sets of hashes (uint64); of each its low 32 bits count."""
    ends = np.zeros(len(sets) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in sets], out=ends[1:])
    values = np.concatenate([np.zeros(0, dtype=np.uint64), *sets])
    return _signed(values, ends, (0, True), spec)


def _signed(values: Uint64s, ends: Int64s, shingle: tuple[int, bool], spec: SignatureSpec) -> Signatures:
    from cleaner.repeats import kernel

    out = np.empty((len(ends) - 1, spec.permutations), dtype=np.uint32)
    kernel.sign_rows(values, ends, shingle, permutations(spec), out)
    return Signatures(spec, out)


def in_batches(texts: Sequence[str], size: int = SIGNATURE.batch_texts) -> Iterator[Readings]:
    """Texts read a few at a time on one desk, so that memory does not grow with their number; each batch lasts until the next."""
    desk = Desk()
    for first in range(0, len(texts), size):
        yield read_texts(texts[first : first + size], desk)


def sign_texts(texts: Sequence[str], spec: SignatureSpec = SPEC) -> Signatures:
    """The signatures of texts."""
    parts = [sign(readings, spec).values for readings in in_batches(texts)]
    return Signatures(spec, np.concatenate([np.zeros((0, spec.permutations), dtype=np.uint32), *parts]))


def shingles_of(readings: Readings, row: int, spec: SignatureSpec = SPEC) -> Uint64s:
    """The shingle hashes of one text in order (uint64), repeats and all; what a signature is made from."""
    from cleaner.repeats import kernel

    letters = spec.kind == "letters"
    values, ends = (readings.letters, readings.letter_ends) if letters else (readings.words, readings.word_ends)
    own = values[ends[row] : ends[row + 1]]
    out = np.empty(max(1, len(own)), dtype=np.uint64)
    return out[: kernel.shingle_hashes(own, spec.size, letters, out)]


def estimated_jaccard(values: Uint32s, pairs: Int64s) -> npt.NDArray[np.float64]:
    """The share of equal values for each pair of rows (float64); its standard error is sqrt(J (1 - J) / permutations)."""
    from cleaner.repeats import joins

    out = np.empty(len(pairs), dtype=np.int64)
    joins.agreements(values, pairs, out)
    return np.divide(out, values.shape[1])


@cache
def bands_and_rows(threshold: float, permutations: int) -> tuple[int, int]:
    """How many bands of how many rows find pairs of a Jaccard >= `threshold` best: the smallest sum of both errors, as datasketch chooses."""
    grid = np.arange(0.0005, 1, 0.001)
    below = grid < threshold
    best = (np.inf, 1, 1)
    for bands in range(1, permutations + 1):
        for rows in range(1, permutations // bands + 1):
            missed = (1 - grid**rows) ** bands
            best = min(best, (float(((1 - missed) * below + missed * ~below).sum()), bands, rows))
    return best[1], best[2]
