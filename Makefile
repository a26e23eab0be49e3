# `make help` lists what there is to do. Everything runs in an environment of its own, .venv, made from an exact lock.

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
LOCK := docker/requirements.lock
MADE := .venv/.lock-$(shell sha256sum $(LOCK) | cut -c1-16)
JOBS ?= 2
VIDEO ?=
PORT ?=
MATCH := .local/bench/football-9.mp4

.DEFAULT_GOAL := help

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

$(MADE): $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=...")'
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -qq --disable-pip-version-check -r $(LOCK)
	@touch $@

.PHONY: env
env: $(MADE)  ## the Python environment, made again when the lock changes

.PHONY: weights
weights: env  ## the models' weights: brought, converted once and checked
	@$(BIN)/python -m grounding weights fetch

.PHONY: vendor
vendor: env  ## the front-end libraries, checked against static/vendor/manifest.json
	@$(BIN)/python -m videosearch.local.vendor

.PHONY: run
run: weights vendor  ## start everything, with a sample match; VIDEO=path adds a file of your own, PORT=n chooses the port
	@exec $(BIN)/python -m videosearch.local run $(if $(VIDEO),--video "$(VIDEO)") $(if $(PORT),--port $(PORT))

.PHONY: check
check: env  ## format, lint, types, import contracts, migrations, settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py check --fail-level WARNING

.PHONY: test
test: weights vendor check  ## every check, and every test that is not slow
	$(BIN)/python -m pytest -n $(JOBS) -m 'not slow'

.PHONY: test-slow
test-slow: weights vendor  ## the slow tests: workers killed, broker lost, whole matches
	$(BIN)/python -m pytest -m slow

.PHONY: fmt
fmt: env  ## put the code in shape
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format .

$(MATCH): | env
	$(BIN)/python -m grounding synth --sport football --seed 9 --seconds 120 --out $(@D)

.PHONY: bench
bench: weights vendor $(MATCH)  ## the benchmarks of docs/benchmarks.md; nothing else should run meanwhile
	$(BIN)/python -m grounding bench index $(MATCH)
	$(BIN)/python -m videosearch.local bench --video $(MATCH)

.PHONY: lock
lock:  ## resolve pyproject.toml anew into the exact lock
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet '.[dev]'
	.venv-lock/bin/pip freeze --exclude videosearch | sed 's/+cpu$$//' > $(LOCK)
	rm -rf .venv-lock build *.egg-info

.PHONY: clean
clean:  ## remove what was built; the data in .local stays
	rm -rf .venv .venv-lock build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
