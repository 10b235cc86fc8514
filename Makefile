# GAN School. `make` alone lists the commands.
#
#   PYTHON=3.12    the Python to use, or its path; by default uv finds one of 3.11 to 3.13
#   TORCH=cpu      PyTorch without GPU libraries; remembered in .venv
#   UV=/path/uv    the uv that installs; by default the one on PATH, or one fetched into .uv

.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh

PYTHON ?=
TORCH ?=
VENV_PYTHON = .venv/bin/python
UV ?= uv
WORKERS ?= 2
PYTEST = $(VENV_PYTHON) -m pytest --numprocesses=$(WORKERS) --dist=worksteal
RUN_UV = UV="$(UV)" sh tools/uv.sh

# Not a file's rule: tools/install.py knows best whether anything is to be done, and returns at once
# when not. $(1) is the set of packages, course or test.
define install
@$(RUN_UV) run --quiet $(if $(PYTHON),--python "$(PYTHON)") tools/install.py \
	$(if $(TORCH),--torch "$(TORCH)") $(if $(PYTHON),--exact-python) $(1)$(if $(PYTHON),$(NO_PYTHON))
endef
# uv ends with 2 where it has no such Python, and cannot fetch it.
NO_PYTHON = || { status=$$?; test $$status != 2 || echo 'GAN School needs Python 3.11, 3.12 or 3.13:' \
	'`make $@` alone finds or fetches one.' >&2; exit $$status; }

.PHONY: help start lab test quick notebooks links benchmark report checkpoints evidence doctor pictures slides lint types format lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

start: ## install the course into .venv and train the first GAN
	$(call install,course)
	@.venv/bin/gan-school start

lab: ## open the notebooks in JupyterLab, on this machine only
	$(call install,course)
	@$(VENV_PYTHON) -m jupyterlab --ip=127.0.0.1 --notebook-dir=notebooks \
		$(if $(filter 0,$(shell id -u)),--allow-root)

test: ## run all tests, every notebook and every slide included (WORKERS=2 at once)
	$(call install,test)
	@$(VENV_PYTHON) tools/slides.py install || true
	@$(PYTEST)

quick: ## run what is fast in every folder of the tests, in two minutes or less
	$(call install,test)
	@$(PYTEST) -m "not slow and not notebook and not browser"

notebooks: ## make the notebooks from their sources and run them (NAMES="01_spiral" or NAMES=--all)
	$(call install,test)
	@$(VENV_PYTHON) tools/notebooks.py build $(NAMES)

links: ## point badges, pictures and set-up cells to another repository (REPO=owner/name)
	$(call install,test)
	@$(VENV_PYTHON) tools/notebooks.py links "$(REPO)"

benchmark: ## measure the speed of training, next to a plain loop
	$(call install,course)
	@$(VENV_PYTHON) benchmarks/speed.py
	@$(VENV_PYTHON) benchmarks/images.py

report: ## run all benchmarks, and write them into docs/benchmarks.md (MIRROR=folder with MNIST)
	$(call install,course)
	@$(VENV_PYTHON) benchmarks/report.py $(if $(MIRROR),--mirror "$(MIRROR)")

checkpoints: ## train again the small generators that come with the course (NAMES="spiral")
	$(call install,course)
	@$(VENV_PYTHON) tools/checkpoints.py $(NAMES)

evidence: ## measure every trick again, and write the ledger (some hours; only what has changed)
	$(call install,course)
	@$(VENV_PYTHON) tools/evidence.py points
	@$(VENV_PYTHON) tools/evidence.py images
	@$(VENV_PYTHON) tools/evidence.py labels
	@$(VENV_PYTHON) tools/evidence.py any_label
	@$(VENV_PYTHON) tools/evidence.py stopping
	@for name in spiral ring grid; do $(VENV_PYTHON) tools/evidence.py longer_$$name || exit; done

doctor: ## put the doctor to the test on runs that were made sick (about 20 minutes)
	$(call install,course)
	@$(VENV_PYTHON) tools/doctor.py && $(VENV_PYTHON) tools/doctor.py --lot

pictures: ## draw the picture of the README
	$(call install,course)
	@$(VENV_PYTHON) tools/pictures.py

slides: ## build the decks into slides/built: HTML, PDF, PDF with notes (WHAT=html needs no browser)
	$(call install,course)
	@$(VENV_PYTHON) tools/slides.py $(WHAT)

lint: ## check style
	$(call install,test)
	@$(VENV_PYTHON) -m ruff check .
	@$(VENV_PYTHON) -m ruff format --check .

types: ## check the types of the public face, as whoever imports the package meets them
	$(call install,test)
	@$(VENV_PYTHON) -m mypy

format: ## correct style where that can be done mechanically
	$(call install,test)
	@$(VENV_PYTHON) -m ruff check --fix --quiet --exclude '*.ipynb' .
	@$(VENV_PYTHON) -m ruff format --exclude '*.ipynb' .

# Pins stay as they are unless pyproject.toml or the constraints rule them out; UPGRADE=1 lifts them.
# One version of a package for every Python and system of the range, wheels only, with checksums.
COMPILE = $(RUN_UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--only-binary :all: --generate-hashes --no-annotate --custom-compile-command "make lock" \
	$(if $(UPGRADE),--upgrade)
LOCK = $(COMPILE) pyproject.toml requirements/build.in --extra lab --extra slides

lock: ## renew the locks after a change of requirements (UPGRADE=1 for newer versions)
	@$(LOCK) --extra test -c requirements/constraints.txt -o requirements/test.lock
	@$(LOCK) -c requirements/test.lock -o requirements/course.lock
	@$(COMPILE) requirements/node.in -o requirements/node.lock
	@$(COMPILE) requirements/uv.in -c requirements/test.lock -o requirements/uv.lock

clean: ## remove .venv and caches; what was trained, saved or downloaded stays
	rm -rf .venv .uv .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
