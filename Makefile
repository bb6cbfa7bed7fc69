# make demo   everything on this machine, on embedded defaults; DEMO_FOR=120 ends by itself
# make fuzz   every codec for ten minutes (FUZZ_FOR=600), guided by the lines it reaches
# make bench-lines   frames decoded per second beside foreign libraries; 200 meters on one bus against the wire
# make bench-detect  the back-test on independent simulated homes (RECORDED=DIR adds recorded ones), ours beside the peers
# make bench-card    what a gateway of 20 homes writes onto its card, by the kernel's own count of the real program
# make bench-backlog a gateway's backlog of two days drained to a real ingester while detectors sound
# make bench-flood   a gateway that sends without end: how long a neighbour's smoke takes, with and without the allowance
# make bench-month  a month of 5,000 homes in virtual time on PostgreSQL (MONTH_ARGS="--homes 500 --days 10"): promises, key figures
# make bench-screens  the desk with 500 live tickets in Chromium, CPU slowed to a quarter: bytes, requests, ms until ready, INP, sound
# make faults  kill, cut, tear, fill, replay: the real programs hurt at random moments (FAULTS_FOR=300, FAULTS_ARGS="--faults 1000")
# make soak    a month of 1,000 homes through the real programs in 25 minutes (SOAK_FOR=1500, SOAK_ARGS="--homes 300"): what grows that should not
# make bench-peers  the faults that fit, ours beside ThingsBoard IoT Gateway (PEERS=DIR PEERS_PYTHON=…/python, both outside)
# make reference   the settings reference (docs/reference) and the editors' schemas (config/schema), written again from the code
# make shots          the pictures of docs/pictures, taken again
# make quick  the tests that need no root, no server and no browser (tests/quick.txt): a minute on two cores
# make test   all tests; installs what they need (Debian packages included, see tests/packages.txt)
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO_FOR ?=
FUZZ_FOR ?= 600
FAULTS_FOR ?= 300
FAULTS_ARGS ?=
SOAK_FOR ?= 1500
SOAK_ARGS ?=

.PHONY: help setup demo test quick quick-setup test-setup lint types fuzz faults soak bench-peers bench-lines bench-detect bench-month bench-screens bench-backlog bench-flood bench-card shots reference lock clean

help:
	@grep -E '^# make' Makefile | sed 's/^# //'

setup: $(VENV)/.runtime
$(VENV)/.runtime: requirements.lock pyproject.toml config/setup.sh
	sh config/setup.sh $(PYTHON) $(VENV) requirements.lock
	@touch $@

test-setup: $(VENV)/.dev
$(VENV)/.dev: requirements-dev.lock pyproject.toml config/setup.sh tests/packages.txt tests/packages.sh
	sh config/setup.sh $(PYTHON) $(VENV) requirements-dev.lock
	sh tests/packages.sh tests/packages.txt
	@touch $@ $(VENV)/.runtime

demo: setup
	$(BIN)/linshe-sim demo $(if $(DEMO_FOR),--for $(DEMO_FOR))

lint: test-setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: test-setup
	$(BIN)/mypy

# the developers' libraries without the Debian packages, for which `make test` wants root
quick-setup: $(VENV)/.quick
$(VENV)/.quick: requirements-dev.lock pyproject.toml config/setup.sh
	sh config/setup.sh $(PYTHON) $(VENV) requirements-dev.lock
	@touch $@ $(VENV)/.runtime

quick: quick-setup
	$(BIN)/pytest -q -n auto $(shell grep -v '^#' tests/quick.txt) $(PYTEST_ARGS)

test: test-setup lint types
	$(BIN)/pytest -n auto $(PYTEST_ARGS)

faults: setup
	$(BIN)/linshe-sim faults --for $(FAULTS_FOR) $(FAULTS_ARGS)

soak: setup
	$(BIN)/linshe-sim soak --for $(SOAK_FOR) $(SOAK_ARGS)

bench-peers: setup
	$(BIN)/python tests/bench/peer_faults.py --peers $(PEERS) --python $(PEERS_PYTHON)

fuzz: test-setup
	$(BIN)/python tests/fuzz/test_fuzz_codecs.py --seconds $(FUZZ_FOR)

bench-lines: test-setup
	PYTHONPATH=. $(BIN)/python tests/bench/decoding.py
	PYTHONPATH=. $(BIN)/python tests/bench/lines.py

bench-card: test-setup
	PYTHONPATH=. $(BIN)/python tests/bench/sd_card.py

bench-backlog: test-setup
	PYTHONPATH=. $(BIN)/python tests/bench/backlog.py

bench-flood: test-setup
	PYTHONPATH=. $(BIN)/python tests/bench/flood.py
	PYTHONPATH=. $(BIN)/python tests/bench/flood.py --postgres

bench-month: test-setup
	PYTHONPATH=. $(BIN)/python tests/bench/month.py $(MONTH_ARGS)

bench-screens: test-setup
	PYTHONPATH=. $(BIN)/python tests/bench/screens.py
	PYTHONPATH=. $(BIN)/python tests/bench/sound.py

reference: test-setup
	PYTHONPATH=. $(BIN)/python -m tests.house.reference

shots: test-setup
	PYTHONPATH=. $(BIN)/python tests/bench/shots.py
	PYTHONPATH=. $(BIN)/python tests/bench/shots_of_people.py

bench-detect: setup
	sh tests/bench/detect.sh $(PYTHON) $(BIN) .bench/detect $(RECORDED)

# writes versions and hashes, never addresses; needs uv (a developer's tool, not a user's)
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	    --all-extras --group build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	    --all-extras --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) .demo .faults .soak .bench .pytest_cache .mypy_cache .ruff_cache .hypothesis
