# make run      set up, run the baseline at full size, say where the report is
# make test     set up and run the tests
# make check    what CI runs: tests, lint, types, import contracts
# make validate published figures beside simulated ones, full size
# make notebooks run the notebooks on a small sample
# make ui       the page in the browser, on this machine only
# make fuzz     thousands of mutated scenario, household and study files; the accepted ones run
# make bench    budgets, beside numpy and mesa on the same work

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
READYD := $(VENV)/.ready-dev

.PHONY: run notebooks ui fuzz test check lint types contracts validate bench clean

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

fuzz: $(READYD)
	KOKUHO_FUZZ=$(or $(FUZZ),2000) KOKUHO_FUZZ_SEED=$(or $(SEED),14) $(BIN)/python -m pytest tests/faults/test_fuzz.py

bench: $(READYD)
	$(BIN)/python -m benchmarks

clean:
	rm -rf .cache .pytest_cache .mypy_cache .ruff_cache
