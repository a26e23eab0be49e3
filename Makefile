# `make help` lists what there is to do. Everything runs in an environment of its own, .venv, made from an exact lock.

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
LOCK := docker/requirements.lock
MADE := .venv/.lock-$(shell sha256sum $(LOCK) | cut -c1-16)
BENCH_LOCK := docker/bench.lock
BENCH_MADE := .venv/.bench-$(shell sha256sum $(BENCH_LOCK) | cut -c1-16)
FULL_LOCK := docker/full.lock
FULL_MADE := .venv/.full-$(shell sha256sum $(FULL_LOCK) | cut -c1-16)
TRAIN_LOCK := docker/train.lock
TRAIN_MADE := .venv/.train-$(shell sha256sum $(TRAIN_LOCK) | cut -c1-16)
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

$(BENCH_MADE): $(BENCH_LOCK) $(MADE)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -r $(BENCH_LOCK)
	@touch $@

.PHONY: bench-env
bench-env: $(BENCH_MADE)  ## and the public trackers and evaluators that benchmarks and tests compare with

$(FULL_MADE): $(FULL_LOCK) $(MADE)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -r $(FULL_LOCK)
	@touch $@

.PHONY: full-env
full-env: $(FULL_MADE)  ## and what the full profile's open models run on, which tests run in small

$(TRAIN_MADE): $(TRAIN_LOCK) $(FULL_MADE)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -r $(TRAIN_LOCK)
	@touch $@

.PHONY: train-env
train-env: $(TRAIN_MADE)  ## and what trains the verifier that looks

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
check: bench-env full-env train-env  ## format, lint, types, import contracts, migrations, settings
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
test-slow: weights vendor bench-env full-env train-env  ## the slow tests: workers killed, broker lost, whole matches; what fails twice gets a last try by itself, and is listed
	$(BIN)/python -m pytest -m slow --reruns 1 || { [ $$? = 1 ] && $(BIN)/python -m pytest -m slow --last-failed; }

.PHONY: fmt
fmt: env  ## put the code in shape
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format .

$(MATCH): | env
	$(BIN)/python -m grounding synth --sport football --seed 9 --seconds 120 --out $(@D)

.PHONY: bench
bench: weights vendor bench-env $(MATCH)  ## the benchmarks of docs/benchmarks.md; nothing else should run meanwhile
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
