# Two commands: `make demo` shows the tool on a real training, `make test` runs the whole suite.
# Both need python3 and make, nothing else; PYTHON and VENV may be set.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test lint fuzz clean

$(STAMP): requirements-dev.txt
	@echo '[1/2] making the environment $(VENV)'
	@$(PYTHON) -m venv $(VENV)
	@echo '[2/2] installing torch 2.13.0, basicsr 1.4.2 and the test tools (one to three minutes)'
	@$(BIN)/python -m pip install -q --disable-pip-version-check -U pip 'setuptools<81' wheel
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/python scripts/make_demo.py

test: $(STAMP) lint
	@$(BIN)/python -m pytest -q -n 2
	@$(BIN)/python scripts/run_interpreters.py

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# SECONDS for each reader; TARGETS="zip legacy" for some of them.
fuzz: $(STAMP)
	@$(BIN)/python -m fuzz.run --seconds $(or $(SECONDS),60) $(TARGETS)

clean:
	rm -rf fuzz_work $(VENV) demo_work experiments weightcheck_reports tb_logger
