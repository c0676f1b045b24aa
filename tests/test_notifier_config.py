"""The key `notify`: what it comes to, and what is refused at which place."""

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from probe.config import parse, to_yaml
from probe.notice import Language, Maintenance, Severity
from probe.notice.quiet import EVERY_DAY, Nightly, Once
from probe.notifier.slack import Slack
from probe.notifier.telegram import Telegram
from probe.notifier.wanted import Wire
from probe.secret import Secret
from tests.config_text import FOLDER, load_text, problems

HEAD = """\
version: 1
hops: {a: {url: "https://a.test"}}
routes: {r: {hops: [a]}}
"""
GOOD = (
    HEAD
    + """\
notify:
  page_url: https://status.example/hopwatch
  zone: Asia/Shanghai
  quiet: [{from: "23:00", until: "07:00"}, {until: 2026-12-01T07:00:00Z, zone: UTC}]
  quiet_min: warning
  channels:
    team: {slack: {url: {file: secrets/slack}}, min: warning, ca_file: own.pem, timeout: 5s, retry_for: 2h}
    phone: {telegram: {token: {env: TOKEN}, chat: "-1001"}, language: zh, proxy: "http://127.0.0.1:7890"}
"""
)


def test_what_is_written_is_what_is_wanted():
    wanted = load_text(GOOD).notifications()

    team, phone = wanted.addressees
    shanghai = ZoneInfo("Asia/Shanghai")
    assert (team.name, team.channel) == ("team", Slack(url=Secret(file=str(FOLDER / "secrets/slack"))))
    assert team.wire == Wire(ca_file=str(FOLDER / "own.pem"), timeout_seconds=5.0)
    assert (team.least, team.quiet_least, team.retry_seconds) == (Severity.WARNING, Severity.WARNING, 7200.0)
    assert team.quiet == (
        Nightly(from_minute=1380, until_minute=420, zone=shanghai, days=EVERY_DAY),
        Once(until_ns=1_796_108_400 * 10**9),
    )
    assert (team.words.language, team.words.zone, team.words.page_url) == (
        Language.EN,
        shanghai,
        "https://status.example/hopwatch",
    )
    assert phone.channel == Telegram(token=Secret(env="TOKEN"), chat="-1001")
    assert (phone.words.language, phone.wire.proxy) == (Language.ZH, "http://127.0.0.1:7890")


def test_without_the_key_nobody_is_told():
    assert load_text(HEAD).notifications() is None


def test_little_is_enough():
    (to,) = (
        load_text(f"{HEAD}notify: {{channels: {{a: {{slack: {{url: {{env: U}}}}}}}}}}\n")
        .notifications()
        .addressees
    )

    assert (to.least, to.quiet, to.words.zone, to.words.page_url, to.wire) == (
        Severity.INFO,
        (),
        UTC,
        "",
        Wire(timeout_seconds=15.0),
    )


def test_maintenance_of_routes_is_respected():
    text = GOOD.replace(
        "{hops: [a]}", "{hops: [a], maintenance: [{from: 2026-12-01T00:00:00Z, until: 2026-12-01T02:00:00Z}]}"
    )

    begin = 1_796_083_200 * 10**9
    assert load_text(text).notifications().maintenance == (
        Maintenance(route="r", from_ns=begin, until_ns=begin + 7200 * 10**9),
    )


def test_shown_configuration_loads_again_and_comes_to_the_same():
    config = load_text(GOOD)
    again = parse(to_yaml(config.shown()), where="again", folder=FOLDER)

    assert again.notify == config.notify


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("channels: {}", "notify.channels"),
        ("channels: {a: {}}", "the kind is missing: add exactly one of webhook, slack, telegram, feishu"),
        ("channels: {a: {slak: {url: {env: U}}}}", "unknown key; did you mean 'slack'?"),
        ("channels: {a: {slack: {url: {env: U}}, wecom: {url: {env: U}}}}", "'slack' is already there"),
        ("channels: {a: {slack: {url: https://hooks.example/canary}}}", "notify.channels.a.slack.url"),
        ("channels: {a: {slack: {url: {env: U, file: f}}}}", "exactly one of file and env"),
        ("channels: {a: {telegram: {token: {env: U}}}}", "notify.channels.a.telegram.chat"),
        ("channels: {a: {telegram: {token: {env: U}, chat: 'no chat'}}}", "notify.channels.a.telegram.chat"),
        ("channels: {a: {slack: {url: {env: U}}, min: grave}}", "notify.channels.a.min"),
        ("channels: {a: {slack: {url: {env: U}}, language: fr}}", "notify.channels.a.language"),
        ("channels: {a: {slack: {url: {env: U}}, proxy: 'socks5://127.0.0.1:1'}}", "notify.channels.a.proxy"),
        (
            "channels: {a: {slack: {url: {env: U}}, proxy: 'http://me:canary@h:1'}}",
            "no user name or password",
        ),
        ("zone: Mars/Base", "this machine knows no time zone 'Mars/Base'"),
        ("zone: ../../etc/passwd", "this machine knows no time zone"),
        ("quiet: [{until: '07:00'}]", "has both ends"),
        ("quiet: [{from: '07:00', until: '07:00'}]", "ends at another time than it begins"),
        ("quiet: [{from: '25:00', until: '07:00'}]", "is neither a time of the day"),
        ("quiet: [{from: '23:00', until: 2026-12-01T07:00:00Z}]", "write both the same way"),
        ("quiet: [{from: 2026-12-02T07:00:00Z, until: 2026-12-01T07:00:00Z}]", "is not before"),
        ("quiet: [{until: 2026-12-01T07:00:00}]", "nor an instant with its zone"),
        ("quiet: [{from: '23:00', until: '07:00', days: []}]", "notify.quiet[0].days"),
    ],
)
def test_mistake_is_told_at_its_place(wrong, complaint):
    channels = "" if wrong.startswith("channels") else "  channels: {b: {slack: {url: {env: U}}}}\n"
    told = problems(f"{HEAD}notify:\n{channels}  {wrong}\n")

    assert any(complaint in line for line in told), told
    assert all("notify" in line for line in told), told
    assert "canary" not in " ".join(told)


def test_time_without_quotes_is_a_time_all_the_same():
    (to,) = load_text(GOOD.replace('until: "07:00"', "until: 07:00")).notifications().addressees[:1]

    assert to.quiet[0].until_minute == 420


def test_relative_files_begin_at_the_configuration():
    assert Path(load_text(GOOD).notifications().addressees[0].channel.url.file).is_absolute()
