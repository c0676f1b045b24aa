"""`hopwatch healthcheck`: 0 for a daemon that answers, 1 and one sentence for everything else, and soon."""

import asyncio
import os
import socket
import ssl
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
import trustme

from tests.daemon_process import hopwatch, running_daemon
from tests.rig_access import USERS, Certificates, write

CONFIG = """
version: 1
hops:
  api: {url: "http://127.0.0.1:9"}
routes:
  chat: {hops: [api]}
"""
HEALTHY = b"HTTP/1.1 200 OK\r\nServer: hopwatch\r\nContent-Length: 8\r\n\r\nhealthy\n"


@asynccontextmanager
async def answering(*parts, pause=0.0, context=None):
    """Run a server that says these bytes to whoever has sent a request's head, one part after the other."""

    async def answer(reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield "{}://127.0.0.1:{}".format("https" if context else "http", server.sockets[0].getsockname()[1])


async def asked(url, *more):
    """Ask with patience, because the machine that tests may be busy; a later --timeout counts."""
    return await hopwatch("healthcheck", url, "--timeout", "20", *more)


@pytest.fixture
def identity(tmp_path):
    """A certificate for a public name, as a file, and a server context that shows it."""
    issued = trustme.CA().issue_cert("hopwatch.example.net")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issued.configure_cert(context)
    file = tmp_path / "server.pem"
    issued.cert_chain_pems[0].write_to_path(str(file))
    return file, context


async def test_a_daemon_that_runs_is_healthy(tmp_path):
    config = tmp_path / "hopwatch.yml"
    config.write_text(CONFIG)
    async with running_daemon(config, tmp_path / "data") as daemon:
        url = daemon.url.rstrip("/")

        assert await asked(url) == (0, f"healthy: hopwatch answers at {url}\n", "")


async def test_a_daemon_behind_tls_and_a_password_is_healthy(tmp_path):
    config = tmp_path / "hopwatch.yml"
    config.write_text(CONFIG)
    Certificates(tmp_path).issue("hopwatch.example.net")
    guarded = write(tmp_path, f"tls_server_config: {{cert_file: cert.pem, key_file: key.pem}}\n{USERS}")
    async with running_daemon(config, tmp_path / "data", "--web.config.file", str(guarded)) as daemon:
        url = daemon.url.rstrip("/")
        told = await asked(url, "--ca-file", str(tmp_path / "cert.pem"))

    assert (url.startswith("https:"), told) == (True, (0, f"healthy: hopwatch answers at {url}\n", ""))


async def test_a_daemon_that_is_dead_is_not():
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"

    expected = (1, "", f"unhealthy: nobody listens at {address}\n")
    assert await asked(f"http://{address}") == expected


async def test_a_daemon_that_hangs_is_not():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"

        expected = (1, "", "unhealthy: no whole answer within 0.2 s\n")
        assert await asked(url, "--timeout", "0.2") == expected


async def test_the_time_is_for_the_whole_answer_and_not_for_each_byte():
    async with answering(*(bytes([byte]) for byte in HEALTHY), pause=0.1) as url:
        expected = (1, "", "unhealthy: no whole answer within 0.5 s\n")
        assert await asked(url, "--timeout", "0.5") == expected


LIES = {
    "another program": (
        b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 8\r\n\r\nhealthy\n",
        "another program than hopwatch answers there, with status 200",
    ),
    "another body": (
        b"HTTP/1.1 200 OK\r\nServer: hopwatch\r\nContent-Length: 4\r\n\r\nsick",
        "the daemon answers with status 200",
    ),
    "an error": (
        b"HTTP/1.1 503 No\r\nServer: hopwatch\r\nContent-Length: 0\r\n\r\n",
        "the daemon answers with status 503",
    ),
    "a redirect to who lies for it": (
        b"HTTP/1.1 302 Found\r\nServer: hopwatch\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "the daemon answers with status 302",
    ),
    "a body without end": (HEALTHY[:-8].replace(b": 8", b": 99999999") + b"healthy\n" * 9999, "status 200"),
    "no HTTP": (b"220 mail.example.net ESMTP\r\n\xff\x1b[2J\r\n", "does not answer http requests"),
    "nothing": (b"", "does not answer http requests"),
    "headers without end": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 9999, "does not answer http requests"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_what_lies_is_not(lie):
    said, reason = LIES[lie]
    async with answering(said) as url:
        code, out, err = await asked(url)

    assert (code, out, err.startswith("unhealthy: "), err.count("\n")) == (1, "", True, 1)
    assert err.rstrip("\n").endswith(reason)
    assert err.isprintable() or err[:-1].isprintable()


async def test_one_that_wants_a_password_first_is_alive():
    refusal = b"HTTP/1.1 401 No\r\nServer: hopwatch\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
    async with answering(refusal) as url:
        assert (await asked(url))[0] == 0


async def test_the_certificate_of_the_daemon_itself_is_trust_enough(identity):
    file, context = identity
    async with answering(HEALTHY, context=context) as url:
        assert (await asked(url, "--ca-file", str(file)))[0] == 0


async def test_a_certificate_of_somebody_else_is_not_trusted(identity, tmp_path):
    _, context = identity
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    async with answering(HEALTHY, context=context) as url:
        told = [await asked(url, *more) for more in ((), ("--ca-file", str(other)))]

    assert [code for code, _, _ in told] == [1, 1]
    assert all("is not trusted" in err for _, _, err in told)


async def test_any_certificate_will_do_for_who_says_so(identity):
    async with answering(HEALTHY, context=identity[1]) as url:
        assert (await asked(url, "--insecure"))[0] == 0


async def test_a_client_certificate_is_shown_to_who_demands_one(identity, tmp_path):
    file, context = identity
    authority, mine = trustme.CA(), tmp_path / "client.pem"
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.issue_cert("monitor").private_key_and_cert_chain_pem.write_to_path(str(mine))
    async with answering(HEALTHY, context=context) as url:
        shown = await asked(url, "--ca-file", str(file), "--cert-file", str(mine))
        kept = await asked(url, "--ca-file", str(file))

    assert (shown[0], kept[0]) == (0, 1)


async def test_a_file_that_holds_no_certificate_is_told_by_name(tmp_path):
    file = tmp_path / "empty.pem"
    file.touch()

    code, _, err = await asked("https://127.0.0.1:1", "--ca-file", str(file))
    assert (code, str(file) in err, "Traceback" in err) == (1, True, False)


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:9860", "ftp://127.0.0.1", "http://", "http://u:p@127.0.0.1", "http://h/?q", "http://h:99999", "http://["],
)  # fmt: skip
async def test_what_is_no_address_is_wrong_use(url):
    code, out, err = await asked(url)

    assert (code, out, "write http://HOST:PORT" in err) == (2, "", True)


async def test_proxies_of_the_environment_are_not_asked(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with answering(HEALTHY) as url:
        assert (await asked(url))[0] == 0


def test_it_costs_less_than_a_seventh_of_a_second_of_the_processor():
    def cost():
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "probe", "healthcheck", "http://127.0.0.1:1"], capture_output=True
        )
        after = os.times()
        return after.children_user - before.children_user + after.children_system - before.children_system

    assert min(cost() for _ in range(5)) < 0.15


def test_it_loads_nothing_that_only_the_daemon_needs():
    script = "import sys, probe.cli.healthcheck; print(*({'aiohttp', 'pydantic', 'yaml', 'asyncio'} & {*sys.modules}))"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")
