# Everything a contributor runs. Each target sets up what it needs; nothing changed means no work.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
KIBANA := tests/proofs/kibana
SEED := sigma/rules/cloud/aws/cloudtrail/aws_cloudtrail_iam_user_created_by_ec2_role.yml

.PHONY: help setup demo test test-splunk check fix pipelines aws-catalogue attack docs golden bench clean

help:
	@echo "make demo          set up, and print the five queries of one rule"
	@echo "make test          set up, and run the tests (under the lowest and newest Python found, too)"
	@echo "make test-splunk   let Splunk's own tools judge what we make (skipped where they cannot run)"
	@echo "make check         formatting, types, layers, generated files"
	@echo "make fix           format, and mend what ruff can"
	@echo "make pipelines     write the mapping blocks of pipelines/ from cloudtrail.csv"
	@echo "make aws-catalogue write pipelines/aws_catalogue.zip from botocore's service models"
	@echo "make attack        write tables/attack.json from MITRE's bundles: STIX=... [V18=...]"
	@echo "make docs          write docs/diagnostics.md from the declarations"
	@echo "make golden        rewrite the golden files (read the difference before you commit)"
	@echo "make bench         measure against sigma-cli and SQLite"
	@echo "make clean         remove what these targets made"

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "sigmacast needs Python 3.10 or newer; use make PYTHON=..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable . --group test --group check
	@touch $(STAMP)

demo: setup
	@$(BIN)/sigmacast convert -t all $(SEED)

# Kibana's own grammar proves the KQL goldens where npm is there; the tests say so where it is not.
$(KIBANA)/node_modules: $(KIBANA)/package.json
	@if command -v npm >/dev/null 2>&1; then \
		npm install --silent --prefix $(KIBANA) --no-package-lock --ignore-scripts \
			&& touch $@ || echo "npm could not install Kibana's grammar; those proofs are skipped" >&2; \
	fi

test: setup $(KIBANA)/node_modules
	$(BIN)/pytest -q -n auto --dist loadfile
	@$(BIN)/python tools/other_pythons.py

test-splunk: setup
	@$(BIN)/python tools/test_splunk.py

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/make_pipelines.py --check
	$(BIN)/python tools/make_docs.py --check

fix: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pipelines: setup
	$(BIN)/python tools/make_pipelines.py

aws-catalogue: setup
	@$(BIN)/python -m pip install --quiet --group catalogue
	$(BIN)/python tools/make_aws_catalogue.py

attack: setup
	@test -n "$(STIX)" || { echo "say which bundle: make attack STIX=enterprise-attack-19.json" >&2; exit 1; }
	$(BIN)/python tools/make_attack.py "$(STIX)" $(if $(V18),--v18 "$(V18)")

docs: setup
	$(BIN)/python tools/make_docs.py

golden: setup
	$(BIN)/pytest -q tests/test_golden.py tests/test_artifacts.py --update-golden

bench: setup
	$(BIN)/python benchmarks/convert.py
	$(BIN)/python benchmarks/match.py

clean:
	rm -rf .venv .venv-* .bench dist build $(KIBANA)/node_modules
