"""A daemon on a host with two uplinks, as a user without rights, and what it recorded and servers saw while it roamed."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from probe.codec import from_json
from probe.model import Change, Observation, Outcome, Record
from tests.internet.net import Internet

VANTAGES = {"wifi": "wlan0", "mobile": "wwan0"}
ROUTERS = {"wifi": "r-wifi", "mobile": "r-mobile"}
_CONFIG = """
defaults: {{interval: 1s, timeout: 900ms}}
vantages:
  wifi: {{interface: {{name: wlan0}}}}
  mobile: {{interface: {{name: wwan0}}}}
hops:
  wifi: {{url: "http://wifi.{host}.test"}}
  mobile: {{url: "http://mobile.{host}.test"}}
routes:
  wifi: {{hops: [wifi], vantages: [wifi], checks: {{page: {{http: {{path: /whoami}}}}, slow: {{http: {{path: /bytes/9}}, interval: 1h}}}}}}
  mobile: {{hops: [mobile], vantages: [mobile], checks: {{page: {{http: {{path: /whoami}}}}, slow: {{http: {{path: /bytes/9}}, interval: 1h}}}}}}
"""


@dataclass(frozen=True, slots=True)
class Happening:
    """What was done to a vantage's uplink: when it began, and when it was whole again."""

    vantage: str
    name: str
    lost_at: float
    back_at: float


@dataclass(slots=True)
class Roamer:
    """One host, its daemon, and what was done to it."""

    net: Internet
    host: str
    happenings: list[Happening] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    _daemon: subprocess.Popen[str] | None = None

    def names(self) -> dict[str, list[str]]:
        """The names of its hops; each vantage asks for one of its own."""
        page = [f"A {self.net.address('static')}", f"AAAA {self.net.address('static', family=6)}"]
        return {f"{vantage}.{self.host}.test": page for vantage in VANTAGES}

    def start(self) -> None:
        """Start the daemon and wait until it probes."""
        (self.net.home / f"{self.host}.yml").write_text(_CONFIG.format(host=self.host))
        self._daemon = self.net.python(
            self.host, "-m", "probe", "run", "--config.file", f"{self.host}.yml", "--storage.path", self.host,
            "--web.listen-address", "127.0.0.1:0", "--log.format", "json",
        )  # fmt: skip
        assert self._daemon.stderr is not None
        while "daemon.started" not in (line := self._daemon.stderr.readline()):
            assert line, "the daemon ended before it was started"
        threading.Thread(target=_drain, args=(self._daemon.stderr,), daemon=True).start()
        time.sleep(2.5)

    def rights(self) -> tuple[set[str], set[str]]:
        """Return the users that the daemon is, and its capabilities, by the kernel."""
        assert self._daemon is not None
        lines = dict(
            line.split(":\t", 1)
            for line in Path(f"/proc/{self._daemon.pid}/status").read_text().splitlines()
            if ":\t" in line
        )
        capabilities = {lines[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
        return set(lines["Uid"].split()), capabilities

    def suffer(
        self, vantage: str, name: str, lose: Callable[[], None], seconds: float, mend: Callable[[], None]
    ) -> None:
        """Let something happen to a vantage's uplink for so long, then let it come back and settle."""
        lost_at = time.time()
        lose()
        time.sleep(seconds)
        mend()
        self.happenings.append(Happening(vantage, name, lost_at, time.time()))
        time.sleep(1.6)

    def stop(self) -> None:
        """Stop the daemon and read what it recorded."""
        assert self._daemon is not None
        self._daemon.terminate()
        self._daemon.wait(10)
        export = self.net.run(
            self.host, sys.executable, "-m", "probe", "export", "--storage.path", self.host, as_nobody=True
        )
        assert not export.stderr
        self.records = [from_json(json.loads(line)) for line in export.stdout.splitlines()]

    def observations(self, vantage: str) -> list[Observation]:
        return [one for one in self.records if isinstance(one, Observation) and one.series.vantage == vantage]

    def changes(self, vantage: str) -> list[Change]:
        return [one for one in self.records if isinstance(one, Change) and one.vantage == vantage]

    def resumed_after(self, happening: Happening, check: str) -> float:
        """Return how long after its return the vantage began the first probe of a check that went well."""
        began = [
            one.started_at_ns / 1e9
            for one in self.observations(happening.vantage)
            if one.series.check == check and one.outcome is Outcome.OK
        ]
        return min((at - happening.back_at for at in began if at > happening.lost_at + 0.05), default=99.0)

    def blamed(self) -> list[str]:
        """List the probes that blame anybody."""
        return [
            f"{one.series} {one.failure}"
            for one in self.records
            if isinstance(one, Observation) and one.outcome is Outcome.FAILED
        ]

    def unmeasured(self, vantage: str, since: float, until: float) -> list[str]:
        """List the probes of the schedule in that time that were not measured."""
        return [
            f"{one.series} {one.failure}"
            for one in self.observations(vantage)
            if one.outcome is not Outcome.OK and since <= one.started_at_ns / 1e9 < until
        ]


def _drain(stream: IO[str]) -> None:
    with suppress(ValueError):  # it is closed with the test internet
        while stream.read(4096):
            pass


@contextmanager
def roaming(net: Internet, hosts: Sequence[str]) -> Iterator[dict[str, Roamer]]:
    """Run a daemon on each host while the block runs, and have everything read at its end."""
    roamers = {host: Roamer(net, host) for host in hosts}
    for roamer in roamers.values():
        for router in ROUTERS.values():
            net.know(roamer.names(), host=router)
    at_once([roamer.start for roamer in roamers.values()])
    yield roamers
    at_once([roamer.stop for roamer in roamers.values()])


def at_once(acts: Sequence[Callable[[], None]]) -> None:
    """Do several things side by side, and raise what one of them raised."""
    errors: list[BaseException] = []

    def do(act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
