"""Where messages go is a secret: it appears nowhere, whatever services answer and however it goes wrong."""

import asyncio

import pytest

from tests.daemon_process import hopwatch, running_daemon
from tests.rig_notify import service, text

CANARIES = ("canary-4711-token", "canary-0815-secret", "canary-1234-bot")

CONFIG = """
version: 1
hops: {{gone: {{url: "http://127.0.0.1:1"}}}}
routes:
  chat:
    hops: [gone]
    checks: {{reach: {{interval: 1s, timeout: 500ms, tcp: {{}}}}}}
notify:
  channels:
    hook: {{webhook: {{url: {{file: url}}, secret: {{file: secret}}}}}}
    slack: {{slack: {{url: {{file: url}}}}}}
    ding: {{dingtalk: {{url: {{file: url}}, secret: {{file: secret}}}}}}
    feishu: {{feishu: {{url: {{file: url}}, secret: {{file: secret}}}}}}
    phone: {{telegram: {{token: {{file: bot}}, chat: "1", api: "{api}"}}}}
    dead: {{webhook: {{url: {{file: dead}}}}}}
"""


@pytest.fixture
async def echo():
    """Serve refusals that repeat all that was sent."""

    def repeat(came):
        told = f"{came.path} {came.query} {dict(came.headers)} {came.body.decode()}"
        return text(told, 403)(came)

    async with service(repeat) as started:
        yield started


@pytest.fixture
def config(echo, tmp_path):
    (tmp_path / "url").write_text(f"{echo.url}?access_token=canary-0815-secret")
    (tmp_path / "dead").write_text("http://127.0.0.1:1/canary-4711-token")
    (tmp_path / "secret").write_text("canary-0815-secret")
    (tmp_path / "bot").write_text("canary-1234-bot")
    path = tmp_path / "hopwatch.yml"
    path.write_text(CONFIG.format(api=echo.url.partition("/hook")[0]))
    return path


async def test_nothing_shows_where_messages_go(config, echo, tmp_path):
    async with running_daemon(config, tmp_path / "data") as daemon:
        await echo.until(5, 40)
        await asyncio.sleep(1)
        shown = [(await daemon.get(path))[1] for path in ("", "metrics", "api/v1/state")]
        code = await daemon.stop()
        _, errors = await daemon.process.communicate()
    shown += [errors.decode(), *(await hopwatch("config", "show", "--config.file", str(config)))[1:]]
    shown += (await hopwatch("notify", "test", "--config.file", str(config)))[1:]
    shown += (await hopwatch("export", "--storage.path", str(tmp_path / "data")))[1:]

    assert code == 0
    assert any("notification.failed" in one for one in shown)
    assert "refused, and the daemon would not try again: status 403" in "".join(shown)
    assert {canary: [one for one in shown if canary in one] for canary in CANARIES} == {
        canary: [] for canary in CANARIES
    }
