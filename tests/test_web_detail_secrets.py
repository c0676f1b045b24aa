"""No secret of the configuration is on the page of an observation, in its commands, or in a search: asked of a real daemon."""

import asyncio
import json

import pytest

from tests.daemon_process import running_daemon

CANARIES = {
    "bearer": "canary-bearer-1117-secret",
    "password": "canary-basic-2226-secret",
    "header": "canary-header-3335-secret",
    "query": "canary-query-4444-secret",
    "proxy": "canary-proxy-5553-secret",
    "relay": "canary-relay-6662-secret-that-is-long-enough",
}
CONFIG = """
version: 1
vantages:
  here: {{system: {{}}}}
  behind: {{proxy: {{url: "http://127.0.0.1:{port}", user: me, password: {{file: proxy}}}}}}
hops:
  api: {{url: "http://127.0.0.1:{port}", relay: {{secret: {{file: relay}}}}}}
routes:
  chat:
    hops: [api]
    checks:
      bearer: {{interval: 1s, timeout: 900ms, http: {{path: /a, bearer: {{file: bearer}}}}}}
      header: {{interval: 1s, timeout: 900ms, http: {{path: "/b?key={query}", headers: {{X-Odd: {{env: CANARY}}}}}}}}
      basic: {{interval: 1s, timeout: 900ms, http: {{path: /c, basic: {{user: me, password: {{file: password}}}}}}}}
"""


@pytest.fixture
async def echo():
    """Serve an error that repeats the whole request in headers and body."""

    async def answer(reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return
        told = b" ".join(head.split())
        writer.write(
            b"HTTP/1.1 418 Odd\r\nX-Echo: %b\r\nContent-Length: %d\r\n\r\n%b" % (told, len(told), told)
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_no_page_holds_a_secret_that_every_hop_repeats(echo, tmp_path, monkeypatch):
    monkeypatch.setenv("CANARY", CANARIES["header"])
    for name, value in CANARIES.items():
        (tmp_path / name).write_text(value + "\n")
    config = tmp_path / "hopwatch.yml"
    config.write_text(CONFIG.format(port=echo, query=CANARIES["query"]))
    async with running_daemon(config, tmp_path / "data") as daemon:
        await daemon.until_ready()
        _, text = await daemon.get("api/v1/observations?limit=30")
        seen = [one["identity"] for one in json.loads(text)["observations"]]
        while not json.loads((await daemon.get("api/v1/search"))[1])["records"]:
            await asyncio.sleep(0.1)
        paths = [f"observation/{one['epoch']}/{one['seq']}" for one in seen]
        pages = [
            (await daemon.get(path))[1]
            for path in (*paths, *(f"{one}?lang=zh" for one in paths[:3]), "search", "api/v1/search")
        ]
        assert await daemon.stop() == 0
    together = "".join(pages)

    assert "status 418, expected 2xx" in together
    assert "Bearer ${TOKEN}" in together
    assert "X-Odd: ${CANARY}" in together
    assert "${PROXY_PASSWORD}" in together
    assert [name for name, value in CANARIES.items() if value in together] == []
