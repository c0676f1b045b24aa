"""Read what a search is for from the query of its address, and write it back as links; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from probe.model import Outcome
from probe.store.wanted import HOUR_NS, Place, Wanted
from probe.text import clean
from probe.units import parse_duration
from probe.web.wording import iso

FIELDS: Final = ("cause", "vantage", "route", "hop", "check", "outcome", "rule", "element", "since", "until")
_LONGEST: Final = 200
_CURSOR: Final = re.compile(r"(-?[0-9]{1,19})-([0-9]{1,18})")
_MOST, _USUAL = 200, 50


class WrongQueryError(ValueError):
    """What was asked for makes no sense; the message says what would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as it was asked for: the words as they were given, and what they mean."""

    given: Mapping[str, str]
    wanted: Wanted
    before: Place | None
    limit: int

    def link(self, **changed: str) -> str:
        """Return the query of the same search with other words, from its newest page on; an empty word leaves it out."""
        words = {**self.given, **changed}
        return urlencode(
            {name: words[name] for name in (*FIELDS, "before", "limit", "lang") if words.get(name)}
        )

    def hour(self, hour: int) -> str:
        """Return the query of the same search within one hour."""
        return self.link(since=iso(hour * HOUR_NS), until=iso((hour + 1) * HOUR_NS))

    def day(self, day: int) -> str:
        """Return the query of the same search within one day, in UTC."""
        return self.link(since=iso(day * 24 * HOUR_NS), until=iso((day + 1) * 24 * HOUR_NS))

    def older(self, place: Place) -> str:
        """Return the query of the page behind `place`."""
        return self.link(before=f"{place.at_ns}-{place.position}")


def parse(query: Mapping[str, str], repeated: set[str], now_ns: int) -> Asked:
    """Return what a query asks for; words that are left empty count as absent. Raises WrongQueryError."""
    for name in query:
        if name not in (*FIELDS, "before", "limit", "lang"):
            raise WrongQueryError(
                f"{clean(name, 40)!r} is not a parameter; allowed: {', '.join((*FIELDS, 'before', 'limit'))}"
            )
        if name in repeated:
            raise WrongQueryError(f"{name} is given more than once")
    given = {name: value.strip() for name, value in query.items() if value.strip()}
    for name, value in given.items():
        if len(value) > _LONGEST:
            raise WrongQueryError(f"{name} is longer than {_LONGEST} characters")
    since, until = (_instant(name, given.get(name), now_ns) for name in ("since", "until"))
    if since is not None and until is not None and until < since:
        raise WrongQueryError("until lies before since")
    wanted = Wanted(
        **{name: given.get(name) for name in ("vantage", "route", "hop", "check", "rule", "element")},
        cause=_cause(given.get("cause")),
        outcome=_outcome(given.get("outcome")),
        since_ns=since,
        until_ns=until,
    )
    kept = {name: value for name, value in given.items() if name != "before"}
    return Asked(
        given=kept, wanted=wanted, before=_place(given.get("before")), limit=_limit(given.get("limit"))
    )


def _cause(text: str | None) -> str | None:
    # A dot or a star at the end, as people write prefixes, means the same as none.
    return None if text is None else text.rstrip("*").rstrip(".") or None


def _outcome(text: str | None) -> Outcome | None:
    if text is not None and text not in tuple(Outcome):
        raise WrongQueryError(f"outcome is {clean(text, 40)!r}; allowed is one of {', '.join(Outcome)}")
    return None if text is None else Outcome(text)


def _instant(name: str, text: str | None, now_ns: int) -> int | None:
    if text is None:
        return None
    try:
        return now_ns - int(parse_duration(text) * 1e9)
    except ValueError:
        pass
    try:
        # A browser's own field for instants leaves the zone out; Python 3.11 reads a Z.
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(aware.timestamp() * 1e6) * 1000
    except (ValueError, OverflowError) as error:
        raise WrongQueryError(
            f"{name} is {clean(text, 40)!r}; write a duration before now (30s, 5m, 1h, 7d) or an ISO 8601 time"
        ) from error


def _place(text: str | None) -> Place | None:
    found = None if text is None else _CURSOR.fullmatch(text)
    if text is not None and found is None:
        raise WrongQueryError("before is no place that a page before named")
    return None if found is None else Place(min(int(found[1]), 2**63 - 2), int(found[2]))


def _limit(text: str | None) -> int:
    if text is None:
        return _USUAL
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= _MOST):
        raise WrongQueryError(f"limit is {clean(text, 20)!r}; allowed is a whole number from 1 to {_MOST}")
    return int(text)
