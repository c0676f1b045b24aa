# hopwatch: what one needs is `make run` and `make test`; everything made goes to .venv/ and build/.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
LISTEN ?= 127.0.0.1:9860
TESTERS ?= 4

.PHONY: containers referee run systemd test scenarios check dashboards pictures format docs lock wheel clean

run: $(VENV)/installed
	@sh config/run-lab.sh $(RUN)/python $(LISTEN)

# Most tests wait more than they work, so several run beside each other; those that measure time come after, by themselves,
# and so do those that failed beside others: on a machine that is busy a deadline may pass that is none of theirs.
test: $(VENV)/installed-dev check
	@mkdir -p build
	$(RUN)/python -m pytest -n $(TESTERS) --dist loadfile -m "not alone and not referee" \
		--cov --cov-report= --cov-fail-under=0 \
	|| $(RUN)/python -m pytest --last-failed --last-failed-no-failures none -m "not alone and not referee" \
		--cov --cov-append --cov-report= --cov-fail-under=0
	$(RUN)/python -m pytest -m alone --cov --cov-append --cov-report=term --cov-report=xml:build/coverage.xml

# The real daemon on a test internet, broken as the files say (tests/scenarios/README.md); needs root.
scenarios: $(VENV)/installed-dev
	$(RUN)/python -m tests.scenarios.runner $(DIR) $(if $(ONLY),--only '$(ONLY)') $(if $(WORKERS),--workers $(WORKERS)) \
		$(if $(KEEP),--keep) $(if $(JSON),--json '$(JSON)') $(if $(VERBOSE),--verbose) $(if $(CHECK),--check)

# The image and docker-compose.yml tried for real, by a Docker engine of our own (docs/containers.md); needs root.
containers: $(VENV)/installed-dev
	$(RUN)/python -m tests.containers.trial

# A browser in the test internet judges whether a user gets what the scenarios say that he gets.
referee: $(VENV)/installed-dev
	$(RUN)/python -m pytest -m referee tests/test_scenarios_referee.py

# The unit under a real systemd, booted in a container; needs root, systemd-container and mmdebstrap.
systemd: $(VENV)/installed-dev
	$(RUN)/python -m tests.systemd.trial

check: $(VENV)/installed-dev
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/codespell probe tests docs config dashboards *.md Makefile

format: $(VENV)/installed-dev
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

# Every generated page; a test fails when one of them is out of date.
docs: $(VENV)/installed-dev
	$(RUN)/python docs/generate.py

# The Grafana dashboards, from their source (docs/dashboards.md).
dashboards: $(VENV)/installed-dev
	$(RUN)/python -m dashboards.source

# Pictures of them, drawn over an hour of a lab; npm fetches Grafana's panels into build/.
pictures: $(VENV)/installed-dev
	$(RUN)/python -m tests.panels.draw build/pictures

wheel: $(VENV)/installed-dev
	$(RUN)/python -m hatchling build -d build/dist

# The locks hold names, versions and hashes; `uv` must be on the PATH for this one.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate pyproject.toml --group dev -o requirements-dev.lock

$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("hopwatch needs Python 3.11 or later; set PYTHON=...") if sys.version_info < (3, 11) else None'
	@test -x $(RUN)/python || $(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf build dist
