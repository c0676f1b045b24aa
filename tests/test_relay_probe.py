"""A check of a hop with a shared secret asks for details by a token, shows it to nobody else, and tells it nowhere."""

import json
import re
from contextlib import contextmanager
from dataclasses import replace

import pytest

from probe.cli.readable import judge_readable
from probe.codec import to_text
from probe.machine.ability import State
from probe.model import Overrides, Relay
from probe.prober.cors import Cors
from probe.prober.http import Http
from probe.prober.page import Page
from probe.secret import Secret
from probe.server_timing import parts
from probe.token import HEADER
from tests import rig_certificates as certificates
from tests.config_text import load_text, problems
from tests.rig import bench, verdict
from tests.rig_dns import says
from tests.rig_relay import AUDIENCE, ROOT, SECRET, relay
from tests.rig_servers import answering, name_server, ok, request, tcp_server, tls_server

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def shared(tmp_path):
    path = tmp_path / "relay.secret"
    path.write_text(SECRET + "\n")
    return Relay(audience=AUDIENCE, secret_file=str(path))


async def ask(prober, shared, **how):
    async with bench() as ready:
        attempt = ready.attempt(**how)
        attempt.hop = replace(attempt.hop, relay=shared)
        return await ready.measure(prober, attempt)


@contextmanager
def listening(answer=OK, *, secure=False):
    """Serve one answer; yield where, and what was asked."""
    heard = []

    def script(connection):
        heard.append(request(connection).decode())
        connection.sendall(answer)

    with tls_server(certificates.honest(), script) if secure else tcp_server(script) as server:
        yield server.port, heard


def tokens(heard):
    return [line.partition(": ")[2] for one in heard for line in one.split("\r\n") if line.startswith(HEADER)]


@pytest.fixture
def real(tmp_path):
    (tmp_path / "relay").mkdir()
    with (
        tls_server(certificates.honest(), answering(ok())) as server,
        name_server(says("A 127.0.0.1")) as resolver,
        relay(tmp_path / "relay", f"localhost:{server.port}", resolver) as running,
    ):
        yield running


@pytest.mark.parametrize("prober", [Http(), Http(protocol="http/2"), Page()], ids=repr)
async def test_the_relay_tells_its_times_to_a_check_with_its_secret(prober, real, shared, ca_file) -> None:
    how = {
        "scheme": "https",
        "host": "localhost",
        "address": "127.0.0.1",
        "port": real.secure,
        "ca_file": ca_file,
    }
    trusted, plain = await ask(prober, shared, **how), await ask(prober, None, **how)

    assert [verdict(one) for one in (trusted, plain)] == [(None, None)] * 2
    told = [parts(one.evidence.http.server_timing) for one in (trusted, plain)]
    assert (set(told[0]), told[1]) == ({"relay"}, {})
    assert told[0]["relay"].connect is not None
    assert [one.hop for one in trusted.evidence.http.proxy_status] == ["relay"]


async def test_a_look_at_the_upstream_is_opened_by_the_token(real, shared) -> None:
    observation = await ask(Http(method="HEAD", path="/hopwatch/upstream"), shared, port=real.plain)

    assert verdict(observation) == (None, None)


@pytest.mark.parametrize(
    ("how", "shown"),
    [
        ({}, 1),
        ({"host": "localhost", "address": "127.0.0.1"}, 1),
        ({"host": "relay.test", "address": "127.0.0.1"}, 1),
        ({"host": "relay.example", "address": "127.0.0.1"}, 0),
        ({"overrides": Overrides(host="other.example")}, 0),
        ({"overrides": Overrides(server_name="other.example")}, 0),
    ],
)
async def test_without_tls_it_is_shown_on_this_machine_only_and_never_in_anothers_name(
    how, shown, shared
) -> None:
    with listening() as (port, heard):
        await ask(Http(), shared, port=port, **how)

    assert (len(heard), len(tokens(heard))) == (1, shown)


async def test_by_tls_any_host_that_proves_its_name_is_shown_it(shared, ca_file) -> None:
    with listening(secure=True) as (port, heard):
        await ask(Http(), shared, port=port, scheme="https", ca_file=ca_file)

    assert len(tokens(heard)) == 1


async def test_whoever_a_redirect_leads_to_never_sees_it(shared) -> None:
    with listening() as (port, elsewhere):
        moved = b"HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % port
        with listening(moved) as (first, heard):
            observation = await ask(Http(redirects=1), shared, port=first)

    assert verdict(observation) == (None, None)
    assert (len(tokens(heard)), len(elsewhere), len(tokens(elsewhere))) == (1, 1, 0)


async def test_a_page_that_asks_for_permission_sends_none(shared) -> None:
    with listening() as (port, heard):
        await ask(Cors(origin="https://x.example"), shared, port=port)

    assert (len(heard), tokens(heard)) == (1, [])


async def test_a_header_of_the_users_own_stands(shared) -> None:
    with listening() as (port, heard):
        await ask(Http(headers={HEADER.lower(): "mine"}), shared, port=port)

    assert [line for line in heard[0].split("\r\n") if line.lower().startswith(HEADER.lower())] == [
        f"{HEADER.lower()}: mine"
    ]


async def test_it_is_told_nowhere_whatever_part_of_it_a_hop_repeats(shared) -> None:
    def echo(connection):
        heard = request(connection).decode()
        (token,) = tokens([heard])
        told = " ".join([SECRET, token, *token.split(".")[1:]])
        seen.append((token, told))
        connection.sendall(f"HTTP/1.1 500 {token}\r\nX: {told}\r\nProxy-Status: \"{token}\"; error=dns_error; details=\"{token}\"\r\nServer-Timing: a;desc=\"{token}\"\r\nContent-Length: {len(told)}\r\n\r\n{told}".encode())  # fmt: skip

    seen: list[tuple[str, str]] = []
    with tcp_server(echo) as server:
        observation = await ask(Http(), shared, port=server.port)

    ((token, _),) = seen
    text = to_text(observation)
    assert json.loads(text)["evidence"]["http"]["proxy_status"][0]["details"] == "<secret>"
    assert [part for part in (SECRET, *token.split(".")[1:]) if part in text] == []


@pytest.mark.parametrize("content", [None, "", "short", "x" * 40 + " "])
async def test_a_secret_that_makes_no_token_is_own_trouble_and_not_shown(content, shared, tmp_path) -> None:
    if content is None:
        (tmp_path / "relay.secret").unlink()
    else:
        (tmp_path / "relay.secret").write_text(content)
    with listening() as (port, heard):
        observation = await ask(Http(), shared, port=port)

    assert (verdict(observation), heard) == (("local.secret", None), [])
    assert not content or content not in observation.failure.detail


async def test_without_a_secret_the_hops_name_is_all_that_is_known(shared) -> None:
    with listening() as (port, heard):
        observation = await ask(Http(bearer=Secret(file=shared.secret_file)), Relay(name="relay"), port=port)

    assert (verdict(observation), tokens(heard)) == ((None, None), [])


HOPS = "hops: {{a: {{url: '{url}', families: [ipv4], relay: {relay}}}}}\nroutes: {{r: {{hops: [a]}}}}\n"


def test_what_the_readme_of_config_relay_says_to_configure_is_taken() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)

    relay, function = load_text(example + "routes: {chat: {hops: [hk-vps, vercel]}}\n").plan().hops

    assert (relay.relay.name, function.relay.name) == ("relay", "function")
    assert {one.relay.audience for one in (relay, function)} == {"relay.example.com"}


def test_the_plan_knows_where_the_secret_is_and_for_whom() -> None:
    text = HOPS.format(url="https://relay.example:8443", relay="{name: front, secret: {file: k}}")
    given = text.replace("name: front", "audience: chain")

    (planned,), (other,) = load_text(text).plan().hops, load_text(given).plan().hops

    assert planned.relay is not None
    assert planned.relay.secret_file.endswith("/k")
    assert replace(planned.relay, secret_file="k") == Relay(
        name="front", audience="relay.example", secret_file="k"
    )
    assert (other.relay.name, other.relay.audience) == (None, "chain")


@pytest.mark.parametrize(
    ("url", "relay", "complaint"),
    [
        ("http://relay.example", "{secret: {file: k}}", "https"),
        ("https://[2001:db8::1]", "{secret: {env: K}}", "relay.audience"),
        ("https://relay.example", "{secret: {file: k, env: K}}", "exactly one"),
        ("https://relay.example", "{audience: 'a b'}", "audience"),
        ("https://relay.example", "{token: x}", "unknown key"),
    ],
)
def test_a_relay_that_cannot_be_asked_safely_is_refused(url, relay, complaint) -> None:
    assert complaint in str(problems(HOPS.format(url=url, relay=relay)))


@pytest.mark.parametrize(("env", "state"), [("PATH", State.CAN), ("NOT_THERE_AT_ALL", State.CANNOT)])
def test_the_doctor_tries_the_secret(env, state) -> None:
    text = HOPS.format(url="https://relay.example", relay=f"{{secret: {{env: {env}}}}}")

    assert [(one.id, one.state) for one in judge_readable(load_text(text).plan())] == [
        (f"secret {env}", state)
    ]
