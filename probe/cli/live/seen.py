"""What a daemon's API says, as far as the live view shows it; plain frozen data, read from JSON and cleaned."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from pydantic import AfterValidator, TypeAdapter, ValidationError

from probe.text import clean

_LONG = 400

Words = Annotated[str, AfterValidator(lambda text: clean(text, _LONG))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Checks of one route that fail at one place for one cause."""

    route: Words
    place: Words
    origin: Words
    cause: Words
    meaning: Words = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The state in one sentence."""

    state: Words
    text: Words
    since_ns: int | None = None
    since_is_known: bool = True
    troubles: tuple[Trouble, ...] = ()
    asides: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A hop or a vantage."""

    name: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How a hop is, seen from a vantage."""

    hop: Words
    vantage: Words
    state: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The names of a series."""

    vantage: Words
    route: Words
    hop: Words
    check: Words

    def __str__(self) -> str:
        """Render as everywhere else."""
        return f"{self.vantage}/{self.route}/{self.hop}/{self.check}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    cause: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Last:
    failure: _Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    causes: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How one series stands."""

    vantage: Words
    route: Words
    hop: Words
    check: Words
    state: Words
    since_ns: int | None = None
    since_is_known: bool = False
    last: _Last | None = None
    finding: _Finding | None = None

    @property
    def series(self) -> Series:
        """Which it is."""
        return Series(vantage=self.vantage, route=self.route, hop=self.hop, check=self.check)

    @property
    def cause(self) -> str:
        """The deepest cause known, while it does not answer."""
        if self.state == "ok":
            return ""
        found = self.finding.causes[0] if self.finding is not None and self.finding.causes else ""
        failure = self.last.failure if self.last is not None else None
        return found or (failure.cause if failure is not None else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything at one moment."""

    at_ns: int
    headline: Headline
    hopwatch: Words = ""
    vantages: tuple[Named, ...] = ()
    hops: tuple[Named, ...] = ()
    matrix: tuple[Cell, ...] = ()
    series: tuple[Line, ...] = ()

    @property
    def cells(self) -> Mapping[tuple[str, str], str]:
        """The state by hop and vantage."""
        return {(one.hop, one.vantage): one.state for one in self.matrix}

    def cause(self, series: Series) -> str:
        """Return why a series does not answer now; empty when it does, or nobody knows."""
        return next((one.cause for one in self.series if one.series == series), "")

    def turns(self) -> Iterator["Turn"]:
        """Yield how each series came to its state, where that was seen."""
        for one in self.series:
            if one.since_is_known and one.since_ns is not None:
                yield Turn(series=one.series, state=one.state, since_ns=one.since_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A series came to another state; `before` is empty where nobody heard it happen."""

    series: Series
    state: Words
    since_ns: int
    before: Words = field(default="", compare=False)


Read = TypeVar("Read", Snapshot, Turn)
_SNAPSHOT, _TURN = TypeAdapter(Snapshot), TypeAdapter(Turn)


class NoHopwatchError(Exception):
    """What answers is no daemon of a version that this program understands."""


def read_snapshot(text: bytes) -> Snapshot:
    """Read the state. Raises NoHopwatchError."""
    return _read(_SNAPSHOT, text)


def read_turn(text: bytes) -> Turn:
    """Read the event `state`. Raises NoHopwatchError."""
    return _read(_TURN, text)


def _read(kind: TypeAdapter[Read], text: bytes) -> Read:
    try:
        return kind.validate_json(text)
    except ValidationError as error:
        raise NoHopwatchError("what answers there is no hopwatch of this version") from error
