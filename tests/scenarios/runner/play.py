"""Play one scenario from beginning to end: build, run, break, and hear what was said."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from probe.config import parse as parse_configuration
from probe.model import Record
from probe.store import StoreError
from tests.internet.ground import FaultError
from tests.internet.line import RefusedError
from tests.internet.namespace import CommandError
from tests.internet.net import Internet
from tests.internet.reporting import SECRET
from tests.scenarios.runner import judge, meaning, packets, timeline
from tests.scenarios.runner.program_fault import PROGRAM_FAULTS, read
from tests.scenarios.runner.result import Result
from tests.scenarios.runner.running import Running, StageError, start
from tests.scenarios.runner.scenario import Fault, Scenario
from tests.scenarios.runner.standard import SECRET_FILE, configuration, written

# Half of a way in milliseconds by wire, so that whatever happens on the way is apart in time from what comes back.
USUAL_DELAYS = {"wifi": 1, "mobile": 4, "border": 8, "hk": 1, "vercel": 2, "origin": 4, "static": 1}
_TROUBLE = (StageError, FaultError, RefusedError, CommandError, StoreError, OSError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a played scenario left: every daemon's records, and when its second 0 was."""

    records: dict[str, tuple[Record, ...]]
    since_ns: int
    packets: int


def play(scenario: Scenario, file: Path, keep: Path, *, keeps_all: bool = False) -> Result:
    """Return what came of a scenario; logs of what went wrong, or everything if wanted, are kept in the folder `keep`."""
    began = time.monotonic()
    found = Result(scenario=scenario, file=file, notes=tuple(meaning.notes(scenario)))
    try:
        with internet(scenario) as net:
            try:
                found = _judged(found, _played(net, scenario))
            except _TROUBLE as error:
                found = replace(found, trouble=f"{type(error).__name__}: {error}")
            # Whatever else is said, it is for nothing where the lab itself went wrong.
            if defects := net.defects():
                found = replace(found, trouble=f"the test internet itself is at fault: {defects[0]}")
            if keeps_all or not found.is_right:
                found = replace(found, logs=_kept(net.home, keep / scenario.id, keeps_all=keeps_all))
    except _TROUBLE as error:
        found = replace(found, trouble=found.trouble or f"{type(error).__name__}: {error}")
    return replace(found, seconds=round(time.monotonic() - began, 3))


@contextmanager
def internet(scenario: Scenario) -> Iterator[Internet]:
    """Build the test internet of a scenario, with what is wrong from the start."""
    times = scenario.lab.times.model_dump()
    with Internet(wires="tun", times=times, reports=scenario.tier == "snippets") as net:
        for wire, delay in {**USUAL_DELAYS, **scenario.lab.delays}.items():
            if delay:
                net.inject({"kind": "wire", "wire": wire, "delay_ms": delay})
        (net.home / SECRET_FILE).write_text(SECRET)
        for host, zone in scenario.lab.names.items():
            net.know(zone, host=host)
        for fault in scenario.lab.faults:
            net.inject(fault)
        yield net


def _played(net: Internet, scenario: Scenario) -> Played:
    daemons = {node: start(net, scenario, node) for node in scenario.daemons}
    for daemon in daemons.values():
        daemon.wait()
    # Without a healthy time whatever is found is found in the scenario.
    since_ns = 0
    if scenario.healthy:
        time.sleep(scenario.healthy)
        since_ns = time.time_ns()
    timeline.run(scenario, _putting(net, daemons))
    for daemon in daemons.values():
        daemon.stop()
    for daemon in daemons.values():
        daemon.raise_own_errors()
    return Played(
        records={node: daemon.records() for node, daemon in daemons.items()},
        since_ns=since_ns,
        packets=sum(packets.sent(net, node) for node in daemons),
    )


def _putting(net: Internet, daemons: dict[str, Running]) -> Callable[[Fault], Callable[[], None]]:
    processes = {node: daemon.process for node, daemon in daemons.items()}

    def put(given: Fault) -> Callable[[], None]:
        fault = read(given)
        if isinstance(fault, PROGRAM_FAULTS):
            return fault.put(processes)
        number = net.inject(given)
        return lambda: net.heal(number)

    return put


def _judged(found: Result, played: Played) -> Result:
    scenario = found.scenario
    vantages = {node: _vantages(scenario, node) for node in scenario.daemons}
    rows = judge.rows(scenario, played.records, vantages, played.since_ns)
    return replace(
        found,
        rows=rows,
        score=judge.total(rows),
        packets=played.packets,
        extra_packets=sum(map(packets.extra, played.records.values())),
    )


def _vantages(scenario: Scenario, node: str) -> tuple[str, ...]:
    """Return those vantages of a daemon that look at anything."""
    text = written(configuration(scenario, node))
    plan = parse_configuration(text, where=node, folder=Path()).plan()
    return tuple(dict.fromkeys(probe.series.vantage for probe in plan.probes))


def _kept(home: Path, folder: Path, *, keeps_all: bool) -> tuple[Path, ...]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wanted = ("*.log", "*.hopwatch.yml", "*-store") if keeps_all else ("*.log",)
    # The lab's own programs have nothing to say unless they are at fault.
    found = (path for pattern in wanted for path in home.glob(pattern) if path.stat().st_size)
    for path in sorted(found):
        (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / path.name)
    return tuple(sorted(folder.glob("*.log")))
