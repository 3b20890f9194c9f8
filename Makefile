# `make setup` leaves .venv/bin/pointsman. Everything else does the set-up first.
# PYTHON=python3.12 chooses the interpreter, PYTEST="-k landing" what pytest is told.

PYTHON ?= python3
PYTEST ?=

.PHONY: setup test real-agents real-editors check demo bench lock clean

setup:
	@PYTHON=$(PYTHON) scripts/setup

test: check real-agents real-editors
	.venv/bin/pytest -n 2 --dist loadgroup $(PYTEST)

# Agent programs of others, which the tests drive against a model server of their own. A test whose
# agent is not installed says so and is skipped.
real-agents:
	@if ! command -v npm >/dev/null; then echo "npm is not installed: real agents are not tested"; \
	elif ! sh tests/e2e/agents_real/install.sh >/dev/null; then \
	echo "npm can't install real agents, see above: those that are absent are not tested"; fi

# Editors that the tests drive, beside the system's own programs: a newer Neovim, luacheck, VS Code's
# own workbench, and the built extension. A test of an editor that is absent says so and is skipped.
real-editors: setup
	@if ! sh tests/e2e/editors/terminal_editors.sh neovim luacheck >/dev/null; then \
	echo "they can't be had, see above: unless they are on PATH, the plugin is not tested"; fi
	@if ! command -v npm >/dev/null; then echo "npm is not installed: VS Code is not tested"; \
	elif ! sh tests/e2e/editors/install.sh >/dev/null; then \
	echo "VS Code can't be installed, see above: it is not tested"; \
	else cd editor-client/vscode && npm run --silent check; fi

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
