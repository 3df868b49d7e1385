# Start with `make quickstart` and `make test`. Both set up the virtual environment first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Otherwise each of the thousand processes of the tests compiles the package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: quickstart test test-fast test-long test-lowest reliability mutation bench docs schema check lock audit dist sdk publish clean

$(VENV)/.installed: pyproject.toml requirements-dev.lock
	@echo "Setting up $(VENV) from requirements-dev.lock; the first run takes a few minutes"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

quickstart: $(VENV)/.installed  ## run examples/quickstart end to end, without an API key, an account or the cloud
	@$(BIN)/python examples/walk_through_quickstart.py

# Use more workers than cores, because many tests wait more than they compute.
PYTEST := -m pytest -n 8 --dist worksteal
# Tests without engine and provider processes. Tests that kill processes, send many requests or inject every fault are excluded.
FAST := -m "not long" tests/lifecycle tests/client tests/server tests/conformance tests/plugin/test_schema.py tests/plugin/test_spelling.py tests/test_house.py \
	--ignore-glob '*/client/test_hostile_*' --ignore-glob '*/test_cancellation.py' --ignore-glob '*/test_fault_matrix.py' \
	--ignore-glob '*/test_durability.py' --ignore-glob '*/test_fuzz.py' --ignore-glob '*/test_local_server.py' \
	--ignore-glob '*/test_scale.py' --ignore-glob '*/test_state_machine.py' \
	--ignore-glob '*/test_limiter.py' --ignore-glob '*/test_transfer.py' --ignore-glob '*/test_endless_listings.py' \
	--ignore-glob '*/test_tls_and_proxies.py' --ignore-glob '*/test_addresses.py' --ignore-glob '*/test_waiters.py'

test: $(VENV)/.installed  ## run the whole suite, about five minutes on 2 cores
	$(BIN)/python $(PYTEST) -m "not long"

test-fast: $(VENV)/.installed  ## run the tests of client, lifecycle, local server and schema, about 50 seconds
	$(BIN)/python $(PYTEST) $(FAST)

test-lowest: $(VENV)-lowest/.installed  ## run test-fast with the lowest dependency versions in pyproject.toml
	$(VENV)-lowest/bin/python $(PYTEST) $(FAST)

$(VENV)-lowest/.installed: pyproject.toml $(VENV)/.installed
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-lowest
	@$(BIN)/uv pip install --quiet --python $(VENV)-lowest/bin/python --resolution lowest-direct --requirement pyproject.toml --extra dev
	@$(BIN)/uv pip install --quiet --python $(VENV)-lowest/bin/python --no-deps --editable .
	@touch $@

test-long: test-lowest  ## run test-lowest and the slow tests outside tests/reliability; takes half an hour
	$(BIN)/python -m pytest -n 4 --dist worksteal -m long --ignore tests/reliability

reliability: $(VENV)/.installed  ## run all reliability tests and write the table of RELIABILITY.md; takes an hour
	@rm -f build/reliability.tally && mkdir -p build
	AGB_RELIABILITY_TALLY=$(CURDIR)/build/reliability.tally $(BIN)/python -m pytest -n 4 --dist worksteal -m "long or not long" tests/reliability --ignore tests/reliability/test_table.py
	$(BIN)/python -m tests.reliability.table build/reliability.tally

mutation: $(VENV)/.installed  ## find code changes that no test detects; takes an hour and requires `pip install mutmut`
	sh tests/reliability/mutate.sh $(BIN)

bench: $(VENV)/.installed  ## measure speed and compare it with the baselines; LINES=1,3 selects lines
	$(BIN)/python -m benchmarks $(LINES)

docs: $(VENV)/.installed  ## generate the tables, the error reference and the preview picture
	$(BIN)/python tools/write_tables.py
	$(BIN)/python tools/write_errors.py
	$(BIN)/python tools/draw_plan.py

schema: $(VENV)/.installed  ## generate schema.json from the models
	$(BIN)/python -m pulumi_agbcontext.schema > schema.json

check: $(VENV)/.installed  ## check style, types and import contracts, and that all generated files are current
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_lock.py
	$(BIN)/python tools/write_tables.py --check
	$(BIN)/python tools/write_errors.py --check
	$(BIN)/python tools/draw_plan.py --check
	$(BIN)/python -m pulumi_agbcontext.schema | diff - schema.json || (echo 'schema.json does not match the models. Run `make schema`.' >&2; exit 1)

lock:  ## pin the development environment by hash, for every supported Python version
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(PIP) uv; }  # without the lock, which may be invalid
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --extra dev --no-header pyproject.toml -o requirements-dev.lock

audit: $(VENV)/.installed  ## check the pinned packages for known vulnerabilities; requires network access
	$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements-dev.lock

TAG ?= v$(shell sed -n 's/^version = "\(.*\)"$$/\1/p' pyproject.toml)
dist: $(VENV)/.installed  ## build the wheel, the sdist and the plugin into dist/, and check what TAG would publish
	rm -rf dist
	$(BIN)/python -m hatchling build --directory dist
	$(BIN)/python tools/build_plugin.py dist
	$(BIN)/python tools/check_release.py $(TAG) dist

sdk: $(VENV)/.installed  ## generate, build and pack the SDK of LANGUAGE into dist/; requires the Pulumi CLI
	UV=$(CURDIR)/$(BIN)/uv sh tools/build_sdk.sh $(LANGUAGE) dist

publish: $(VENV)/.installed  ## upload the wheel and the sdist in dist/ to PyPI; runs in the release workflow only
	$(BIN)/uv publish --trusted-publishing always dist/pulumi_agbcontext-*

clean:
	rm -rf $(VENV) $(VENV)-lowest .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
