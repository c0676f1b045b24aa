"""docs/notifications.md says what is so: its examples load, its commands work, its fields are those that are sent."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from probe.config import parse
from probe.notice import Words
from probe.notifier import CHANNELS
from probe.notifier.webhook import SIGNATURE, TIMESTAMP, Webhook, content
from probe.secret import Secret
from tests.daemon_process import hopwatch
from tests.rig_notify import service
from tests.test_notice_words import NOTICE
from tests.web_chain import NOW_NS

PAGE = (Path(__file__).parent.parent / "docs" / "notifications.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
WHOLE = next(block for block in BLOCKS if "routes:" in block)
QUIET = next(block for block in BLOCKS if block.startswith("quiet:"))
EXAMPLES = [block for block in BLOCKS if block not in (WHOLE, QUIET)]


def with_notify(**notify: object):
    written = yaml.safe_load(WHOLE)
    written["notify"] |= notify
    return parse(yaml.safe_dump(written), where="docs", folder=Path("/")).notifications()


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: block.partition(":")[0])
def test_example_of_a_service_loads(block):
    (to,) = with_notify(channels=yaml.safe_load(block)).addressees

    assert to.name == block.partition(":")[0]


def test_there_is_an_example_for_every_service():
    kinds = {kind for block in EXAMPLES for one in yaml.safe_load(block).values() for kind in one}

    assert kinds >= set(CHANNELS)


def test_example_of_quiet_times_loads():
    wanted = with_notify(**yaml.safe_load(QUIET))

    assert len(wanted.addressees[0].quiet) == 3


async def test_commands_work(tmp_path, monkeypatch):
    (commands,) = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    (tmp_path / "hopwatch.yml").write_text(WHOLE)
    async with service() as hook:
        (tmp_path / "notify-url").write_text(hook.url)
        codes = [(await hopwatch(*line.split()[1:]))[0] for line in commands.splitlines()]

    assert (codes, len(hook.came)) == ([0, 0, 0], 2)


def test_fields_of_the_webhook_are_those_that_are_sent():
    section = PAGE.partition("## The webhook's JSON")[2].partition("## When")[0]
    top, _, below = section.partition("Each of `notices`:")
    sent = content(Words().message([NOTICE]), Words())

    def fields(table: str) -> set[str]:
        cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}

    assert fields(top) == set(sent)
    assert fields(below) == set(json.loads(json.dumps(sent))["notices"][0])


def test_signature_is_verified_as_the_page_does_it(tmp_path):
    (snippet,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)
    (tmp_path / "url").write_text("https://hook.example/")
    (tmp_path / "secret").write_text("shared-secret")
    channel = Webhook(url=Secret(file=str(tmp_path / "url")), secret=Secret(file=str(tmp_path / "secret")))
    post = channel.post(Words().message([NOTICE]), Words(), NOW_NS)

    said = post.headers[TIMESTAMP], post.headers[SIGNATURE]
    assert names["is_genuine"](b"shared-secret", *said, post.body)
    assert not names["is_genuine"](b"another-secret", *said, post.body)
