# `make help` explains each target. What follows ## is its explanation.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := $(CURDIR)/.tools/bin
TARGET := $(or $(CARGO_TARGET_DIR),target)
export KT_TOOLS ?= $(CURDIR)/.tools

# Everything is built with --workspace or without -p: choosing one package resolves other features of shared
# dependencies and builds half of them again.

.PHONY: help run test test-web walk lint bench check-deploy sqlx sqlx-check tools clean-data need-cargo need-web need-interop need-chromium need-nginx

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: tools need-cargo need-web ## Set up what is missing, start the demo region and print where it is. Ctrl-C stops it.
	@echo "Building (some minutes the first time) …"
	@cargo build --bin kulturtorg
	@exec $(TARGET)/debug/kulturtorg up $(ARGS)

test: lint test-web need-interop need-chromium ## Check and test everything; needs nothing running.
	@echo "Building the tests …"
	@$(BIN)/cargo-nextest nextest run --workspace --no-run
	@$(TARGET)/debug/with-servers -- $(BIN)/cargo-nextest nextest run --workspace $(ARGS)
	@$(if $(ARGS),,echo "Walking through the web app …" && npm run --silent walk --prefix web)

test-web: need-web ## Check the web app: types, unit tests, weight of the first load.
	@echo "Checking the web app …"
	@cd web && export PATH="$(BIN):$$PATH" && npm run --silent check && npm test --silent && npm run --silent size

walk: tools need-cargo need-web need-chromium ## Walk through the web app as its people, in Chromium against a demo region. ARGS="-t word": some walks.
	@cargo build --quiet --bin kulturtorg
	@npm run --silent walk --prefix web -- $(ARGS)

lint: tools need-cargo ## Check format, lints, the .proto files, and licences and sources of dependencies.
	cargo fmt --all --check
	$(BIN)/buf lint
	$(BIN)/cargo-deny --log-level error check -D unnecessary-skip -D unmatched-skip licenses bans sources
	cargo clippy --quiet --workspace --all-targets -- -D warnings

bench: tools need-cargo need-nginx ## Measure the region and its gateway, beside the raw servers and nginx. ARGS="--only gateway": a part.
	@cargo run --release --bin kulturtorg -- bench $(ARGS)

check-deploy: ## Put the container and Kubernetes files together with their tools (docker compose, kubectl).
	@command -v kubectl >/dev/null || { echo "error: kubectl is missing: install it from https://kubernetes.io/docs/tasks/tools and run make again" >&2; exit 1; }
	@for overlay in deploy/k8s/overlays/*/; do kubectl kustomize "$$overlay" >/dev/null; echo "$$overlay is complete"; done
	@docker compose version >/dev/null 2>&1 || { echo "error: docker compose is missing: install Docker's compose plugin (https://docs.docker.com/compose/install) and run make again" >&2; exit 1; }
	@docker compose config --quiet
	@echo "docker-compose.yml is complete"

sqlx: tools need-cargo .tools/cargo/bin/sqlx ## Refresh services/*/.sqlx after a change of SQL or migrations.
	@PATH=$(CURDIR)/.tools/cargo/bin:$$PATH cargo run --quiet --bin with-servers -- scripts/sqlx.sh

sqlx-check: tools need-cargo .tools/cargo/bin/sqlx ## Say whether services/*/.sqlx are up to date.
	@PATH=$(CURDIR)/.tools/cargo/bin:$$PATH cargo run --quiet --bin with-servers -- scripts/sqlx.sh --check

.tools/cargo/bin/sqlx:
	@echo "Building sqlx-cli (some minutes, once) …"
	@cargo install --quiet --locked --root .tools/cargo sqlx-cli --version 0.9.0 --no-default-features --features postgres,sqlx-toml

tools: ## Install the pinned servers and checkers into .tools/.
	@scripts/tools.sh

clean-data: ## Remove the demo region's data and keys. Stop it first.
	@scripts/clean-data.sh

need-cargo:
	@command -v cargo >/dev/null || { echo "error: cargo is missing: install Rust from https://rustup.rs and run make again" >&2; exit 1; }

# Packages of an npm project, when it has a lock file and its packages are not the ones that it names.
define npm-packages
	@if [ $(1)/package-lock.json -nt $(1)/node_modules/.package-lock.json ]; then \
		command -v npm >/dev/null || { echo "error: npm is missing: install Node 20 or newer and run make again" >&2; exit 1; }; \
		echo "Installing the packages of $(1) …"; \
		npm ci --prefix $(1) --ignore-scripts --no-fund --no-audit --loglevel error; \
	fi
endef

# The web app, built again when something that it is made of is newer than the last build. What generators write there
# is no source.
need-web: tools
	$(call npm-packages,web)
	@if [ -f web/package.json ] && { [ ! -f web/build/200.html ] || [ -n "$$(find web proto buf.yaml \
			\( -path web/node_modules -o -path web/build -o -path web/.svelte-kit -o -path web/client/src/gen -o -path web/src/lib/reference/made -o -path web/client/dist \) -prune -o \
			! -path web ! -path web/client ! -path web/client/src ! -path web/src/lib/reference -newer web/build/200.html -print -quit)" ]; }; then \
		command -v npm >/dev/null || { echo "error: npm is missing: install Node 20 or newer and run make again" >&2; exit 1; }; \
		echo "Building the web app …"; \
		PATH="$(BIN):$$PATH" npm run build --prefix web --silent >/dev/null; \
	fi

need-chromium:
	@command -v $${CHROMIUM:-chromium} >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Chromium …"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
		else \
			echo "error: Chromium is missing: install it (Debian: apt-get install chromium), or name it in CHROMIUM, and run make again" >&2; exit 1; \
		fi; }

# Only measured against: without it that comparison is left out, and the report says so. RUNLEVEL=1 keeps the package from
# starting a server of its own.
need-nginx:
	@if ! PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing nginx …"; \
		{ apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx >/dev/null; } || \
			echo "nginx cannot be installed; measuring goes on without it"; \
	fi

need-interop:
	$(call npm-packages,tests/interop)
