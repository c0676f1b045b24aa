"""What is kept of a handshake, whatever became of it, and how an extra probe asks otherwise."""

import pytest

from probe.model import Outcome, Overrides
from probe.prober.http import Http
from probe.prober.tls import Tls
from probe.secret import Secret
from tests import rig_certificates as certificates
from tests.rig import ask, verdict
from tests.rig_http2 import answer, asked, linger, settings
from tests.rig_servers import answering, hold, ok, request, reset, saying, tcp_server, tls_server

HELLO_ONLY = 0.3


def heard(*parts, then=None):
    """Read a ClientHello, send the parts, do `then`."""

    def script(connection):
        connection.recv(65_536)
        saying(*parts, then=then)(connection)

    return script


async def shake(server, prober=None, *, ca_file=None, seconds=2.0, **overrides):
    return await ask(
        prober or Tls(),
        port=server.port,
        host="localhost",
        scheme="https",
        ca_file=ca_file,
        seconds=seconds,
        overrides=Overrides(**overrides),
    )


def alert(level, number):
    return bytes([21, 3, 3, 0, 2, level, number])


@pytest.mark.parametrize("number", [40, 200])
async def test_an_alert_in_the_clear_is_kept_as_it_was_sent_however_it_is_cut(number, ca_file) -> None:
    whole = alert(2, number)
    seen = []
    for parts in ((whole,), tuple(part for one in whole for part in (bytes([one]), 0.005))):
        with tcp_server(heard(*parts)) as server:
            seen.append((await shake(server, ca_file=ca_file)).evidence.tls)

    assert [(number, 2, False)] * 2 == [(one.alert_code, one.alert_level, one.server_hello) for one in seen]


async def test_a_warning_goes_before_the_alert_that_counts(ca_file) -> None:
    with tcp_server(heard(alert(1, 112), alert(2, 40))) as server:
        observation = await shake(server, ca_file=ca_file)

    tls = observation.evidence.tls
    assert (tls.alert, tls.alert_code, tls.alert_level) == ("handshake_failure", 40, 2)


async def test_the_servers_hello_and_chain_are_told_although_the_name_is_another(ca_file) -> None:
    with tls_server(certificates.honest("benign.test"), hold) as server:
        wrong = await shake(server, ca_file=ca_file)
        right = await shake(server, ca_file=ca_file, server_name="benign.test")

    assert [verdict(one)[0] for one in (wrong, right)] == ["tls.cert.name_mismatch", None]
    assert wrong.evidence.tls.server_hello
    assert wrong.evidence.tls.chain == right.evidence.tls.chain
    assert wrong.evidence.tls.chain[0].spki_sha256
    assert (wrong.evidence.tls.chain[0].names, wrong.evidence.tls.unanswered_seconds) == (
        ("benign.test",),
        None,
    )


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        (heard(0.05, then=reset), "tls.reset"),
        (heard(0.05), "tls.closed"),
        (heard(then=hold), "tls.timeout"),
    ],
    ids=["reset", "closed", "silent"],
)
async def test_how_long_our_hello_went_unanswered_is_told_whatever_ended_it(script, cause, ca_file) -> None:
    with tcp_server(script) as server:
        observation = await shake(server, ca_file=ca_file, seconds=HELLO_ONLY)

    tls = observation.evidence.tls
    assert verdict(observation) == (cause, "tls")
    assert not tls.server_hello
    assert 0.04 < tls.unanswered_seconds <= observation.failure.after_seconds


async def test_without_a_name_none_is_asked_for_and_none_verified(ca_file) -> None:
    names: list[str | None] = []
    context = certificates.honest("benign.test")
    context.sni_callback = lambda sock, name, context: names.append(name)
    with tls_server(context, hold) as server, tls_server(certificates.untrusted(), hold) as stranger:
        nameless = await shake(server, ca_file=ca_file, server_name="")
        untrusted = await shake(stranger, ca_file=ca_file, server_name="")

    assert (verdict(nameless), names) == ((None, None), [None])
    assert (
        nameless.evidence.tls.server_name,
        nameless.evidence.tls.chain[0].names,
    ) == ("", ("benign.test",))
    assert verdict(untrusted) == ("tls.cert.incomplete_chain", "tls")


# HTTP: another host in the request, and what answers in its place.


async def test_another_host_is_asked_of_the_same_place_and_gets_no_secret(monkeypatch) -> None:
    seen = []
    monkeypatch.setenv("SIGNALS_KEY", "s3cret")

    def script(connection):
        seen.append(request(connection))
        connection.sendall(ok())

    with tcp_server(script) as server:
        for host in (None, "neutral.test"):
            await ask(
                Http(bearer=Secret(env="SIGNALS_KEY")),
                port=server.port,
                host="a.test",
                overrides=Overrides(address="127.0.0.1", host=host),
            )

    usual, other = (one.decode() for one in seen)
    assert f"Host: a.test:{server.port}\r\n" in usual
    assert "s3cret" in usual
    assert "Host: neutral.test\r\n" in other
    assert "s3cret" not in other


async def test_another_host_is_asked_for_in_http2_too() -> None:
    seen = []

    def script(connection):
        seen.append(asked(connection).fields)
        saying(settings() + answer(), then=linger)(connection)

    with tcp_server(script) as server:
        observation = await ask(
            Http(protocol="http/2"),
            port=server.port,
            host="a.test",
            overrides=Overrides(address="127.0.0.1", host="neutral.test"),
        )

    assert verdict(observation) == (None, None)
    assert dict(seen[0])[":authority"] == "neutral.test"


@pytest.mark.parametrize("secretive", [False, True], ids=["no secret", "a secret"])
async def test_the_greeting_of_a_stranger_is_kept_unless_it_could_repeat_a_secret(
    secretive, monkeypatch
) -> None:
    monkeypatch.setenv("SIGNALS_KEY", "s3cret")
    banner = b"SSH-2.0-OpenSSH_9.2 " + b"x" * 100
    with tcp_server(saying(banner, then=hold)) as server:
        observation = await ask(
            Http(bearer=Secret(env="SIGNALS_KEY")) if secretive else Http(),
            port=server.port,
            seconds=HELLO_ONLY,
        )

    assert verdict(observation) == ("http.protocol", "transfer")
    assert (None if secretive else banner[:64].hex()) == observation.evidence.tcp.first_bytes


async def test_a_good_answer_is_not_kept_twice() -> None:
    with tcp_server(answering(ok())) as server:
        observation = await ask(Http(), port=server.port)

    assert (observation.outcome, observation.evidence.tcp.first_bytes) == (Outcome.OK, None)
