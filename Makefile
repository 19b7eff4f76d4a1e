# What a person types, the hook and CI are the same targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AS_OF := 2025-12-31
DEMO := examples/retail

.PHONY: help setup demo test check format docs docs-serve pictures dist bench bench-spark lock clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/  /' | sort

$(VENV)/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "DataSpark needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "installing the pinned versions into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/ready  ## install the pinned versions into .venv

demo: $(VENV)/ready  ## install, make the sample data, run the pipeline and show what happened
	@test -f $(DEMO)/data/sources/achats.csv || $(BIN)/dataspark sample --project $(DEMO)
	@$(BIN)/dataspark run --project $(DEMO) --as-of $(AS_OF)

test: $(VENV)/ready  ## every test
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/ready  ## format, lint, types, import order, scripts, deploy/ and workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/shellcheck *.sh .ci/run .ci/actionlint deploy/make-env deploy/try-stack
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --offline --quiet --persona pedantic .github
	.ci/actionlint -shellcheck $(BIN)/shellcheck -pyflakes ""

format: $(VENV)/ready  ## let ruff put things in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/ready  ## the documentation as a site, in site/ (a dead link stops it)
	$(BIN)/dataspark docs-cli > docs/cli.md
	$(BIN)/dataspark docs-python > docs/python.md
	$(BIN)/zensical build --strict --clean

docs-serve: $(VENV)/ready  ## the same, built again at every change, at 127.0.0.1:8000
	$(BIN)/zensical serve --dev-addr 127.0.0.1:8000

pictures: $(VENV)/ready  ## make the documentation's pictures again, with the Chromium of this machine
	$(BIN)/python tools/pictures.py

dist: $(VENV)/ready  ## a wheel and a source archive, in dist/
	$(BIN)/hatchling build --directory dist

bench: $(VENV)/ready  ## the speed of whole runs, side by side with hand-written scripts
	$(BIN)/python benchmarks/measure.py

bench-spark: $(VENV)/ready  ## the same job on Spark, DuckDB and pandas, beside a hand-written PySpark script
	$(BIN)/dataspark doctor --install-jars >/dev/null
	$(BIN)/python benchmarks/measure.py --spark

lock:  ## pin the newest versions that fit pyproject.toml
	uv pip compile pyproject.toml --all-extras --group dev --group bench --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --output-file requirements.lock --upgrade

clean:  ## forget the environment and the demo's lake
	rm -rf $(VENV) site .cache $(DEMO)/lake $(DEMO)/data $(DEMO)/.dataspark
