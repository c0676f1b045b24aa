"""The key `notify` as it is written: who is told of changes of state, by which service, when, and in which language."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from probe.config.fields import Interval, Name, PageUrl, Timeout, parse_origin
from probe.config.kinds import chosen, exactly_one, with_kinds
from probe.notifier import CHANNELS, Channel
from probe.text import clean

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Grade = Literal["info", "warning", "critical"]

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its name. Raises ValueError."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError(
            f"this machine knows no time zone {clean(name, 80)!r}; write one as Asia/Shanghai, or install tzdata"
        ) from None


def minute_of(text: str) -> int | None:
    """Return the minute of the day that a text such as 23:00 names; None where it is no such text."""
    found = _CLOCK.fullmatch(text)
    return int(found[1]) * 60 + int(found[2]) if found else None


def instant_of(text: str) -> datetime:
    """Return the instant that a text names. Raises ValueError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(
            f'{clean(text, 80)!r} is neither a time of the day, as "23:00", nor an instant with its zone, as'
            " 2026-12-01T07:00:00Z"
        )
    return found


def _time(text: str) -> str:
    if minute_of(text) is None:
        instant_of(text)
    return text


def _zone(name: str) -> str:
    zone_of(name)
    return name


def _proxy(url: str) -> str:
    if parse_origin(url).scheme != "http":
        raise ValueError("a proxy for messages is an HTTP proxy: http://HOST:PORT")
    return url


Time = Annotated[str, AfterValidator(_time), WithJsonSchema({"type": "string", "examples": ["23:00"]})]
Zone = Annotated[
    str, AfterValidator(_zone), WithJsonSchema({"type": "string", "examples": ["Asia/Shanghai"]})
]
Proxy = Annotated[
    str,
    AfterValidator(_proxy),
    WithJsonSchema(
        {"type": "string", "pattern": r"^http://[^@\s/?]+/?$", "examples": ["http://127.0.0.1:7890"]}
    ),
]


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class QuietTime(_Model):
    """A time in which only what is grave goes out: every day between two times, or once between two instants."""

    from_: Time | None = Field(
        default=None,
        alias="from",
        description='when it begins: "23:00", or an instant; instants may leave it out',
    )
    until: Time = Field(description='when it ends: "07:00", on the next day if need be, or an instant')
    zone: Zone | None = Field(default=None, description="whose clock; by default `notify.zone`")
    days: tuple[Day, ...] = Field(
        default=DAYS, min_length=1, description="the days on which it begins, where it is given by the clock"
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "QuietTime":
        begin = None if self.from_ is None else minute_of(self.from_)
        end = minute_of(self.until)
        if end is not None and begin is None:
            raise ValueError('a quiet time by the clock has both ends: {from: "23:00", until: "07:00"}')
        if end is not None and begin == end:
            raise ValueError("a quiet time by the clock ends at another time than it begins")
        if end is None and self.from_ is not None:
            if begin is not None:
                raise ValueError(
                    "`from` is a time of the day and `until` an instant; write both the same way"
                )
            if instant_of(self.from_) >= instant_of(self.until):
                raise ValueError("`from` is not before `until`")
        return self


class AddresseeKeys(_Model):
    """Somebody to tell: these keys, and exactly one kind."""

    model_config = ConfigDict(json_schema_extra=exactly_one(CHANNELS))

    min: Grade = Field(default="info", description="the least that is told here")
    language: Literal["en", "zh"] = Field(default="en", description="the language of the messages")
    proxy: Proxy | None = Field(
        default=None,
        description="the HTTP proxy that the service is reached by; without it, nothing but the straight way is used",
    )
    ca_file: str | None = Field(
        default=None,
        min_length=1,
        description="certificates to trust instead of the system's; relative to the configuration's folder",
    )
    timeout: Timeout = Field(default=15.0, description="how long one attempt may take")
    retry_for: Interval = Field(
        default=3600.0, description="how long a message is tried before it is given up"
    )

    def channel(self) -> Channel:
        """Return the channel that it stands for."""
        return chosen(self, CHANNELS)[1]


if TYPE_CHECKING:
    Addressee = AddresseeKeys
else:
    Addressee = with_kinds("Addressee", AddresseeKeys, CHANNELS)


class Notify(_Model):
    """Who is told when something begins to fail and when it is over, without Alertmanager (docs/notifications.md)."""

    page_url: PageUrl | None = Field(
        default=None,
        description="where the reader of a message reaches hopwatch's page; messages then link to the observation",
    )
    zone: Zone = Field(default="UTC", description="the time zone of the times in messages")
    quiet: tuple[QuietTime, ...] = Field(
        default=(),
        max_length=50,
        description="times in which only what is grave goes out; the rest is summed up afterwards if it is still true",
    )
    quiet_min: Grade = Field(default="critical", description="the least that goes out in a quiet time")
    channels: Mapping[Name, Addressee] = Field(
        min_length=1, max_length=20, description="whom to tell, by a name of your own"
    )
