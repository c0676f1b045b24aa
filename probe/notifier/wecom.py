"""WeCom's group robots: https://developer.work.weixin.qq.com/document/path/91770."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from probe.notice.words import Message, Words
from probe.notifier.channel import (
    Answer,
    Json,
    Post,
    Said,
    by_code,
    fit,
    json_post,
    secret_url,
    secrets_of,
)
from probe.secret import Secret

# Busy, and too fast (20 a minute).
_AGAIN = {-1: 5.0, 45009: 60.0}
_LONGEST_BYTES = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class WeCom:
    """A group robot of WeCom."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    per_minute: ClassVar[int] = 18

    url: Annotated[Secret, Field(description="where the robot's URL is kept, which is a secret")]

    def post(self, message: Message, words: Words, now_ns: int) -> Post:  # noqa: ARG002 - others need them
        """Make the request: plain text of at most 2048 bytes."""
        url = secret_url(self.url)
        content: dict[str, Json] = {"msgtype": "text", "text": {"content": fit(message.text, _LONGEST_BYTES)}}
        return json_post(url, content, secrets_of(url))

    def said(self, answer: Answer) -> Said:
        """Read the answer: 200 with an errcode."""
        return by_code(answer, ("errcode",), "errmsg", _AGAIN)
