"""A generic webhook: the message as JSON, signed where a secret is shared. docs/notifications.md has the fields."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from probe.notice.notice import Notice, Status
from probe.notice.words import Message, Words
from probe.notifier.channel import (
    Answer,
    Json,
    Post,
    Reception,
    Said,
    by_status,
    secret_url,
    secrets_of,
)
from probe.secret import Secret

# Counts up when a field changes its meaning or goes; new fields alone do not move it.
VERSION = 1
SIGNATURE, TIMESTAMP = "X-Hopwatch-Signature", "X-Hopwatch-Timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """JSON to an address of your own."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    per_minute: ClassVar[int] = 600

    url: Annotated[Secret, Field(description="where the address is kept")]
    secret: Annotated[
        Secret | None,
        Field(description="where the secret is kept that signs messages; without it they are not signed"),
    ] = None

    def post(self, message: Message, words: Words, now_ns: int) -> Post:
        """Make the request, signed over the time and the body."""
        url = secret_url(self.url, is_plain_allowed=True)
        body = json.dumps(content(message, words), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", TIMESTAMP: str(now_ns // 10**9)}
        secret = self.secret.read() if self.secret is not None else ""
        if secret:
            signed = f"{now_ns // 10**9}.".encode() + body
            headers[SIGNATURE] = "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return Post(url=url, body=body, headers=headers, secrets=secrets_of(url, secret))

    def said(self, answer: Answer) -> Said:
        """Take any success for one."""
        return by_status(answer) or Said(reception=Reception.SENT, text=f"status {answer.status}")


def content(message: Message, words: Words) -> dict[str, Json]:
    """Return what is sent."""
    is_firing = any(one.status is Status.FIRING for one in message.notices)
    return {
        "version": VERSION,
        "status": (Status.FIRING if is_firing else Status.RESOLVED).value,
        "severity": message.severity.value,
        "title": message.title,
        "text": message.text,
        "link": message.link,
        "agent": words.agent,
        "language": words.language.value,
        "notices": [_notice(one, words) for one in message.notices],
    }


def _notice(notice: Notice, words: Words) -> dict[str, Json]:
    subject, seen = notice.subject, notice.observation
    return {
        "subject": subject.key,
        "kind": subject.kind.value,
        "status": notice.status.value,
        "severity": notice.severity.value,
        "raised_from": notice.raised_from.value if notice.raised_from is not None else None,
        "title": words.title(notice),
        "starts_at": _instant(notice.since_ns),
        "starts_at_is_known": notice.is_since_known,
        "ends_at": _instant(notice.at_ns) if notice.status is Status.RESOLVED else None,
        "name": subject.name,
        "hop": notice.hop,
        "through": notice.through,
        "fails_from": list(notice.fails),
        "answers_from": list(notice.answers),
        "unknown_from": list(notice.unknown),
        "cause": notice.cause,
        "level": notice.level.value if notice.level is not None else None,
        "probes_failed": notice.probes,
        "folded": list(notice.folded),
        "routes": list(notice.routes),
        "times": notice.flaps,
        "is_gone": notice.is_gone,
        "observation": None if seen is None else {"agent": seen.agent, "epoch": seen.epoch, "seq": seen.seq},
        "link": words.link(notice),
    }


def _instant(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns // 10**9, UTC).isoformat().replace("+00:00", "Z")
