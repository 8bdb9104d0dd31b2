# Everything a developer or operator types. `make` lists it.
SHELL := /bin/bash
PYTHON := .venv/bin/python
UV := .venv/bin/uv
export PYTHONPATH := plugins:.

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-once demo-reset test fmt lint types unit goldens catalogues e2e faults invariants bench lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/ready ## make the environment

.venv/ready: uv.lock scripts/setup.sh
	@scripts/setup.sh

demo: setup ## start everything, run the latest week, stay up until Ctrl-C
	@$(PYTHON) -m demo.run up

demo-once: setup ## the same unattended: review, deliver, check, end
	@$(PYTHON) -m demo.run once

demo-reset: ## forget the demo's state
	@rm -rf build/demo

test: setup lint types unit ## all checks and tests

unit: setup ## the tests alone
	@$(PYTHON) -m pytest -n 2 --dist loadfile -m "not e2e and not exhaustive"

faults: setup ## the whole fault matrix, two disturbances upon one another included; its table in build/bench
	@$(PYTHON) -m tests.faults

goldens: setup ## write the golden pages of the tests anew; read the difference before you commit it
	@$(PYTHON) -m tests.golden

catalogues: setup ## bring the catalogues of include/locales up to date with the sentences in the code
	@$(PYTHON) -m tests.catalogues

e2e: setup ## the tests that run Airflow itself: backfill, past weeks, sources in trouble
	@$(PYTHON) -m pytest -m e2e tests/e2e

lint: setup ## formatting, rules, imports, SQL, spelling, lock files
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@PYTHONPATH=plugins .venv/bin/lint-imports
	@.venv/bin/codespell
	@$(UV) lock --check
	@scripts/export_requirements.sh --check

types: setup ## mypy --strict
	@.venv/bin/mypy

fmt: setup ## format and mend what can be mended
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

invariants: setup ## break each invariant in a copy and see its test go red
	@$(PYTHON) tests/break_invariants.py

bench: setup ## the speed budgets, as ratios of one run
	@$(PYTHON) -m tests.bench.drawing
	@$(PYTHON) -m demo.benchmark
	@$(PYTHON) -m tests.faults

lock: setup ## renew uv.lock and requirements.txt
	@$(UV) lock --upgrade
	@scripts/export_requirements.sh

clean: ## remove what was built
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache
