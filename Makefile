# make serve runs the sample application, make test the tests; both set up all they need.
# make PYTHON=python3.12 VENV=.venv312 test takes another Python.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
COVERAGE_FILE ?= .coverage
LOCALE := pyramid_cognito/locale

.PHONY: help serve test lint format translations bench test-browser clean

help:
	@echo "make serve         the sample application at http://localhost:6543, on the embedded pool"
	@echo "make test          unit and functional tests, with coverage"
	@echo "make lint          ruff and mypy"
	@echo "make format        ruff mends what it can"
	@echo "make translations  gathers the sentences anew; then fill in the .po files and run it again"
	@echo "make test-browser  the sample application in Chromium (Debian's package chromium)"
	@echo "make bench         what it costs, against its peers"
	@echo "make clean         remove what these made, the embedded pool's users included"

serve: $(VENV)/ministack/.installed
	$(BIN)/python -m pyramid.scripts.pserve development.ini --reload

test: $(VENV)/ministack/.installed
	$(BIN)/python -m pytest --numprocesses auto --cov --cov-report=term-missing:skip-covered

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

translations: $(VENV)/.installed
	$(BIN)/pybabel extract --mapping pyproject.toml --omit-header --no-location --no-wrap \
		--sort-output --output $(LOCALE)/pyramid_cognito.pot pyramid_cognito
	$(BIN)/pybabel update --domain pyramid_cognito --input-file $(LOCALE)/pyramid_cognito.pot \
		--output-dir $(LOCALE) --no-fuzzy-matching --ignore-obsolete --no-wrap \
		--ignore-pot-creation-date
	$(BIN)/pybabel compile --domain pyramid_cognito --directory $(LOCALE)

bench: $(VENV)/ministack/.installed $(VENV)/.bench-installed
	$(BIN)/python -m benchmarks

test-browser: $(VENV)/ministack/.installed $(VENV)/.browser-installed
	$(BIN)/python -m pytest tests/browser

clean:
	rm -rf $(VENV) .cognito-local .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache *.egg-info

$(VENV)/.installed: pyproject.toml
	@echo "==> a virtual environment in $(VENV), once: about a minute"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --editable '.[fast,serve,test,lint]'
	@touch $@

$(VENV)/ministack/.installed: $(VENV)/.installed pyramid_cognito/local/install.py
	@echo "==> the embedded user pool, in an environment of its own"
	$(BIN)/python -m pyramid_cognito.local install
	@touch $@

$(VENV)/.bench-installed: $(VENV)/.installed pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[bench]'
	@touch $@

$(VENV)/.browser-installed: $(VENV)/.installed pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[browser]'
	@touch $@
