"""The Dockerfile builds from what is locked, leaves nothing needless behind, and runs as nobody."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def instructions():
    """Return (instruction, rest) in order, with continued lines joined and comments left out."""
    lines = re.sub(r"^\s*#.*\n", "", TEXT, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [
        (word, " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in lines) if word
    ]


def of(word):
    return [rest for name, rest in instructions() if name == word]


def final_stage():
    at = max(number for number, (name, _) in enumerate(instructions()) if name == "FROM")
    return instructions()[at:]


def test_every_package_comes_by_hash_and_as_a_wheel():
    installs = [part for run in of("RUN") for part in run.split("&&") if " install " in part]

    assert installs
    for install in installs:
        from_lock = "--require-hashes" in install and "--only-binary :all:" in install
        of_ours = "--no-index" in install and "--no-deps" in install
        assert from_lock or of_ours, install


def test_the_base_has_an_exact_tag_and_both_it_and_the_index_can_be_mirrors():
    given = dict(one.partition("=")[::2] for one in of("ARG"))

    assert set(given) == {"PYTHON_IMAGE", "PIP_INDEX_URL"}
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", given["PYTHON_IMAGE"])
    assert [stage.split()[0] for stage in of("FROM")] == [
        "${PYTHON_IMAGE}",
        "dependencies",
        "${PYTHON_IMAGE}",
    ]


def test_nothing_is_fetched_past_the_index():
    assert not re.search(r"^ADD |curl|wget|git clone|apt", TEXT, re.MULTILINE)


def test_the_image_runs_as_nobody_and_ends_on_request():
    last = dict(final_stage())

    assert last["USER"] == COMPOSE["services"]["hopwatch"]["user"]
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert last["ENTRYPOINT"] == '["hopwatch"]'
    assert last["CMD"] == '["run"]'
    assert last["HEALTHCHECK"].endswith('CMD ["hopwatch", "healthcheck"]')


def test_nothing_runs_in_the_last_stage():
    assert [name for name, _ in final_stage() if name == "RUN"] == []


def test_what_changes_seldom_is_copied_first():
    copied = [rest for name, rest in instructions() if name == "COPY" and "--from" not in rest]

    assert copied[0].startswith("requirements.lock")
    assert copied[-1] == "probe probe"


def test_the_builder_gets_what_is_copied_and_nothing_else():
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    copied = {
        source
        for name, rest in instructions()
        if name == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }

    assert ignored[0] == "*"
    assert {line[1:] for line in ignored if line[0] == "!"} == copied
    assert all((ROOT / source).exists() for source in copied)


def test_the_tools_of_the_build_are_those_that_develop_it():
    def entries(name):
        return re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())

    build = entries("config/docker/build.lock")

    assert {entry.partition("==")[0] for entry in build} >= {"hatchling"}
    assert [entry for entry in build if entry not in entries("requirements-dev.lock")] == []


def test_folders_are_those_that_compose_mounts():
    environment = dict(pair.split("=", 1) for one in of("ENV") for pair in one.split() if "=" in pair)
    targets = {volume.split(":")[-2] if volume.endswith(":ro") else volume.split(":")[-1]
               for volume in COMPOSE["services"]["hopwatch"]["volumes"]}  # fmt: skip

    assert targets == {environment["STATE_DIRECTORY"], str(Path(environment["HOPWATCH_CONFIG_FILE"]).parent)}
