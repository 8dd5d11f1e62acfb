# Everything that is done to this code is one of these commands; `make help` lists them.
# Another interpreter: make PYTHON=/path/to/python3.13. More test processes: make WORKERS=4.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first interpreter that is new enough and can make environments (Debian's python3 alone can't).
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
WORKERS ?= 3

# Every process that tests take part in reads what the first one has translated, whatever the environment says of that.
export PYTHONDONTWRITEBYTECODE :=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
# A module stays with one process: what it prepares for its tests, whole installations among it, is prepared once.
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder
# In front of a command: it and whatever it starts take what is shipped, and not the source beside it.
SHIPPED := PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/build/compiled

.PHONY: help
help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

.PHONY: venv
venv: .venv/installed ## make .venv with the locked dependencies and the command kept; nothing happens if it is up to date

# Wheels only and every one by its hash: nothing is built, nothing is fetched that the lock does not name.
.venv/locked: requirements-dev.lock
	@test -n "$(PYTHON)" || { echo "found no Python from 3.11 on with venv, expected one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "installing the locked dependencies into .venv with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv .venv
	@$(PIP) install --require-hashes --only-binary :all: --requirement requirements-dev.lock
	@touch $@

# hatchling comes from the lock: without build isolation the package itself needs no network.
.venv/installed: .venv/locked pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: run
run: venv ## start Kept with the demonstration book
	@$(BIN)/kept run --demo

.PHONY: check
check: lint ## format, lint, types, layers and the fast tests: before every commit
	@$(PYTEST) --hypothesis-profile=fast -m "not slow"

# The tests run on what is shipped, and those of the engine on the source, too, which `make run` and `make check` are, with
# as few examples as there. Compiling takes one processor, and so do the linters and then these: together they take no longer than the longer of both.
.PHONY: test
test: venv ## all of it: linters and every test, on what is shipped; with CI=true a skipped test is a failure
	@tests/install-services compiler || true  # it says what it can't have; the tests that need it are skipped
	@$(MAKE) --jobs=3 --output-sync=target shipped services on-source
	@if [ -d build/compiled ]; then export $(SHIPPED); fi; \
		KEPT_TESTED=shipped $(PYTEST) --hypothesis-profile=ci --randomly-seed=1

# Where there is no compiler the tests run on the source: the one that holds that they don't is skipped, or fails.
.PHONY: shipped
shipped:
	@if [ -z "$$(deploy/compile --lacks)" ]; then deploy/compile; else rm -rf build/compiled; fi

.PHONY: services
services:
	@tests/install-services postgresql kafka monitoring browser grafana-schema || true  # as above

.PHONY: on-source
on-source: lint
	@$(BIN)/python -m pytest --numprocesses 1 --hypothesis-profile=fast --randomly-seed=1 --quiet --no-header \
		tests/unit/domain tests/simulation/test_engine_state_machine.py

.PHONY: lint
lint: venv
	@$(BIN)/ruff format --check --quiet . || { echo "found unformatted files (above), expected the output of $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@report=$$($(BIN)/lint-imports 2>&1) || { echo "$$report" >&2; exit 1; }

.PHONY: compiled
compiled: venv ## make build/compiled: what is shipped, with the domain compiled; takes a C compiler and a minute or two
	@deploy/compile

.PHONY: bench
bench: compiled ## measure speed of what is shipped against targets; the figures go to build/bench.jsonl
	@$(SHIPPED):$(CURDIR)/tests/bench:$(CURDIR)/tests/bench/peers $(BIN)/python tests/bench/run.py  # with safe paths no script finds its neighbours

.PHONY: chaos
chaos: venv ## kill, hold up and cut off everything behind Kafka, 50 times under load, some twenty minutes; KEPT_SEED chooses other luck
	@KEPT_CHAOS=$${KEPT_CHAOS:-50} $(BIN)/python -m pytest --numprocesses 0 --capture=no tests/acceptance/test_chaos.py

.PHONY: schemas
schemas: venv ## write schemas/ from the models in monitor/wire
	@$(BIN)/kept schemas schemas

.PHONY: dashboards
dashboards: venv ## write grafana/dashboards/ from the code beside it
	@$(BIN)/python -m grafana

.PHONY: lock
lock: venv ## write both lock files from pyproject.toml; UPGRADE=--upgrade takes the newest versions it allows
	@$(LOCK) $(UPGRADE) --output-file requirements.lock pyproject.toml
	@$(LOCK) $(UPGRADE) --output-file requirements-dev.lock --constraint requirements.lock --group dev pyproject.toml

.PHONY: clean
clean: ## remove what these commands made: .venv, build, caches
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find monitor tests grafana -name __pycache__ -type d -prune -exec rm -rf {} +
