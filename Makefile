# Everything runs in .venv, which the first target makes. It needs Python 3.10 to 3.13 with its venv module, no other system package.
PYTHON ?= python3
BIN := .venv/bin
export TF_CPP_MIN_LOG_LEVEL ?= 2
# TensorFlow leaves oneDNN off on processors without AVX-512, where it makes convolutions six times as fast too.
export TF_ENABLE_ONEDNN_OPTS ?= 1

.PHONY: help demo test test-slow check format stubs docs clean
help:
	@echo "make demo       train a ResNet-20 on handwritten digits and show what it learned"
	@echo "make test       the tests (make test-slow: the long proofs)"
	@echo "make check      lint, format and types (make format: mend what can be mended)"
	@echo "make docs       the documentation as a site in build/site; warnings and broken links are errors"
	@echo "make stubs      the builders' signatures, anew, for editors and type checkers"

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' || \
	  { echo "keras_resnets needs Python 3.10 to 3.13; name one: make PYTHON=python3.12 demo"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/pip install --quiet --upgrade pip

# .venv/.digits, .venv/.test, .venv/.check and .venv/.docs stand for the package installed with that extra.
.venv/.%: .venv/bin/pip setup.py pyproject.toml
	@echo "Installing keras_resnets[$*] into .venv; the first time takes minutes."
	@$(BIN)/pip install --quiet --editable '.[$*]'
	@touch $@

demo: .venv/.digits
	@$(BIN)/keras-resnets train resnet20 --dataset digits --epochs 40 --run-dir runs/demo --overwrite

test: .venv/.test
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations 10

test-slow: .venv/.test
	$(BIN)/python -m pytest -m slow --timeout 7200 --durations 10

check: .venv/.check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.check
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

stubs: .venv/.check
	$(BIN)/python -m keras_resnets.networks.stubs

# MkDocs's warning is about a version 2 that is not taken.
docs: .venv/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build
	@echo "build/site/index.html"

clean:
	rm -rf .venv build runs *.egg-info
