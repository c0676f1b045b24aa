"""The project's own stand-ins for nginx, Vercel, Cerebras and the page's host, run on hosts of the test internet.

They forward over its real wires: to the addresses that a resolver of the test internet gives for the next hop's name.
"""

import socket
import ssl
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import dns.asyncresolver
import dns.exception
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from probe.clock import SystemClock
from probe.lab import LabError, Layout
from probe.lab.cerebras import Cerebras
from probe.lab.door import DeadEnds
from probe.lab.fault import Level, find
from probe.lab.listener import Site
from probe.lab.nginx import Nginx
from probe.lab.page import StaticPage
from probe.lab.switch import Switch
from probe.lab.vercel import Vercel
from tests.internet.report_front import Relay, ReportingVercel
from tests.internet.reporting import Reporting, function, nginx

HOPS = {"nginx": "hk-vps", "vercel": "vercel", "cerebras": "direct", "page": "static"}
_ZONE = "lab.test"


class StandIn:
    """One hop of the lab's chain, with its fault switch."""

    def __init__(
        self,
        *,
        site: str,
        resolver: str,
        ca_file: str,
        layout: Mapping[str, float],
        reports: Mapping[str, str] | None = None,
    ) -> None:
        """Stand in for that kind of site; `layout` holds times of the lab's Layout that differ from the usual.

        With `reports`, the namespace and a folder, nginx and the function are the real ones with config/relay.
        """
        self._hop = HOPS[site]
        self._kind = site
        self._resolver = resolver
        self._ca_file = ca_file
        self._reports = reports
        self._layout = Layout(zone=_ZONE, hop_port=443, **layout)  # type: ignore[arg-type]  # the times of a layout
        self._switch = Switch()
        self._closing = AsyncExitStack()
        self._site: Site | None = None

    async def open(self) -> None:
        """Get ready to forward."""
        session = await self._closing.enter_async_context(_session(self._resolver, self._ca_file))
        self._site = self._reporting(session) or self._made(session)

    async def close(self) -> None:
        """Forward no more."""
        await self._closing.aclose()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer as the hop would."""
        if self._site is None:
            raise RuntimeError("the stand-in is not open")
        return await self._site(request, self._switch.at(self._hop, None))

    def break_(self, fault: str) -> None:
        """Put one of the lab's faults in force, one that acts on HTTP: for the others there are better ways here."""
        try:
            if find(fault).level is not Level.HTTP or find(fault).hop != self._hop:
                raise ValueError(f"{fault} is not a fault of {self._hop} that acts on HTTP")
            self._switch.break_(fault)
        except LabError as error:
            raise ValueError(str(error)) from error

    def mend(self, fault: str) -> None:
        """End it."""
        self._switch.mend(fault)

    def _reporting(self, session: aiohttp.ClientSession) -> Site | None:
        if self._reports is None or self._kind not in {"nginx", "vercel"}:
            return None
        about = Reporting(
            place=self._reports["place"],
            folder=Path(self._reports["folder"]) / self._kind,
            resolver=self._resolver,
            ca_file=self._ca_file,
            layout=self._layout,
        )
        if self._kind == "nginx":
            self._closing.enter_context(nginx(about))
            return Relay(session)
        self._closing.enter_context(function(about))
        return ReportingVercel(self._layout, session, SystemClock())

    def _made(self, session: aiohttp.ClientSession) -> Site:
        match self._kind:
            case "nginx":
                dead_ends = DeadEnds("127.0.0.1")
                self._closing.callback(dead_ends.close)
                return Nginx(self._layout, session, dead_ends)
            case "vercel":
                return Vercel(self._layout, session, SystemClock())
            case "cerebras":
                return Cerebras()
            case _:
                return StaticPage(SystemClock())


def _session(resolver: str, ca_file: str) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        # Neither nginx's stock configuration nor the lab's function keeps a connection: each request meets the faults.
        force_close=True,
        resolver=_Resolver(resolver),
        use_dns_cache=False,
        ssl=ssl.create_default_context(cafile=ca_file),
        family=socket.AF_INET,
    )
    return aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
    )


class _Resolver(AbstractResolver):
    """Asks one server over the network that this thread is in; the machine's own resolver knows nothing of it."""

    def __init__(self, address: str) -> None:
        self._asked = dns.asyncresolver.Resolver(configure=False)
        self._asked.nameservers = [address]
        self._asked.lifetime = 3.0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        try:
            answer = await self._asked.resolve(host, "A")
        except dns.exception.DNSException as error:
            raise OSError(f"{host}: {type(error).__name__}") from error
        return [
            ResolveResult(
                hostname=host,
                host=str(record),
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for record in answer
        ]

    async def close(self) -> None:
        """Hold nothing, so there is nothing to close."""
