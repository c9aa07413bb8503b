# Prerequisites: python3 (3.11 or newer) and make. Everything else is put into .venv and node_modules.
SHELL := /bin/sh
PY := .venv/bin/python
REGISTRY := .venv/bin/registry
NODE_TOOL := $(PY) scripts/node_tool.py

.PHONY: setup demo years test campaign kill-campaign issue-campaign verify-build lint bench format lock docs clean
.DEFAULT_GOAL := setup

setup: .venv/.ready
	@$(PY) -m registry_sdk.compile

.venv/.ready: requirements/dev.lock package-lock.json pyproject.toml scripts/node_tool.py
	@python3 -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "python3 must be 3.11 or newer")'
	@test -x $(PY) || python3 -m venv .venv
	@test -x .venv/bin/uv || $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@.venv/bin/uv pip sync --quiet --require-hashes requirements/dev.lock requirements/uv.lock
	@.venv/bin/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@$(NODE_TOOL) npm ci --silent
	@touch $@

demo: setup
	@$(REGISTRY) demo $(if $(EXIT),--exit,)

years: setup
	@$(REGISTRY) years

# Tests that start and kill whole processes run after the others, so that these are not slowed down by them.
test: setup lint
	@$(PY) -m pytest -n 2 --dist loadfile -m "not e2e and not kill"
	@$(PY) -m pytest -n 2 --dist loadfile -m "e2e or kill"

# Longer campaigns: more random sequences on the contracts, more kills over a running demonstration.
campaign: setup
	@HYPOTHESIS_PROFILE=campaign $(PY) -m pytest tests/properties

kill-campaign: setup
	@REGISTRY_KILLS=60 $(PY) -m pytest -m kill -rP tests/e2e
	@REGISTRY_LISTENER_KILLS=40 $(PY) -m pytest -m kill -rP tests/sources
	@REGISTRY_KILLS=500 $(PY) -m pytest -m kill -rP --timeout 1800 tests/oracles

# A national table, calculated, written and issued while service and node are killed; prints rows a second and gas a row.
issue-campaign: setup
	@REGISTRY_ISSUE_ROWS=$(or $(ROWS),8000) REGISTRY_ISSUE_KILLS=$(or $(KILLS),20) \
		$(PY) -m pytest -m kill -rP --timeout 3600 tests/e2e/test_issue_campaign.py

# Compile every contract once more with another tool and compare the code.
verify-build: setup
	@$(PY) -c 'from registry_sdk.compile import install_solc; install_solc()'
	@SOLCX_BINARY_PATH=.venv/solcx .venv/bin/ape run verify_build

lint: setup
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy
	@$(NODE_TOOL) prettier --check --log-level warn 'contracts/**/*.sol'
	@$(NODE_TOOL) solhint --max-warnings 0 'contracts/**/*.sol'
	@$(PY) -m registry_cli.docs --check

format: setup
	@.venv/bin/ruff check --quiet --fix . ; .venv/bin/ruff format --quiet .
	@$(NODE_TOOL) prettier --write --log-level warn 'contracts/**/*.sol'

docs: setup
	@$(PY) -m registry_cli.docs

bench: setup
	@$(REGISTRY) bench gas
	@$(REGISTRY) bench oracle

lock:
	@.venv/bin/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
		--custom-compile-command 'make lock' requirements/dev.in -o requirements/dev.lock
	@.venv/bin/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
		--custom-compile-command 'make lock' requirements/uv.in -o requirements/uv.lock
	@$(NODE_TOOL) npm install --package-lock-only --silent && $(PY) scripts/strip_lock.py

clean:
	rm -rf .venv node_modules .build registry_sdk/artifacts
