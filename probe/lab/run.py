"""Put the lab together, run it, and take it down again."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from probe.clock import Clock, SystemClock
from probe.lab.authority import Authority
from probe.lab.cerebras import Cerebras
from probe.lab.control import application
from probe.lab.door import DeadEnds, bind, bind_all, listen, port_of
from probe.lab.layout import HOPS, VANTAGES, AddressTakenError, Layout
from probe.lab.listener import Listener, Site
from probe.lab.nameserver import NameServer
from probe.lab.nginx import Nginx
from probe.lab.page import StaticPage
from probe.lab.switch import Breakage, Switch
from probe.lab.vercel import Vercel
from probe.lab.zone import Zone

_ATTEMPTS = 20
_COLUMNS: tuple[str | None, ...] = (None, *VANTAGES)


class Lab:
    """A running lab: where it is, whom to trust, and its fault switch."""

    def __init__(self, layout: Layout, ca_pem: bytes, switch: Switch) -> None:
        """Describe a lab whose layout has the ports that are really in use."""
        self.layout = layout
        self.ca_pem = ca_pem
        self.switch = switch

    def break_(self, fault_id: str, vantage: str | None = None, seconds: float | None = None) -> Breakage:
        """Put a fault in force, for one vantage or everybody, until mended or for a time."""
        return self.switch.break_(fault_id, vantage, seconds)

    def mend(self, fault_id: str | None = None, vantage: str | None = None) -> tuple[Breakage, ...]:
        """End a fault, or all of them."""
        return self.switch.mend(fault_id, vantage)


@asynccontextmanager
async def running(layout: Layout | None = None, clock: Clock | None = None) -> AsyncIterator[Lab]:
    """Run a lab until the block ends; raise AddressTakenError when one of its addresses cannot be had."""
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        tasks = asyncio.TaskGroup()
        await tasks.__aenter__()
        # Exit as if the block had ended well: what it raised should reach the caller as it is, in no group.
        stack.push_async_callback(tasks.__aexit__, None, None, None)
        bound = _bind(layout or Layout(), stack)
        authority = Authority()
        lab = Lab(bound.layout, authority.pem, Switch())
        sites = await _sites(lab.layout, authority, clock, stack)
        for listener in _listeners(lab, bound, authority, sites, tasks):
            stack.push_async_callback(listener.close)
            lab.switch.watch(listener.refresh)
            listener.refresh()
        names = NameServer(Zone(layout=lab.layout, switch=lab.switch), bound.dns_tcp, bound.dns_udp, tasks)
        stack.callback(names.close)
        await names.start()
        await _serve_control(lab, bound.control, stack)
        yield lab


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """Every socket of the lab, and its layout with the ports that they got."""

    layout: Layout
    control: socket.socket
    dns_tcp: socket.socket
    dns_udp: socket.socket
    doors: Mapping[tuple[str, str | None], socket.socket]


def _bind(layout: Layout, stack: AsyncExitStack) -> _Bound:
    """Take every address before anything runs, the control address first: a second lab stops there."""
    control = _kept(bind(layout.control_host, layout.control_port), stack)
    # Two bound sockets can share an address until one listens.
    listen(control)
    dns_tcp, dns_udp = (_kept(sock, stack) for sock in _bind_dns(layout.dns_address, layout.dns_port))
    keys = [(hop, vantage) for hop in HOPS for vantage in _COLUMNS]
    socks = [
        _kept(sock, stack) for sock in bind_all(tuple(layout.address(*key) for key in keys), layout.hop_port)
    ]
    return _Bound(
        layout=replace(
            layout, hop_port=port_of(socks[0]), dns_port=port_of(dns_tcp), control_port=port_of(control)
        ),
        control=control,
        dns_tcp=dns_tcp,
        dns_udp=dns_udp,
        doors=dict(zip(keys, socks, strict=True)),
    )


def _kept(sock: socket.socket, stack: AsyncExitStack) -> socket.socket:
    """Close the socket at the end, should nobody have taken it over by then."""
    stack.callback(sock.close)
    return sock


def _bind_dns(address: str, port: int) -> tuple[socket.socket, socket.socket]:
    for _ in range(_ATTEMPTS):
        tcp = bind(address, port)
        try:
            return tcp, bind(address, port_of(tcp), socket.SOCK_DGRAM)
        except AddressTakenError:
            tcp.close()
            if port:
                raise
    raise AddressTakenError(f"no port of {address} is free for both TCP and UDP")


async def _sites(
    layout: Layout, authority: Authority, clock: Clock, stack: AsyncExitStack
) -> Mapping[str, Site]:
    connector = aiohttp.TCPConnector(
        # Neither nginx's stock configuration nor the lab's function keeps a connection: each request meets the faults.
        force_close=True,
        resolver=_OwnAddresses(layout),
        use_dns_cache=False,
        ssl=authority.trusting(),
    )
    session = aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
    )
    await stack.enter_async_context(session)
    dead_ends = DeadEnds(layout.address("vercel"))
    stack.callback(dead_ends.close)
    return {
        "hk-vps": Nginx(layout, session, dead_ends),
        "vercel": Vercel(layout, session, clock),
        "direct": Cerebras(),
        "static": StaticPage(clock),
    }


def _listeners(
    lab: Lab, bound: _Bound, authority: Authority, sites: Mapping[str, Site], tasks: asyncio.TaskGroup
) -> Iterator[Listener]:
    identities = {hop: authority.identity(lab.layout.name(hop)) for hop in HOPS}
    for (hop, vantage), sock in bound.doors.items():
        yield Listener(
            sock,
            tasks,
            hop=hop,
            vantage=vantage,
            switch=lab.switch,
            identity=identities[hop],
            site=sites[hop],
            slow_seconds=lab.layout.slow_seconds,
        )


async def _serve_control(lab: Lab, sock: socket.socket, stack: AsyncExitStack) -> None:
    app = application(lab.layout, lab.switch, lab.ca_pem)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.SockSite(runner, sock).start()


class _OwnAddresses(AbstractResolver):
    """Resolves the hops' names for the lab's own forwarding, by the map and not by DNS."""

    def __init__(self, layout: Layout) -> None:
        self._addresses = {layout.name(hop): layout.address(hop) for hop in HOPS}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self._addresses.get(host)
        if address is None or family not in {socket.AF_INET, socket.AF_UNSPEC}:
            raise OSError(f"the lab has no {host}")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Hold nothing, so there is nothing to close."""
