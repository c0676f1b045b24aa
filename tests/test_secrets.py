"""A secret appears nowhere: not in logs, page, API, metrics, store, export, tables or shown configuration."""

import asyncio
import base64

import pytest

from tests.daemon_process import hopwatch, running_daemon

FILE_SECRET, ENV_SECRET = "canary-file-4711-secret", "canary-env-0815-secret"

CONFIG = """
version: 1
hops:
  api: {{url: "http://127.0.0.1:{port}"}}
routes:
  chat:
    hops: [api]
    checks:
      bearer: {{interval: 1s, timeout: 900ms, http: {{path: /a, bearer: {{file: key}}}}}}
      header: {{interval: 1s, timeout: 900ms, http: {{path: /b, headers: {{X-Key: {{env: CANARY}}}}}}}}
      basic: {{interval: 1s, timeout: 900ms, http: {{path: /c, basic: {{user: me, password: {{file: key}}}}}}}}
      moved: {{interval: 1s, timeout: 900ms, http: {{path: /moved, redirects: 2, bearer: {{file: key}}}}}}
"""


@pytest.fixture
async def echo():
    """Serve an error that repeats the whole request in status text, headers and body."""

    async def answer(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        told = b" ".join(head.split())
        moved = b"/moved " in head
        status = b"302 Found" if moved else b"418 " + told
        where = b"Location: /x?key=" + FILE_SECRET.encode() + b"\r\n" if moved else b""
        writer.write(
            b"HTTP/1.1 %b\r\n%bX-Echo: %b\r\nContent-Length: %d\r\n\r\n%b"
            % (status, where, told, len(told), told)
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
def config(echo, tmp_path, monkeypatch):
    monkeypatch.setenv("CANARY", ENV_SECRET)
    (tmp_path / "key").write_text(FILE_SECRET + "\n")
    path = tmp_path / "hopwatch.yml"
    path.write_text(CONFIG.format(port=echo))
    return path


async def everything_shown(config, storage):
    async with running_daemon(config, storage) as daemon:
        await daemon.until_ready()
        paths = ("", "metrics", "api/v1/state", "api/v1/failures", "api/v1/observations")
        shown = [(await daemon.get(path))[1] for path in paths]
        await daemon.stop()
    for words in (
        ("check", "--config.file", str(config)),
        ("check", "--json", "--config.file", str(config)),
        ("export", "--storage.path", str(storage), "--since", "1h"),
        ("export", "--storage.path", str(storage), "--since", "1h", "--format", "openmetrics"),
        ("config", "show", "--config.file", str(config)),
        ("config", "check", "--config.file", str(config)),
    ):
        _, out, err = await hopwatch(*words)
        shown += [out, err]
    shown += [one.read_bytes().decode("latin-1") for one in storage.iterdir() if one.suffix != ".ballast"]
    return shown


async def test_a_secret_that_the_target_echoes_is_shown_nowhere(config, tmp_path):
    basic = base64.b64encode(f"me:{FILE_SECRET}".encode()).decode()

    shown = await everything_shown(config, tmp_path / "data")

    assert "418" in "".join(shown)
    assert [one for one in shown for secret in (FILE_SECRET, ENV_SECRET, basic) if secret in one] == []


async def test_a_secret_that_cannot_be_read_blames_no_hop(config, tmp_path):
    (tmp_path / "key").unlink()

    code, out, _ = await hopwatch("check", "bearer", "--config.file", str(config))

    assert code == 3
    assert "local.secret" in out
