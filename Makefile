# Two commands: `make run` gives a working office, `make test` proves it. Both begin with `make setup`.
SHELL := /bin/bash
PYTHON ?= python3.11
PORT ?= 8000
# Test processes at a time: many tests start servers and browsers of their own, so two keep two cores busy; three were
# no faster.
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
# Its headless shell begins a page with half of the work.
CHROMIUM ?= $(shell command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome)
export CHROMIUM

# Compiled modules are kept, whatever the surroundings say: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

# python3.11 may be called python3 only.
ifeq ($(shell command -v $(PYTHON)),)
PYTHON := python3
endif

.PHONY: setup run test lint style types docs pictures audit release bench bench-full soak fuzz tamper cases mining browser clean

setup: $(VENV)/installed api/static/vendor/built

$(VENV)/installed: setup.cfg pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

api/static/vendor/built: $(wildcard api/assets/*.json api/assets/*.mjs api/assets/*.js api/assets/*.css api/assets/src/* api/assets/src/*/* api/templates/pages/*.html api/pages/*.py)
	cd api/assets && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run --silent build
	touch $@

run: setup
	$(BIN)/yichuang init --demo
	exec $(BIN)/yichuang serve --port $(PORT)

browser:
	@test -n "$(CHROMIUM)" || { \
	  echo "installing the shell of Debian's chromium for the browser tests"; \
	  if [ "$$(id -u)" = 0 ]; then as=; else as=sudo; fi; \
	  $$as apt-get update -qq && { $$as apt-get install -y -qq chromium-headless-shell fonts-noto-cjk >/dev/null \
	  || $$as apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; }; }

test: setup browser
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal

# Its parts need nothing of each other: `make --jobs 2 lint` keeps two cores busy.
lint: style types docs audit

style: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed
	$(BIN)/mypy

audit: $(VENV)/installed
	BIN=$(BIN) .ci/audit

# These pages as a site; a link that leads nowhere is an error.
docs: $(VENV)/installed
	$(BIN)/python -m sphinx -W -q --keep-going -b html docs docs/_build

# The pictures of the clerks' page, from the tests that take them.
PICTURES = board:board case:case draft:task-draft inbox:inbox mentions:mentions return:task-return slip:slip \
	substitutions:substitutions task:task track:track undertaking:undertaking
pictures: setup browser
	$(BIN)/python -m pytest --numprocesses $(JOBS) tests/pages
	for one in $(PICTURES); do cp tests/screenshots/$${one#*:}-1280.png docs/images/$${one%:*}.png || exit 1; done

# dist/: wheel, sdist, documentation, SBOM; built twice, tried in empty environments. It asks for a clean tree.
release: setup
	BIN=$(BIN) .ci/release

# The peer is under the AGPL: it is installed apart, and left out where it cannot be.
bench: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	-$(BIN)/python -m benchmarks.peers.viewflow
	$(BIN)/python -m benchmarks

soak: setup
	$(BIN)/python -m tests.soak --seeds $(or $(SEEDS),1000)

# A million cases beside ten thousand, on both kinds of database: an hour on two cores, and 25 GB of disk.
bench-full: bench
	$(BIN)/python -m benchmarks.scale --cases $(or $(CASES),1000000)
	$(BIN)/python -m benchmarks.scale.out
	$(BIN)/python -m benchmarks.memory
	for workers in 1 3; do \
	  $(BIN)/python -m tests.endurance.timers_under_fire --workers $$workers --servers 0 --kills 0 || exit 1; done

# A million broken inputs for all that reads, others steered by the branches that they reach, and sets of definitions
# that are broken, or random and run.
fuzz: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[fuzz]'
	$(BIN)/python -m tests.fuzz --inputs $(or $(FUZZED),1000000)
	$(BIN)/python -m tests.fuzz.steered --seconds $(or $(STEERED),60)
	$(BIN)/python -m tests.execution.fuzz --models $(or $(MODELS),10000)
	$(BIN)/python -m tests.definitions.fuzz --inputs $(or $(INPUTS),10000)

# Simulated cases of all types, each proven and replayed.
cases: setup
	$(BIN)/python -m tests.endurance.many_cases --cases $(or $(CASES),10000)

# The export of joint cases, mined by pm4py (AGPL, so in an environment of its own).
mining: setup
	$(BIN)/python -m tests.export.mining

tamper: setup
	$(BIN)/python -m tests.history.tamper --rounds $(or $(ROUNDS),1000)

clean:
	rm -rf $(VENV) build dist docs/_build *.egg-info api/static/vendor api/assets/node_modules
