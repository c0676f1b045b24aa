"""Each channel speaks its service's language, and reads every answer as the service means it."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from probe.cause.failed import ProbeFailed
from probe.notice import Language, Severity, Words
from probe.notifier import CHANNELS
from probe.notifier.channel import Answer, Reception, fit
from probe.notifier.dingtalk import DingTalk
from probe.notifier.feishu import Feishu
from probe.notifier.feishu import signature as feishu_signature
from probe.notifier.slack import Slack, escaped
from probe.notifier.telegram import Telegram
from probe.notifier.webhook import SIGNATURE, TIMESTAMP, Webhook
from probe.notifier.wecom import WeCom
from probe.secret import Secret
from tests.test_notice_words import NOTICE, OVER
from tests.web_chain import NOW_NS

WORDS = Words(agent="lab", page_url="https://status.example")
MESSAGE = WORDS.message([NOTICE])
HOSTILE = replace(
    MESSAGE, title="<!channel> @all [x](https://evil.example)", lines=('<at user_id="all"></at> *b* &',)
)
TOKEN = "canary-4711-token"
URL = f"https://chat.example/hook/{TOKEN}?key=canary-0815-key"


@pytest.fixture
def kept(tmp_path):
    def keep(name: str, value: str) -> Secret:
        (tmp_path / name).write_text(value + "\n")
        return Secret(file=str(tmp_path / name))

    return keep


def content(channel, message=MESSAGE, words=WORDS):
    return json.loads(channel.post(message, words, NOW_NS).body)


def test_webhook_sends_what_its_documentation_says(kept):
    sent = content(Webhook(url=kept("url", URL)))

    (one,) = sent.pop("notices")
    assert sent == {
        "version": 1,
        "status": "firing",
        "severity": "warning",
        "title": MESSAGE.title,
        "text": MESSAGE.text,
        "link": "https://status.example/observation/e1/7",
        "agent": "lab",
        "language": "en",
    }
    assert one == {
        "subject": "route/chat",
        "kind": "route",
        "status": "firing",
        "severity": "warning",
        "raised_from": None,
        "title": MESSAGE.title,
        "starts_at": "2026-11-22T12:03:40Z",
        "starts_at_is_known": True,
        "ends_at": None,
        "name": "chat",
        "hop": "hk-vps",
        "through": "hk-vps",
        "fails_from": ["wifi", "mobile"],
        "answers_from": ["wired"],
        "unknown_from": [],
        "cause": "tcp.refused",
        "level": "scored",
        "probes_failed": 2,
        "folded": ["vercel"],
        "routes": [],
        "times": 0,
        "is_gone": False,
        "observation": {"agent": "local", "epoch": "e1", "seq": 7},
        "link": "https://status.example/observation/e1/7",
    }


def test_webhook_tells_what_got_worse_as_firing_with_what_it_was(kept):
    worse = replace(NOTICE, severity=Severity.CRITICAL, raised_from=Severity.WARNING)
    sent = content(Webhook(url=kept("url", URL)), WORDS.message([worse]))

    (one,) = sent["notices"]
    assert (sent["status"], sent["severity"], one["subject"]) == ("firing", "critical", "route/chat")
    assert (one["severity"], one["raised_from"]) == ("critical", "warning")


def test_webhook_tells_the_end_as_resolved(kept):
    sent = content(Webhook(url=kept("url", URL)), WORDS.message([OVER]))

    assert (sent["status"], sent["notices"][0]["ends_at"]) == ("resolved", "2026-11-22T13:05:45Z")


def test_webhook_is_signed_over_time_and_body(kept):
    post = Webhook(url=kept("url", URL), secret=kept("secret", "s3cret-s3cret")).post(MESSAGE, WORDS, NOW_NS)

    signed = f"{NOW_NS // 10**9}.".encode() + post.body
    expected = hmac.new(b"s3cret-s3cret", signed, hashlib.sha256).hexdigest()
    assert post.headers[TIMESTAMP] == str(NOW_NS // 10**9)
    assert post.headers[SIGNATURE] == f"sha256={expected}"


def test_slack_gets_blocks_of_plain_text(kept):
    sent = content(Slack(url=kept("url", URL)))

    assert [block["text"]["type"] for block in sent["blocks"]] == ["plain_text", "plain_text"]
    assert sent["blocks"][0]["text"]["text"] == MESSAGE.title
    assert sent["unfurl_links"] is False


def test_no_text_becomes_a_mention_in_slack(kept):
    assert "<!channel>" not in content(Slack(url=kept("url", URL)), HOSTILE)["text"]
    assert escaped("<a&b>") == "&lt;a&amp;b&gt;"


def test_telegram_gets_plain_text_without_previews(kept):
    channel = Telegram(token=kept("token", "123:abc"), chat="-1001", topic=5)

    assert channel.post(MESSAGE, WORDS, NOW_NS).url == "https://api.telegram.org/bot123:abc/sendMessage"
    assert content(channel) == {
        "chat_id": "-1001",
        "text": MESSAGE.text,
        "link_preview_options": {"is_disabled": True},
        "message_thread_id": 5,
    }


def test_feishu_gets_a_rich_text_of_plain_parts(kept):
    sent = content(Feishu(url=kept("url", URL)), HOSTILE, replace(WORDS, language=Language.ZH))

    assert sent == {
        "msg_type": "post",
        "content": {
            "post": {
                "zh_cn": {
                    "title": HOSTILE.title,
                    "content": [[{"tag": "text", "text": HOSTILE.lines[0]}]],
                }
            }
        },
    }


def test_feishu_is_signed_as_its_own_example_is():
    # A vector that circulates with the service's documentation.
    assert feishu_signature(1599360473, "demo") == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="


def test_feishu_puts_time_and_signature_into_the_body(kept):
    sent = content(Feishu(url=kept("url", URL), secret=kept("secret", "demo")))

    assert (sent["timestamp"], sent["sign"]) == (
        str(NOW_NS // 10**9),
        feishu_signature(NOW_NS // 10**9, "demo"),
    )


def test_dingtalk_puts_time_and_signature_into_the_query(kept):
    secret = "SEC-canary-secret"
    url = f"https://oapi.example/robot/send?access_token={TOKEN}"
    post = DingTalk(url=kept("url", url), secret=kept("secret", secret)).post(MESSAGE, WORDS, NOW_NS)

    asked = parse_qs(post.url.partition("?")[2])
    milliseconds = NOW_NS // 10**6
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    assert asked == {
        "access_token": [TOKEN],
        "timestamp": [str(milliseconds)],
        "sign": [base64.b64encode(digest).decode()],
    }
    assert json.loads(post.body) == {"msgtype": "text", "text": {"content": MESSAGE.text}}


def test_wecom_gets_at_most_2048_bytes_that_end_in_a_whole_character(kept):
    long = replace(MESSAGE, lines=("线路" * 2000,))
    text = content(WeCom(url=kept("url", URL)), long)["text"]["content"]

    assert 2040 < len(text.encode()) <= 2048
    assert text.endswith("…")


def test_telegram_gets_at_most_4096_units_of_utf_16(kept):
    long = replace(MESSAGE, lines=("\U0001f600" * 4000,))
    text = content(Telegram(token=kept("token", "123:abc"), chat="1"), long)["text"]

    assert len(text.encode("utf-16-le")) // 2 <= 4096


def test_text_that_fits_stays_as_it_is():
    assert (fit("线路", 6), fit("线路x", 6)) == ("线路", "线…")


SECRET = Secret(env="U")


def said(kind: str, status: int, body: object, **headers: str):
    more = {"token": SECRET, "chat": "1"} if kind == "telegram" else {"url": SECRET}
    channel = CHANNELS[kind](**more)
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    told = channel.said(Answer(status=status, headers=headers, body=raw))
    return told.reception, told.after_seconds


SENT, AGAIN, REFUSED = (Reception.SENT, None), (Reception.AGAIN, None), (Reception.REFUSED, None)


@pytest.mark.parametrize(
    ("kind", "status", "body", "expected"),
    [
        ("webhook", 204, "", SENT),
        ("webhook", 404, "", REFUSED),
        ("webhook", 500, "", AGAIN),
        ("webhook", 302, "", REFUSED),
        ("slack", 200, "ok", SENT),
        ("slack", 200, "<html>", REFUSED),
        ("slack", 404, "no_service", REFUSED),
        ("slack", 410, "channel_is_archived", REFUSED),
        ("slack", 400, "invalid_payload", REFUSED),
        ("slack", 500, "rollup_error", AGAIN),
        ("telegram", 200, {"ok": True, "result": {}}, SENT),
        ("telegram", 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}, REFUSED),
        ("telegram", 400, {"ok": False, "description": "chat not found"}, REFUSED),
        ("telegram", 400, {"ok": False, "parameters": {"migrate_to_chat_id": -1001}}, REFUSED),
        ("telegram", 200, "<html>portal</html>", AGAIN),
        ("feishu", 200, {"code": 0, "msg": "success", "data": {}}, SENT),
        ("feishu", 200, {"StatusCode": 0, "StatusMessage": "success"}, SENT),
        ("feishu", 200, {"code": 19021, "msg": "sign match fail"}, REFUSED),
        ("feishu", 200, {"code": 19024, "msg": "Key Words Not Found"}, REFUSED),
        ("feishu", 200, {"code": 9499, "msg": "Bad Request"}, REFUSED),
        ("feishu", 200, {"code": 19021, "StatusCode": 0}, REFUSED),
        ("feishu", 200, "<html>portal</html>", AGAIN),
        ("dingtalk", 200, {"errcode": 0, "errmsg": "ok"}, SENT),
        ("dingtalk", 200, {"errcode": 310000, "errmsg": "keywords not in content"}, REFUSED),
        ("dingtalk", 200, {"errcode": 300001, "errmsg": "token is not exist"}, REFUSED),
        ("dingtalk", 200, "[]", AGAIN),
        ("wecom", 200, {"errcode": 0, "errmsg": "ok"}, SENT),
        ("wecom", 200, {"errcode": 93000, "errmsg": "invalid webhook url"}, REFUSED),
        ("wecom", 502, "", AGAIN),
    ],
)
def test_answer_means_what_the_service_says_it_does(kind, status, body, expected):
    assert said(kind, status, body) == expected


@pytest.mark.parametrize(
    ("kind", "status", "body", "headers", "seconds"),
    [
        ("webhook", 429, "", {"retry-after": "7"}, 7.0),
        ("webhook", 503, "", {"retry-after": "99999999"}, 600.0),
        ("webhook", 429, "", {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ("slack", 429, "", {"retry-after": "30"}, 30.0),
        ("telegram", 429, {"ok": False, "parameters": {"retry_after": 34}}, {}, 34.0),
        ("feishu", 200, {"code": 11232, "msg": "frequency limited"}, {}, 60.0),
        ("feishu", 200, {"code": 9499, "msg": "too many request"}, {}, 60.0),
        ("dingtalk", 200, {"errcode": 130101, "errmsg": "send too fast"}, {}, 60.0),
        ("dingtalk", 200, {"errcode": 410100, "errmsg": "send too fast"}, {}, 60.0),
        ("wecom", 200, {"errcode": 45009, "errmsg": "api freq out of limit"}, {}, 60.0),
    ],
)
def test_service_that_wants_to_be_left_alone_is(kind, status, body, headers, seconds):
    assert said(kind, status, body, **headers) == (Reception.AGAIN, seconds)


def test_every_kind_is_registered_under_its_name():
    assert list(CHANNELS) == ["webhook", "slack", "telegram", "feishu", "dingtalk", "wecom"]


@pytest.mark.parametrize("kind", [Slack, Feishu, DingTalk, WeCom])
def test_token_is_never_sent_without_tls_to_others(kind, kept):
    with pytest.raises(ProbeFailed) as failed:
        kind(url=kept("url", f"http://chat.example/{TOKEN}")).post(MESSAGE, WORDS, NOW_NS)

    assert TOKEN not in str(failed.value)


@pytest.mark.parametrize(
    "url", ["", "ftp://x/y", "not a url", "https://", "https://h:99999999/x", "https://h/ä"]
)
def test_what_is_no_url_is_refused_without_repeating_it(url, kept):
    with pytest.raises(ProbeFailed) as failed:
        Webhook(url=kept("url", url)).post(MESSAGE, WORDS, NOW_NS)

    assert not url or url not in str(failed.value)


def test_nothing_of_a_request_is_shown(kept):
    post = DingTalk(url=kept("url", URL), secret=kept("secret", "SEC-canary")).post(MESSAGE, WORDS, NOW_NS)

    assert "canary" not in repr(post)
