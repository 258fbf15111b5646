SHELL := /bin/bash
.DEFAULT_GOAL := help
export UV_PROJECT_ENVIRONMENT := .venv
UV := $(shell command -v uv 2>/dev/null || echo .stagepath/uv/bin/uv)
RUN := .venv/bin
# Looked for only where it is used: before there is an environment.
PYTHON = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

.stagepath/uv/bin/uv:
	@test -n "$(PYTHON)" || { echo "Stagepath needs Python 3.11 or newer, called python3; none was found." >&2; exit 1; }
	@mkdir -p .stagepath
	$(PYTHON) -m venv .stagepath/uv
	.stagepath/uv/bin/pip install --quiet --disable-pip-version-check uv

.venv/.synced: uv.lock pyproject.toml $(filter .stagepath/%,$(UV))
	$(UV) sync --frozen --quiet
	@touch $@

install: .venv/.synced ## Create the environment from the lock file

run: install ## Serve on http://127.0.0.1:8000 with the demo programme
	@exec $(RUN)/stagepath serve

test: install ## Run all tests
	$(RUN)/pytest -q -n 2

soak: install ## Run the long hunts in full (half an hour); bench/SOAK.md gets what they saw
	STAGEPATH_SOAK=whole $(RUN)/pytest -q -m soak

attack-availability: install ## Attack a running server in every known way; bench/SOAK.md gets what came of it
	STAGEPATH_SOAK=whole $(RUN)/pytest -q -m attack

check: format-check lint types contracts test ## All that CI checks

format: install ## Write the code as it should look
	$(RUN)/ruff format .
	$(RUN)/ruff check --fix .

format-check: install
	$(RUN)/ruff format --check .

lint: install ## Look for mistakes
	$(RUN)/ruff check .

types: install ## Check types
	$(RUN)/mypy

contracts: install ## Check who imports whom
	$(RUN)/lint-imports

schema: install ## Write schema/schema.graphql
	$(RUN)/stagepath schema --out schema/schema.graphql

evaluate: install ## Measure next best actions on golden cases
	$(RUN)/python -m guidance.evaluation

bench: install ## Measure it beside what else there is; writes bench/RESULTS.md (25 minutes)
	$(RUN)/python -m bench

bench-quick: install ## The same at a small scale, to see that it works
	$(RUN)/python -m bench --quick

bench-import: install ## Measure an import beside a bare COPY
	$(RUN)/python -m bench.bench_import

clean: ## Remove the environment and all local state
	rm -rf .venv .stagepath .pytest_cache .mypy_cache .ruff_cache

.PHONY: help install run test soak attack-availability check format format-check lint types contracts schema evaluate bench bench-quick bench-import clean
