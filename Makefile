# make demo | test | check | soak | lint | bench | bench-peers | clean; the first run makes .venv from constraints.txt, later runs use it.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11 python,\
	$(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $(name))))
DEMO_DIR ?= demo-output
SOAK_MINUTES ?= 60
PEERS ?=
SECONDS ?= 5
ROUNDS ?= 3
VENV := .venv
BIN := $(VENV)/bin
# Also for what the build needs, and for pip releases that read the one or the other. Relative on purpose:
# pip splits the value at spaces, and the path of a checkout may have some.
PIP := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 \
	$(BIN)/python -m pip --quiet
# The tests that need no service and little time: parts, walls and pages, and what both databases promise, on SQLite.
FAST_TESTS := -k 'not postgresql and (sqlite or unit or architecture)' tests/architecture tests/unit tests/contract
NO_PYTHON = Earmark needs Python 3.11 or newer and found none. Name one: make PYTHON=/path/to/python3 ...
NO_ENSUREPIP = $(PYTHON) cannot make a virtual environment: its module ensurepip is missing. \
	On Debian and Ubuntu install python3-venv, then run make again.

.DEFAULT_GOAL := help
.PHONY: help demo test check soak lint bench bench-peers clean

help:  ## Say what can be made.
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):[^#]*## /make \1\t/' | expand -t 18

demo: $(VENV)/.runtime  ## Run the demonstration; its report is demo-output/report.html.
	@$(BIN)/earmark demo --dir $(DEMO_DIR)

test: $(VENV)/.dev  ## Run every test.
	@$(BIN)/python -m pytest -n auto $(PYTEST_FLAGS)

check: $(VENV)/.dev lint  ## Check style, types, walls and pages, and run the fast tests: a minute, no services.
	@$(BIN)/python -m pytest -n auto -q $(FAST_TESTS) $(PYTEST_FLAGS)

soak: $(VENV)/.dev  ## Try random days, everything at once, nights of feeds and a rush with kills, for SOAK_MINUTES (60) on both databases.
	@EARMARK_SOAK_MINUTES=$(SOAK_MINUTES) $(BIN)/python -m pytest -n 5 -k as_long_as_one_likes \
		tests/property/test_execution_model.py tests/property/test_guards_in_sql.py \
		tests/chaos/everything tests/chaos/night \
		tests/chaos/test_paid_and_short.py $(PYTEST_FLAGS)

lint: $(VENV)/.dev  ## Check style, types and the direction of imports.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev  ## Measure, with the ceiling of this machine in the same run.
	@$(BIN)/python -m benchmarks.run

# The peers live in .venv-peers, each in an environment of its own. DATABASE is postgresql or sqlite; JSON and PAGE are
# files that get what was measured, the page between its marks.
bench-peers: $(VENV)/.dev  ## Place the same orders in other systems, side by side: PEERS, SECONDS (5), ROUNDS (3), JSON=FILE.
	@$(BIN)/python -m benchmarks.peers.run --peers '$(PEERS)' --seconds $(SECONDS) --rounds $(ROUNDS) \
		$(if $(DATABASE),--database $(DATABASE)) $(if $(JSON),--json '$(JSON)') $(if $(PAGE),--page '$(PAGE)')

clean:  ## Remove what make and the tools have made, the virtual environment included.
	@rm -rf $(VENV) .venv-peers demo-output build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache .grimp_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "$(NO_PYTHON)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(NO_ENSUREPIP)" >&2; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# The stamps are newer than what they were made from, so that a second run downloads nothing.
$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Earmark and the libraries it runs with ..."
	@$(PIP) install -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "Installing the tools for development ..."
	@$(PIP) install -e '.[dev]'
	@touch $@
