"""The parts of a response that tell its author; pure."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class By(NamedTuple):
    """Who made it and what that amounts to: a kind of program, a cause, what it calls itself, where it stands."""

    maker: str
    cause: str
    name: str | None = None
    pop: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, field lines with names in lower case, and the body's first kilobytes."""

    status: int
    lines: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> "Answer":
        """Take a response as it came."""
        return cls(status, tuple((name.lower(), value) for name, value in headers), body)

    def has(self, header: str) -> bool:
        """Tell whether the header is there."""
        return any(name == header for name, _ in self.lines)

    def all(self, header: str) -> tuple[str, ...]:
        """Return the field lines of a header, in their order."""
        return tuple(value for name, value in self.lines if name == header)

    def get(self, header: str) -> str:
        """Return all lines of a header as one (RFC 9110, 5.3), empty when there is none."""
        return ", ".join(self.all(header))

    def json(self) -> Mapping[str, object]:
        """Return the body as a JSON object, empty when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


_POPS: Mapping[str, re.Pattern[str]] = {
    "x-vercel-id": re.compile(r"^([a-z]{3}[0-9]{1,2})::"),
    "cf-ray": re.compile(r"-([A-Z]{3})$"),
}


def pop(answer: Answer, header: str) -> str | None:
    """Return the point of presence that Vercel's or Cloudflare's own header names."""
    found = _POPS[header].search(answer.get(header))
    return found[1] if found else None
