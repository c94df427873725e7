# spikec: a target a task. On Debian, as root, with Node 20 and nothing else:
#   make demo        compile an example and verify its Verilog bit for bit
#   make test        lint, unit tests, co-simulation (minutes)
#   make test-long   whole campaigns (hours)
#   make bench       every figure of the docs (minutes, Python too)
#   make figures     what the house is held to: rooms, sizes, proofs, times
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup tools build demo test test-long lint bench figures clean

BIN := node_modules/.bin
SPIKEC := node dist/cli/main.js
EXAMPLE := examples/radioml-small
# Commands that must be there; each is the Debian package of the same name.
TOOLS := verilator iverilog yosys z3 ccache g++ make
INSTALLED := node_modules/.package-lock.json
BENCH_PYTHON := build/bench-venv/installed
ORACLE_PYTHON := build/oracle-venv/installed
EXPORT_PYTHON := build/export-venv/installed

help:
	@sed -n 's/^#   //p' Makefile
	@echo "also: setup lint clean"

setup: tools build

# Installs what is missing if it may; says how if it may not.
tools:
	@missing=""; \
	for tool in $(TOOLS); do command -v $$tool > /dev/null || missing="$$missing $$tool"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then \
	  echo "missing:$$missing" >&2; \
	  echo "as root: apt-get update && apt-get install --no-install-recommends$$missing" >&2; exit 1; \
	fi; \
	echo "installing$$missing"; \
	apt-get update -qq; \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing > /dev/null

$(INSTALLED): package.json package-lock.json
	npm ci --loglevel=error
	@touch $@

build: $(INSTALLED)
	$(BIN)/tsc -p tsconfig.build.json

demo: setup
	$(SPIKEC) compile $(EXAMPLE)/post.qonnx.onnx --config $(EXAMPLE)/spikec.yaml -o build/radioml-small
	$(SPIKEC) verify build/radioml-small --config $(EXAMPLE)/spikec.yaml

lint: $(INSTALLED)
	$(BIN)/biome check --error-on-warnings
	$(BIN)/tsc -p .

# The shells whose completion scripts are tested.
test test-long: TOOLS += zsh fish

test: tools build lint $(ORACLE_PYTHON)
	$(BIN)/vitest run --project unit --project system \
	  --reporter=default --reporter=json --outputFile.json=build/test-report.json

test-long: tools build $(ORACLE_PYTHON) $(EXPORT_PYTHON)
	$(BIN)/vitest run --project long

# numpy and onnx for the oracle: networks and what they do, by no code of spikec's. Debian's python3 has no venv of its own.
$(ORACLE_PYTHON): sim/oracle/requirements.txt
	@if ! python3 -c 'import ensurepip, venv' 2> /dev/null; then \
	  if [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then \
	    echo "missing: python3 with venv" >&2; \
	    echo "as root: apt-get update && apt-get install --no-install-recommends python3-venv" >&2; exit 1; \
	  fi; \
	  echo "installing python3-venv"; \
	  apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv > /dev/null; \
	fi
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --no-cache-dir -r $<
	@touch $@

# PyTorch for the bench alone: 5 GB, as its wheel wants CUDA's libraries there even if no GPU is.
$(BENCH_PYTHON): bench/pytorch/requirements.txt
	@command -v python3 > /dev/null || { \
	  echo "missing: python3; as root: apt-get install --no-install-recommends python3-venv" >&2; exit 1; }
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --no-cache-dir -r $<
	@touch $@

# The frameworks that examples/export writes networks of: PyTorch again, and as large.
$(EXPORT_PYTHON): examples/export/requirements.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --no-cache-dir -r $<
	@touch $@

# Minutes, and its figures are those of an idle machine. One group alone: node bench/run.mjs wasm-native
bench: setup $(BENCH_PYTHON)
	node bench/run.mjs

# Seconds; the time of `make test` is that of its last run.
figures: $(INSTALLED)
	node sim/house/figures.mjs

clean:
	rm -rf dist build coverage .cache
