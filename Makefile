# `make` alone lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
EXTRAS := dagster,postgres,dev
PIP := $(PY) -m pip --disable-pip-version-check
RUN_SIZE := about 90 MB in 100 packages
SETUP_SIZE := about 200 MB in 160 packages
WORKERS ?= 2
TESTS ?=
export REPO ONCE

# An environment whose interpreter is gone (an upgrade of the system) is made anew.
ifneq ($(wildcard $(VENV)/.made),)
ifneq ($(shell $(PY) -c '' >/dev/null 2>&1 || echo broken),)
$(shell rm -f $(VENV)/.made $(VENV)/.run $(VENV)/.setup)
endif
endif

.PHONY: help run setup test check format docs-check bench bench-index bench-context bench-callgraph bench-imports bench-trace calibrate bench-history bench-diff bench-advance bench-load bench-determinism bench-localise bench-search test-api-schema test-long test-kills coverage clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# `set -m` gives the command a process group and the terminal of its own: Ctrl-C ends it, and `make` has nothing to add.
run: readable-repo $(VENV)/.run ## Index a repository through Dagster, start the API and the UI, ask a question (REPO=path or URL, ONCE=1)
	@set -m; $(PY) -m aura_cli dev $${REPO:+--repo "$$REPO"} $${ONCE:+--once} || { code=$$?; [ $$code = 130 ] && [ -z "$${ONCE:-}" ] || exit $$code; }

.PHONY: readable-repo
readable-repo:
	@case "$${REPO:-}" in \
	  '' | *://* | *@*:* | '~'*) ;; \
	  */* | .*) [ -d "$$REPO" ] || { echo "REPO=$$REPO: there is no such folder. Check the path; an address begins with https:// or ssh://." >&2; exit 2; } ;; \
	esac

setup: $(VENV)/.setup ## Make the development environment: every extra and the tools

test: $(VENV)/.setup ## Run every test (TESTS=path or pytest options)
	@$(PY) -m pytest -n $(WORKERS) -rs $(TESTS)

check: $(VENV)/.setup ## Format, lint, types, import contracts, names, structure, versions, docs
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(PY) -m pytest tests/docs tests/core/test_fingerprint.py

format: $(VENV)/.setup ## Bring the code into its format
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

docs-check: $(VENV)/.setup ## Only the docs checks
	@$(PY) -m pytest tests/docs

bench: bench-index bench-context ## Measure the index and the answers

bench-index: $(VENV)/.setup ## Files per CPU-second and peak memory of a whole index
	@$(PY) -m benchmarks.bench_index $(ARGS)

bench-context: $(VENV)/.setup ## Latency and CPU of a context answer: warm, cold, from a command
	@$(PY) -m benchmarks.bench_context $(ARGS)

bench-callgraph: $(VENV)/.setup ## Precision and recall of the call graph (DATA=folder with PyCG's micro-benchmark)
	@$(if $(DATA),,$(error DATA=folder is missing: the folder with the call graphs to compare with))
	@$(PY) -m benchmarks.callgraph "$(DATA)" $(ARGS)

bench-trace: $(VENV)/.setup ## Recall and precision of the call graph on calls that nine packages' own tests made (ARGS='--misses 5 --wrong 5')
	@$(PY) -m benchmarks.tracing $(ARGS)

calibrate: $(VENV)/.setup ## The table of docs/graph.md: measured precision of each kind of edge
	@$(PY) -m benchmarks.tracing --calibrate $(ARGS)

bench-history: $(VENV)/.setup ## Index a history and compare each commit with a clean rebuild (REPO=path, COMMITS=300, ORDER=random, REFS="main v1")
	@$(if $(REPO),,$(error REPO=path is missing: a git repository with history))
	@$(PY) -m benchmarks.history "$(REPO)" --commits $(or $(COMMITS),300) --order $(or $(ORDER),time) $(addprefix --ref ,$(REFS)) $(ARGS)

bench-diff: $(VENV)/.setup ## How long the difference between the graphs of two commits takes (REPO=path, COMMITS=40)
	@$(if $(REPO),,$(error REPO=path is missing: a git repository with history))
	@$(PY) -m benchmarks.bench_diff "$(REPO)" --commits $(or $(COMMITS),40) $(ARGS)

bench-advance: $(VENV)/.setup ## CPU seconds from one changed file to an answer: warm, cold, watched; contexts of advanced views against rebuilt ones (REPO=path)
	@$(PY) -m benchmarks.bench_advance $(if $(REPO),"$(REPO)") $(ARGS)

bench-load: $(VENV)/.setup ## A server under load: 8 clients with mixed questions for MINUTES (10): answers a second, quantiles, refused, memory
	@$(PY) -m benchmarks.bench_load --minutes $(or $(MINUTES),10) $(ARGS)

bench-determinism: $(VENV)/.setup ## Ten whole indexes under other hash seeds and workers: the same bytes, and what two workers save (REPO=path, RUNS=10)
	@$(PY) -m benchmarks.determinism $(if $(REPO),"$(REPO)") --runs $(or $(RUNS),10) $(ARGS)

coverage: $(VENV)/.setup ## Line and branch coverage of change detection, linking dependencies, publishing, leases and collecting; fails at 90 % or less
	@$(PY) -m pytest -n $(WORKERS) --cov --cov-report= $(or $(TESTS),tests/core tests/contracts tests/pipelines)
	@$(PY) -m benchmarks.room_coverage

test-kills: $(VENV)/.setup ## Kill syncs and collections at random points and look at what they leave (N=200, SEED=1)
	@AURA_TEST_KILLS=$(or $(N),200) AURA_TEST_SEED=$(or $(SEED),1) $(PY) -m pytest -s tests/flows/test_random_kills.py

test-api-schema: $(VENV)/.setup ## Let Schemathesis test a served API against its own description (TIME=120 seconds)
	@test -x $(VENV)-schema/bin/st || { $(PYTHON) -m venv $(VENV)-schema && $(VENV)-schema/bin/pip --disable-pip-version-check --quiet install --requirement requirements-api-schema.txt; }
	@$(PY) -m benchmarks.api_schema --st $(VENV)-schema/bin/st --seconds $(or $(TIME),120)

test-long: $(VENV)/.setup ## The property tests of parsing and linking, forty times longer than in `make test` (LONG=40); collections at every boundary of a sync
	@AURA_TEST_LONG=$(or $(LONG),40) $(PY) -m pytest --timeout=0 tests/core/linking/test_incremental.py tests/core/linking/test_file_linker.py tests/core/linking/test_standard_library.py tests/core/indexing/test_gc.py tests/flows/test_same_bytes.py

bench-imports: $(VENV)/.setup ## IMPORTS and EXTENDS against CPython itself, on installed packages (ARGS="rich --detail")
	@$(PY) -m benchmarks.imports $(ARGS)

bench-localise: $(VENV)/.setup ## How often the functions of real fixes are found (DATA=folder with tasks, MIRRORS=folder with clones)
	@$(if $(DATA),,$(error DATA=folder is missing: the folder with the tasks))
	@$(if $(MIRRORS),,$(error MIRRORS=folder is missing: full clones at <owner>+<name>/repo))
	@$(PY) -m benchmarks.localise --bench "$(DATA)" --mirrors "$(MIRRORS)" $(ARGS)

bench-search: $(VENV)/.setup ## How well searches rank the files that answer a question (DATA=folder with questions, MIRRORS=folder with clones)
	@$(if $(DATA),,$(error DATA=folder is missing: the folder with the questions))
	@$(if $(MIRRORS),,$(error MIRRORS=folder is missing: full clones at <owner>+<name>/repo))
	@$(PY) -m benchmarks.search --bench "$(DATA)" --mirrors "$(MIRRORS)" $(ARGS)

clean: ## Delete the environment, builds and caches (never an index)
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# The environment. A stamp says what is whole: `.run` the core and Dagster, `.setup` everything. `.installing` stands while pip works, so
# that an environment whose making was interrupted is made anew instead of trusted.
$(VENV)/.run: pyproject.toml constraints.txt $(VENV)/.made
	@$(call install,.[dagster],$(RUN_SIZE))
	@touch $@

$(VENV)/.setup: pyproject.toml constraints.txt $(VENV)/.made
	@$(call install,.[$(EXTRAS)],$(SETUP_SIZE))
	@touch $(VENV)/.run $@

# What pip does, in a few lines: the packages of a megabyte and more, and the last step, which takes long.
define shown_progress
while IFS= read -r line; do case "$$line" in \
  *ownloading*' MB)'*) echo "  $${line#"$${line%%[![:space:]]*}"}" ;; \
  'Installing collected packages:'*) names=($$line); echo "  Installing $$(( $${#names[@]} - 3 )) packages …" ;; \
  'Successfully installed'*) echo "  The environment is ready." ;; \
esac; done
endef

define install
echo "Making the environment $(VENV) for $(1), at the versions of constraints.txt."; \
echo "The first time pip downloads $(2); this takes a minute or two:"; \
exec 9<Makefile; \
if command -v flock >/dev/null && ! flock -n 9; then echo "Another make is installing into $(VENV); wait for it." >&2; exit 1; fi; \
if [ -e $(VENV)/.installing ]; then echo "The last installation was interrupted: starting anew."; $(PYTHON) -m venv --clear $(VENV); fi; \
touch $(VENV)/.installing; \
hit=''; trap 'hit=1' INT TERM; code=0; \
$(PIP) install --progress-bar off --constraint constraints.txt --editable '$(1)' | $(shown_progress) || code=$$?; \
if [ $$code -lt 128 ] && [ -z "$$hit" ]; then rm -f $(VENV)/.installing; fi; \
if [ $$code -ne 0 ]; then exit $$code; fi; \
touch $(VENV)/.made
endef

$(VENV)/.made:
	@missing=''; \
	command -v git >/dev/null || missing="$$missing git"; \
	[ -n "$(PYTHON)" ] && $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  missing="$$missing python$$( [ -n "$(PYTHON)" ] && $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' || echo 3)-venv"; \
	if [ -n "$$missing" ]; then \
	  echo "Aura needs Python 3.11 or newer with venv, and git. On Debian and Ubuntu:" >&2; \
	  echo "  $$( [ "$$(id -u)" = 0 ] || echo 'sudo ')apt-get install -y$$missing" >&2; \
	  exit 1; \
	fi
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@touch $@
