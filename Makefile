# Everything that people and CI run. `make help` lists it.
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
TESTS ?= tests
WORKERS ?= 3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test test-long test-deps test-deploy check schema lock bench environment environment-dev

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

run: environment ## Serve the demo consortium on 127.0.0.1 (PORT=8000); Ctrl-C stops it
	@exec $(BIN)/python -m demo.run --port $(PORT)

test: environment-dev ## Run all tests but the long ones (TESTS=… narrows)
	@$(BIN)/python -m pytest -q -p no:cacheprovider -n $(WORKERS) --dist loadfile --durations=10 $(TESTS)

test-long: environment-dev ## Run the tests that take longer; docs/long-tests.md keeps the result
	@$(BIN)/python -m tests.support.long

test-deps: environment-dev ## Install what some tests need into the system: Debian packages, Maven artifacts
	@sh deploy/test-deps.sh

test-deploy: environment-dev ## Do what docs/operate.md says with containers, as root on a Debian: build, start, sign in, restore
	@deploy/test-deploy.sh

check: environment-dev ## Lint, types, layers, the committed schemas, the migrations
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/migrations tests/architecture tests/contract

schema: environment-dev ## Write schema/schema.graphql and migrations/schema.sql anew
	@$(BIN)/python -m schema.export
	@$(BIN)/python -m tests.support.dump

lock: environment-dev ## Write requirements.lock and requirements-dev.lock anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --upgrade --group build pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --upgrade --group build --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

bench: environment-dev ## Measure (bench/README.md)
	@for program in intake access rights graphql tokens sign_in sign_ins federation; do $(BIN)/python -m bench.$$program || exit 1; done

environment: have-python
	@$(PYTHON) deploy/environment.py

environment-dev: have-python
	@$(PYTHON) deploy/environment.py --dev

.PHONY: have-python
have-python:
	@command -v $(PYTHON) >/dev/null || { echo "mutua: $(PYTHON) is missing; Python 3.11 or newer is needed" >&2; exit 1; }
