# Killmart: the entry to everything. `make help` lists it.
SHELL := bash
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
export PYTHONPATH :=
# Where it is set nothing that is imported is kept compiled, and each start of a part of Airflow takes seconds more.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup setup-dev demo live db down psql backup restore test test-data lint format model bench soak lock clean

help: ## List what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: ## Make .venv from the lock
	@tools/setup.sh

setup-dev: ## Make .venv with the development tools too
	@tools/setup.sh dev

demo: setup ## Start everything on simulated upstreams and run the main job (ONCE=1 ends by itself, BODIES="FILE…" replays)
	@exec $(PYTHON) -m killmart demo $(if $(ONCE),--once) $(foreach file,$(BODIES),--bodies $(file))

live: setup ## The same against the real services (needs KILLMART_CONTACT)
	@exec $(PYTHON) -m killmart live

db: setup ## Start the embedded PostgreSQL in the background; its DSN is the last line
	@exec $(PYTHON) -m killmart db

down: setup ## Stop everything that runs from this KILLMART_HOME
	@exec $(PYTHON) -m killmart down

psql: setup ## Open psql on the warehouse
	@exec $(PYTHON) -m killmart psql

backup: setup ## Write the warehouse into FILE=killmart.dump, or several processes into a folder, FILE=killmart/ (JOBS=4)
	@exec $(PYTHON) -m killmart backup $(if $(JOBS),--jobs $(JOBS)) -- "$(FILE)"

restore: setup ## Bring the backup FILE into an empty warehouse, or where none is yet (JOBS=4)
	@exec $(PYTHON) -m killmart restore $(if $(JOBS),--jobs $(JOBS)) -- "$(FILE)"

test: setup-dev ## Pass the tests, a file per core at a time (ARGS="-k word" for some of them)
	@exec $(PYTHON) -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --durations=20 $(ARGS)

test-data: setup-dev ## Fetch the public day archives that some tests need into .test-data (ARGS="--from URL")
	@exec $(PYTHON) -m tests.support.archives $(ARGS)

lint: setup-dev ## ruff, mypy, import-linter, sqlfluff
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	.venv/bin/sqlfluff lint --nocolor --disable-progress-bar -p 2 include/sql migrations/sql

format: setup-dev ## Let ruff and sqlfluff write the files as lint wants them
	$(PYTHON) -m ruff check --fix --exit-zero .
	$(PYTHON) -m ruff format .
	.venv/bin/sqlfluff fix --nocolor --disable-progress-bar -p 2 include/sql migrations/sql

model: setup ## Regenerate schema.prisma, docs/data-model.md, migrations/head.sql and the API's marts.json
	@exec $(PYTHON) -m killmart model

bench: setup-dev ## The benchmarks, one JSON line a figure (ARGS=new_day for one)
	@exec $(PYTHON) -m tests.bench $(ARGS)

soak: setup-dev ## 200 crash runs over 2,000 killmails each (ARGS="--runs 10" for fewer)
	@exec $(PYTHON) -m tests.bench.soak $(ARGS)

lock: setup-dev ## Compile requirements*.in into the locks
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --no-header $(LOCKFLAGS) requirements.in -o requirements.txt
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --no-header $(LOCKFLAGS) requirements-dev.in -o requirements-dev.txt

clean: ## Remove .venv and caches (KILLMART_HOME stays: `make down`, then remove it yourself)
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
