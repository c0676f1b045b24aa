"""The program in which all servers of the test internet run: a thread with its own event loop for each host.

A namespace belongs to a thread, so whatever runs in a host's thread, library code included, is on that host.
"""

import asyncio
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import structlog

from tests.internet import namespace
from tests.internet.interceptor import Interceptor, PortalServer
from tests.internet.line import CHECKOUT, Ear, Words
from tests.internet.name_server import NameServer
from tests.internet.record import Record
from tests.internet.rule import RULES
from tests.internet.web_server import WebServer

Server = NameServer | WebServer | Interceptor | PortalServer
SERVERS: dict[str, Callable[..., Server]] = {
    "dns": NameServer,
    "web": WebServer,
    "interceptor": Interceptor,
    "portal": PortalServer,
    "portal_tls": PortalServer,
}
_PATIENCE_SECONDS = 10.0
_OURS = str(CHECKOUT)


class Host:
    """One host: its thread, which lives in its namespace, its servers by kind, and what they saw."""

    def __init__(self, place: str) -> None:
        """Begin to live."""
        self.record = Record()
        self._servers: dict[str, Server] = {}
        self._loop: Future[asyncio.AbstractEventLoop] = Future()
        threading.Thread(target=self._enter, args=(place,), name=place, daemon=True).start()

    def serve(self, server: str, options: Words) -> None:
        """Start one server and wait until it listens."""
        self._do(self._serve(server, options))

    def stop(self, server: str) -> None:
        """Stop one server."""
        self._do(self._stop(server))

    def rule(self, number: str, kind: str, rule: Words | None) -> None:
        """Put a rule in force for every server that obeys rules of that kind, or take it away."""
        self._do(self._rule(number, kind, rule))

    def pause(self, server: str) -> None:
        """Close the ports of one server."""
        self._do(self._servers[server].close())

    def resume(self, server: str) -> None:
        """Open them again."""
        self._do(self._servers[server].open())

    def set_fault(self, fault: str, *, is_broken: bool) -> None:
        """Break the host's stand-in, or mend it."""
        self._do(self._set_fault(fault, is_broken=is_broken))

    def set_clock(self, ahead_s: float) -> None:
        """Let every server of the host date its answers so far ahead."""
        for server in self._servers.values():
            if isinstance(server, NameServer | WebServer):
                server.dress.ahead_s = ahead_s

    def know(self, zone: Words) -> None:
        """Teach the name server more names."""
        server = self._servers.get("dns")
        if not isinstance(server, NameServer):
            raise KeyError("no name server runs on this host")
        server.answers.know(zone)

    async def _set_fault(self, fault: str, *, is_broken: bool) -> None:
        server = self._servers.get("web")
        if not isinstance(server, WebServer) or server.stand_in is None:
            raise ValueError("no stand-in runs on this host")
        (server.stand_in.break_ if is_broken else server.stand_in.mend)(fault)

    def _enter(self, place: str) -> None:
        try:
            namespace.setns(place)
            asyncio.run(self._live())
        except OSError as error:
            self._loop.set_exception(error)

    async def _live(self) -> None:
        self._loop.set_result(asyncio.get_running_loop())
        await asyncio.Event().wait()

    def _do(self, act: Coroutine[Any, Any, None]) -> None:
        loop = self._loop.result(_PATIENCE_SECONDS)
        asyncio.run_coroutine_threadsafe(act, loop).result(_PATIENCE_SECONDS)

    async def _serve(self, kind: str, options: Words) -> None:
        server = SERVERS[kind](self.record, **options)
        await server.open()
        self._servers[kind] = server

    async def _stop(self, kind: str) -> None:
        await self._servers.pop(kind).close()

    async def _rule(self, number: str, kind: str, rule: Words | None) -> None:
        obeying = [server.rules[kind] for server in self._servers.values() if kind in server.rules]
        if not obeying:
            raise ValueError(f"no server of this host obeys {kind} rules")
        for rules in obeying:
            rules.pop(number, None)
            if rule is not None:
                # The latest comes first, as the last word.
                earlier = dict(rules)
                rules.clear()
                rules.update({number: RULES[kind](**rule), **earlier})


ACTS: dict[str, Callable[..., None]] = {
    "serve": Host.serve,
    "stop": Host.stop,
    "pause": Host.pause,
    "resume": Host.resume,
    "rule": Host.rule,
    "know": Host.know,
    "set_fault": Host.set_fault,
    "set_clock": Host.set_clock,
}


class Defects(logging.Handler):
    """Remembers what libraries log as an error: something in these servers that nobody wanted to be wrong."""

    def __init__(self) -> None:
        """Hear errors only."""
        super().__init__(logging.ERROR)
        self.record = Record()

    def emit(self, record: logging.LogRecord) -> None:
        """Remember one, with the place in our own code at which it came about."""
        error = record.exc_info[1] if record.exc_info else None
        frames = traceback.extract_tb(error.__traceback__) if error else []
        ours = [f"{Path(one.filename).name}, line {one.lineno}" for one in frames if _OURS in one.filename]
        named = f"{type(error).__name__}: {error}" if error else ""
        self.record.note("defect", said=record.getMessage(), error=named, where=(ours or [""])[-1])


class Hosts:
    """All hosts, and what can be asked of them."""

    def __init__(self, defects: Record) -> None:
        """Begin with none."""
        self._hosts: dict[str, Host] = {}
        self._defects = defects

    def obey(self, words: Words) -> Words:
        """Do one thing."""
        if words["op"] == "defects":
            return {"record": self._defects.since(0)}
        op, name = words.pop("op"), words.pop("host")
        if op == "live":
            self._hosts[name] = Host(**words)
            return {}
        if name not in self._hosts:
            raise ValueError(f"no servers run on {name}; they do on {', '.join(self._hosts)}")
        if op == "record":
            return {"record": self._hosts[name].record.since(words["since"])}
        ACTS[op](self._hosts[name], **words)
        return {}


def main() -> None:
    """Obey until the test process goes."""
    # What is broken on purpose is told in the record.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    defects = Defects()
    logging.basicConfig(handlers=[defects, logging.StreamHandler()], level=logging.ERROR)
    ear, hosts = Ear(int(sys.argv[1])), Hosts(defects.record)
    try:
        while True:
            ear.serve(hosts.obey)
    except EOFError:
        return


if __name__ == "__main__":
    main()
