"""Proxies that others wrote: microsocks (SOCKS5) and tinyproxy (CONNECT)."""

import contextlib
import socket
import subprocess
import time

import pytest

from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.secret import Secret
from probe.vantage.proxy import Proxy
from tests import rig_certificates as certificates
from tests.need import need_program
from tests.rig import ask, seconds_of, verdict
from tests.rig_servers import answering, hold, ok, tcp_server, tls_server


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextlib.contextmanager
def running(command, port):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await_listening(port)
        yield
    finally:
        process.kill()  # tinyproxy may sleep through a SIGTERM until its next client
        process.wait(10)


def _await_listening(port):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError(f"nothing listens on {port}")


@contextlib.contextmanager
def microsocks(tmp_path, login=None):
    port = free_port()
    words = ["-u", login[0], "-P", login[1]] if login else []
    with running([need_program("microsocks"), "-i", "127.0.0.1", "-p", str(port), *words], port):
        yield f"socks5h://127.0.0.1:{port}"


@contextlib.contextmanager
def tinyproxy(tmp_path, login=None):
    port = free_port()
    path = tmp_path / "tinyproxy.conf"
    auth = f"BasicAuth {login[0]} {login[1]}\n" if login else ""
    path.write_text(f"Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nMaxClients 20\n{auth}")
    with running([need_program("tinyproxy"), "-d", "-c", str(path)], port):
        yield f"http://127.0.0.1:{port}"


REAL = [microsocks, tinyproxy]


@pytest.mark.parametrize("real", REAL)
async def test_a_whole_question_by_a_real_proxy(real, tmp_path, ca_file):
    with tls_server(certificates.honest(), answering(0.03, ok(b"end"))) as server, real(tmp_path) as url:
        observation = await ask(
            Http(), host="127.0.0.1", scheme="https", port=server.port, way=Proxy(url=url), ca_file=ca_file
        )

    assert verdict(observation) == (None, None)
    assert list(seconds_of(observation)) == ["proxy", "tls", "processing", "transfer"]
    assert 0.03 <= seconds_of(observation)["processing"] < 0.1


@pytest.mark.parametrize("real", REAL)
async def test_a_name_is_left_to_a_real_proxy(real, tmp_path):
    with tcp_server(hold) as server, real(tmp_path) as url:
        # Not `localhost`, which we know ourselves.
        observation = await ask(
            Tcp(), host=socket.gethostname(), port=server.port, way=Proxy(url=url), seconds=5
        )

    assert f"{socket.gethostname()}:{server.port}" == observation.evidence.proxy.asked
    assert "resolve" not in seconds_of(observation)


@pytest.mark.parametrize(("real", "expected"), [(microsocks, "tcp.refused"), (tinyproxy, "relay.proxy")])
async def test_a_refusal_as_far_as_a_real_proxy_tells_it(real, expected, tmp_path):
    with tcp_server(hold) as gone:
        closed = gone.port
    with real(tmp_path) as url:
        observation = await ask(Tcp(), port=closed, way=Proxy(url=url), seconds=5)

    assert (expected, "proxy") == verdict(observation)


@pytest.mark.parametrize("real", REAL)
@pytest.mark.parametrize("password", ["right-password", "wrong-password", None])
async def test_a_real_proxys_login(real, password, tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_PROXY_PASSWORD", password or "")
    user, secret = ("me", Secret(env="TEST_PROXY_PASSWORD")) if password else (None, None)
    with tcp_server(hold) as server, real(tmp_path, ("me", "right-password")) as url:
        observation = await ask(
            Tcp(), port=server.port, way=Proxy(url=url, user=user, password=secret), seconds=5
        )

    expected = (None, None) if password == "right-password" else ("local.proxy_auth", "proxy")
    assert expected == verdict(observation)
