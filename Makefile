# Every chore behind one command. `make run` and `make test` do all the set-up they need.
#   make run     start the app with the demo project, http://127.0.0.1:8501 (PORT=… HOST=… to change)
#   make test    lint, type check, unit tests, browser tests
#   make lint    ruff and mypy alone          make format   let ruff rewrite
#   make bench-canvas   clicks, frames and ten people on the canvas, in a real browser (ROUNDS=, PARTS="clicks frames",
#                DOCS=1 writes its section)
#   make bench   the figures of docs/benchmarks.md and pictures of the best and worst answers (DATA=folder with photos
#                and masks, else the demo's; LIMIT=objects a part; PARTS="methods time"; DOCS=1 writes the tables)
#   make setup   only the virtual environment
# PIP_OPTIONS is passed to pip: a smaller CPU-only torch, a mirror, a proxy.

PYTHON ?= python3.11
HOST ?= 127.0.0.1
PORT ?= 8501
DATA ?=
LIMIT ?=
PARTS ?=
DOCS ?=
ROUNDS ?=
PIP_OPTIONS ?=
VENV := .venv
BIN := $(VENV)/bin
FIREFOX_DRIVER := tests/e2e/firefox
PROVIDER := tests/e2e/provider
# What is imported is compiled then, once; that is a fraction of what is installed. (In many containers Python is told
# to keep nothing that it compiles: every process would compile all of torch for itself.)
export PYTHONDONTWRITEBYTECODE :=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile $(PIP_OPTIONS) -c constraints.txt

.PHONY: run test lint format bench bench-canvas setup setup-dev browsers browser-packages clean
.DEFAULT_GOAL := run

$(BIN)/python:
	@tools/system-packages python
	$(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)

$(VENV)/.ready: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(PIP) -e '.[dev]'
	@touch $@

setup: $(VENV)/.ready
setup-dev: $(VENV)/.ready-dev

run: setup
	$(if $(filter 127.0.0.1 localhost,$(HOST)),$(if $(MAA_PUBLIC_URL),,$(BIN)/maa demo))
	$(BIN)/streamlit run app.py --server.address $(HOST) --server.port $(PORT)

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -n 2

format: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

browser-packages: $(BIN)/python
	@tools/system-packages shell
	@tools/system-packages firefox
	@tools/system-packages node

$(FIREFOX_DRIVER)/node_modules/.package-lock.json $(PROVIDER)/node_modules/.package-lock.json: \
		%/node_modules/.package-lock.json: %/package-lock.json | browser-packages
	npm ci --prefix $* --no-audit --no-fund --ignore-scripts
	@touch $@

browsers: $(FIREFOX_DRIVER)/node_modules/.package-lock.json $(PROVIDER)/node_modules/.package-lock.json

test:
	@$(MAKE) --no-print-directory -j 2 browsers lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not e2e"
	$(BIN)/python -m pytest -n 3 --dist worksteal -m e2e --reruns 1 -rR

bench: setup-dev
	$(BIN)/python -m tools.bench $(if $(DATA),--data $(DATA)) $(if $(LIMIT),--limit $(LIMIT)) \
		$(if $(PARTS),--parts $(PARTS)) $(if $(DOCS),--docs)

bench-canvas: setup-dev
	@tools/system-packages browser
	$(BIN)/python -m tools.bench_canvas $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(PARTS),--parts $(PARTS)) $(if $(DOCS),--docs)

clean:
	rm -rf $(VENV) $(FIREFOX_DRIVER)/node_modules $(PROVIDER)/node_modules build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
