# Everything a developer or a new machine needs. `make run` and `make test` do their own set-up, once.
.DEFAULT_GOAL := help
.PHONY: help setup setup-test run demo test lint format bench soak fuzz clean distclean

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest

# What Python compiles is kept, whatever the shell says: a test run starts some hundred processes.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## Install what running needs: system packages, locked dependencies, model weights
	@sh tools/setup.sh run

setup-test: ## The same, and what the tests need (Chromium)
	@sh tools/setup.sh test

run: setup ## Start everything, show the demonstration, stay up for a browser
	@$(BIN)/crossing demo --stay $(ARGS)

demo: setup ## The demonstration alone; writes var/demo.json
	@$(BIN)/crossing demo $(ARGS)

test: setup-test ## All tests, on the real parts
	@$(PYTEST) -n 3 --dist loadfile $(ARGS)

lint: setup ## ruff, mypy --strict, import-linter, hadolint, the lock file
	@sh tools/lint.sh

format: setup ## Format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: setup ## Measure, each thing beside a peer in the same run
	@sh tools/bench.sh $(ARGS)

soak: setup-test ## The slow tests: hundreds of kills and cut links, error rates of faces
	@$(PYTEST) -m soak $(ARGS)

fuzz: setup ## An hour of hostile lines, files and pages against the reading of documents
	@$(BIN)/uv run --no-sync --with atheris==3.0.0 python -m tools.fuzz --minutes 60 --target both $(ARGS)

clean: ## Remove the state of the demonstration
	@rm -rf var

distclean: clean ## Remove everything that set-up made
	@rm -rf .venv models
