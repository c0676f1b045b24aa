"""What is asked for now runs once; an address needs no configuration, and an odd one is refused with a reason."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from probe.model import Outcome, Purpose, Vantage, Verdict
from probe.ondemand import ad_hoc, ask, here, run_once, select
from probe.plan import Looking
from probe.prober.http import Http
from tests.repeating import plan, probe
from tests.store_records import finding

PASSWORD = "hunter2"


def looking(name: str) -> Looking:
    return replace(here(), vantage=Vantage(name=name, kind="system"))


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://example.net", ("https", "example.net", 443, "/")),
        ("http://example.net", ("http", "example.net", 80, "/")),
        ("HTTPS://Example.NET./Path", ("https", "example.net", 443, "/Path")),
        ("http://example.net:8080/a?b=c&d=%20#part", ("http", "example.net", 8080, "/a?b=c&d=%20")),
        ("http://example.net?x=1", ("http", "example.net", 80, "/?x=1")),
        ("http://example.net#part", ("http", "example.net", 80, "/")),
        ("http://example.net:/", ("http", "example.net", 80, "/")),
        ("http://192.0.2.7:81/", ("http", "192.0.2.7", 81, "/")),
        ("https://[2001:DB8::7]:8443/x", ("https", "2001:db8::7", 8443, "/x")),
        ("https://[::1]", ("https", "::1", 443, "/")),
        (
            "https://bücher.example/Straße?q=ö",
            ("https", "xn--bcher-kva.example", 443, "/Stra%C3%9Fe?q=%C3%B6"),
        ),
        ("https://xn--bcher-kva.example/", ("https", "xn--bcher-kva.example", 443, "/")),
        ("http://example.net/user@host:1/", ("http", "example.net", 80, "/user@host:1/")),
        ("http://example.net/a b", ("http", "example.net", 80, "/a%20b")),
        ("http://example.net//x", ("http", "example.net", 80, "//x")),
    ],
)
def test_an_address_is_taken_apart(url, asked):
    (one,) = ad_hoc(url, [here()]).probes

    assert isinstance(one.prober, Http)
    assert (one.hop.scheme, one.hop.host, one.hop.port, one.prober.path) == asked


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.net",
        "example.net:443",
        "//example.net/",
        "ftp://example.net/",
        "javascript://example.net/",
        "https:/example.net/",
        "https:///path",
        "https://",
        "https://?x",
        "https://:443/",
        "https://example.net:0/",
        "https://example.net:65536/",
        "https://example.net:https/",
        "https://example.net:-1/",
        "https://example.net:\uff18\uff10/",
        "https://exa mple.net/",
        "https://example..net/",
        "https://-example.net/",
        "https://example.net\\@evil.example/",
        "https://example.net%2f@evil.example/",
        "https://exa\nmple.net/",
        "https://example.net/\r\nX-Evil: 1",
        "https://example.net/\x00",
        "https://example.net/\u202egnp.exe",
        "https://[::1",
        "https://[fe80::1%eth0]/",
        "https://[192.0.2.7]/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 127}example/",
        f"https://ü{'x' * 70}.example/",
    ],
)
def test_an_odd_address_is_refused(url):
    with pytest.raises(ValueError, match=r".+"):
        ad_hoc(url, [here()])


@pytest.mark.parametrize(
    "url",
    [
        f"https://user:{PASSWORD}@example.net/",
        f"https://:{PASSWORD}@example.net/",
        f"https://{PASSWORD}@example.net/",
        f"ftp://user:{PASSWORD}@example.net/",
        f"https://user:{PASSWORD}@[::1/",
        f"https://user:{PASSWORD}@example.net:x/",
        f"https://user:{PASSWORD}\uff20example.net/",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(url):
    with pytest.raises(ValueError, match=r".+") as refused:
        ad_hoc(url, [here()])

    assert PASSWORD not in str(refused.value)


@given(st.text() | st.text().map("https://{}".format) | st.text().map("http://example.net/{}".format))
@example("https://[v1.x]/")
def test_whatever_text_is_given_is_an_address_or_a_value_error(text):
    with contextlib.suppress(ValueError):
        (one,) = ad_hoc(text, [here()]).probes
        assert isinstance(one.prober, Http)
        assert one.hop.authority.isascii()
        assert one.prober.path.startswith("/")


def test_an_address_is_asked_from_each_vantage():
    asked = ad_hoc("https://example.net/", [looking("wifi"), looking("mobile")])

    assert [str(one.series) for one in asked.probes] == [
        "wifi/url/example.net/http",
        "mobile/url/example.net/http",
    ]
    assert [one.crossed for one in asked.probes] == [
        ("access[wifi]", "path[wifi>example.net]", "host[example.net]"),
        ("access[mobile]", "path[mobile>example.net]", "host[example.net]"),
    ]


CHAIN = plan(
    probe(check, vantage=vantage, hop=hop)
    for vantage in ("wifi", "mobile")
    for hop, check in (("hk-vps", "alive"), ("vercel", "edge"), ("direct", "reach"))
)


@pytest.mark.parametrize(
    ("names", "vantages", "chosen"),
    [
        (
            [],
            [],
            ["wifi/hk-vps", "wifi/vercel", "wifi/direct", "mobile/hk-vps", "mobile/vercel", "mobile/direct"],
        ),
        (["vercel"], [], ["wifi/vercel", "mobile/vercel"]),
        (["reach"], ["mobile"], ["mobile/direct"]),
        (["chat"], ["wifi"], ["wifi/hk-vps", "wifi/vercel", "wifi/direct"]),
        (["reach", "hk-vps"], ["wifi"], ["wifi/hk-vps", "wifi/direct"]),
        (
            [],
            ["wifi", "mobile"],
            ["wifi/hk-vps", "wifi/vercel", "wifi/direct", "mobile/hk-vps", "mobile/vercel", "mobile/direct"],
        ),
        (["nobody"], [], []),
        (["reach"], ["nowhere"], []),
    ],
)
def test_probes_are_chosen_by_route_hop_or_check_and_by_vantage(names, vantages, chosen):
    found = select(CHAIN, names, vantages)

    assert [f"{one.series.vantage}/{one.series.hop}" for one in found] == chosen


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with the status that the path names, after as many milliseconds as it names: /200/50."""
    head = await reader.readuntil(b"\r\n\r\n")
    _, status, milliseconds = head.split()[1].decode().split("/")
    await asyncio.sleep(int(milliseconds) / 1000)
    writer.write(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n".encode())
    writer.close()
    await writer.wait_closed()


@asynccontextmanager
async def _server() -> AsyncIterator[str]:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_the_answers_come_in_the_order_of_the_questions():
    async with _server() as url:
        (one,) = ad_hoc(f"{url}/200/0", [here()]).probes
        paths = ["/200/200", "/200/0", "/404/100", "/503/10"]
        probes = [replace(one, prober=Http(path=path, status=(200, 404))) for path in paths]
        seen = await run_once(plan([one]), probes, "laptop")

    assert [(one.outcome, one.evidence.http and one.evidence.http.status) for one in seen] == [
        (Outcome.OK, 200),
        (Outcome.OK, 200),
        (Outcome.OK, 404),
        (Outcome.FAILED, 503),
    ]
    assert {(one.identity.agent, one.purpose, one.slot) for one in seen} == {
        ("laptop", Purpose.ON_DEMAND, None)
    }
    assert sorted(one.identity.seq for one in seen) == [1, 2, 3, 4]


async def test_a_port_that_refuses_is_a_failure_and_not_an_error():
    async with _server() as url:
        pass
    asked = ad_hoc(f"{url}/200/0", [here()])
    (seen,) = await run_once(asked, asked.probes)

    assert (seen.outcome, seen.failure and seen.failure.cause) == (Outcome.FAILED, "tcp.refused")


async def test_what_fails_is_looked_into_when_that_is_wanted():
    async with _server() as url:
        asked = ad_hoc(f"{url}/503/0", [here()])
        plainly = await ask(asked, asked.probes)
        examined = await ask(asked, asked.probes, examine=True)

    assert (plainly.findings, plainly.controls) == ((), ())
    assert examined.finding(examined.observations[0]) == examined.findings[0]
    assert {one.purpose for one in examined.controls} <= {Purpose.CONTROL, Purpose.CONFIRM}


async def test_where_the_vantage_itself_is_at_fault_the_hop_was_not_measured():
    async with _server() as url:
        asked = ad_hoc(f"{url}/503/0", [here()])
        made = await ask(asked, (*asked.probes, *asked.probes))
    about = [one.identity for one in made.observations]
    found = [
        finding(parents=about[:1], causes=("local.captive_portal",), verdict=Verdict.INSUFFICIENT),
        finding(parents=about[1:], causes=("http.status",)),
    ]

    judged = replace(made, findings=tuple(found)).judged
    assert [one.outcome for one in judged] == [Outcome.NOT_MEASURED, Outcome.FAILED]


async def test_nothing_to_ask_is_answered_with_nothing():
    assert await run_once(CHAIN, []) == []
