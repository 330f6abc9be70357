# Accord. `make help` lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
TEST_WORKERS ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help run test test-services test-browser lint format bench mutate lock clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# One stamp a requirement set: a changed lock installs again, an unchanged one costs nothing.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "Accord needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) -V). Set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment: install python3-venv."; exit 1; }

$(VENV)/.installed-%: requirements/%.txt | $(VENV)/bin/python
	@echo "Installing requirements/$*.txt …"
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement $<
	@touch $@

run: $(VENV)/.installed-base ## Start everything: broker, web, worker, scheduler (PORT=8000)
	@ACCORD_DEMO=1 $(BIN)/python -m config.launcher --port $(PORT)

test: $(VENV)/.installed-test ## Run the tests that need no server and no browser
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) $(PYTEST_ARGS)

test-services: $(VENV)/.installed-test ## The same tests on PostgreSQL and Redis, and those that need real concurrency
	@$(BIN)/python -m tests.services.require
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) -m "slow and sqlite" $(PYTEST_ARGS)
	@DATABASE_URL=$${SERVICES_DATABASE_URL:-postgres://postgres@127.0.0.1:5432/postgres} \
		CACHE_URL=$${SERVICES_REDIS_URL:-redis://127.0.0.1:6379/15} \
		$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal -m "not browser" $(PYTEST_ARGS)

test-browser: $(VENV)/.installed-dev ## Walk the four walks in Chromium
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile -m browser tests/browser $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev ## Style, types, import contracts, templates, migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djhtml --check templates
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@DJANGO_SETTINGS_MODULE=config.settings.test $(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/.installed-dev ## Put code and templates into shape
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .
	@$(BIN)/djhtml templates || true

bench: $(VENV)/.installed-test $(VENV)/.installed-bench ## Measure beside something plain; prints a table and JSON
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

mutate: $(VENV)/.installed-test ## Change the code in small ways and list what no test notices; takes hours
	@$(BIN)/python -m benchmarks.mutate $(MUTATE_ARGS)

lock: ## Pin the dependencies again, with hashes
	@$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv
	@for set in base test dev; do \
		groups=""; [ $$set = base ] || groups="--group test"; [ $$set = dev ] && groups="$$groups --group browser --group lint"; \
		constraint=""; [ $$set = base ] || constraint="-c requirements/base.txt"; \
		UV_CUSTOM_COMPILE_COMMAND="make lock" $(VENV)-lock/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
			--generate-hashes --no-emit-index-url --no-emit-find-links --no-header $(LOCK_ARGS) $$groups $$constraint -o requirements/$$set.txt; \
	done
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["sentry"])' | \
		UV_CUSTOM_COMPILE_COMMAND="make lock" $(VENV)-lock/bin/uv pip compile - --quiet --universal --python-version 3.11 \
			--generate-hashes --no-emit-index-url --no-emit-find-links --no-header $(LOCK_ARGS) -c requirements/dev.txt -o requirements/sentry.txt
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header $(LOCK_ARGS) --group bench -c requirements/dev.txt -o requirements/bench.txt

clean: ## Remove the environment and everything that running has made
	rm -rf $(VENV) $(VENV)-lock var
