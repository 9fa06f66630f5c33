# make demo   set up, then the sample chain is really dialled over a telephone network on loopback
# make test   set up, then all tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
SPEECH_MODEL := $(abspath ../shared/speech/model)
export HUIFANG_ASR_MODEL ?= $(if $(wildcard $(SPEECH_MODEL)/tokens.txt),$(SPEECH_MODEL),)
PYTEST_ARGS ?=

FUZZ_SECONDS ?= 600
FUZZ_TARGETS := sip sdp rtp rtcp voice-line
PEERS := .venv-peers

.PHONY: demo test setup check lint types imports migrations translations pictures lock clean fuzz bench-peers

demo: setup
	$(BIN)/huifang demo

test: setup $(STAMPS)/dev
	@sh scripts/install_system_packages.sh
	$(BIN)/pytest -n 3 --dist loadgroup $(PYTEST_ARGS)

# The README's picture, taken by the browser test during a real run.
pictures: setup $(STAMPS)/dev
	PICTURES=$(abspath docs/pictures) $(BIN)/pytest tests/road -k person

# What strangers may send us, drawn by coverage; a finding stops it and belongs into a test.
fuzz: setup $(STAMPS)/fuzz
	for target in $(FUZZ_TARGETS); do $(BIN)/python tests/fuzz/run.py $$target $(FUZZ_SECONDS) || exit 1; done

# What benchmarks/ measures us against, in an environment of its own.
bench-peers: $(PEERS)/.stamp

setup: $(STAMPS)/runtime $(STAMPS)/frontend $(STAMPS)/messages

check: setup $(STAMPS)/dev lint types imports migrations translations

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

migrations:
	@mkdir -p $(VENV)/check-home
	HUIFANG_HOME=$(abspath $(VENV))/check-home DJANGO_SETTINGS_MODULE=huifang.settings \
		$(BIN)/python -m django makemigrations --check --dry-run

translations:
	$(BIN)/python scripts/check_translations.py

# Upgrades every pinned version; the locks carry hashes but no index address.
lock: $(VENV)/pyvenv.cfg
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile $(LOCK_FLAGS) --extra speech --extra postgres --extra softphone -o requirements/runtime.lock pyproject.toml
	$(BIN)/pip-compile $(LOCK_FLAGS) -o requirements/dev.lock requirements/dev.in
	$(BIN)/pip-compile $(LOCK_FLAGS) -o requirements/fuzz.lock requirements/fuzz.in
	$(BIN)/pip-compile $(LOCK_FLAGS) -o requirements/bench.lock requirements/bench.in

LOCK_FLAGS := --upgrade --quiet --strip-extras --generate-hashes --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

clean:
	rm -rf $(VENV) $(PEERS) node_modules src/huifang/web/static/vendor

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Huifang needs Python 3.11 or newer: run make with PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/runtime: $(VENV)/pyvenv.cfg requirements/runtime.lock pyproject.toml
	$(BIN)/pip install --disable-pip-version-check --quiet --require-hashes -r requirements/runtime.lock
	$(BIN)/pip install --disable-pip-version-check --quiet --no-deps --editable .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: $(STAMPS)/runtime requirements/dev.lock
	$(BIN)/pip install --disable-pip-version-check --quiet --require-hashes -r requirements/dev.lock
	@touch $@

$(STAMPS)/fuzz: $(STAMPS)/dev requirements/fuzz.lock
	$(BIN)/pip install --disable-pip-version-check --quiet --require-hashes -r requirements/fuzz.lock
	@touch $@

$(PEERS)/.stamp: requirements/bench.lock
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --disable-pip-version-check --quiet --require-hashes -r requirements/bench.lock
	@touch $@

$(STAMPS)/frontend: $(STAMPS)/runtime package.json package-lock.json scripts/frontend_assets.py
	$(BIN)/python scripts/frontend_assets.py
	@touch $@

$(STAMPS)/messages: $(STAMPS)/runtime $(wildcard src/huifang/locale/*/LC_MESSAGES/*.po) scripts/compile_messages.py
	$(BIN)/python scripts/compile_messages.py
	@touch $@
