"""What every channel is: it makes a request of a message, and reads what was answered; and what several share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from probe.cause.failed import ProbeFailed
from probe.host import is_nobody_elses
from probe.notice.words import Message, Words
from probe.secret import Secret
from probe.text import CUT, clean

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
_SHOWN = 200
_LONGEST_AFTER_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A request: what is secret in it is never shown."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, its header names in small letters, its body cut where it was too long."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Mapping[str, Json]:
        """The body as a JSON object; empty where it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def text(self) -> str:
        """The body, safe to show."""
        return clean(self.body, _SHOWN).strip()


class Reception(StrEnum):
    """What an answer means for a message: it is there, is worth another try, or will never be taken."""

    SENT = "sent"
    AGAIN = "again"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a service said of a message, in words that repeat nothing secret; and when to come again, if it said so."""

    reception: Reception
    text: str
    after_seconds: float | None = None


class Channel(Protocol):
    """A way to reach somebody; `per_minute` is how many messages the service takes."""

    per_minute: ClassVar[int]

    def post(self, message: Message, words: Words, now_ns: int) -> Post:
        """Make the request. Raises ProbeFailed (local.secret) where a secret cannot be had."""

    def said(self, answer: Answer) -> Said:
        """Read the answer."""


def secret_url(secret: Secret, *, is_plain_allowed: bool = False) -> str:
    """Read a URL that is a secret; without TLS it may only lead to this machine, unless it is a matter of the user's.

    Raises ProbeFailed, which never shows it.
    """
    url = secret.read().strip()
    where = f"the file {secret.file}" if secret.file is not None else f"the environment variable {secret.env}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_url = parts.scheme in ("http", "https") and bool(host) and (parts.port or 1) > 0
    except ValueError:
        is_url, host = False, ""
    if not is_url or not url.isascii() or any(character <= " " for character in url):
        raise ProbeFailed("local.secret", f"what {where} holds is no URL") from None
    if url.startswith("http:") and not (is_plain_allowed or is_nobody_elses(host)):
        raise ProbeFailed(
            "local.secret", f"the URL that {where} holds is not https, and would show its token"
        )
    return url


def secrets_of(url: str, *more: str) -> tuple[str, ...]:
    """Return what of a URL must not be shown: all of it, and what stands behind its host."""
    parts = urlsplit(url)
    behind = [
        part for part in (*parts.path.split("/"), parts.query, *parts.query.split("&")) if len(part) > 7
    ]
    values = [part.partition("=")[2] for part in parts.query.split("&")]
    return tuple(one for one in (url, *behind, *values, *more) if one)


def json_post(url: str, content: Mapping[str, Json], secrets: tuple[str, ...]) -> Post:
    """Make a request of a JSON object."""
    return Post(
        url=url,
        body=json.dumps(content, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8"},
        secrets=secrets,
    )


def by_status(answer: Answer) -> Said | None:
    """Say what a status alone means; None where it is a success, of which the body tells more."""
    status, text = answer.status, f"status {answer.status}"
    text = f"{text}: {answer.text}" if answer.text else text
    if 200 <= status < 300:
        return None
    if status in (408, 425, 429) or status >= 500:
        return Said(reception=Reception.AGAIN, text=text, after_seconds=retry_after(answer))
    if 300 <= status < 400:
        return Said(reception=Reception.REFUSED, text=f"status {status}: redirects are not followed")
    return Said(reception=Reception.REFUSED, text=text)


def retry_after(answer: Answer) -> float | None:
    """Return how many seconds a service wants to be left alone (RFC 9110, 10.2.3); a date is not read."""
    given = answer.headers.get("retry-after", "").strip()
    return bounded(int(given)) if given.isascii() and given.isdigit() and len(given) < 10 else None


def bounded(seconds: float) -> float:
    """Return a wait that no service can make endless."""
    return min(max(seconds, 1.0), _LONGEST_AFTER_SECONDS)


def by_code(answer: Answer, names: tuple[str, ...], word: str, again: Mapping[int, float]) -> Said:
    """Read an answer that has its true status in its body, under one of these names; 0 is well.

    `again` has the codes that pass, with how long to wait. An answer without a code is not the service's own.
    """
    if (said := by_status(answer)) is not None:
        return said
    content = answer.json
    code = next((found for name in names if isinstance(found := content.get(name), int)), None)
    if code is None:
        text = "status 200, and yet this is no answer of the service"
        return Said(reception=Reception.AGAIN, text=f"{text}: {answer.text}" if answer.text else text)
    if code == 0:
        return Said(reception=Reception.SENT, text="taken")
    text = clean(f"code {code}: {content.get(word, '')}", _SHOWN)
    if code in again:
        return Said(reception=Reception.AGAIN, text=text, after_seconds=again[code])
    return Said(reception=Reception.REFUSED, text=text)


def fit(text: str, limit: int, encoding: str = "utf-8", unit: int = 1) -> str:
    """Cut a text so that it takes at most `limit` units in an encoding, between two characters."""
    if len(text.encode(encoding)) <= limit * unit:
        return text
    room = limit * unit - len(CUT.encode(encoding))
    cut = text.encode(encoding)[:room].decode(encoding, "ignore")
    return cut + CUT
