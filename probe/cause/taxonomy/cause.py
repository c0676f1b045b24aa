"""What there is to say of one cause, and how a table of entries grows into the tree of causes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from probe.model import Layer, Verdict


class Element(StrEnum):
    """The kinds of elements that can be blamed; docs/vocabulary.md explains each."""

    AGENT = "agent"
    ACCESS = "access"
    PROXY = "proxy"
    ISP = "isp"
    EXIT = "exit"
    RESOLVER = "resolver"
    PATH = "path"
    EDGE = "edge"
    HOST = "host"
    SEG = "seg"
    QUOTA = "quota"
    AUTH = "auth"
    PLATFORM = "platform"
    ZONE = "zone"


class How(StrEnum):
    """How we know that a signal means a cause: measured, shown by a test, seen in the field, or read."""

    LAB = "lab"
    REPLAYED = "replayed"
    LIVE = "live"
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where our knowledge of a cause comes from.

    `where` is what was measured (lab), the file of the test or scenario (replayed), the date (live), or the standard or
    vendor's page (read).
    """

    how: How
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One node of the taxonomy; a node that has others below it is the answer when the evidence goes no deeper.

    `verdict` is what it usually amounts to, `elements` whom it may blame. `nel` is the type by W3C Network Error Logging
    (with Chromium's extensions), `ooni` the failure strings of OONI; empty where none exists. A node without a signal of its
    own, which only gathers what is below it, has no `provenance`.
    """

    id: str
    meaning: str
    advice: str
    elements: tuple[Element, ...]
    verdict: Verdict
    nel: str
    ooni: tuple[str, ...]
    provenance: Provenance | None

    @property
    def layer(self) -> Layer:
        """Where it showed: the first word."""
        return Layer(self.id.partition(".")[0])

    @property
    def parent(self) -> str:
        """The node above, empty for a layer."""
        return self.id.rpartition(".")[0]

    @property
    def depth(self) -> int:
        """How many nodes are above it."""
        return self.id.count(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A cause as its table writes it: what is left out is as the node above has it, `known` alone excepted."""

    id: str
    meaning: str
    advice: str
    elements: tuple[Element, ...] = ()
    verdict: Verdict | None = None
    nel: str | None = None
    ooni: tuple[str, ...] | None = None
    known: Provenance | None = None


def lab(measured: str) -> Provenance:
    """Say what was measured in the laboratory."""
    return Provenance(how=How.LAB, where=measured)


def replayed(file: str) -> Provenance:
    """Name the test or scenario that shows it."""
    return Provenance(how=How.REPLAYED, where=file)


def read(source: str) -> Provenance:
    """Name the standard or the page that says so."""
    return Provenance(how=How.READ, where=source)


# What is above a layer.
_NOTHING = Cause(
    id="", meaning="", advice="", elements=(), verdict=Verdict.INSUFFICIENT, nel="", ooni=(), provenance=None
)


def grow(entries: Iterable[Entry]) -> Mapping[str, Cause]:
    """Return the causes by id; an entry comes after the node above it."""
    grown: dict[str, Cause] = {}
    for entry in entries:
        above = entry.id.rpartition(".")[0]
        grown[entry.id] = _complete(entry, grown[above] if above else _NOTHING)
    return MappingProxyType(grown)


def _complete(entry: Entry, above: Cause) -> Cause:
    return Cause(
        id=entry.id,
        meaning=entry.meaning,
        advice=entry.advice,
        elements=entry.elements or above.elements,
        verdict=entry.verdict or above.verdict,
        nel=above.nel if entry.nel is None else entry.nel,
        ooni=above.ooni if entry.ooni is None else entry.ooni,
        provenance=entry.known,
    )
