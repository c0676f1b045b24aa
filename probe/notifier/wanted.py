"""What the configuration wants of the notifier; plain frozen data."""

from collections.abc import Callable
from dataclasses import dataclass

from probe.notice.maintenance import Maintenance
from probe.notice.notice import Severity
from probe.notice.quiet import Quiet
from probe.notice.words import Language, Words
from probe.notifier.channel import Channel

# Says in a language what a cause means and what to do about it.
Explain = Callable[[Language, str], tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How a channel's requests travel: through which proxy, by whose certificates, for how long at most."""

    proxy: str | None = None
    ca_file: str | None = None
    timeout_seconds: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """One channel: what it is told, when, in which words, by which way, and for how long that is tried."""

    name: str
    channel: Channel
    words: Words
    wire: Wire
    least: Severity = Severity.INFO
    quiet: tuple[Quiet, ...] = ()
    quiet_least: Severity = Severity.CRITICAL
    retry_seconds: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All channels, and the times in which nobody is told of a route."""

    addressees: tuple[Addressee, ...]
    maintenance: tuple[Maintenance, ...] = ()
