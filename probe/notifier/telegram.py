"""Telegram's bots: https://core.telegram.org/bots/api#sendmessage."""

from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field

from probe.cause.failed import ProbeFailed
from probe.host import is_nobody_elses
from probe.notice.words import Message, Words
from probe.notifier.channel import (
    Answer,
    Json,
    Post,
    Reception,
    Said,
    bounded,
    by_status,
    fit,
    json_post,
)
from probe.secret import Secret
from probe.text import clean

# UTF-16 units.
_LONGEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Telegram:
    """A bot of Telegram."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    # To one group; https://core.telegram.org/bots/faq#broadcasting-to-users.
    per_minute: ClassVar[int] = 20

    token: Annotated[Secret, Field(description="where the bot's token is kept")]
    chat: Annotated[
        str,
        Field(
            pattern=r"^(-?[0-9]{1,20}|@[A-Za-z0-9_]{1,64})$",
            description='the chat: its number in quotes, as "-1001234567890", or the @name of a public channel',
        ),
    ]
    topic: Annotated[int | None, Field(gt=0, description="the topic within a group that has topics")] = None
    api: Annotated[
        str,
        Field(
            pattern=r"^https?://[^@\s?#]+$",
            description="the Bot API, or a server of your own in its place",
        ),
    ] = "https://api.telegram.org"

    def post(self, message: Message, words: Words, now_ns: int) -> Post:  # noqa: ARG002 - others need them
        """Make the request: plain text, without a mode in which anything in it would be markup."""
        token = self.token.read()
        if not all(one.isascii() and (one.isalnum() or one in ":_-") for one in token):
            raise ProbeFailed("local.secret", "the bot's token holds other characters than tokens do")
        if self.api.startswith("http:") and not is_nobody_elses(urlsplit(self.api).hostname or ""):
            raise ProbeFailed("local.secret", "the api is not https, and would show the token")
        content: dict[str, Json] = {
            "chat_id": self.chat,
            "text": fit(message.text, _LONGEST, "utf-16-le", 2),
            "link_preview_options": {"is_disabled": True},
        }
        if self.topic is not None:
            content["message_thread_id"] = self.topic
        return json_post(f"{self.api.rstrip('/')}/bot{token}/sendMessage", content, (token,))

    def said(self, answer: Answer) -> Said:
        """Read the answer, whose body tells more than its status."""
        content = answer.json
        if answer.status == 200 and content.get("ok") is True:
            return Said(reception=Reception.SENT, text="taken")
        description = content.get("description")
        plain = Answer(status=answer.status, headers=answer.headers, body=str(description or "").encode())
        said = by_status(plain if description else answer)
        if said is None:
            return Said(
                reception=Reception.AGAIN, text="status 200, and yet this is no answer of the service"
            )
        more = content.get("parameters")
        parameters = more if isinstance(more, dict) else {}
        if isinstance(moved := parameters.get("migrate_to_chat_id"), int):
            text = clean(f"{said.text}; the chat is now {moved}: write that into the configuration", 300)
            return Said(reception=Reception.REFUSED, text=text)
        if said.reception is Reception.AGAIN and isinstance(wait := parameters.get("retry_after"), int):
            return Said(reception=Reception.AGAIN, text=said.text, after_seconds=bounded(wait))
        return said
