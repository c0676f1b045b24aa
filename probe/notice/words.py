"""Say notices in a language: a title of one line, and the lines below it; pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from probe.cause.taxonomy import nearest
from probe.model import Level
from probe.notice import chinese, english
from probe.notice.notice import Kind, Notice, Severity, Status
from probe.text import clean

_LONG = 400
_TITLE = 140


class Language(StrEnum):
    """The languages that messages are written in."""

    EN = "en"
    ZH = "zh"


_PHRASES: Mapping[Language, Mapping[str, str]] = {
    Language.EN: english.PHRASES,
    Language.ZH: chinese.PHRASES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one channel is sent in one go: the words, where to read more, and the notices that it says."""

    title: str
    lines: tuple[str, ...]
    link: str
    notices: tuple[Notice, ...]

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return "\n".join((self.title, *self.lines))

    @property
    def severity(self) -> Severity:
        """The worst of what it says."""
        return max((one.severity for one in self.notices), key=lambda one: one.rank)


def in_english(cause: str) -> tuple[str, str]:
    """Say what a cause means and what to do about it, or of the nearest known one above it."""
    known = nearest(cause)
    return (known.meaning, known.advice) if known is not None else ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How messages are written: in which language, by the clock of which place, with links to which page.

    `explain` says in that language what a cause means and what to do about it.
    """

    language: Language = Language.EN
    agent: str = "local"
    page_url: str = ""
    zone: tzinfo = UTC
    explain: Callable[[str], tuple[str, str]] = in_english

    def message(self, notices: Sequence[Notice], vanished: int = 0) -> Message:
        """Say one notice, or several as a sum."""
        foot = self.say("Foot", agent=self.agent)
        if len(notices) == 1 and not vanished:
            (one,) = notices
            link = self.link(one)
            more = (self.say("Link", link=link),) if link else ()
            return Message(
                title=self.title(one),
                lines=(*self.lines(one), *more, foot),
                link=link,
                notices=tuple(notices),
            )
        came = (self.say("vanished", count=vanished),) if vanished else ()
        lines = [f"- {self.title(one)} ({self._since(one)})" for one in notices]
        return Message(
            title=clean(self.say("digest", count=len(notices)), _TITLE),
            lines=(*lines, *came, *((self.say("Link", link=self.page_url),) if self.page_url else ()), foot),
            link=self.page_url,
            notices=tuple(notices),
        )

    def say(self, phrase: str, *places: object, **named: object) -> str:
        """Fill a phrase."""
        return _PHRASES[self.language][phrase].format(*places, **named)

    def title(self, notice: Notice) -> str:
        """Say in one line what changed, how much it matters first."""
        is_over = notice.status is Status.RESOLVED
        word = self.say("resolved" if is_over else notice.severity.value)
        if notice.raised_from is not None:
            word = self.say("raised", word=word, before=self.say(notice.raised_from.value))
        return clean(self.say("tag", word=word, title=self._change(notice)), _TITLE)

    def _change(self, notice: Notice) -> str:
        if notice.is_gone:
            return self.say("gone", subject=self._subject(notice))
        if notice.status is Status.RESOLVED:
            title = self.say(f"{notice.subject.kind.value} works", **self._names(notice))
            return self.say("flapped", title=title, times=notice.flaps) if notice.flaps else title
        if notice.flaps:
            return self.say("flaps", subject=self._subject(notice), times=notice.flaps)
        return self.say(f"{notice.subject.kind.value} fails", **self._names(notice))

    def _subject(self, notice: Notice) -> str:
        return self.say(notice.subject.kind.value, **self._names(notice))

    def _names(self, notice: Notice) -> dict[str, str]:
        subject = notice.subject
        return {
            "name": subject.name,
            "hop": subject.hop or notice.hop,
            "through": subject.through or notice.through,
            "place": self._place(notice),
            "origin": self._origin(notice),
            "lasted": self.lasted(notice.lasted_seconds),
        }

    def _place(self, notice: Notice) -> str:
        if notice.hop == notice.through:
            return self.say("at", hop=notice.hop)
        return self.say("between", hop=notice.hop, through=notice.through)

    def _origin(self, notice: Notice) -> str:
        if len(notice.fails) > 1 and not (notice.answers or notice.unknown):
            return self.say("every vantage")
        *most, last = notice.fails or ("",)
        return f"{self._list(most)}{self.say('and')}{last}" if most else last

    def _list(self, names: Sequence[str]) -> str:
        return self.say("comma").join(names)

    def lines(self, notice: Notice) -> tuple[str, ...]:
        """Say the rest: why, what to do, how sure that is, from where, since when."""
        is_over = notice.status is Status.RESOLVED
        said = [*self._why(notice), *([] if is_over else self._where(notice)), self._since(notice)]
        if notice.flaps and not is_over:
            said.append(self.say("Flapping"))
        return tuple(clean(line, _LONG) for line in said if line)

    def _why(self, notice: Notice) -> Sequence[str]:
        if not notice.cause:
            return []
        meaning, advice = self.explain(notice.cause)
        phrase = "Cause" if meaning else "bare Cause"
        said = [self.say(phrase, cause=notice.cause, meaning=meaning)]
        if notice.status is Status.RESOLVED:
            return said
        if notice.subject.kind is Kind.KEY:
            said.append(self.say("Configuration"))
        if advice:
            said.append(self.say("Advice", advice=advice))
        return [*said, self.say("Sure", sure=self._surety(notice))] if notice.probes else said

    def _surety(self, notice: Notice) -> str:
        match notice.level:
            case None:
                return self.say("sure probes", probes=notice.probes)
            case Level.NONE:
                return self.say("sure none")
            case Level.DISCARDED:
                return self.say("sure discarded")
            case Level.SCORED if not notice.controls:
                return self.say("sure alone")
            case Level.SCORED if notice.is_inconclusive:
                return self.say("sure inconclusive")
            case Level.SCORED:
                return self.say("sure shown", controls=notice.controls)

    def _where(self, notice: Notice) -> Sequence[str]:
        named = {
            "Fails": notice.fails,
            "Answers": notice.answers,
            "Unknown": notice.unknown,
            "Folded": notice.folded,
            "Routes": notice.routes,
        }
        return [
            self.say(phrase, **{phrase.lower(): self._list(names)})
            for phrase, names in named.items()
            if names
        ]

    def _since(self, notice: Notice) -> str:
        since = self.when(notice.since_ns)
        if notice.status is Status.RESOLVED:
            return self.say("Span", since=since, until=self.when(notice.at_ns))
        return self.say("Since" if notice.is_since_known else "Since at least", since=since)

    def when(self, at_ns: int) -> str:
        """Say an instant by the clock of the place."""
        return datetime.fromtimestamp(at_ns // 10**9, self.zone).strftime("%Y-%m-%d %H:%M:%S %Z")

    def lasted(self, seconds: float) -> str:
        """Say a duration by its two largest units."""
        minutes, second = divmod(round(seconds), 60)
        hours, minute = divmod(minutes, 60)
        days, hour = divmod(hours, 24)
        if days:
            return self.say("d h", days, hour)
        if hours:
            return self.say("h min", hours, minute)
        if minutes:
            return self.say("min s", minutes, second) if second else self.say("min", minutes)
        return self.say("s", second)

    def link(self, notice: Notice) -> str:
        """Return where the observation is to be read on our page, or the page itself; empty without a page."""
        if not self.page_url or notice.observation is None:
            return self.page_url
        identity = notice.observation
        return f"{self.page_url.rstrip('/')}/observation/{identity.epoch}/{identity.seq}"
