"""Feishu's and Lark's custom bots: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from probe.notice.words import Language, Message, Words
from probe.notifier.channel import (
    Answer,
    Json,
    Post,
    Reception,
    Said,
    by_code,
    json_post,
    secret_url,
    secrets_of,
)
from probe.secret import Secret

_AGAIN = {11232: 60.0, 11233: 60.0}
_BAD_REQUEST = 9499


@dataclass(frozen=True, slots=True, kw_only=True)
class Feishu:
    """A custom bot of Feishu or Lark."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    per_minute: ClassVar[int] = 100

    url: Annotated[Secret, Field(description="where the bot's URL is kept, which is a secret")]
    secret: Annotated[
        Secret | None,
        Field(
            description="where the signing secret is kept, if the bot's security setting asks for signatures"
        ),
    ] = None

    def post(self, message: Message, words: Words, now_ns: int) -> Post:
        """Make the request: a rich text whose parts are plain, so that nothing in it is markup or a mention."""
        url = secret_url(self.url)
        lines: list[Json] = [[{"tag": "text", "text": line}] for line in message.lines]
        locale = "zh_cn" if words.language is Language.ZH else "en_us"
        content: dict[str, Json] = {
            "msg_type": "post",
            "content": {"post": {locale: {"title": message.title, "content": lines}}},
        }
        secret = self.secret.read() if self.secret is not None else ""
        if secret:
            seconds = now_ns // 10**9
            content |= {"timestamp": str(seconds), "sign": signature(seconds, secret)}
        return json_post(url, content, secrets_of(url, secret))

    def said(self, answer: Answer) -> Said:
        """Read the answer: 200 with a code, in older bots with a StatusCode."""
        said = by_code(answer, ("code", "StatusCode"), "msg", _AGAIN)
        is_busy = answer.json.get("code") == _BAD_REQUEST and "too many" in said.text.lower()
        if is_busy:
            return Said(reception=Reception.AGAIN, text=said.text, after_seconds=60.0)
        return said


def signature(seconds: int, secret: str) -> str:
    """Sign nothing with the time and the secret, as the service wants it."""
    key = f"{seconds}\n{secret}".encode()
    return base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
