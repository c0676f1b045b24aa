"""Build a test internet, run programs in it, break it, and take it down whatever happens."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Literal, Self

from tests.internet import building, leftovers, namespace, nobody, servers
from tests.internet.certificates import Authority
from tests.internet.ground import FaultError, Ground
from tests.internet.injection import read
from tests.internet.kernel_fault import Heal
from tests.internet.line import Program, Words
from tests.internet.record import Record
from tests.internet.topology import CHAIN, Topology
from tests.internet.uplink import Uplink

_USUAL_TIMES: Mapping[str, float] = MappingProxyType({})


class Internet:
    """A running test internet; use it in a `with`.

    Names of its namespaces begin with the prefix, which is this process's own unless one is given. With `tun` for
    wires the access networks and the border run through the box. `times` are those of the stand-ins (probe.lab.Layout). With `reports` hk and vercel say
    in their answers what went wrong behind them, by the real nginx and function of config/relay.
    """

    home: Path
    ground: Ground

    def __init__(
        self,
        *,
        prefix: str | None = None,
        wires: Literal["veth", "tun"] = "veth",
        topology: Topology = CHAIN,
        times: Mapping[str, float] = _USUAL_TIMES,
        seed: int = 7,
        reports: bool = False,
    ) -> None:
        """Plan one; nothing is made yet."""
        self.prefix = prefix or leftovers.fresh_prefix()
        self.topology = topology
        self._has_wires = wires == "tun"
        self._times = times
        self._seed = seed
        self._reports = reports
        self._closing = ExitStack()
        self._record = Record()
        self._numbers = count(1)
        self._in_force: dict[str, Heal] = {}

    def __enter__(self) -> Self:
        """Build it; what an earlier one of the same prefix left is removed first."""
        with ExitStack() as stack:
            for prefix in (self.prefix, *leftovers.abandoned()):
                leftovers.sweep(prefix)
            stack.callback(leftovers.sweep, self.prefix)
            self._build(stack)
            self._closing = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every program that was started in it, and remove it."""
        self._closing.close()

    @property
    def ca_file(self) -> Path:
        """The authority to trust, in a file that anybody may read."""
        return self.ground.authority.file

    def place(self, node: str) -> str:
        """Return the name of the node's namespace."""
        return self.ground.place(node)

    def address(self, node: str, interface: str | None = None, family: int = 4) -> str:
        """Return the address of the node on one interface, its first when none is named."""
        return self.ground.address(node, interface, family)

    def seen_as(self, vantage: str, interface: str | None = None, family: int = 4) -> str:
        """Return the address that servers see when the host leaves by that interface."""
        return self.ground.seen_as(vantage, interface, family)

    def inside(self, node: str) -> AbstractContextManager[None]:
        """Be in the node with the calling thread; sockets made meanwhile stay there."""
        return namespace.inside(self.place(node))

    def socket(
        self, node: str, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM
    ) -> socket.socket:
        """Open a socket in the node, for use from here."""
        with self.inside(node):
            return socket.socket(family, kind)

    def run(
        self, node: str, *command: str, as_nobody: bool = False, timeout: float = 30
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the node to its end; see `popen`."""
        process = self.popen(node, *command, as_nobody=as_nobody)
        try:
            out, err = process.communicate(timeout=timeout)
        finally:
            _end(process)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def popen(
        self, node: str, *command: str, as_nobody: bool = False, log: Path | None = None
    ) -> subprocess.Popen[str]:
        """Start a program in the node, as root or as a user without rights; it starts in `home` and ends with us.

        What it prints goes to the log when there is one: a pipe that nobody reads would stop it one day.
        """
        with ExitStack() as stack:
            printed = stack.enter_context(log.open("a")) if log else subprocess.PIPE
            process = subprocess.Popen(
                self.command(node, *command, as_nobody=as_nobody),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                text=True,
                cwd=self.home,
                env=self.environment,
            )
        self._closing.callback(_end, process)
        return process

    def python(
        self, node: str, *arguments: str, as_nobody: bool = True, log: Path | None = None
    ) -> subprocess.Popen[str]:
        """Start our interpreter in the node, such as with `-m probe run`, as a user without rights."""
        return self.popen(node, sys.executable, *arguments, as_nobody=as_nobody, log=log)

    def command(self, node: str, *command: str, as_nobody: bool = False) -> list[str]:
        """Return the command that runs another in the node, for those who start it themselves."""
        if as_nobody:
            return nobody.as_nobody(self.place(node), command, self._spare)
        return nobody.as_root(self.place(node), command)

    @property
    def environment(self) -> dict[str, str]:
        """What programs started in a node find in their environment."""
        return nobody.environment(self.home)

    def uplink(self, host: str, interface: str) -> Uplink:
        """Return one interface of a host, to do to it what happens to interfaces."""
        return self.ground.uplink(host, interface)

    def inject(self, fault: Mapping[str, object]) -> str:
        """Bring a fault into force, given as plain data (see README.md); it is when this returns. Return its id."""
        number = f"i{next(self._numbers)}"
        self._in_force[number] = read(fault).put(self.ground, number)
        self._record.note("injected", id=number, fault=dict(fault))
        return number

    def heal(self, number: str | None = None) -> None:
        """End one fault, or all that are in force, the latest first."""
        if number not in {None, *self._in_force}:
            raise FaultError(f"no fault {number} is in force")
        for each in [number] if number else reversed(tuple(self._in_force)):
            self._in_force.pop(each)()
            self._record.note("healed", id=each)

    @contextmanager
    def under(self, *faults: Mapping[str, object]) -> Iterator[None]:
        """Have faults in force for as long as the block lasts."""
        numbers = [self.inject(fault) for fault in faults]
        try:
            yield
        finally:
            for number in reversed(numbers):
                self.heal(number)

    def record(self, host: str, event: str | None = None, since: int = 0) -> list[Words]:
        """Return what the host's servers saw: `arrival` (TCP), `request` (HTTP) and `dns`, each with its client."""
        return _of(self.ground.hosts, event, host=host, since=since)

    def happenings(self) -> list[Words]:
        """Return everything that was injected, healed, and done by the box, in the order of time: the ground truth."""
        boxed = _of(self.ground.box, None, since=0) if self.ground.box else []
        return sorted([*self._record.since(0), *boxed], key=lambda each: float(str(each["at"])))

    def defects(self) -> list[str]:
        """Return what went wrong in servers and wires without being wanted; a test internet has none."""
        programs = [self.ground.hosts, *([self.ground.box] if self.ground.box else [])]
        if ended := [end for program in programs if (end := program.end())]:
            return ended
        found: list[Words] = self.ground.hosts.ask("defects")["record"]
        return [": ".join(filter(None, (each["error"] or each["said"], each["where"]))) for each in found]

    def counts(self) -> Words:
        """Return what the box did to the packets of each wire, and how late it was, in microseconds."""
        return self.ground.wires().ask("counts")

    def know(self, zone: Mapping[str, Sequence[str]], host: str = "dns") -> None:
        """Teach a host's DNS server records (`A 192.0.2.1`) by name."""
        self.ground.hosts.ask("know", host=host, zone=dict(zone))

    def _build(self, stack: ExitStack) -> None:
        self.home, self._spare = _folders(self.prefix)
        # First, so that they get ready while the namespaces are made.
        hosts = self._program(stack, "hosts")
        box = self._program(stack, "box", str(self._seed)) if self._has_wires else None
        building.build(self.topology, self.prefix, has_wires=self._has_wires)
        self.ground = Ground(
            prefix=self.prefix,
            topology=self.topology,
            hosts=hosts,
            box=box,
            authority=Authority(self.home),
            rogue=Authority(self.home, "rogue-ca"),
            names=servers.NAMES,
        )
        for wire, ends in self.topology.wires.items() if box else ():
            where = [(self.place(end.node), end.interface) for end in ends]
            self.ground.wires().ask("wire", wire=wire, ends=where)
        folder = self._reporting() if self._reports else None
        for standing in servers.usual(self.ground, self._times, folder):
            hosts.ask("live", host=standing.host, place=self.place(standing.host))
            hosts.ask("serve", host=standing.host, server=standing.kind, options=standing.options)

    def _reporting(self) -> Path:
        """Make room for the programs that report; they resolve names abroad, as the stand-ins do."""
        for host in ("hk", "vercel"):
            namespace.resolve_by(self.place(host), self.address("pubdns"))
        folder = self.home.parent / "reporting"
        folder.mkdir()
        return folder

    def _program(self, stack: ExitStack, module: str, *arguments: str) -> Program:
        log = self.home / f"lab-{module}.log"
        program = Program(f"tests.internet.{module}", *arguments, log=log)
        stack.callback(program.close)
        return program


def _folders(prefix: str) -> tuple[Path, Path]:
    """Make a home for programs where anybody may enter, unlike pytest's own folders, and a spare one."""
    root = Path(tempfile.mkdtemp(prefix=f"internet-{prefix}-"))
    root.chmod(0o755)
    home, spare = root / "home", root / "spare"
    for folder in (home, spare):
        folder.mkdir(mode=0o755)
    os.chown(home, nobody.NOBODY, nobody.NOBODY)
    return home, spare


def _of(program: Program, event: str | None, **words: object) -> list[Words]:
    found: list[Words] = program.ask("record", **words)["record"]
    return [each for each in found if event in {None, each["event"]}]


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()
