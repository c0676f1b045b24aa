"""How old an answer is, and which point of presence gave it; pure (RFC 9111, 4.2.3)."""

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC
from typing import NamedTuple

from probe.steps.response import Response
from probe.text import clean

# RFC 9111, 1.2.2: what is larger is as good as for ever.
_FOREVER_SECONDS = 1 << 31
_SHOWN = 64


class Age(NamedTuple):
    """How old an answer is, and which header says so."""

    seconds: float
    header: str


def age_of(response: Response) -> Age | None:
    """Return the answer's age when its end had arrived; None when neither Age nor Date tells."""
    ages = []
    if (said := _age_value(response.header("age"))) is not None:
        ages.append(Age(min(said, _FOREVER_SECONDS) + response.delay_seconds, "Age"))
    if (made := made_at(response.header("date"))) is not None:
        ages.append(Age(max(0.0, response.ended_at_ns / 1e9 - made), "Date"))
    return max(ages, default=None)


def _age_value(text: str | None) -> int | None:
    # RFC 9111, 5.1: of several the first counts, and what is no number of seconds is ignored.
    found = re.fullmatch(r"[ \t]*([0-9]{1,19})[ \t]*", (text or "").partition(",")[0])
    return int(found[1]) if found else None


def made_at(text: str | None) -> float | None:
    """Return the Unix time that a Date header says, or None when it says none."""
    try:
        made = email.utils.parsedate_to_datetime((text or "")[:_SHOWN])
        # RFC 9110, 5.6.7: all three forms are in GMT, of which the oldest does not say so.
        return made.replace(tzinfo=made.tzinfo or UTC).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


# Vercel names the edge first and then where the function ran; of Fastly's nodes the one nearest us comes last.
_POPS: Mapping[str, re.Pattern[str]] = {
    "x-vercel-id": re.compile(r"^([a-z]{3}[0-9]{1,2})::"),
    "cf-ray": re.compile(r"-([A-Z]{3})$"),
    "x-served-by": re.compile(r"-([A-Z]{3})$"),
    "x-amz-cf-pop": re.compile(r"^([A-Z]{3}[0-9]{1,3})\b"),
    "fly-request-id": re.compile(r"-([a-z]{3})$"),
}
_CACHES = ("x-vercel-cache", "cf-cache-status", "cache-status", "x-cache")


def pop_of(headers: Mapping[str, str]) -> str | None:
    """Return the name of the point of presence as its provider spells it, from headers with names in lower case."""
    for name, pattern in _POPS.items():
        if found := pattern.search(headers.get(name, "")):
            return found[1]
    return None


def cache_of(headers: Mapping[str, str]) -> str | None:
    """Return what the cache says of itself, such as HIT or MISS."""
    return next((clean(headers[name], _SHOWN) for name in _CACHES if headers.get(name)), None)
