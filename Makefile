# Two commands do everything: `make quickstart` and `make test`. Both set up the virtual environment first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: quickstart test test-fast test-long test-lowest reliability mutation bench docs schema check lock audit clean

$(VENV)/.installed: pyproject.toml requirements-dev.lock
	@echo "Setting up $(VENV) from requirements-dev.lock; the first time this takes some minutes"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

quickstart: $(VENV)/.installed  ## run examples/quickstart end to end: no key, no account, no cloud
	@$(BIN)/python examples/walk_through_quickstart.py

# Many tests wait rather than compute: more workers than cores.
PYTEST := -m pytest -n 4 --dist worksteal
# In one process, without engines and providers of their own, and without what kills, floods, or plays every fault.
FAST := -m "not long" tests/lifecycle tests/client tests/server tests/conformance tests/plugin/test_schema.py tests/plugin/test_spelling.py tests/test_house.py \
	--ignore-glob '*/client/test_hostile_*' --ignore-glob '*/test_cancellation.py' --ignore-glob '*/test_fault_matrix.py' \
	--ignore-glob '*/test_durability.py' --ignore-glob '*/test_fuzz.py' --ignore-glob '*/test_local_server.py' \
	--ignore-glob '*/test_scale.py' --ignore-glob '*/test_state_machine.py' \
	--ignore-glob '*/test_limiter.py' --ignore-glob '*/test_transfer.py' --ignore-glob '*/test_endless_listings.py' \
	--ignore-glob '*/test_tls_and_proxies.py' --ignore-glob '*/test_addresses.py' --ignore-glob '*/test_waiters.py'

test: $(VENV)/.installed  ## the whole suite, about six minutes on 2 cores
	$(BIN)/python $(PYTEST) -m "not long"

test-fast: $(VENV)/.installed  ## for the inner loop, under a minute: client, lifecycle, local server, schema
	$(BIN)/python $(PYTEST) $(FAST)

test-lowest: $(VENV)-lowest/.installed  ## what test-fast runs, with the lowest versions that pyproject.toml declares
	$(VENV)-lowest/bin/python $(PYTEST) $(FAST)

$(VENV)-lowest/.installed: pyproject.toml $(VENV)/.installed
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-lowest
	@$(BIN)/uv pip install --quiet --python $(VENV)-lowest/bin/python --resolution lowest-direct --requirement pyproject.toml --extra dev
	@$(BIN)/uv pip install --quiet --python $(VENV)-lowest/bin/python --no-deps --editable .
	@touch $@

test-long: test-lowest  ## what takes longer: fuzzing and long state machines, and the lowest versions
	$(BIN)/python -m pytest -n 2 -m long

reliability: $(VENV)/.installed  ## everything that is meant to break it; writes the table of RELIABILITY.md; takes half an hour
	@rm -f build/reliability.tally && mkdir -p build
	AGB_RELIABILITY_TALLY=$(CURDIR)/build/reliability.tally $(BIN)/python -m pytest -n 2 -m "long or not long" tests/reliability --ignore tests/reliability/test_table.py
	$(BIN)/python -m tests.reliability.table build/reliability.tally

mutation: $(VENV)/.installed  ## which changes of the code no test notices; takes an hour, and needs `pip install mutmut`
	sh tests/reliability/mutate.sh $(BIN)

bench: $(VENV)/.installed  ## how fast it is, beside its baselines; LINES=1,3 measures some lines alone
	$(BIN)/python -m benchmarks $(LINES)

docs: $(VENV)/.installed  ## write the README's tables and picture, and the reference of errors
	$(BIN)/python tools/write_tables.py
	$(BIN)/python tools/write_errors.py
	$(BIN)/python tools/draw_plan.py

schema: $(VENV)/.installed  ## write schema.json from the models
	$(BIN)/python -m pulumi_agbcontext.schema > schema.json

check: $(VENV)/.installed  ## ruff, mypy strict, import contracts; lock, tables, errors, picture and schema current
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_lock.py
	$(BIN)/python tools/write_tables.py --check
	$(BIN)/python tools/write_errors.py --check
	$(BIN)/python tools/draw_plan.py --check
	$(BIN)/python -m pulumi_agbcontext.schema | diff - schema.json || (echo 'schema.json is not what the models say; run `make schema`' >&2; exit 1)

lock:  ## pin the development environment by hash, for every Python that is supported
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(PIP) uv; }  # not from the lock: this is what repairs it
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --extra dev --no-header pyproject.toml -o requirements-dev.lock

audit:  ## compare the pinned packages with the known vulnerabilities; needs pip-audit and the network
	pip-audit --require-hashes --disable-pip --requirement requirements-dev.lock

clean:
	rm -rf $(VENV) $(VENV)-lowest .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
