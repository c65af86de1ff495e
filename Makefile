# Every target makes what it needs: an environment in .venv, for the tests a Mosquitto, a Chromium and Node.js, and what
# checks the JavaScript in node_modules.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SIDE_BY_SIDE := --numprocesses 3 --dist worksteal # most of them wait, for a broker or for time to pass
IN_BROWSERS := --numprocesses 2 --dist worksteal # a JupyterLab for each process, as its tests share one

# On CI's busy machine, what failed beside other tests is tried once more by itself; the log has both.
ifdef CI
AGAIN = || { echo "Once more, by itself, what failed:"; $(BIN)/python -m pytest --last-failed --last-failed-no-failures none; }
endif

.PHONY: help demo dashboard test test-fast test-browser test-pythons soak check bench bench-brief format clean
.DEFAULT_GOAL := help

help:
	@echo "make demo          simulated sensors in JupyterLab; Ctrl-C ends it"
	@echo "make dashboard     a page for many viewers; of your broker where \$$MQTTWIDGETS_BROKER names it"
	@echo "make test          all tests, the browser's among them"
	@echo "make test-fast     the tests without a browser"
	@echo "make test-browser  the tests with a browser"
	@echo "make test-pythons  the tests without a browser on each other Python that is here"
	@echo "make soak          hostile bytes, floods and restarts without end; about an hour"
	@echo "make check         lint, format, types, of Python and of JavaScript; the order of the rooms"
	@echo "make bench         how fast it is, beside others; about half an hour"
	@echo "make bench-brief   that each benchmark still runs; five minutes"
	@echo "make format        put the format right"
	@echo "make clean         remove .venv, node_modules and caches"

# A stamp for each set of packages, redone when pyproject.toml changes.
$(VENV)/bin/python:
	@scripts/make-environment $(PYTHON) $(VENV)

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	@echo "Installing mqttwidgets with JupyterLab (a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	@touch $@

$(VENV)/.dashboard: pyproject.toml | $(VENV)/bin/python
	@echo "Installing mqttwidgets with Voilà (a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dashboard]'
	@touch $@ $(VENV)/.demo

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	@echo "Installing mqttwidgets with what its tests need (a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.demo $(VENV)/.dashboard

$(VENV)/.bench: pyproject.toml | $(VENV)/bin/python
	@echo "Installing mqttwidgets with what its benchmarks need (a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@ $(VENV)/.test $(VENV)/.demo $(VENV)/.dashboard

node_modules/.installed: package.json package-lock.json .npmrc
	@scripts/install-system-packages nodejs npm
	@echo "Installing what checks the JavaScript ..."
	@npm ci --loglevel error --no-progress >/dev/null
	@touch $@

demo: $(VENV)/.demo
	@$(BIN)/mqttwidgets demo

dashboard: $(VENV)/.dashboard
	@$(BIN)/mqttwidgets dashboard

test: test-fast test-browser

test-fast: $(VENV)/.test
	@scripts/install-system-packages
	node --test tests/js/*.test.mjs
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) --ignore=tests/browser $(AGAIN)

test-browser: $(VENV)/.test
	@scripts/install-system-packages
	$(BIN)/python -m pytest $(IN_BROWSERS) tests/browser $(AGAIN)

test-pythons:
	@scripts/test-on-each-python

soak: $(VENV)/.test
	@scripts/install-system-packages
	$(BIN)/python -m pytest -m soak --timeout 3600

check: $(VENV)/.test node_modules/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	node_modules/.bin/eslint --max-warnings 0 .
	node_modules/.bin/tsc

bench: $(VENV)/.bench
	@scripts/install-system-packages
	$(BIN)/python -m benchmarks.all

bench-brief: $(VENV)/.bench
	@scripts/install-system-packages
	$(BIN)/python -m benchmarks.all --brief

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv .venv-3.* node_modules .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
