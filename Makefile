# ServiceLab: every job by name. `make help` lists them.
SWIFT   ?= swift
CONFIG  ?= debug
STRICT  := --explicit-target-dependency-import-check error
SUDO    := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)
LABCTL   = .build/$(CONFIG)/labctl
TOPOLOGY ?= marketplace

.PHONY: help deps build release test up bench torture determinism mutants lint format docs clean

help: ## list the jobs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

deps: ## install what a fresh machine lacks: SQLite's and LMDB's headers
	@has() { [ -f "/usr/include/$$1" ] || pkg-config --exists "$$2" 2>/dev/null; }; \
	if ! { has lmdb.h lmdb && has sqlite3.h sqlite3; }; then \
	  if command -v apt-get >/dev/null; then $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq libsqlite3-dev liblmdb-dev pkg-config; \
	  elif command -v brew >/dev/null; then brew install lmdb sqlite pkg-config; \
	  else echo "install the development files of SQLite and LMDB (Debian: libsqlite3-dev liblmdb-dev)" >&2; exit 1; fi; fi

build: deps ## build everything (CONFIG=debug or release)
	$(SWIFT) build -c $(CONFIG) $(STRICT)

release: deps ## build labctl and labbench with optimisation
	$(SWIFT) build -c release --scratch-path .build-release --product labctl
	$(SWIFT) build -c release --scratch-path .build-release --product labbench

up: deps ## build and start the lab in the foreground (TOPOLOGY=marketplace, users-orders or order-events)
	$(SWIFT) build -c $(CONFIG) --product labctl
	$(LABCTL) up --topology $(TOPOLOGY)

test: deps ## build and run all tests
	$(SWIFT) build --build-tests $(STRICT)
	@{ $(SWIFT) test --skip-build 2>&1 || echo "tests failed"; } | tee .build/test.log; \
	if tail -n 1 .build/test.log | grep -q '^tests failed$$'; then \
	  echo; echo "what failed (all of it: .build/test.log):"; \
	  awk '/^✘/ {p = 1} /^[^✘↳ ]/ {p = 0} p' .build/test.log; exit 1; fi

torture: deps ## kill the lab at random moments under load, 20 times, and check every invariant (SEED=, ROUNDS=)
	$(SWIFT) build -c $(CONFIG) --product labctl
	$(LABCTL) torture --rounds $(or $(ROUNDS),20) $(if $(SEED),--seed $(SEED))

SEEDS ?= 1..10000
HISTORIES = .build/determinism
determinism: deps ## run every seed twice in a release build and once in a debug build, and compare the histories (SEEDS=1..10000)
	$(SWIFT) build -c debug --product labctl
	$(SWIFT) build -c release --scratch-path .build-release --product labctl
	mkdir -p $(HISTORIES)
	.build-release/release/labctl sim --seeds $(SEEDS) --digests $(HISTORIES)/release --failures 1000000 --no-shrink || [ $$? = 1 ]
	.build-release/release/labctl sim --seeds $(SEEDS) --digests $(HISTORIES)/again --failures 1000000 --no-shrink || [ $$? = 1 ]
	.build/debug/labctl sim --seeds $(SEEDS) --digests $(HISTORIES)/debug --failures 1000000 --no-shrink || [ $$? = 1 ]
	cmp $(HISTORIES)/release $(HISTORIES)/again
	cmp $(HISTORIES)/release $(HISTORIES)/debug
	@echo "$(SEEDS): $$(wc -l < $(HISTORIES)/release) histories, equal in three processes and two builds"

mutants: deps ## plant every seeded bug, see the simulation find it, write docs/mutants.md (ONLY=saga,inbox.missing for some)
	$(SWIFT) build --build-tests
	MUTANTS=$(or $(ONLY),all) $(SWIFT) test --skip-build --filter MutantHunt

bench: release ## measure, with the raw limit beside each figure
	.build-release/release/labbench all

lint: ## check the formatting
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Playground

format: ## format in place
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests Playground

docs: ## check that the documents agree with the code
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --filter TidyTests

clean: ## remove what was built
	rm -rf .build .build-release
