"""DingTalk's custom robots: https://open.dingtalk.com/document/robots/custom-robot-access."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import quote

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

# Busy, too fast (20 a minute), too fast.
_AGAIN = {-1: 5.0, 130101: 60.0, 410100: 60.0}
_LONGEST_BYTES = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DingTalk:
    """A custom robot of DingTalk."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    # It takes 20 and punishes more with minutes of silence.
    per_minute: ClassVar[int] = 18

    url: Annotated[Secret, Field(description="where the robot's URL is kept, which is a secret")]
    secret: Annotated[
        Secret | None,
        Field(
            description="where the signing secret is kept, if the robot's security setting asks for signatures"
        ),
    ] = None

    def post(self, message: Message, words: Words, now_ns: int) -> Post:  # noqa: ARG002 - others need them
        """Make the request: plain text, the signature in the query."""
        url = secret_url(self.url)
        content: dict[str, Json] = {"msgtype": "text", "text": {"content": fit(message.text, _LONGEST_BYTES)}}
        secret = self.secret.read() if self.secret is not None else ""
        signed = url
        if secret:
            milliseconds = now_ns // 10**6
            signed += "&" if "?" in url else "?"
            signed += f"timestamp={milliseconds}&sign={quote(signature(milliseconds, secret), safe='')}"
        return json_post(signed, content, secrets_of(url, secret))

    def said(self, answer: Answer) -> Said:
        """Read the answer: 200 with an errcode."""
        return by_code(answer, ("errcode",), "errmsg", _AGAIN)


def signature(milliseconds: int, secret: str) -> str:
    """Sign the time and the secret with the secret."""
    signed = f"{milliseconds}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
