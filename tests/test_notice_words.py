"""What messages say, in both languages."""

import re
import string
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from probe.daemon.explaining import explained
from probe.model import Identity, Level
from probe.notice import Kind, Language, Notice, Severity, Status, Subject, Words
from probe.notice import chinese as zh
from probe.notice import english as en
from tests.web_chain import NOW_NS, SECOND

NOTICE = Notice(
    subject=Subject(kind=Kind.ROUTE, name="chat"),
    status=Status.FIRING,
    severity=Severity.WARNING,
    at_ns=NOW_NS + 60 * SECOND,
    since_ns=NOW_NS,
    hop="hk-vps",
    through="hk-vps",
    fails=("wifi", "mobile"),
    answers=("wired",),
    cause="tcp.refused",
    level=Level.SCORED,
    controls=2,
    probes=2,
    folded=("vercel",),
    observation=Identity(agent="local", epoch="e1", seq=7),
)
OVER = replace(NOTICE, status=Status.RESOLVED, at_ns=NOW_NS + 3725 * SECOND)


def places(phrase: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name is not None}


def test_both_languages_have_the_same_phrases_with_the_same_places():
    assert {name: places(text) for name, text in zh.PHRASES.items()} == {
        name: places(text) for name, text in en.PHRASES.items()
    }


def test_message_says_all_that_is_known():
    words = Words(agent="lab", page_url="https://status.example/")

    assert words.message([NOTICE]).text == (
        "[warning] Route chat fails for its users at hk-vps, seen from wifi and mobile\n"
        "Cause: tcp.refused: the port is closed: the connection was refused\n"
        "What to do: Log in to the hop and look whether its program runs and listens on that port (`ss -tln`); a firewall"
        " that rejects looks the same.\n"
        "How sure: shown by further answers: 2\n"
        "Fails from: wifi, mobile\n"
        "Answers from: wired\n"
        "Fails behind it as well, and is not told apart: vercel\n"
        "Since: 2026-11-22 12:03:40 UTC\n"
        "More: https://status.example/observation/e1/7\n"
        "hopwatch, lab"
    )


@pytest.mark.parametrize(
    ("language", "title"),
    [
        (
            Language.EN,
            "[critical, was warning] Route chat fails for its users at hk-vps, seen from every vantage",
        ),
        (Language.ZH, "【严重，原为警告】线路 chat 对用户不可用：故障在 hk-vps 处，观测点：所有观测点"),  # noqa: RUF001
    ],
)
def test_title_says_that_it_got_worse(language, title):
    worse = replace(
        NOTICE,
        severity=Severity.CRITICAL,
        raised_from=Severity.WARNING,
        fails=("wifi", "mobile", "wired"),
        answers=(),
    )

    assert Words(language=language).title(worse) == title


def test_end_says_how_long_it_lasted():
    words = Words(zone=ZoneInfo("Asia/Shanghai"))

    assert words.message([OVER]).text == (
        "[resolved] Route chat works again after 1 h 2 min\n"
        "Cause: tcp.refused: the port is closed: the connection was refused\n"
        "From 2026-11-22 20:03:40 CST until 2026-11-22 21:05:45 CST\n"
        "hopwatch, local"
    )


def test_chinese_message_has_no_english_but_names():
    words = Words(language=Language.ZH, explain=lambda cause: explained(Language.ZH, cause))

    text = words.message([NOTICE]).text

    names = {
        "chat",
        "hk",
        "vps",
        "wifi",
        "mobile",
        "wired",
        "vercel",
        "tcp",
        "refused",
        "hopwatch",
        "local",
        "ss",
        "tln",
        "UTC",
    }
    assert set(re.findall(r"[A-Za-z]+", text)) <= names


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize(
    "more",
    [{}, {"flaps": 4}, {"raised_from": Severity.INFO}, {"is_gone": True}, {"level": None}, {"cause": ""}],
)
def test_every_notice_has_a_title_of_one_line(language, kind, status, more):
    subject = Subject(kind=kind, name="chat", hop="hk-vps", through="direct")
    message = Words(language=language).message([replace(NOTICE, subject=subject, status=status, **more)])

    assert "\n" not in message.title
    assert len(message.title) <= 140
    assert "{" not in message.text


@pytest.mark.parametrize("level", [*Level, None])
@pytest.mark.parametrize("language", list(Language))
def test_how_sure_it_is_is_said_for_every_level(language, level):
    lines = Words(language=language).lines(replace(NOTICE, level=level, controls=0))

    assert any(line.startswith(("How sure: ", "把握")) for line in lines)


def test_several_notices_become_one_sum():
    words = Words(page_url="https://status.example")

    assert words.message([NOTICE, OVER], vanished=2).text == (
        "2 changes during the quiet time\n"
        "- [warning] Route chat fails for its users at hk-vps, seen from wifi and mobile (Since: 2026-11-22 12:03:40 UTC)\n"
        "- [resolved] Route chat works again after 1 h 2 min (From 2026-11-22 12:03:40 UTC until 2026-11-22 13:05:45 UTC)\n"
        "2 more came and went meanwhile.\n"
        "More: https://status.example\n"
        "hopwatch, local"
    )


def test_text_of_a_target_cannot_break_a_line():
    words = Words()
    text = words.message([replace(NOTICE, cause="tcp.refused\n[resolved] all is well\u202e")]).text

    assert "\n[resolved]" not in text
    assert "\u202e" not in text


def test_beginning_that_nobody_saw_is_said_to_be_uncertain():
    assert "Since: 2026-11-22 12:03:40 UTC, or earlier" in Words().lines(
        replace(NOTICE, is_since_known=False)
    )
