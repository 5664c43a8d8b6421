# `make demo` cleans the seeds, `make test` runs everything that tests the project; both need only Python >= 3.11 with its pip.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test clean

demo: .venv/.installed
	$(BIN)/cleaner run seeds/ -o out/ --force

test: .venv/.installed-test
	$(BIN)/python -m pytest -q
	$(BIN)/mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/cleaner rules check
	@echo "make test: all passed"

clean:
	rm -rf .venv out

# A stamp for each extra, so that nothing is installed twice; the test extra serves the demo too.
.venv/.installed: pyproject.toml | .venv/bin/python
	$(PIP) -e .
	touch $@

.venv/.installed-test: pyproject.toml | .venv/bin/python
	$(PIP) -e '.[test]'
	touch .venv/.installed $@

.venv/bin/python:
	$(PYTHON) -m venv .venv
