# What people and CI run. `make chat` and `make test` do all of the set-up: they need Python >= 3.11 and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help chat mcp test lint bench bench-peers figures demo storm power faults damage readers laws sweeps machines mutants cov lock clean
help:
	@echo "make chat [ARGS=...]   set up and start dexter; ARGS are handed on, e.g. ARGS=\"--continue\""
	@echo "make mcp               what speaks with MCP servers of your own"
	@echo "make test [ARGS=...]   set up and run all tests; ARGS go to pytest"
	@echo "make lint              formatting, lint, types, direction of imports"
	@echo "make cov               the tests with branch coverage"
	@echo "make bench [ARGS=...]  benchmarks against git and other peers, with ratios; ARGS=rest the size at rest (minutes)"
	@echo "make figures           every row of the table in docs/benchmarks.md at full size, as markdown (10 minutes)"
	@echo "make bench-peers       install simonw/llm, whose store is then measured, too"
	@echo "make demo CSV=FILE     ask all questions of a CSV with kills on the way, then prove that nothing is lost"
	@echo "make storm [ARGS=...]  kill writers beside real git; ARGS e.g. \"--kills 10000 --writers 16\""
	@echo "make power [ARGS=...]  cut the power at any moment of a save, a turn, a consolidation, a recovery"
	@echo "make faults            let each call of the disk fail, in each way, once and for good"
	@echo "make damage            flip each bit of a small repository, cut and remove each file"
	@echo "make readers [ARGS=...] other implementations of git read a store that changes; ARGS e.g. \"--changes 1000\""
	@echo "make laws [LAWS=400]   as many drawn runs of several handles against a model"
	@echo "make sweeps            die and fail at every call, cut the network after every message"
	@echo "make machines [ARGS=...] machines that meet, die and are used with git; ARGS e.g. \"--schedules 100000\""
	@echo "make mutants [ARGS=..] one thing wrong at a time in gitstore; ARGS e.g. \"changes/journal objects/packs\""
	@echo "make lock              resolve the pinned requirements anew (needs uv)"

# A changed lock or project file sets up again; everything installed is checked against its hash and byte-compiled.
$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "dexter needs Python 3.11 or later; $(PYTHON) is older. Try: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes --compile -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes --compile -r requirements-dev.lock
	@touch $@

# A reader for the tests alone; where npm or its registry is not there, its tests are skipped, and say so.
$(VENV)/.node: $(VENV)/.dev tests/node/package-lock.json
	@command -v npm >/dev/null || { touch $@; exit 0; }; \
	  (cd tests/node && npm ci --ignore-scripts --silent) && touch $@ \
	  || echo "isomorphic-git could not be installed: its tests are skipped" >&2

mcp: $(VENV)/.run requirements-mcp.lock
	$(BIN)/python -m pip install --quiet --require-hashes --compile -r requirements-mcp.lock

chat: $(VENV)/.run
	@$(BIN)/python -m compileall -q dexter gitstore
	@$(BIN)/dexter $(ARGS)

# One more at once than there are cores that may be used; ARGS="-n 0" runs them one after the other.
WORKERS := -n auto --dist worksteal
test: $(VENV)/.dev $(VENV)/.node
	@$(BIN)/python -m compileall -q dexter gitstore
	$(BIN)/python -m pytest $(WORKERS) $(ARGS)

cov: $(VENV)/.dev
	$(BIN)/python -m coverage run -m pytest $(WORKERS) $(ARGS)
	$(BIN)/python -m coverage combine -q
	$(BIN)/python -m coverage report

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	@$(BIN)/python -m compileall -q dexter gitstore
	$(BIN)/python -m benchmarks $(ARGS)

figures: $(VENV)/.dev
	@$(BIN)/python -m compileall -q dexter gitstore
	@$(BIN)/python -m benchmarks table $(ARGS)

bench-peers: $(VENV)/.dev requirements-bench.lock
	$(BIN)/python -m pip install --quiet --require-hashes --compile -r requirements-bench.lock

demo: $(VENV)/.dev
	@$(BIN)/python -m compileall -q dexter gitstore
	@$(BIN)/python -m demo $(CSV) $(ARGS)

storm: $(VENV)/.dev
	$(BIN)/python -m tests.gitstore.crash.campaign $(ARGS)

power: $(VENV)/.dev
	$(BIN)/python -m tests.gitstore.crash.power.campaign $(ARGS)

faults: $(VENV)/.dev
	$(BIN)/python -m tests.gitstore.crash.faults.campaign $(ARGS)

damage: $(VENV)/.dev
	$(BIN)/python -m tests.gitstore.crash.damage.campaign $(ARGS)
readers: $(VENV)/.dev $(VENV)/.node
	$(BIN)/python -m tests.gitstore.interop.campaign $(ARGS)

LAWS ?= 400
laws: $(VENV)/.dev
	LAWS=$(LAWS) HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -q tests/gitstore/property $(ARGS)

sweeps: $(VENV)/.dev
	EVERY=1 $(BIN)/python -m pytest $(WORKERS) -q --timeout=3600 $$(grep -rl support.sweeps tests --include='test_*.py') $(ARGS)

machines: $(VENV)/.dev
	$(BIN)/python -m tests.dexter.machines.campaign $(ARGS)

mutants: $(VENV)/.dev
	nice -n 10 $(BIN)/python -m tests.mutation $(ARGS)

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header \
	  --group build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header \
	  --extra mcp -c requirements.lock pyproject.toml -o requirements-mcp.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header \
	  --group build --group dev --extra mcp -c requirements-mcp.lock pyproject.toml -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header \
	  --group bench -c requirements-dev.lock pyproject.toml -o requirements-bench.lock

clean:
	rm -rf $(VENV) .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
