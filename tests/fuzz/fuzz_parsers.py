"""Coverage-guided fuzzing of our own parsers with atheris (not among the test extras: `pip install atheris`).

    python tests/fuzz/fuzz_parsers.py TARGET [-max_total_time=60] [CORPUS_DIR...]

TARGET is one of `targets.TARGETS`; without a folder the tracked corpus is read and nothing is added to it. An input that breaks something is
left as `crash-*` in the working directory: once the fault is mended it goes into `corpus/TARGET/`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parent))
with atheris.instrument_imports(include=["cleaner"]):
    from targets import TARGETS


def main() -> None:
    name = sys.argv.pop(1)
    if not any(not argument.startswith("-") for argument in sys.argv[1:]):
        sys.argv += [tempfile.mkdtemp(), str(Path(__file__).parent / "corpus" / name)]  # new inputs go into the first
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
