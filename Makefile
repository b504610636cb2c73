# Everything WorkLog's developers run; `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help dev replay cards golden test test-long lint format types unit storm bench scale bench-long mutants exports rendercv package terraform checkov lock openapi clean

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
CODE := functions shared local tests
WORKERS ?= $(shell nproc)

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

dev: $(STAMP) ## Run everything on this machine: local cloud, all functions, the samples (SAMPLES=DIR, PORT=N)
	@exec $(BIN)/python -m local

replay: $(STAMP) ## A public pull request through the local chain (PR=https://github.com/owner/repo/pull/N)
	@exec $(BIN)/python -m local.replay "$(PR)"

cards: $(STAMP) ## The samples' cards with what each claim quotes, as Markdown (SAMPLES=DIR)
	@$(BIN)/python -m local.cards $(SAMPLES)

package: $(STAMP) ## An archive for each function, in build/packages
	@$(BIN)/python -m local.package

terraform: $(STAMP) ## What the tests say of terraform/ (TFCHECK=COMMAND plans without the registry)
	$(BIN)/pytest -n $(WORKERS) tests/terraform

checkov: $(STAMP) ## checkov on terraform/ (installed into .local/checkov)
	@test -x .local/checkov/bin/checkov || { $(PYTHON) -m venv .local/checkov && \
		.local/checkov/bin/pip install -q 'checkov==3.3.30'; }
	CHECKOV=$(CURDIR)/.local/checkov/bin/checkov $(BIN)/pytest tests/terraform/test_checkov.py

exports: $(STAMP) ## Everything that the samples' cards are exported as, into build/exports (SAMPLES=DIR)
	@$(BIN)/python -m local.exports build/exports $(SAMPLES)

rendercv: $(STAMP) ## RenderCV 2.3 typesets words that try to break it (installed into .local/rendercv)
	@test -x .local/rendercv/bin/rendercv || { $(PYTHON) -m venv .local/rendercv && \
		.local/rendercv/bin/pip install -q 'rendercv[full]==2.3' && \
		.local/rendercv/bin/pip install -q click 'typer<0.20'; }
	RENDERCV=$(CURDIR)/.local/rendercv/bin/rendercv $(BIN)/pytest -n $(WORKERS) tests/unit/test_export_yaml.py

golden: $(STAMP) ## Renew the golden files of the cards (TRIALS=DIR: also those of given pull requests)
	$(BIN)/python -m tests.golden

test: $(STAMP) lint types ## Environment, linters, types and all tests
	$(BIN)/pytest -n $(WORKERS)

test-long: $(STAMP) ## The tests that try a little in make test, in full: histories, fuzzing (about an hour)
	LONG=1 $(BIN)/pytest -n $(WORKERS) -m long

storm: $(STAMP) ## Kill workers under 1,000 deliveries and count what is lost (SEED=N, OUTAGE=MINUTES, DELIVERIES=N)
	@$(BIN)/python -m local.storm $(if $(SEED),--seed $(SEED)) $(if $(OUTAGE),--outage $(OUTAGE)) \
		$(if $(DELIVERIES),--deliveries $(DELIVERIES))

bench: $(STAMP) ## Measure beside a hello function: cold start, CPU, memory, reads and writes (ONLY=section)
	@GRPC_VERBOSITY=ERROR exec $(BIN)/python -m local.bench $(ONLY)

bench-long: $(STAMP) ## The same with the audit report of 50,000 runs (an hour: the emulator has no index)
	@LONG=1 GRPC_VERBOSITY=ERROR exec $(BIN)/python -m local.bench $(ONLY)

scale: $(STAMP) ## What a pull request costs and the bill (PER_MONTH=N, PRICES=FILE; DAY=1: a day; COUNT=1: counted anew)
	@exec $(BIN)/python -m local.scale $(if $(COUNT),--count) $(if $(DAY),--day) \
		$(if $(PRICES),--prices $(PRICES)) $(if $(PER_MONTH),--per-month $(PER_MONTH))

mutants: $(STAMP) ## Remove each guard by name and show the test that turns red (ONLY=name)
	@exec $(BIN)/python -m tests.mutants $(ONLY)

unit: $(STAMP) ## The tests that need neither emulator nor network
	$(BIN)/pytest -n $(WORKERS) tests/unit

lint: $(STAMP) ## ruff: rules and format
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

format: $(STAMP) ## Put the code in its format
	$(BIN)/ruff check --fix-only --quiet $(CODE)
	$(BIN)/ruff format $(CODE)

openapi: $(STAMP) ## Write docs/openapi.json again
	$(BIN)/python -m local.openapi > docs/openapi.json.new
	mv docs/openapi.json.new docs/openapi.json

lock: $(STAMP) ## Compile the pinned requirements again (UPGRADE=1: with the newest versions)
	$(BIN)/uv pip compile $(if $(UPGRADE),--upgrade) --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command 'make lock' -qo requirements.txt requirements.in
	$(BIN)/uv pip compile $(if $(UPGRADE),--upgrade) --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command 'make lock' -qo functions/provisioner/requirements.txt \
		functions/provisioner/requirements.in
	$(BIN)/uv pip compile $(if $(UPGRADE),--upgrade) --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command 'make lock' -qo requirements-dev.txt requirements-dev.in

clean: ## Remove the environment, caches and local state
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .local build

$(STAMP): requirements-dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "make: WorkLog needs Python 3.11 as '$(PYTHON)' (or PYTHON=...)"; exit 1; }
	@echo "installing the environment into $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
