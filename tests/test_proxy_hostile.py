"""A proxy that answers nonsense at any byte is named as our own trouble, or as its failure, and blames no hop falsely."""

import asyncio
import contextlib
import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.model import Outcome
from probe.prober.tcp import Tcp
from probe.secret import Secret
from tests.rig import ask, bench, texts, verdict
from tests.rig_proxy import ESTABLISHED, Orders, proxy, scripted
from tests.rig_servers import answering, flooding, hold, request, reset, saying

NAME = "vps.example.net"
PASSWORD = "open-sesame-4711"
METHOD, LOGGED_IN = b"\x05\x02", b"\x01\x00"
REPLIES = {
    "IPv4": b"\x05\x00\x00\x01\x7f\x00\x00\x01\x1f\x90",
    "IPv6": b"\x05\x00\x00\x04" + bytes(16) + b"\x1f\x90",
    "name": b"\x05\x00\x00\x03\x04host\x1f\x90",
    "empty name": b"\x05\x00\x00\x03\x00\x1f\x90",
}
GOOD = METHOD + LOGGED_IN + REPLIES["IPv4"]
BROKEN, CLOSED, TIMEOUT = "local.proxy_broken", "relay.proxy.closed", "relay.proxy.timeout"
# What a proxy may be named for at all, whatever it says.
ALLOWED = {
    None, BROKEN, CLOSED, TIMEOUT, "local.proxy_auth", "local.proxy_denied", "local.family_mismatch", "relay.proxy",
    "tcp.refused", "tcp.unreachable",
}  # fmt: skip


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("TEST_PROXY_PASSWORD", PASSWORD)


def with_login(way):
    return dataclasses.replace(way, user="me", password=Secret(env="TEST_PROXY_PASSWORD"))


def told(data, *, ends):
    """Read whatever comes, say `data` at once, and end or hold."""

    def script(connection):
        connection.sendall(data)
        if ends:
            with contextlib.suppress(OSError):
                connection.shutdown(1)
        hold(connection)

    return script


async def asked(rig, scheme, data, *, ends=True, seconds=2.0):
    with scripted(scheme, told(data, ends=ends)) as way:
        return await rig.ask(Tcp(), host=NAME, way=with_login(way), seconds=seconds)


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
async def test_every_form_of_a_good_reply_is_understood(reply):
    async with bench() as rig:
        observation = await asked(rig, "socks5h", METHOD + LOGGED_IN + reply)

    assert verdict(observation) == (None, None)


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
async def test_socks5_that_ends_after_any_byte(reply):
    good = METHOD + LOGGED_IN + reply
    async with bench() as rig:
        found = [verdict(await asked(rig, "socks5h", good[:length])) for length in range(len(good))]

    expected = [CLOSED if length == 4 else BROKEN for length in range(len(good))]
    assert [(cause, "proxy") for cause in expected] == found


async def test_connect_that_ends_after_any_byte():
    good = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
    async with bench() as rig:
        found = [verdict(await asked(rig, "http", good[:length])) for length in range(len(good))]

    assert [(CLOSED if length == 0 else BROKEN, "proxy") for length in range(len(good))] == found


async def test_socks5_that_falls_silent_after_any_byte():
    """The silence can only be the proxy's but where the reply has not begun, which the hop may be waited for with."""

    async def silent_after(length):
        async with bench() as rig:
            return verdict(await asked(rig, "socks5h", GOOD[:length], ends=False, seconds=0.4))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(silent_after(length)) for length in range(len(GOOD))]

    expected = [TIMEOUT if length == 4 else BROKEN for length in range(len(GOOD))]
    assert [(cause, "proxy") for cause in expected] == [task.result() for task in tasks]


@pytest.mark.parametrize("at", range(len(GOOD)))
async def test_socks5_with_any_byte_wrong(at):
    async with bench() as rig:
        for wrong in (0x00, 0x01, 0x04, 0x05, 0x48, 0x7F, 0xFF):
            data = GOOD[:at] + bytes([wrong]) + GOOD[at + 1 :]
            observation = await asked(rig, "socks5h", data)
            cause, phase = verdict(observation)
            assert cause in ALLOWED
            assert phase == ("proxy" if cause else None)
            assert cause is None or wrong != GOOD[at]


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    answers=st.lists(
        st.binary(max_size=40)
        | st.builds(
            lambda good, at, byte: good[: at % len(good)] + bytes([byte]) + good[at % len(good) + 1 :],
            st.sampled_from([GOOD, METHOD + LOGGED_IN + REPLIES["name"], ESTABLISHED]),
            st.integers(0, 80),
            st.integers(0, 255),
        ),
        min_size=4,
        max_size=4,
    ),
    scheme=st.sampled_from(["socks5h", "http"]),
)
def test_any_bytes_at_all_end_in_one_lawful_observation(answers, scheme):
    async def run():
        async with bench() as rig:
            return [await asked(rig, scheme, data) for data in answers]

    for observation in asyncio.run(run()):
        assert verdict(observation)[0] in ALLOWED
        assert not [text for text in texts(observation) if PASSWORD in text]


def resetting(connection):
    request(connection)
    reset(connection)


HEAD = b"HTTP/1.1 200 OK\r\n"
ROWS = {
    "endless headers": (flooding(HEAD, b"a: b\r\n" * 1000), BROKEN),
    "one endless header": (flooding(HEAD + b"a: ", b"b" * 10_000), BROKEN),
    "100 for ever": (flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), BROKEN),
    "100 first": (answering(b"HTTP/1.1 100 Continue\r\n\r\n", ESTABLISHED, then=hold), None),
    "101": (answering(b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", then=hold), BROKEN),
    "a banner of 1 MiB": (saying(b"220 " + b"x" * (1 << 20), then=hold), BROKEN),
    "LF only": (answering(b"HTTP/1.1 200 OK\n\n", then=hold), BROKEN),
    "status 099": (answering(b"HTTP/1.1 099 OK\r\n\r\n", then=hold), BROKEN),
    "a reset": (resetting, CLOSED),
    "a web page": (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", then=hold), None),
    "another's page": (answering(b"HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n"), BROKEN),
}


@pytest.mark.parametrize(("script", "expected"), ROWS.values(), ids=ROWS)
async def test_an_answer_to_connect_that_is_none(script, expected):
    with scripted("http", script) as way:
        observation = await ask(Tcp(), host=NAME, way=way, seconds=2)

    assert expected == verdict(observation)[0]
    assert observation.evidence.proxy.tcp.received_bytes < 20_000


async def test_a_slow_drip_is_ended_by_the_deadline():
    async with bench() as rig:
        with scripted(
            "http", answering(*[part for byte in ESTABLISHED for part in (bytes([byte]), 0.1)])
        ) as way:
            observation = await rig.ask(Tcp(), host=NAME, way=way, seconds=0.3)

    assert verdict(observation) == (BROKEN, "proxy")
    assert "has begun its reply in the step request and not ended it" in observation.failure.detail


@pytest.mark.parametrize("scheme", ["socks5h", "http"])
@pytest.mark.parametrize("wrong", [None, "wrong-password-11"])
async def test_a_login_that_is_wanted_or_refused_is_our_own_trouble(scheme, wrong, monkeypatch):
    monkeypatch.setenv("TEST_PROXY_PASSWORD", wrong or PASSWORD)
    with proxy(scheme, Orders(login=(b"me", b"right"))) as (way, orders, _):
        observation = await ask(Tcp(), host=NAME, way=with_login(way) if wrong else way)

    assert (*verdict(observation), observation.outcome) == ("local.proxy_auth", "proxy", Outcome.NOT_MEASURED)
    assert not [text for text in texts(observation) if "wrong-password" in text]
    assert orders.asked == []


async def test_a_proxy_that_repeats_the_password_is_not_quoted():
    said = b'HTTP/1.1 502 X\r\nProxy-Status: p; error=connection_refused; details="%s"\r\n\r\n'
    with scripted("http", answering(said % PASSWORD.encode(), then=hold)) as way:
        observation = await ask(Tcp(), host=NAME, way=with_login(way))

    assert verdict(observation)[0] == "tcp.refused"
    assert not [text for text in texts(observation) if PASSWORD in text]


@pytest.mark.parametrize("password", ["", "pässword", "x" * 256])
async def test_a_password_that_socks5_cannot_carry_is_said_to_be_so(password, monkeypatch):
    monkeypatch.setenv("TEST_PROXY_PASSWORD", password)
    with scripted("socks5h", hold) as way:
        observation = await ask(Tcp(), host=NAME, way=with_login(way))

    assert verdict(observation) == ("local.secret", None)


async def test_an_interface_that_is_not_there_is_our_own_trouble_and_nothing_is_sent_elsewhere():
    with proxy("socks5h") as (way, _, server):
        observation = await ask(Tcp(), host=NAME, way=dataclasses.replace(way, interface="no-such-0"))

    assert (verdict(observation), server.peers) == (("local.interface_down", "proxy"), [])
