"""What `make containers` tries is what docs/containers.md says, without anything left out in silence."""

import ast
from pathlib import Path

import yaml

from tests.containers.documented import NOT_HERE, sections
from tests.containers.old_compose import simpler

ROOT = Path(__file__).parent.parent
PAGE = sections((ROOT / "docs/containers.md").read_text())


def told():
    """Return what the trial's story runs, as (section, block)."""
    tree = ast.parse((ROOT / "tests/containers/trial.py").read_text())
    calls = [
        [ast.literal_eval(given) for given in node.args]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "documented"
    ]
    return {(section, block) for section, *blocks in calls for block in blocks or range(len(PAGE[section]))}


def test_every_command_of_the_page_is_run_by_the_trial():
    assert told() == {(section, block) for section, blocks in PAGE.items() for block in range(len(blocks))}


def test_only_commands_about_grafana_are_passed_over():
    passed = [block for blocks in PAGE.values() for block in blocks if NOT_HERE.search(block)]

    assert passed == ["docker compose exec grafana cat /run/secrets/grafana-admin-password\n"]


def test_the_trial_leaves_out_grafana_and_builds_beside_the_index():
    text = (ROOT / "docker-compose.yml").read_text()
    whole, made = yaml.safe_load(text), yaml.safe_load(simpler(text))

    del whole["name"], whole["services"]["grafana"]
    whole["services"]["hopwatch"]["build"]["network"] = "host"
    assert made == {key: value for key, value in whole.items() if not key.startswith("x-")}
