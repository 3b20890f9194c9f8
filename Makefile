# `make setup` leaves .venv/bin/pointsman. Everything else does the set-up first.
# PYTHON=python3.12 chooses the interpreter, PYTEST="-k landing" what pytest is told.

PYTHON ?= python3
PYTEST ?=

.PHONY: setup test check demo bench lock clean

setup:
	@PYTHON=$(PYTHON) scripts/setup

test: check
	.venv/bin/pytest -n 2 $(PYTEST)

check: setup
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

demo: setup
	@.venv/bin/pointsman demo

bench: setup
	.venv/bin/python -m bench

lock:
	scripts/lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
