# Two commands: `make demo` and `make test`. Both make .venv by themselves and
# need nothing but Python 3.11 to 3.13 and make.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install --quiet --constraint constraints.txt

.PHONY: demo docs test lint

demo: $(VENV)/demo.installed
	$(RUN) -m tools.demo --output_dir=demo_output

test: $(VENV)/test.installed
	for backend in tensorflow jax torch; do \
	  echo "== $$backend =="; \
	  KERAS_BACKEND=$$backend $(RUN) -m pytest -q -n auto \
	    --maxprocesses 8 --dist worksteal --durations 25 || exit 1; \
	done

lint: $(VENV)/test.installed
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(VENV)/bin/lint-imports

# The site in site/, the try-it page in site/try where npm is. With --quiet
# warnings would not be errors. MkDocs empties site/, so the page, whose files
# take minutes to convert, is kept in build/.
docs: $(VENV)/docs.installed
	NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict
	if command -v npm > /dev/null; then \
	  $(RUN) -m tools.web_demo --precisions=dynamic --output_dir=build/try \
	    && cp -R build/try/. site/try; \
	else echo "No npm (Node.js): the site comes without its try-it page."; fi

# A stamp is made anew when what is to be installed changes.
$(VENV)/demo.installed: pyproject.toml constraints.txt | $(RUN)
	$(INSTALL) --editable '.[export,visualization]'
	touch $@

$(VENV)/docs.installed: pyproject.toml constraints.txt | $(RUN)
	$(INSTALL) --editable '.[docs,export,visualization]'
	touch $@

# The pinned PyTorch first: a package that asks for any version of it would
# bring a newer one, with gigabytes of CUDA libraries.
$(VENV)/test.installed: pyproject.toml constraints.txt | $(RUN)
	$(INSTALL) torch
	$(INSTALL) --editable '.[all,test]'
	touch $@ $(VENV)/demo.installed

$(RUN):
	$(PYTHON) -m venv $(VENV)
