"""Whatever happens in a probe becomes exactly one observation, and our own trouble is told as such."""

import asyncio
import time
from dataclasses import dataclass
from typing import ClassVar

import pytest
import structlog.testing

from probe.clock import SystemClock
from probe.model import Cost, Layer, Outcome, Overrides, Phase, Taint
from probe.prober.dns import Dns
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls
from tests import rig_certificates as certificates
from tests.rig import BARE, ask, bench, seconds_of, verdict
from tests.rig_dns import response, says
from tests.rig_servers import (
    answering,
    black_hole,
    hold,
    name_server,
    ok,
    request,
    take,
    tcp_server,
    tls_server,
)

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"


@dataclass(frozen=True, slots=True)
class Scripted:
    """A prober that does what it is given."""

    layers: ClassVar[tuple[Layer, ...]] = (Layer.HTTP,)
    by_proxy: ClassVar[bool] = True
    act: object

    async def __call__(self, attempt):
        await self.act(attempt)

    def cost(self, hop):
        return Cost()


STAGES = {
    "resolve": ("dns.timeout", set()),
    "connect": ("tcp.timeout", {"resolve"}),
    "tls": ("tls.timeout", {"resolve", "connect"}),
    "processing": ("http.timeout.first_byte", {"resolve", "connect", "tls"}),
    "transfer": ("http.timeout.body", {"resolve", "connect", "tls", "processing"}),
}


@pytest.mark.parametrize("able", [None, BARE], ids=["kernel", "bare"])
@pytest.mark.parametrize("stage", STAGES)
async def test_the_deadline_names_the_phase_that_hangs_and_the_later_ones_are_absent(
    stage, able, ca_file
) -> None:
    cause, ended = STAGES[stage]
    server = certificates.honest("a.test")
    with (
        name_server(says("A 127.0.0.1") if stage != "resolve" else lambda query: []) as resolver,
        black_hole() as dropping,
        tcp_server(hold) as silent,
        tls_server(server, answering(then=hold)) as slow,
        tls_server(server, answering(HALF, then=hold)) as half,
    ):
        port = {"tls": silent.port, "processing": slow.port, "transfer": half.port}.get(stage, dropping)
        observation = await ask(
            Http(),
            host="a.test",
            port=port,
            scheme="https",
            ca_file=ca_file,
            resolvers=(resolver,),
            seconds=0.25,
            able=able,
        )

    assert verdict(observation) == (cause, stage)
    assert set(seconds_of(observation)) == ended
    left = 0.25 - observation.duration_seconds
    assert left - 0.1 < observation.failure.after_seconds < left + 0.25
    whom = f"; {resolver} has not answered" if stage == "resolve" else ""
    assert f"the deadline of 0.25 s passed in {stage}{whom}" == observation.failure.detail


async def test_a_probe_that_is_interrupted_ends_at_once_as_own_trouble_in_its_open_phase() -> None:
    async with bench() as ready:
        with black_hole() as port:
            attempt = ready.attempt(port=port, seconds=5)
            loop = asyncio.get_running_loop()
            loop.call_later(0.1, attempt.interrupt, "local.interface_down", "wlan0 has no link")
            loop.call_later(0.1, attempt.interrupt, "local.network_changed", "too late to say why")
            observation = await ready.measure(Tcp(), attempt)
            attempt.interrupt("local.network_changed", "later than the end")

    assert verdict(observation) == ("local.interface_down", "connect")
    assert (observation.outcome, observation.failure.detail) == (Outcome.NOT_MEASURED, "wlan0 has no link")
    assert 0.09 < observation.elapsed_seconds < 0.4
    assert observation.evidence.tcp.address == "127.0.0.1"


async def test_a_bug_of_ours_is_logged_and_blames_nobody() -> None:
    async def breaks(attempt):
        with attempt.phase(Phase.CONNECT):
            raise KeyError("canary")

    with structlog.testing.capture_logs() as logs:
        observation = await ask(Scripted(breaks))

    assert verdict(observation) == ("meta.bug", "connect")
    assert observation.outcome is Outcome.NOT_MEASURED
    assert [(one["event"], one["log_level"], one["series"]) for one in logs] == [
        ("probe.broke", "error", "here/route/hop/check")
    ]


async def test_a_bug_while_the_evidence_is_put_together_is_still_one_observation() -> None:
    async def breaks_later(attempt):
        attempt.at_end(lambda: 1 // 0)
        await Tcp()(attempt)

    with structlog.testing.capture_logs() as logs, tcp_server(hold) as server:
        observation = await ask(Scripted(breaks_later), port=server.port)

    assert verdict(observation) == ("meta.bug", None)
    assert {"connect"} == set(seconds_of(observation))
    assert [one["event"] for one in logs] == ["probe.broke"]


async def test_an_answer_that_came_in_time_and_was_read_too_late_is_our_own_trouble() -> None:
    def answers_in_time(connection):
        request(connection)
        time.sleep(0.05)
        connection.sendall(ok())
        hold(connection)

    with tcp_server(answers_in_time) as server:
        async with bench() as ready:
            asyncio.get_running_loop().call_later(0.02, time.sleep, 0.3)
            observation = await ready.measure(Http(), ready.attempt(port=server.port, seconds=0.15))

    assert verdict(observation) == ("meta.late", "processing")
    assert observation.outcome is Outcome.NOT_MEASURED


async def test_a_silent_target_is_to_blame_although_we_looked_late() -> None:
    with tcp_server(hold) as server:
        async with bench() as ready:
            asyncio.get_running_loop().call_later(0.02, time.sleep, 0.3)
            observation = await ready.ask(Http(), port=server.port, seconds=0.15)

    assert verdict(observation) == ("http.timeout.first_byte", "processing")


async def test_a_leftover_on_an_earlier_socket_is_no_answer() -> None:
    def twice(query):
        return [response(query, "A 127.0.0.1"), response(query, "A 127.0.0.2")]

    with name_server(twice) as resolver, black_hole() as port:
        async with bench() as ready:
            asyncio.get_running_loop().call_later(0.05, time.sleep, 0.2)
            observation = await ready.ask(
                Tcp(), host="a.test", port=port, resolvers=(resolver,), seconds=0.15
            )

    assert verdict(observation) == ("tcp.timeout", "connect")


async def test_a_failure_while_we_stood_still_blames_nobody() -> None:
    with tcp_server(hold) as server:
        async with bench() as ready:
            asyncio.get_running_loop().call_later(0.02, time.sleep, 1.3)
            observation = await ready.measure(Http(), ready.attempt(port=server.port, seconds=1.2))

    assert verdict(observation) == ("meta.probe_suspended", "processing")
    assert "http.timeout.first_byte" in observation.failure.detail
    assert Taint.SUSPENDED in observation.taints


async def test_a_success_while_we_stood_still_stays_a_success_and_is_tainted() -> None:
    def slow(connection):
        request(connection)
        time.sleep(0.05)
        connection.sendall(ok())

    with tcp_server(slow) as server:
        async with bench() as ready:
            asyncio.get_running_loop().call_later(0.02, time.sleep, 1.1)
            observation = await ready.ask(Http(), port=server.port, seconds=5)

    assert verdict(observation) == (None, None)
    assert observation.taints == (Taint.SUSPENDED,)


class SteppedClock(SystemClock):
    """The machine's clocks, but for a wall clock that can be set."""

    def __init__(self):
        self.step_ns = 0

    def wall_ns(self):
        return super().wall_ns() + self.step_ns


@pytest.mark.parametrize("step_seconds", [3600, -600, 0.5, -0.02])
async def test_a_set_wall_clock_taints_and_no_duration_is_absurd(step_seconds) -> None:
    clock = SteppedClock()

    def slow(connection):
        request(connection)
        time.sleep(0.03)
        clock.step_ns = int(step_seconds * 1e9)
        time.sleep(0.03)
        connection.sendall(ok())

    with tcp_server(slow) as server:
        async with bench(clock=clock) as ready:
            observation = await ready.ask(Http(), port=server.port)

    assert verdict(observation) == (None, None)
    assert Taint.CLOCK_STEP in observation.taints
    assert 0 <= seconds_of(observation)["processing"] < 0.2
    assert observation.lag_seconds < 0.5


async def test_a_steady_wall_clock_taints_nothing() -> None:
    with tcp_server(answering(ok())) as server:
        async with bench(clock=SteppedClock()) as ready:
            seen = {(await ready.ask(Http(), port=server.port)).taints for _ in range(5)}

    assert Taint.CLOCK_STEP not in {taint for taints in seen for taint in taints}


async def test_figures_leave_out_our_own_cryptography(ca_file) -> None:
    with tls_server(certificates.honest(), hold) as server:
        observation = await ask(Tls(), port=server.port, host="localhost", scheme="https", ca_file=ca_file)

    own = observation.evidence.tls.own_seconds
    assert 0 < own < observation.elapsed_seconds
    assert observation.duration_seconds + own <= observation.elapsed_seconds


# Extra probes: what is overridden takes effect on the wire and is told in the evidence.


async def test_overridden_address_and_port_are_dialled_and_the_host_is_still_asked_for() -> None:
    seen = []

    def script(connection):
        seen.append(request(connection))
        connection.sendall(ok())

    with tcp_server(script, host="127.0.0.4") as server:
        observation = await ask(
            Http(), host="a.test", port=80, overrides=Overrides(address="127.0.0.4", port=server.port)
        )

    tcp = observation.evidence.tcp
    assert (None, None, "127.0.0.4", server.port) == (*verdict(observation), tcp.address, tcp.port)
    assert b"\r\nHost: a.test\r\n" in seen[0]


@pytest.mark.parametrize("prober", [Tcp(port=9), Tls(port=9)], ids=["tcp", "tls"])
async def test_an_overridden_port_goes_before_the_checks_own(prober, ca_file) -> None:
    with tls_server(certificates.honest(), hold) as server:
        observation = await ask(
            prober,
            port=8,
            host="localhost",
            scheme="https",
            ca_file=ca_file,
            overrides=Overrides(port=server.port),
        )

    assert verdict(observation) == (None, None)


async def test_an_overridden_server_name_is_sent_and_verified(ca_file) -> None:
    asked = []
    context = certificates.honest("benign.test")
    context.sni_callback = lambda sock, name, context: asked.append(name)
    with tls_server(context, hold) as server:
        observation = await ask(
            Tls(),
            port=server.port,
            host="localhost",
            scheme="https",
            ca_file=ca_file,
            overrides=Overrides(server_name="benign.test"),
        )

    assert verdict(observation) == (None, None)
    assert (asked, observation.evidence.tls.server_name) == (["benign.test"], "benign.test")


@pytest.mark.parametrize("prober", [Dns(), Tcp()], ids=["dns", "tcp"])
async def test_an_overridden_resolver_is_the_only_one_asked(prober) -> None:
    with name_server(says("A 127.0.0.1")) as other, tcp_server(hold) as server:
        observation = await ask(
            prober,
            host="a.test",
            port=server.port,
            resolvers=("udp://127.0.0.1:9",),
            overrides=Overrides(resolver=other),
        )

    assert verdict(observation) == (None, None)
    assert [other] == [query.resolver for query in observation.evidence.dns]


async def test_an_overridden_segment_size_and_ttl_are_those_of_the_socket() -> None:
    with tcp_server(hold) as server:
        async with bench() as ready:
            small = await ready.ask(Tcp(), port=server.port, overrides=Overrides(mss_bytes=600))
            attempt = ready.attempt(port=server.port, overrides=Overrides(ttl=3))
            seen = []

            async def look(attempt):
                await Tcp()(attempt)
                seen.append(ready.network.opened[-1]._sock.getsockopt(0, 2))  # IPPROTO_IP, IP_TTL

            await ready.measure(Scripted(look), attempt)

    info = small.evidence.tcp.info
    assert info is None or info.mss_bytes <= 600
    assert seen == [3]


async def test_first_bytes_are_sent_and_any_answer_will_do() -> None:
    got = []

    def script(connection):
        got.append(take(connection, 7))
        connection.sendall(b"?")

    with tcp_server(script) as server:
        observation = await ask(Tcp(), port=server.port, overrides=Overrides(first_bytes=b"garbage"))

    assert verdict(observation) == (None, None)
    assert ([b"garbage"], {"connect", "processing"}) == (got, set(seconds_of(observation)))
    assert (observation.evidence.tcp.sent_bytes, observation.evidence.tcp.received_bytes) == (7, 1)
