# Two commands do everything: `make quickstart` and `make test`. Both set up the virtual environment first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: quickstart test test-long check clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

quickstart: $(VENV)/.installed  ## run examples/quickstart end to end: no key, no account, no cloud
	$(BIN)/python examples/quickstart/run.py

test: $(VENV)/.installed  ## the whole suite, under 8 minutes on 2 cores
	$(BIN)/python -m pytest -n 2 -m "not long"

test-long: $(VENV)/.installed  ## what takes longer: fuzzing and long state machines
	$(BIN)/python -m pytest -n 2 -m long

check: $(VENV)/.installed  ## ruff, mypy strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
