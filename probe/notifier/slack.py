"""Slack's incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from probe.notice.words import Message, Words
from probe.notifier.channel import (
    Answer,
    Json,
    Post,
    Reception,
    Said,
    by_status,
    fit,
    json_post,
    secret_url,
    secrets_of,
)
from probe.secret import Secret

# The bounds of a header and of a section block.
_HEADER, _SECTION = 150, 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """An incoming webhook of Slack, or of what speaks its language (Mattermost, Discord's /slack)."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    per_minute: ClassVar[int] = 60

    url: Annotated[Secret, Field(description="where the webhook's URL is kept, which is a secret")]

    def post(self, message: Message, words: Words, now_ns: int) -> Post:  # noqa: ARG002 - others need them
        """Make the request: plain text in blocks, so that nothing in it is markup."""
        url = secret_url(self.url)
        blocks: list[Json] = [
            {"type": "header", "text": _plain(message.title, _HEADER)},
            {"type": "section", "text": _plain("\n".join(message.lines) or "-", _SECTION)},
        ]
        content: dict[str, Json] = {
            "text": escaped(message.text),
            "blocks": blocks,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        return json_post(url, content, secrets_of(url))

    def said(self, answer: Answer) -> Said:
        """Read the answer: `ok`, or a word such as `no_service`."""
        if (said := by_status(answer)) is not None:
            return said
        if answer.text == "ok" or answer.json.get("ok") is True or answer.status == 204:
            return Said(reception=Reception.SENT, text="taken")
        return Said(reception=Reception.REFUSED, text=f"status {answer.status}: {answer.text}")


def _plain(text: str, limit: int) -> dict[str, Json]:
    # Counted in UTF-16, as a browser's length is, so that it holds whichever they count.
    return {"type": "plain_text", "text": fit(text, limit, "utf-16-le", 2), "emoji": False}


def escaped(text: str) -> str:
    """Take from a text what Slack would read as a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
