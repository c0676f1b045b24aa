"""A running daemon whose vantage's IPv6 breaks: told once, held against no hop, and over when it works again."""

import asyncio
import contextlib
import json
import re
import socket

import dns.message
import dns.rdatatype
import dns.rrset
import pytest

from tests.daemon_process import hopwatch, running_daemon
from tests.rig_servers import hold, name_server, tcp_server

CONFIG = """\
defaults: {{interval: 1s, timeout: 400ms}}
resolvers: ["{resolver}"]
hops: {{a: {{url: "http://a.test:{port}"}}, b: {{url: "http://b.test:{port}"}}, c: {{url: "http://c.test:{port}"}}}}
routes: {{r: {{hops: [a, b, c]}}}}
"""


def zone(query):
    """a and b have both families, c has IPv4 alone."""
    name, kind = query.question[0].name, dns.rdatatype.to_text(query.question[0].rdtype)
    answer = dns.message.make_response(query)
    if kind == "A" or (kind == "AAAA" and str(name) != "c.test."):
        address = "127.0.0.1" if kind == "A" else "::1"
        answer.answer.append(dns.rrset.from_text(name, 5, "IN", kind, address))
    return [answer.to_wire()]


@contextlib.contextmanager
def broken_ipv6(port):
    """Drop every SYN to ::1 on this port: a listener whose queue is full."""
    with socket.socket(socket.AF_INET6) as listener, contextlib.ExitStack() as waiting:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("::1", port))
        listener.listen(0)
        for _ in range(3):
            client = waiting.enter_context(socket.socket(socket.AF_INET6))
            client.setblocking(False)
            client.connect_ex(("::1", port))
        yield listener


@pytest.fixture
def hops(tmp_path):
    """Three hops on one port that IPv4 reaches, their names, and a configuration of them."""
    with tcp_server(hold) as server, name_server(zone) as resolver:
        file = tmp_path / "hopwatch.yml"
        file.write_text(CONFIG.format(resolver=resolver, port=server.port))
        yield file, server.port


async def until(ask, *, is_=None, at_least=None):
    """Ask until the answer is that, or so large."""
    async with asyncio.timeout(15):
        while True:
            found = await ask()
            if found == is_ if at_least is None else found >= at_least:
                return
            await asyncio.sleep(0.1)


@contextlib.contextmanager
def listening(port):
    """Take connections to ::1 on this port."""
    with socket.socket(socket.AF_INET6) as listener:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("::1", port))
        listener.listen(128)
        yield


async def ipv6(daemon, what, **more):
    return await daemon.metric(f"hopwatch_probe{what}_total", check="ipv6", **more)


async def gauge(daemon):
    """Return what the daemon says of its vantage's IPv6; None as long as it says nothing."""
    found = re.search(
        r'^hopwatch_vantage_ipv6_broken{vantage="system"} (.*)$',
        (await daemon.get("metrics"))[1],
        re.MULTILINE,
    )
    return float(found[1]) if found else None


async def state(daemon):
    return json.loads((await daemon.get("api/v1/state"))[1])


async def logged(daemon):
    """End the daemon and return the events it logged about the family."""
    await daemon.stop()
    lines = (await daemon.process.stderr.read()).decode().splitlines()
    return [event for line in lines if "ipv6" in (event := json.loads(line)["event"])]


async def test_broken_ipv6_is_told_once_and_ends(hops, tmp_path):
    file, port = hops
    with broken_ipv6(port) as listener:
        async with running_daemon(file, tmp_path / "data") as daemon:
            await until(lambda: gauge(daemon), is_=1.0)
            failures = await ipv6(daemon, "_failures")
            excused = await ipv6(daemon, "s_not_measured", layer="local")
            await until(lambda: ipv6(daemon, "s_not_measured", layer="local"), at_least=excused + 3)
            later_failures = await ipv6(daemon, "_failures")
            broken, page = await state(daemon), (await daemon.get(""))[1]

            listener.close()
            with listening(port):
                await until(lambda: gauge(daemon), is_=0.0)
                mended = await state(daemon)
            events = await logged(daemon)

    assert failures == later_failures <= 4
    assert [note.partition(":")[0] for note in broken["notes"]] == ["IPv6 does not work from system"]
    assert page.count("IPv6 does not work from system") == 1
    assert broken["headline"]["text"] == "All 3 checks answer"
    assert {one["hop"]: one["nothing"] for one in broken["series"] if one["check"] == "ipv6"} == {
        "a": "IPv6 is broken here",
        "b": "IPv6 is broken here",
        "c": "no IPv6 address",
    }
    assert mended["notes"] == []
    assert events == ["vantage.ipv6_broke", "vantage.ipv6_works"]


async def test_a_single_check_tells_it_too_and_fails_nobody(hops):
    file, port = hops
    with broken_ipv6(port):
        code, out, _ = await hopwatch("check", "--config.file", str(file))
        _, as_json, _ = await hopwatch("check", "--json", "--config.file", str(file))

    causes = {
        one["series"]["hop"]: one["failure"]["cause"]
        for one in json.loads(as_json)["observations"]
        if one["series"]["check"] == "ipv6"
    }
    assert (code, out.splitlines()[-1]) == (0, "All 3 checks answer.")
    assert "IPv6 is broken here: a, b (check ipv6 from system)" in out
    assert "no IPv6 address: c (check ipv6 from system)" in out
    assert causes == {"a": "local.ipv6_broken", "b": "local.ipv6_broken", "c": "meta.no_address"}
