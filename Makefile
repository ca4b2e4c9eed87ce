# `make publish` runs the main job, `make test` the checks of every day, `make test-all` all of them, `make bench`
# measures; each first sets up what it needs.

PYTHON ?= python3
BIN := .venv/bin
# Modules are compiled once and kept, whatever the shell says: a program that starts in one second would take two.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: publish test test-all lint docs bench weights lock words vendor clean

publish: .venv/.ready
	@$(BIN)/policytasks publish

# A process of pytest for each core. Tests that share a server, a browser or a file's fixtures stay in one of them.
PYTEST := $(BIN)/pytest -n auto --dist loadgroup --no-loadscope-reorder

# Lint, types, what needs no other program than policytasks, one run on Prefect and one look with a browser.
test: lint .venv/.compiled
	$(PYTEST) -m "unit or cli or smoke"

test-all: lint .venv/.compiled
	$(PYTEST) --hypothesis-profile long

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Writes the pages of docs/ that are made from the code: commands, configuration keys, tables, annotated documents.
docs: .venv/.ready
	@$(BIN)/python docs/generate.py

# Fits the weights by which the reader chooses tasks on annotated documents, and prints what got better and worse.
# FOLDERS names the folders; docs/evaluation.md says what they hold.
FOLDERS ?= training/documents
weights: .venv/.ready
	@$(BIN)/python training/fit.py $(FOLDERS)

# The tests start many processes: what those import is compiled beforehand, once.
.venv/.compiled: .venv/.ready
	@echo "compiling what is in .venv (once)"
	@$(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null || true  # templates of code are in it, which are none
	@touch $@

# Measures policytasks beside what people would take instead, and writes docs/benchmarks.md. With more time: ROUNDS=3,
# MANY=10000 and SCALE=100000; with less: ONLY="executors.py starts.py", which renews those sections.
ROUNDS ?= 1
PAGES ?= 500
DOCUMENTS ?= 2000
MANY ?= 1000
SCALE ?= 2000
bench: .venv/.ready .venv-bench/.ready
	@$(BIN)/python benchmarks/bench.py --rounds $(ROUNDS) --pages $(PAGES) --documents $(DOCUMENTS) \
		--many $(MANY) --scale $(SCALE) $(if $(ONLY),--only $(ONLY)) \
		$(if $(CORPUS),--corpus $(CORPUS))

# The programs that it is measured beside have an environment of their own, so that they weigh on nobody else.
.venv-bench/.ready: benchmarks/requirements.txt .venv/.ready
	@echo "setting up .venv-bench (once; about 400 MB)"
	@$(PYTHON) -m venv .venv-bench
	@if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install -q --python .venv-bench --require-hashes -r $<; \
		else .venv-bench/bin/pip install -q --require-hashes -r $<; fi
	@touch $@

# Installs exactly what requirements.lock names: with uv if it is there or can be installed, else with pip.
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "policytasks needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	@echo "setting up .venv (once; about 900 MB)"
	@$(PYTHON) -m venv .venv
	@uv=$$(command -v uv || { $(BIN)/pip install -q uv 2>/dev/null && echo $(BIN)/uv; }); \
		{ [ -n "$$uv" ] && $$uv pip install -q --python .venv --require-hashes -r requirements.lock; } || \
		$(BIN)/pip install -q --require-hashes -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Resolves the newest versions that pyproject.toml allows. The lock holds names, versions and hashes, no addresses.
lock: .venv/.ready
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--upgrade pyproject.toml --group dev -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--upgrade benchmarks/requirements.in -o benchmarks/requirements.txt

# Adds the new words of pages and tables to zh.po; they have no translation yet, and a test names them.
words: .venv/.ready
	@$(BIN)/python -m tests.catalog.words

# Bundles anew what the catalog's pages load of other people's work; the only thing here that needs Node.
vendor:
	cd src/catalog/vendor && npm ci --no-audit --no-fund && node build.mjs

clean:
	rm -rf .venv .venv-bench .mypy_cache .pytest_cache .ruff_cache
