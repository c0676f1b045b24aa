"""Whom to tell: what the key `notify` comes to, with what it leaves unsaid."""

from datetime import datetime
from functools import partial
from pathlib import Path

from probe.config.anchor import anchor
from probe.config.models import Written
from probe.config.notifying import DAYS, Addressee, Notify, QuietTime, instant_of, minute_of, zone_of
from probe.notice import Language, Maintenance, Quiet, Severity, Words
from probe.notice.quiet import Nightly, Once
from probe.notice.words import in_english
from probe.notifier.wanted import Addressee as Addressed
from probe.notifier.wanted import Explain, Wanted, Wire


def wanted(written: Written, folder: Path, explain: Explain | None = None) -> Wanted | None:
    """Return whom to tell, if anybody."""
    notify = written.notify
    if notify is None:
        return None
    return Wanted(
        addressees=tuple(
            _addressed(written, notify, name, one, folder, explain) for name, one in notify.channels.items()
        ),
        maintenance=tuple(
            Maintenance(route=name, from_ns=_ns(one.from_), until_ns=_ns(one.until))
            for name, route in written.routes.items()
            for one in route.maintenance
        ),
    )


def _addressed(
    written: Written,
    notify: Notify,
    name: str,
    one: Addressee,
    folder: Path,
    explain: Explain | None,
) -> Addressed:
    language = Language(one.language)
    words = Words(
        language=language,
        agent=written.agent,
        page_url=notify.page_url or "",
        zone=zone_of(notify.zone),
        explain=in_english if explain is None else partial(explain, language),
    )
    return Addressed(
        name=name,
        channel=anchor(one.channel(), folder),
        words=words,
        wire=Wire(
            proxy=one.proxy,
            ca_file=None if one.ca_file is None else str(folder / one.ca_file),
            timeout_seconds=one.timeout,
        ),
        least=Severity(one.min),
        quiet=tuple(_quiet(time, notify) for time in notify.quiet),
        quiet_least=Severity(notify.quiet_min),
        retry_seconds=one.retry_for,
    )


def _quiet(time: QuietTime, notify: Notify) -> Quiet:
    end = minute_of(time.until)
    begin = None if time.from_ is None else minute_of(time.from_)
    if end is None or begin is None:
        return Once(
            from_ns=0 if time.from_ is None else _ns(instant_of(time.from_)),
            until_ns=_ns(instant_of(time.until)),
        )
    return Nightly(
        from_minute=begin,
        until_minute=end,
        zone=zone_of(time.zone or notify.zone),
        days=frozenset(DAYS.index(day) for day in time.days),
    )


def _ns(at: datetime) -> int:
    return round(at.timestamp()) * 10**9
