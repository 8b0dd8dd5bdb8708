# Two commands: `make demo` shows the tool on a real training, `make test` runs the whole suite.
# Both need python3 and make, nothing else; PYTHON and VENV may be set.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test lint browser interpreters frameworks docs fuzz mutants release-check clean

# --no-compile: of fifteen thousand files the tests import some thousand, which compile then.
$(STAMP): requirements-dev.txt requirements-docs.txt
	@echo '[1/2] making the environment $(VENV)'
	@$(PYTHON) -m venv $(VENV)
	@echo '[2/2] installing torch 2.13.0, basicsr 1.4.2 and the test tools (one to three minutes)'
	@$(BIN)/python -m pip install -q --disable-pip-version-check -U pip 'setuptools<81' wheel
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile -r requirements-dev.txt
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/python scripts/make_demo.py

# What needs no torch runs beside its installation; then the tests have both cores for themselves.
# Their thousands of processes find this package compiled, also where Python keeps no byte code.
test:
	@$(MAKE) --no-print-directory -j 2 lint browser interpreters
	@$(BIN)/python -m compileall -q basicsr_weightcheck
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

interpreters:
	@$(PYTHON) scripts/run_interpreters.py

# The pages are tested in Debian's chromium. Where it cannot be installed those tests are skipped,
# and the summary of the run says so.
browser:
	@command -v chromedriver >/dev/null 2>&1 || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && \
	    echo 'installing chromium for the browser tests (about a minute)' && \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	      --no-install-recommends chromium chromium-driver; } >/dev/null 2>&1; } || \
	  echo 'chromium cannot be installed here: the browser tests will be skipped'

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# Holds the check against the frameworks themselves, where WEIGHTCHECK_FRAMEWORKS names a folder with
# their source trees; FRAMEWORKS_PYTHON is a Python that can import them and has the test tools.
FRAMEWORKS_PYTHON ?= $(WEIGHTCHECK_FRAMEWORKS)/venv/bin/python
frameworks:
	@$(FRAMEWORKS_PYTHON) -m pytest -q tests/frameworks

# Builds the release and tries it without torch on every Python from 3.8 to 3.13 that is found.
release-check: $(STAMP)
	@$(BIN)/python scripts/release_check.py

# SECONDS for each reader; TARGETS="zip legacy" for some of them.
fuzz: $(STAMP)
	@$(BIN)/python -m fuzz.run --seconds $(or $(SECONDS),60) $(TARGETS)

# SAMPLE changes of the code, one at a time, drawn with SEED: does a test notice? An hour or more; what
# is known is kept in .mutants/, so it can be ended and started again.
mutants: $(STAMP)
	@$(BIN)/python -m pip install -q --disable-pip-version-check cosmic-ray coverage
	@$(BIN)/python scripts/mutants.py --sample $(or $(SAMPLE),300) --seed $(or $(SEED),17) \
	    --workers $(or $(WORKERS),2)

# The documentation site, in site/; an environment of its own, because it needs no torch.
DOCS_VENV ?= .venv-docs
docs: $(DOCS_VENV)/.installed
	@NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/mkdocs build --strict --quiet
	@echo 'written: site/index.html'

$(DOCS_VENV)/.installed: requirements-docs.txt
	@echo 'making the environment $(DOCS_VENV)'
	@$(PYTHON) -m venv $(DOCS_VENV)
	@$(DOCS_VENV)/bin/python -m pip install -q --disable-pip-version-check -r requirements-docs.txt
	@touch $@

clean:
	rm -rf fuzz_work .mutants $(VENV) $(DOCS_VENV) site demo_work experiments weightcheck_reports tb_logger
