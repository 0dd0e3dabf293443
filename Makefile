# LiveTally. A bare `make` lists what there is.
# A Python from 3.11 to 3.14 is looked for; PYTHON=/path/to/python3 names one.
VENV := .venv
BIN := $(VENV)/bin
ON_DUCKDB2 := PYTHONPATH=$(CURDIR)/$(VENV)/duckdb2 $(BIN)/python
CONFIG ?= config.yaml
ARGS ?=
# Tests wait as often as they work, so one more worker than there are cores.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# Now and then Chromium hangs when a page is closed. Only such a hang is tried once more; a failure is one.
AGAIN := --timeout 300 --reruns 1 --only-rerun 'Failed: Timeout .>'

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo run test check check-quick lint format types imports pytest pytest-changed times test-newest test-duckdb2 browser pictures audit lock clean

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: setup ## the whole job on simulated platforms, on http://127.0.0.1:8501
	$(BIN)/livetally demo $(ARGS)

run: setup ## the whole job on config.yaml
	$(BIN)/livetally --config $(CONFIG) up $(ARGS)

test: setup-dev browser ## set-up and the whole test suite
	@$(MAKE) --no-print-directory --keep-going check

check: lint types imports pytest ## what the tests are, without the set-up

check-quick: setup-dev ## lint, types, contracts and the tests of what changed
	@$(MAKE) --no-print-directory --keep-going lint types imports pytest-changed

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/basedpyright
	$(BIN)/basedpyright --project tests/pyrightconfig.json

imports:
	$(BIN)/lint-imports

# Chromium's driver keeps an event loop running in its process, so its tests have one of their own.
# In the order of the folders no slow file is left for the end, when the other workers have nothing to do.
# A failure in one part does not hide the others.
WITHOUT_BROWSER := -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not browser"
pytest:
	@failed=0; \
	$(BIN)/python $(WITHOUT_BROWSER) $(ARGS) || failed=1; \
	$(BIN)/python -m pytest -n $(WORKERS) -m browser $(AGAIN) $(ARGS) || failed=1; \
	$(BIN)/python -m tests.faults.table || failed=1; \
	exit $$failed

# The same without browsers, on the newest Python at hand, in an environment of its own.
test-newest: ## the suite without browsers on the newest Python at hand
	@newest=$$(sh .ci/python newest) && echo "on $$newest" && \
	$(MAKE) --no-print-directory VENV=.venv-newest PYTHON="$$newest" setup-dev && \
	.venv-newest/bin/python $(WITHOUT_BROWSER) $(ARGS)

pytest-changed:
	@tests=$$($(BIN)/python -m tests.support.changed_tests $(BASE)); \
	[ -n "$$tests" ] || { echo "nothing that has tests changed"; exit 0; }; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -q -m "not browser and not end_to_end and not slow" $(ARGS) $$tests || [ $$? = 5 ]

times: setup-dev ## the 30 slowest tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q --durations 30 $(ARGS)

test-duckdb2: setup-dev $(VENV)/duckdb2/.filled ## the tests of the store and of the whole on DuckDB 2.0
	$(ON_DUCKDB2) -c 'import duckdb; assert duckdb.__version__.startswith("2.0."), duckdb.__version__'
	$(ON_DUCKDB2) -m pytest tests/storage tests/end_to_end $(ARGS)

format: setup-dev ## let ruff put the code into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: $(VENV)/.filled ## a private virtual environment with what users need
setup-dev: $(VENV)/.filled-dev ## the same with what developers need
	@sh .ci/peertube-types

# The markers are newer than the locks they were filled from.
$(VENV)/.filled: requirements.lock pyproject.toml | $(VENV)/.made
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirements requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.filled-dev: requirements-dev.lock $(VENV)/.filled
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirements requirements-dev.lock
	touch $@

# Laid over the locked one, for the processes that look there first.
$(VENV)/duckdb2/.filled: requirements-duckdb2.lock $(VENV)/.filled
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes --requirements $< --target $(@D)
	touch $@

$(VENV)/audit/.filled: requirements-audit.lock $(VENV)/.filled
	$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(@D)
	$(BIN)/uv pip install --quiet --python $(@D)/bin/python --require-hashes --requirements $<
	touch $@

# uv comes with its hash from the lock like everything else; pip's own venv carries it there.
$(VENV)/.made: requirements-build.lock
	@python=$$(PYTHON="$(PYTHON)" sh .ci/python) && echo "$$python -m venv $(VENV)" && "$$python" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-build.lock
	touch $@

# Debian's Chromium, Icecast, ffmpeg, faketime, nginx and strace, where they are missing and may be installed.
browser:
	@sh .ci/packages chromium fonts-noto-core icecast2 ffmpeg faketime nginx strace

pictures: setup-dev browser ## the guide's pictures anew, into docs/pictures
	$(BIN)/python -m tests.browser.pictures

audit: setup $(VENV)/audit/.filled ## known vulnerabilities of what is locked, and of which day that is known
	@$(BIN)/python .ci/audit.py $(VENV)/audit/bin/pip-audit $(VENV)/audit/answer.json

lock: setup-dev ## compile the locks anew from pyproject.toml
	sh .ci/lock

clean: ## remove what set-up and runs have made here
	rm -rf .venv .venv-newest demo build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
