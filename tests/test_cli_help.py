"""Help comes at once: it needs none of what the commands need; and what is said twice for that is said alike."""

import json
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_type_hints

import click
import pytest
from click.testing import CliRunner

from probe import log
from probe.cli import COMMANDS, dns, lab, main, names, options
from probe.config import source
from probe.lab import VANTAGES, Layout
from probe.prober.dns import Dns

ROOT = Path(__file__).parent.parent
# What takes a tenth of a second and more to import, or is on the way to it.
HEAVY = (
    "pydantic",
    "aiohttp",
    "cryptography",
    "rich",
    "dns",
    "structlog",
    "yaml",
    "probe.config",
    "probe.model",
)
ASKING = """
import json, sys
from probe.cli import main
told = {}
for words in json.loads(sys.argv[1]):
    try:
        main(words)
    except SystemExit as end:
        told[" ".join(words)] = [end.code, [name for name in json.loads(sys.argv[2]) if name in sys.modules]]
print(json.dumps(told))
"""


def imported(*commands):
    """Run commands one after the other in one program: the first that imports something heavy is seen to."""
    done = subprocess.run(
        [sys.executable, "-c", ASKING, json.dumps(commands), json.dumps(HEAVY)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def test_help_imports_none_of_what_takes_long():
    told = imported(["--help"], ["--version"], *([name, "--help"] for name in COMMANDS))

    assert {words: one for words, one in told.items() if one != [0, []]} == {}
    assert len(told) == len(COMMANDS) + 2


def test_neither_does_what_is_refused():
    assert imported(["nonsense"], ["check", "--nonsense"]) == {
        "nonsense": [2, []],
        "check --nonsense": [2, []],
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_and_option_says_what_it_is_for(name):
    context = click.Context(main)
    command = main.get_command(context, name)
    leaves = list(command.commands.values()) if isinstance(command, click.Group) else [command]

    unsaid = [
        f"{each.name} {one.opts[0]}"
        for each in leaves
        for one in each.params
        if isinstance(one, click.Option) and not (one.help or one.show_default)
    ]
    assert (bool(command.help), [each.name for each in leaves if not each.help], unsaid) == (True, [], [])


def test_a_command_that_is_nearly_right_is_named():
    told = CliRunner().invoke(main, ["trcae"])

    assert (told.exit_code, "did you mean 'trace'?" in told.output) == (2, True)


def test_what_is_written_twice_so_that_help_is_quick_is_alike():
    layout = Layout()

    assert (options.LEVELS, options.FORMATS) == (log.LEVELS, log.FORMATS)
    assert (names.VARIABLE, names.PLACES) == (source.VARIABLE, source.PLACES)
    assert (layout.network, layout.hop_port, layout.dns_port) == (lab.NETWORK, lab.HOP_PORT, lab.DNS_PORT)
    assert (f"{layout.control_host}:{layout.control_port}", VANTAGES) == (lab.CONTROL, lab.VANTAGES)
    # Annotated[Literal[...], Field(...)]
    assert get_args(get_type_hints(Dns)["type"]) == dns.TYPES


@pytest.mark.parametrize(
    "words", [("--no-color", "causes", "tls.cert"), ("causes", "--no-color", "tls.cert")]
)
def test_no_colour_is_an_option_before_the_command_and_behind_it(words, monkeypatch):
    # Set here, so that it is taken back afterwards.
    monkeypatch.setenv("NO_COLOR", "")

    assert CliRunner().invoke(main, words).exit_code == 0


def test_every_command_takes_it():
    context = click.Context(main)
    without = [
        name
        for name in COMMANDS
        if not any("--no-color" in one.opts for one in main.get_command(context, name).params)
    ]

    assert without == []
