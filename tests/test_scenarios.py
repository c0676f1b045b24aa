"""Scenarios are played for real: the daemon as nobody at a vantage of the test internet, and what it said is scored."""

from pathlib import Path

import pytest

from tests.need import need_program, need_tun
from tests.rig_scenarios import examples, played, shipped
from tests.scenarios.runner.reading import parse

# What takes no controls to tell, so that it holds on a busy machine too.
QUICK = ("healthy-all-is-well", "example-relay-stopped")
# Python itself needs more files than that.
UNABLE = "id: unable\ntitle: The daemon cannot start\nlasts: 1\ndaemons: {v-wifi: {open_files: 4}}"
# The lab's own server cannot read that number.
SPOILT = """\
id: spoilt
title: The lab itself is at fault
healthy: 0
lasts: 3
config: {routes: {chat: null, page: {checks: {page: {http: {path: /bytes/many}}}}}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def results(folder):
    """Play everything at once: they wait more than they compute."""
    need_tun()
    need_program("nginx")
    need_program("node")
    texts = [*examples().values(), UNABLE, SPOILT]
    return played(
        [*((Path("x"), parse(text, Path("x"))) for text in texts), *shipped("healthy/all-is-well.yaml")],
        folder,
    )


# The first of them plays them all.
pytestmark = [pytest.mark.timeout(180), pytest.mark.alone]


def test_every_example_of_the_readme_can_be_played(results):
    found = {name: results[name] for name in examples()}

    assert {name: one.trouble for name, one in found.items() if one.trouble} == {}
    assert all(one.packets > 0 for one in found.values())


def test_the_quick_ones_are_right(results):
    assert [results[name].rows for name in QUICK if not results[name].is_right] == []


def test_a_daemon_that_does_not_start_is_told_and_its_log_kept(results, folder):
    one = results["unable"]

    assert one.trouble.startswith("StageError: the daemon at v-wifi ended with ")
    assert (one.logs, one.is_right) == ((folder / "unable" / "v-wifi.log",), False)


def test_a_scenario_in_which_the_lab_went_wrong_is_not_played(results, folder):
    one = results["spoilt"]

    told = "the test internet itself is at fault: ValueError: invalid literal for int() with base 10: 'many': web_server.py"
    assert one.trouble.startswith(told)
    assert "Traceback" in (folder / "spoilt" / "lab-hosts.log").read_text()
