"""Choose the language of a page, and say its texts in it: English as written, Simplified Chinese by the catalogue; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup, escape

from probe.cause.taxonomy import nearest
from probe.text import clean
from probe.web.said import Cause, Names, Said, Value, listed
from probe.web.wording import clock, counted, duration, every, lasting
from probe.web.words import CATALOGUE, PATTERNS
from probe.web.words.causes import ADVICE, MEANINGS

_MOST_ACCEPTED: Final = 20
_LONGEST: Final = 400
_SENTENCES: Final = frozenset({"detail", "told", "how"})


class Language(StrEnum):
    """The languages of the page, as HTML tags them."""

    ENGLISH = "en"
    CHINESE = "zh-CN"


def language_of(asked: str | None, accepted: str = "") -> Language:
    """Choose by `?lang=`, else by the Accept-Language header, else English."""
    if (found := _known(asked or "")) is not None:
        return found
    ranges = [_range(part) for part in accepted.split(",")[:_MOST_ACCEPTED]]
    # A stable sort: of two languages that are wanted alike, the first is taken (RFC 9110, 12.5.4).
    for quality, tag in sorted(ranges, key=lambda one: -one[0]):
        found = Language.ENGLISH if tag == "*" else _known(tag)
        if quality > 0 and found is not None:
            return found
    return Language.ENGLISH


def _known(tag: str) -> Language | None:
    primary = tag.strip().lower().replace("_", "-").partition("-")[0]
    return {"en": Language.ENGLISH, "zh": Language.CHINESE}.get(primary)


def _range(part: str) -> tuple[float, str]:
    tag, _, parameter = part.partition(";")
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0, tag.strip()
    number = value.strip()
    is_weight = number.replace(".", "", 1).isdecimal() and number.isascii() and len(number) <= 5
    return (min(1.0, float(number)) if is_weight else 0.0), tag.strip()


@dataclass(frozen=True, slots=True)
class Tongue:
    """Says texts in one language; `is_asked` when the reader chose it by hand, which links then pass on."""

    language: Language = Language.ENGLISH
    is_asked: bool = False

    @property
    def other(self) -> Language:
        """The language that the switch leads to."""
        return Language.CHINESE if self.language is Language.ENGLISH else Language.ENGLISH

    def t(self, english: str, /, **values: object) -> str:
        """Say an English text of ours, with these values in its places; markup stays markup, all else stays text.

        Without values the text may be anybody's: it is looked up, and never formatted.
        """
        pattern = self._look_up(english)
        if not values:
            return pattern
        said = {name: self._value(value) for name, value in values.items()}
        if any(isinstance(value, Markup) for value in said.values()):
            return escape(pattern).format(**said)
        return pattern.format(**said)

    def n(self, count: int, one: str, many: str, /, **values: object) -> str:
        """Say the singular for one and the plural for all else; the place `{count}` holds the number."""
        return self.t(one if count == 1 else many, count=f"{count:,}", **values)

    def say(self, text: Value) -> str:
        """Say a sentence that was made elsewhere; a text that was written in English is found by its pattern."""
        if isinstance(text, str):
            return self.text(text)
        return str(self._value(text))

    def text(self, english: str) -> str:
        """Say a text that a program made in English; one that nobody has translated stays as it is."""
        if self.language is Language.ENGLISH or english in CATALOGUE or len(english) > _LONGEST:
            return self._look_up(english)
        for pattern, chinese in PATTERNS:
            if found := pattern.fullmatch(english):
                return chinese.format(
                    **{name: self._said(name, text) for name, text in found.groupdict().items()}
                )
        return english

    def _said(self, place: str, text: str) -> str:
        # What stands in another place is a name, which may be spelled like a word of ours.
        return self.text(text) if place in _SENTENCES else text

    def meaning(self, cause: str) -> str:
        """Return what a cause means, or what its longest known prefix does; every prefix is a valid answer."""
        cause = clean(cause, 120)
        known = nearest(cause)
        if known is None:
            return ""
        rest = cause[len(known.id) :].strip(".").replace("_", " ")
        means = known.meaning if self.language is Language.ENGLISH else MEANINGS.get(known.id, known.meaning)
        return self.t("{meaning} ({rest})", meaning=means, rest=rest) if rest else means

    def advice(self, cause: str) -> str:
        """Return what to do about a cause, or about the nearest known one above it."""
        known = nearest(cause)
        if known is None:
            return ""
        return known.advice if self.language is Language.ENGLISH else ADVICE.get(known.id, known.advice)

    def listed(self, names: Sequence[str]) -> str:
        """Return names as a sentence lists them."""
        if self.language is Language.ENGLISH:
            return listed(names)
        *most, last = names or [""]
        return f"{'、'.join(most)} 和 {last}" if most else last

    def counted(self, count: int, thing: str) -> str:
        """Return how many there are of a thing: `1 check`, `3 checks`."""
        if self.language is Language.ENGLISH:
            return counted(count, thing)
        return self.t(f"{{count}} {thing}", count=f"{count:,}")

    def duration(self, seconds: float) -> str:
        """Return a measured duration with three digits at most; the signs of units are the same in both languages."""
        return duration(seconds)

    def every(self, seconds: float) -> str:
        """Return a configured duration."""
        return every(seconds)

    def lasting(self, seconds: float) -> str:
        """Return how long something lasted, in the two greatest units: `2 h 5 min`."""
        words = lasting(seconds)
        if self.language is Language.ENGLISH:
            return words
        for unit, chinese in (("min", "分钟"), ("d", "天"), ("h", "小时"), ("s", "秒")):
            words = words.replace(unit, chinese)
        return words

    def clock(self, at_ns: int, now_ns: int) -> str:
        """Return an instant as a clock shows it, in UTC."""
        return clock(at_ns, now_ns)

    def _look_up(self, english: str) -> str:
        return english if self.language is Language.ENGLISH else CATALOGUE.get(english, english)

    def _value(self, value: object) -> object:
        match value:
            case Said():
                return self.t(value.pattern, **value.values) if value.values else self._look_up(value.pattern)
            case Names():
                return self.listed(value.names)
            case Cause():
                means, named = self.meaning(value.id), clean(value.id, 120)
                if not means:
                    return named
                return self.t("{meaning} ({id})", meaning=means, id=named) if value.is_named else means
            case int() if not isinstance(value, bool):
                return f"{value:,}"
            case _:
                return value


def switched(query: Mapping[str, str] | Sequence[tuple[str, str]], to: Language) -> str:
    """Return the link that shows the same page in another language, the rest of its query kept."""
    pairs = query.items() if isinstance(query, Mapping) else query
    kept = [(name, clean(value, 200)) for name, value in pairs if name != "lang"][:20]
    return "?" + urlencode([*kept, ("lang", to.value.partition("-")[0])])
