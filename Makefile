# make run      set up, run the baseline at full size, say where the report is; another prefecture: make run REGION=kanagawa
# make test     set up and run the tests
# make check    what CI runs: tests, lint, types, import contracts
# make validate published figures beside simulated ones, full size
# make backtest forecasts as of October of R5 to R7 beside what was published later, full size; writes docs/backtest.md (half an hour)
# make notebooks run the notebooks on a small sample
# make docs     the site, in English and Japanese, into site/; strict: links, anchors, references (20 seconds)
# make ui       the page in the browser, on this machine only
# make ends     every parameter at both ends of its range, one at a time (hours)
# make samebits the same digests under other processors, threads and Pythons (half an hour)
# make mutants  faults put in on purpose: do the tests see them? (an hour)
# make twin     100,000 random households a year: the calculator against a twin written from the law (half an hour)
# make shape    how the code is built: lengths, parameters, complexity
# make fuzz     thousands of mutated scenario, household and study files; the accepted ones run
# make bench    budgets, beside numpy and mesa on the same work
# make peers    births and deaths in starsim, neworder, vivarium, mesa, mesa-frames and numpy beside ours; writes docs/peers.md (20 minutes)
# make growth   time and memory from 1/1000 to everybody, by threads; writes docs/peers.md and its figure (10 minutes)
# make wheel    sdist and wheel are complete, and the installed wheel works from an empty folder
# make lowest   the lower bounds of pyproject.toml hold: tests and a run with the lowest versions allowed
# make chaos    50 random kills of commands at work, and 100 runs in one process: is anything lost or kept?

PYTHON ?= python3
REGION ?= tokyo
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
READYD := $(VENV)/.ready-dev
# the constraints hold for the tools that build the package too: for pip before 26.2 by the first name, later by the second
PINNED := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt
INSTALL := $(PINNED) $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run notebooks docs ui test check lint types contracts validate backtest bench peers growth shape fuzz ends samples samebits mutants wheel lowest chaos twin clean

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) -e .
	$(BIN)/kokuho prepare
	touch $@

$(READYD): $(READY)
	$(INSTALL) -e ".[dev]"
	touch $@

run: $(READY)
	$(BIN)/kokuho run scenarios/baseline.yaml --region $(REGION) --no-report
	$(BIN)/kokuho report baseline --region $(REGION)

test: $(READYD)
	$(BIN)/python -m pytest -m "not full" -n 2 --dist loadfile

# the facts of the full baseline, by which samples are told, and what samples miss: some seven minutes
samples: $(READY)
	$(BIN)/kokuho calibrate --controls --page docs/samples.md

notebooks: $(READYD)
	KOKUHO_SAMPLE=2000 KOKUHO_SOBOL=2 $(BIN)/python -m pytest -q --nbmake --nbmake-timeout=300 notebooks

docs: $(READYD)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

ui: $(READY)
	$(BIN)/python -c "import nicegui" 2>/dev/null || $(INSTALL) -e ".[ui]"
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
	$(BIN)/kokuho validate --region $(REGION)

backtest: $(READYD)
	$(BIN)/kokuho backtest --page docs/backtest.md --keep

wheel: $(READYD)
	.ci/wheel $(BIN)/python

lowest: $(READYD)
	.ci/lowest $(BIN)/python

ends: $(READYD)
	$(BIN)/python -m tests.ends

samebits: $(READYD)
	$(BIN)/python -m tests.samebits

mutants: $(READYD)
	$(BIN)/python -m tests.mutants

twin: $(READYD)
	$(BIN)/python -m tests.reference.twin --households $(or $(HOUSEHOLDS),100000)

shape: $(READYD)
	$(BIN)/python -m benchmarks.shape

fuzz: $(READYD)
	KOKUHO_FUZZ=$(or $(FUZZ),2000) KOKUHO_FUZZ_SEED=$(or $(SEED),14) $(BIN)/python -m pytest tests/faults/test_fuzz.py

bench: $(READYD)
	$(BIN)/python -m benchmarks

peers: $(READYD)
	$(INSTALL) -e ".[peers]"
	-$(INSTALL) neworder
	-$(INSTALL) --no-deps mesa-frames==0.1.0a0
	$(BIN)/python -m benchmarks peers

growth: $(READYD)
	$(BIN)/python -m benchmarks growth

chaos: $(READYD)
	$(BIN)/python -m benchmarks.chaos $(CHAOS)

clean:
	rm -rf .cache .pytest_cache .mypy_cache .ruff_cache
