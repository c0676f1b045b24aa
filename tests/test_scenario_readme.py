"""The README of the scenarios is enough to write one: it knows every key of a file, of every fault, and every node."""

import itertools
import re
from dataclasses import fields

from tests.internet.injection import KINDS
from tests.internet.kernel_fault import KernelFault
from tests.internet.leaf import FLAVOURS
from tests.internet.profile import Scope
from tests.internet.topology import CHAIN
from tests.rig_scenarios import README
from tests.scenarios.runner.play import USUAL_DELAYS
from tests.scenarios.runner.program_fault import KINDS as PROGRAM_KINDS
from tests.scenarios.runner.scenario import Daemon, Event, Lab, Scenario, Times, Truth

TEXT = README.read_text()
# A table of its own tells these, for all kinds at a node's kernel.
FAULTS: dict[str, type] = {**KINDS, **PROGRAM_KINDS}
SHARED = {each.name for each in fields(KernelFault)}


def rows(kind: str) -> str:
    """Return the rows of a kind's table: its own, and those below it that name no kind."""
    lines = TEXT.partition("## What can be injected")[2].splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(f"| `{kind}` |"))
    more = itertools.takewhile(lambda line: line.startswith("| |"), lines[begin + 1 :])
    return "\n".join([lines[begin], *more])


def keys(fault: type) -> set[str]:
    return set(vars(fault)["__dataclass_fields__"])


def test_every_key_of_every_fault_is_told_beside_its_kind():
    missing = {
        (kind, key)
        for kind, fault in FAULTS.items()
        for key in keys(fault) - (SHARED if issubclass(fault, KernelFault) else {"clients", "share"})
        if f"`{key}`" not in rows(kind)
    }

    assert missing == set()


def test_no_key_is_told_that_a_fault_does_not_have():
    known = set().union(*map(keys, FAULTS.values()))
    told = {word for kind in KINDS for word in re.findall(r"`([a-z_]+)`", rows(kind).split("|")[2])}
    words = {
        "sni",
        "dns",
        "host",
        "address",
        "reset",
        "drop",
        "redirect",
        "forge",
        "up",
        "down",
        "client",
        "server",
    }

    assert told - known - words == set()


def test_keys_that_all_faults_of_a_group_share_are_told():
    missing = [name for name in (*SHARED, *(each.name for each in fields(Scope))) if f"`{name}`" not in TEXT]

    assert missing == []


def test_every_key_of_a_file_is_told():
    models = (Scenario, Lab, Times, Daemon, Event, Truth)
    names = [field.alias or name for model in models for name, field in model.model_fields.items()]

    assert [name for name in names if f"`{name}`" not in TEXT] == []


def test_every_certificate_and_node_and_wire_is_told():
    words = (*FLAVOURS, *CHAIN.nodes, *CHAIN.wires)

    assert [word for word in words if not re.search(rf"\b{word}\b", TEXT)] == []


def test_the_usual_delays_are_told():
    assert f"{{{', '.join(f'{wire}: {delay}' for wire, delay in USUAL_DELAYS.items())}}}" in TEXT
