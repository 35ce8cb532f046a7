# Two commands: `make demo` and `make test`. Both make .venv by themselves and
# need nothing but Python 3.11 to 3.13 and make.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install --quiet --constraint constraints.txt

.PHONY: demo test lint

demo: $(VENV)/demo.installed
	$(RUN) -m tools.demo --output_dir=demo_output

test: $(VENV)/test.installed
	for backend in tensorflow jax torch; do \
	  echo "== $$backend =="; \
	  KERAS_BACKEND=$$backend $(RUN) -m pytest -q -n auto \
	    --maxprocesses 8 --dist worksteal || exit 1; \
	done

lint: $(VENV)/test.installed
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(VENV)/bin/lint-imports

# A stamp is made anew when what is to be installed changes.
$(VENV)/demo.installed: pyproject.toml constraints.txt | $(RUN)
	$(INSTALL) --editable '.[export,visualization]'
	touch $@

# The pinned PyTorch first: a package that asks for any version of it would
# bring a newer one, with gigabytes of CUDA libraries.
$(VENV)/test.installed: pyproject.toml constraints.txt | $(RUN)
	$(INSTALL) torch
	$(INSTALL) --editable '.[export,hub,jax,test,torch,visualization]'
	touch $@ $(VENV)/demo.installed

$(RUN):
	$(PYTHON) -m venv $(VENV)
