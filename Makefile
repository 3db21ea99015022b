# make run      set up, run the baseline at full size, say where the report is
# make test     set up and run the tests
# make check    what CI runs: tests, lint, types, import contracts
# make validate published figures beside simulated ones, full size
# make notebooks run the notebooks on a small sample
# make ui       the page in the browser, on this machine only
# make ends     every parameter at both ends of its range, one at a time (hours)
# make samebits the same digests under other processors, threads and Pythons (half an hour)
# make mutants  faults put in on purpose: do the tests see them? (an hour)
# make bench    budgets, beside numpy and mesa on the same work

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
READYD := $(VENV)/.ready-dev

.PHONY: run notebooks ui test check lint types contracts validate ends samebits mutants bench clean

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	$(BIN)/kokuho prepare
	touch $@

$(READYD): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

run: $(READY)
	$(BIN)/kokuho run scenarios/baseline.yaml --no-report
	$(BIN)/kokuho report baseline

test: $(READYD)
	$(BIN)/python -m pytest -m "not full"

notebooks: $(READYD)
	KOKUHO_SAMPLE=2000 KOKUHO_SOBOL=2 $(BIN)/python -m pytest -q --nbmake --nbmake-timeout=300 notebooks

ui: $(READY)
	$(BIN)/python -c "import nicegui" 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[ui]"
	$(BIN)/kokuho ui

lint: $(READYD)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READYD)
	$(BIN)/mypy

contracts: $(READYD)
	$(BIN)/lint-imports

check: test lint types contracts

validate: $(READYD)
	$(BIN)/kokuho validate

ends: $(READYD)
	$(BIN)/python -m tests.ends

samebits: $(READYD)
	$(BIN)/python -m tests.samebits

mutants: $(READYD)
	$(BIN)/python -m tests.mutants

bench: $(READYD)
	$(BIN)/python -m benchmarks

clean:
	rm -rf .cache .pytest_cache .mypy_cache .ruff_cache
