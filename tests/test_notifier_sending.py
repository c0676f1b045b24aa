"""Messages go straight, verified and bounded, and whatever goes wrong is said without anything secret."""

from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from probe.clock import SystemClock
from probe.notice import Words
from probe.notifier.channel import Reception
from probe.notifier.sending import deliver
from probe.notifier.wanted import Addressee, Wire
from probe.notifier.webhook import Webhook
from probe.secret import Secret
from tests import rig_certificates as certificates
from tests.rig_notify import ok, raw, service, text
from tests.test_notice_words import NOTICE

CANARY = "canary-4711-token"


@pytest.fixture
def to(tmp_path):
    def addressee(url: str, **wire: Any) -> Addressee:
        (tmp_path / "url").write_text(url)
        return Addressee(
            name="ops",
            channel=Webhook(url=Secret(file=str(tmp_path / "url"))),
            words=Words(),
            wire=replace(Wire(timeout_seconds=5.0), **wire),
        )

    return addressee


async def sent(to: Addressee) -> tuple[Reception, str]:
    said = await deliver(to, Words().message([NOTICE]), SystemClock())
    assert CANARY not in said.text
    return said.reception, said.text


async def test_message_arrives(to):
    async with service() as hook:
        assert await sent(to(hook.url)) == (Reception.SENT, "status 200")

    (came,) = hook.came
    assert (came.path, came.headers["Content-Type"]) == (
        f"/hook/{CANARY}",
        "application/json; charset=utf-8",
    )
    assert came.json()["status"] == "firing"


async def test_certificate_is_verified(to, ca_file):
    async with service(tls=certificates.untrusted()) as hook:
        reception, words = await sent(to(hook.url, ca_file=ca_file))

    assert (reception, words.partition(":")[0]) == (Reception.AGAIN, "its certificate is not accepted")
    assert hook.came == []


async def test_certificate_of_an_authority_of_ones_own_is_taken(to, ca_file):
    async with service(tls=certificates.honest()) as hook:
        assert await sent(to(hook.url, ca_file=ca_file)) == (Reception.SENT, "status 200")


async def test_redirect_is_not_followed(to):
    async with service() as other, service(text("", 307, Location=other.url)) as hook:
        assert await sent(to(hook.url)) == (Reception.REFUSED, "status 307: redirects are not followed")

    assert other.came == []


async def test_service_that_hangs_is_left(to):
    async def hang(reader, _writer):
        await reader.read()

    async with raw(hang) as where:
        took = await sent(to(f"http://{where}/{CANARY}", timeout_seconds=0.2))

    assert took == (Reception.AGAIN, "no answer within 0.2 s")


async def test_endless_answer_is_cut(to):
    def flood(_came):
        return web.Response(body=b"\x1b[31m" + b"x" * 5_000_000)

    async with service(flood) as hook:
        assert await sent(to(hook.url)) == (Reception.SENT, "status 200")


async def test_answer_that_repeats_the_token_is_told_without_it(to):
    async with service(lambda came: web.Response(status=403, text=f"no {came.path}")) as hook:
        reception, words = await sent(to(hook.url))

    assert (reception, words.startswith("status 403: no /")) == (Reception.REFUSED, True)


@pytest.mark.parametrize(
    "reply", [b"", b"HTTP/1.1 ", b"\x16\x03\x01\x00\x00", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
async def test_broken_answer_is_worth_another_try(reply, to):
    async def break_off(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)

    async with raw(break_off) as where:
        reception, _ = await sent(to(f"http://{where}/{CANARY}"))

    assert reception is Reception.AGAIN


async def test_closed_port_and_unknown_name_are_worth_another_try(to):
    closed = await sent(to(f"http://127.0.0.1:1/{CANARY}"))
    unknown = await sent(to(f"http://nobody.invalid/{CANARY}"))

    assert closed == (Reception.AGAIN, "it cannot be reached: nobody listens there")
    assert unknown == (Reception.AGAIN, "its name cannot be resolved")


async def test_proxy_of_the_environment_is_not_used(to, monkeypatch):
    async with service() as hook, service() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert await sent(to(hook.url)) == (Reception.SENT, "status 200")

    assert proxy.came == []


async def test_proxy_that_is_configured_is(to):
    asked = []

    def relay(came):
        asked.append(came.headers["Host"])
        return ok(came)

    async with service(relay) as proxy:
        address = proxy.url.partition("/hook")[0]
        assert await sent(to(f"http://hook.test/{CANARY}", proxy=address)) == (Reception.SENT, "status 200")

    assert asked == ["hook.test"]


async def test_proxy_that_refuses_is_named(to):
    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    async with raw(refuse) as where:
        refused = await sent(to(f"https://hook.test/{CANARY}", proxy=f"http://{where}"))

    assert refused == (Reception.AGAIN, "the proxy answered with status 502")


async def test_secret_that_is_not_there_is_worth_another_try(to, tmp_path):
    addressee = to("https://x.example/")
    (tmp_path / "url").unlink()

    reception, words = await sent(addressee)

    assert (reception, words) == (
        Reception.AGAIN,
        f"the file {tmp_path / 'url'} cannot be read: there is no such file",
    )


async def test_several_addresses_at_which_nobody_listens_are_one_sentence(to):
    assert await sent(to(f"http://localhost:1/{CANARY}")) == (
        Reception.AGAIN,
        "it cannot be reached: nobody listens there",
    )


async def test_authorities_that_are_not_there_are_named(to, tmp_path):
    missing = str(tmp_path / "own.pem")

    assert await sent(to("https://x.example/", ca_file=missing)) == (
        Reception.AGAIN,
        f"the ca_file {missing} cannot be used: there is no such file",
    )
