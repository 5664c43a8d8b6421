"""Signatures are datasketch's, value for value, made from the folded words and letters of a text; another spec is refused by name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import example, given, settings
from hypothesis import strategies as st

import cleaner
from cleaner.errors import RefusedError
from cleaner.repeats.candidates import lsh_pairs
from cleaner.repeats.signature import SPEC, SignatureSpec, bands_and_rows, estimated_jaccard, read_texts, shingles_of, sign_sets, sign_texts
from cleaner.text.fold import code_points, fold
from cleaner.text.tokens import sequence_hashes, tokenise

WORDS = SignatureSpec(kind="words", size=3)
TEXTS = st.lists(st.text(st.characters(codec="utf-8") | st.sampled_from("aA .\nأإىﷺﻻ½ßﬃاً東京ไทย😀"), max_size=60), max_size=5)


def reference(text: str, spec: SignatureSpec) -> list[int]:
    """The shingles of a text by the slow way: fold, cut, hash, all in NumPy."""
    folded = fold(text).text
    tokens = tokenise(folded, np.array([[0, len(folded)]], dtype=np.int32))
    codes = code_points(folded).astype(np.uint64)
    ranges = [codes[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True)]
    values = tokens.hashes if spec.kind == "words" else np.concatenate([np.zeros(0, dtype=np.uint64), *ranges])
    starts = np.arange(max(1, len(values) - spec.size + 1)) if len(values) else np.zeros(0, dtype=np.int64)
    return sequence_hashes(values, starts, np.minimum(starts + spec.size, len(values))).tolist() if len(values) else []


def low32(value: int) -> int:
    return value & 0xFFFFFFFF


@given(TEXTS, st.sampled_from(["words", "letters"]), st.integers(1, 6), st.integers(1, 40), st.integers(0, 2**32 - 1))
@example(["ﷺ" * 300, "", " \n", "x"], "letters", 10, 128, 1)
@settings(max_examples=150, deadline=None)
def test_signatures_are_datasketch_s_bit_for_bit(texts: list[str], kind: str, size: int, permutations: int, seed: int) -> None:
    spec = SignatureSpec(kind=kind, size=size, permutations=permutations, seed=seed)  # type: ignore[arg-type]

    signed = sign_texts(texts, spec)

    for row, text in enumerate(texts):
        shingles = reference(text, spec)
        expected = MinHash(num_perm=permutations, seed=seed, hashfunc=low32)
        expected.update_batch(shingles)
        assert signed.values[row].tolist() == expected.hashvalues.tolist()
        assert signed.minhash(row) == expected
        assert shingles_of(read_texts(texts), row, spec).tolist() == shingles


def test_every_character_is_read_as_it_folds() -> None:
    every = "".join(chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000)
    read, folded = read_texts([every]), fold(every).text

    tokens = tokenise(folded, np.array([[0, len(folded)]], dtype=np.int32))

    assert read.words[: read.word_ends[1]].tolist() == tokens.hashes.tolist()


@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_words_are_those_of_the_tokeniser(texts: list[str]) -> None:
    read = read_texts(texts)

    for row, text in enumerate(texts):
        folded = fold(text).text
        assert (
            read.words[read.word_ends[row] : read.word_ends[row + 1]].tolist()
            == tokenise(folded, np.array([[0, len(folded)]], dtype=np.int32)).hashes.tolist()
        )


def test_datasketch_types_answer_for_rows() -> None:
    signed = sign_texts(["the ferry sails again on monday morning", "the ferry sails again on monday evening"])

    jaccard = signed.minhash(0).jaccard(signed.minhash(1))

    assert jaccard == signed.lean(0).jaccard(signed.lean(1)) == estimated_jaccard(signed.values, np.array([[0, 1]]))[0]
    assert 0.3 < jaccard < 0.95


@pytest.mark.parametrize("threshold", [0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("permutations", [64, 128])
def test_bands_and_rows_are_datasketch_s(threshold: float, permutations: int) -> None:
    lsh = MinHashLSH(threshold=threshold, num_perm=permutations)

    assert bands_and_rows(threshold, permutations) == (lsh.b, lsh.r)


def test_estimates_are_as_far_off_as_the_theory_says() -> None:
    """60 pairs of sets with a Jaccard of one half: the mean error is near 0, its spread near sqrt(.25 / 128) = .044."""
    chance = np.random.default_rng(5)
    sets = []
    for _ in range(60):
        both = chance.integers(0, 1 << 62, 1500).astype(np.uint64)
        sets += [both[:1000], both[500:]]  # 500 shared of 1500
    signed = sign_sets(sets)
    errors = estimated_jaccard(signed.values, np.arange(120).reshape(-1, 2)) - 1 / 3

    assert abs(errors.mean()) < 0.02
    assert 0.025 < errors.std() < 0.06


@pytest.mark.parametrize(
    ("other", "name"),
    [
        (SignatureSpec(fold=99), "fold"),
        (SignatureSpec(kind="words"), "kind"),
        (SignatureSpec(size=5), "size"),
        (SignatureSpec(hash="sha1"), "hash"),
        (SignatureSpec(permutations=64), "permutations"),
        (SignatureSpec(seed=2), "seed"),
        (SignatureSpec(scheme="legacy"), "scheme"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_another_spec_is_refused_by_name(other: SignatureSpec, name: str) -> None:
    SPEC.check(SignatureSpec(), "here")

    with pytest.raises(RefusedError, match=rf"stories\.index: .*{name} "):
        SPEC.check(other, "stories.index")


def values(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.uint64)


def test_alike_sets_are_pairs_and_empty_ones_are_not() -> None:
    rows = [values(*range(1, 40)), values(), values(*range(100, 140)), values(*range(1, 41)), values()]

    assert lsh_pairs(rows, 0.5, 128) == [(0, 3)]
    assert lsh_pairs([values(), values(1)], 0.5, 128) == []


PRINTS = """
import numpy as np
from cleaner.repeats.signature import sign_sets
print(sign_sets([np.arange(9, dtype=np.uint64)]).values[0, :3].tolist())
"""


def test_compiled_code_is_cached_where_it_may_be(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}

    done = subprocess.run([sys.executable, "-c", PRINTS], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(sign_sets([np.arange(9, dtype=np.uint64)]).values[0, :3].tolist())
    assert list((tmp_path / "cache").rglob("*.nbi"))


def test_an_installation_that_cannot_be_written_works(tmp_path: Path) -> None:
    """No cache beside the code, none in the user's folder: compiled anew, the same values. (Files in the way of folders stop even root.)"""
    package = tmp_path / "site" / "cleaner"
    shutil.copytree(Path(cleaner.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in {path.parent for path in package.rglob("*.py")}:
        (folder / "__pycache__").touch()
    (tmp_path / "file").touch()
    kept = {name: value for name, value in os.environ.items() if name not in {"NUMBA_CACHE_DIR", "XDG_CACHE_HOME"}}
    environment = kept | {"HOME": str(tmp_path / "file"), "PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    prints = PRINTS + "import cleaner; print(cleaner.__file__)"

    done = subprocess.run([sys.executable, "-c", prints], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)

    expected = str(sign_sets([np.arange(9, dtype=np.uint64)]).values[0, :3].tolist())
    assert done.stdout.split("\n")[:2] == [expected, str(package / "__init__.py")]
    assert not list(tmp_path.rglob("*.nbi"))


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    check = "import sys, cleaner.repeats.clusters; print(sorted({'numba', 'datasketch'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout.strip() == "[]"
