# No path of this machine gets into a recipe, which a shell reads: programs are called by name or relative to here, and
# those of the environment by its Python, whose scripts would name a path in their first line.
SHELL := /bin/sh
.DEFAULT_GOAL := help
export UV_PROJECT_ENVIRONMENT := .venv
# Python reads the checkout's path from a file in the locale's encoding, ASCII for a locale that was never generated.
ifneq ($(shell locale charmap 2>/dev/null),UTF-8)
export LC_ALL := C.UTF-8
endif
UV := $(shell command -v uv >/dev/null 2>&1 && echo uv || echo .stagepath/uv/bin/uv)
RUN := .venv/bin
PY := $(RUN)/python
ifeq ($(shell test -w "$$HOME" && echo home),)
export UV_CACHE_DIR := .stagepath/cache
endif
# What is pure, and what looks at the project's own files.
FAST := tests/guidance tests/expressions tests/catalogues --ignore tests/guidance/attack \
	tests/schema/test_printed.py tests/schema/test_released_schema.py \
	tests/test_import_circles.py tests/test_private_parts.py tests/app/test_program.py
# More than there are processors, since tests wait for processes and databases; tests of one file stay together as far as
# nobody is idle, so that what they share is made once.
PARALLEL := -n 3 --dist worksteal
# Looked for only where it is used: before there is an environment.
PYTHON = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

.stagepath/uv/bin/uv:
	@test -n "$(PYTHON)" || { echo "Stagepath needs Python 3.11 or newer, called python3; none was found." >&2; exit 1; }
	@set -e; made=.stagepath/uv.$$$$; mkdir -p .stagepath/uv/bin; \
	{ $(PYTHON) -m venv $$made && $$made/bin/python -m pip install --quiet --disable-pip-version-check uv; } 2>/dev/null \
	|| $(PYTHON) -m pip install --quiet --disable-pip-version-check --target $$made uv; \
	mv -f $$made/bin/uv $@; rm -rf $$made

.venv/.synced: uv.lock pyproject.toml $(filter .stagepath/%,$(UV))
	$(UV) sync --frozen --extra training --quiet
	@touch $@

install: .venv/.synced ## Create the environment from the lock files, and build the pages for browsers
	@$(PY) -m app.portal.build

run: install ## Serve on http://127.0.0.1:8000 with the demo programme
	@exec $(PY) -m app.cli serve

watch: install ## The same, started again whenever a source changes
	@exec $(PY) -m watchfiles --sigint-timeout 30 --target-type command "$(PY) -m app.cli serve" \
	app schema guidance expressions prompts catalogues

test: install ## Run all tests
	$(PY) -m pytest -q $(PARALLEL)

test-fast: install ## Run the tests that need no database, in less than a minute
	$(PY) -m pytest -q -n 2 --dist worksteal $(FAST)

test-random: install ## Run all tests on new examples, every night say; SEED=… takes those of another run
	@seed=$${SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; echo "SEED=$$seed"; \
	STAGEPATH_SOAK_SEED=$$seed $(PY) -m pytest -q $(PARALLEL) --hypothesis-profile=random --hypothesis-seed=$$seed

soak: install ## Run the long hunts in full (half an hour); bench/SOAK.md gets what they saw
	STAGEPATH_SOAK=whole $(PY) -m pytest -q -m soak
	STAGEPATH_SOAK=whole PYTHON=$(PY) tests/sabotage.sh

attack-availability: install ## Attack a running server in every known way; bench/SOAK.md gets what came of it
	STAGEPATH_SOAK=whole $(PY) -m pytest -q -m attack

attack: install ## Try harmful and good sentences of a language model on the advice, in both wordings
	STAGEPATH_ATTACK=tests/guidance/attack/sentences.jsonl $(PY) -m pytest -q -s tests/guidance/attack

check: format-check lint types contracts pages-check test ## All that CI checks

format: install ## Write the code as it should look
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

format-check: install
	$(PY) -m ruff format --check .

lint: install ## Look for mistakes
	$(PY) -m ruff check .

types: install ## Check types
	$(PY) -m mypy

contracts: install ## Check who imports whom
	$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

pages-check: install ## Check types and style of the pages' sources
	$(PY) -m app.portal.build check

pages-audit: install ## Ask npm's registry for known faults of the pages' packages; fails where it doesn't say
	@$(PY) -m app.portal.audit

upgrade-check: install ## See whether an upgraded package still has the private parts that docs/architecture.md lists
	$(PY) -m pytest -q tests/test_private_parts.py

hooks: install ## Check what a commit changes before it is made
	$(PY) -m pre_commit install

migration: install ## Write the next migration, with what the models have that the tables lack; NAME=what_it_does
	@$(PY) -m app.upkeep.new_migration $(NAME)

schema: install ## Write schema/schema.graphql
	$(PY) -m app.cli schema --out schema/schema.graphql

release-schema: schema ## Keep the schema as that of the version in pyproject.toml
	cp schema/schema.graphql tests/schema/released/$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml).graphql

figures: install ## Print the figures of two real data sets beside those of a script of its own
	$(PY) -m pytest -q -s tests/app/analytics/test_golden.py

evaluate: install ## Measure next best actions on golden cases
	$(PY) -m guidance.evaluation

evaluate-model: install ## Measure a language model on golden cases, beside the rules; MODEL=… at OPENAI_BASE_URL
	$(PY) -m guidance.evaluation --model "$(MODEL)"

cases: install ## Judge every kind of input that was reported of other systems: row, kind, verdict
	$(PY) -m pytest -q tests/cases -m "cases or not cases"

bench: install ## Measure it beside what else there is; writes bench/RESULTS.md (25 minutes)
	$(PY) -m bench

bench-quick: install ## The same at a small scale, to see that it works
	$(PY) -m bench --quick

bench-import: install ## Measure an import beside a bare COPY
	$(PY) -m bench.bench_import

bench-figures: install ## Measure figures that dashboards read; writes bench/FIGURES.md; ARGS=--large for a million deals
	$(PY) -m bench.bench_figures $(ARGS)

bench-search: install ## Measure searches among a million deals; writes bench/SEARCH.md
	$(PY) -m bench.bench_search

bench-conflicts: install ## Measure finding conflicts among 200,000 customers; writes bench/CONFLICTS.md
	$(PY) -m bench.bench_conflicts

bench-advice: install ## Measure what it takes to keep advice and to list it; writes bench/ADVICE.md
	$(PY) -m bench.bench_advice

bench-webhooks: install ## Measure how far behind webhooks are; writes bench/WEBHOOKS.md
	$(PY) -m bench.bench_webhooks

bench-portal: install ## Measure the board of the portal in a browser; writes bench/PORTAL.md
	$(PY) -m bench.bench_portal

pictures: install ## Take the pictures of the portal anew: docs/pictures
	$(PY) -m tests.portal.pictures

bench-cost: install ## See whether what documents cost follows the time they take; writes bench/COSTS.md
	$(PY) -m bench.costs

clean: ## Remove the environment and all local state
	rm -rf .venv .stagepath .pytest_cache .mypy_cache .ruff_cache

.PHONY: help install run watch test test-fast test-random soak attack attack-availability check format format-check lint types contracts pages-check pages-audit schema release-schema upgrade-check hooks migration figures pictures evaluate evaluate-model cases bench bench-quick bench-import bench-advice bench-conflicts bench-cost bench-figures bench-portal bench-webhooks bench-search clean
