"""Lay evidence out for the page: facts with their labels, tables, and blocks within blocks, within a bound; pure.

It goes by the fields of the evidence itself, so that whatever is recorded is shown, and nothing that is absent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from typing import Final

from markupsafe import escape

from probe.model import Certificate, DnsQuery, DnsRecord, Icmp, Identity, Series, Stamp
from probe.text import CUT, clean
from probe.web.detail_labels import label
from probe.web.wording import duration, iso

# What a fact costs beside its own text, about.
_AROUND_BYTES: Final = 70
_LONGEST: Final = 1024
# These stand one below the other, because each has much to say.
_TALL: Final = (Certificate, DnsQuery)
_SINGULAR: Final = {"Certificates": "Certificate"}
_INSTANTS: Final = {"not_before", "not_after"}
_TYPED: Final = {"bytes_acked", "bytes_received", "bytes"}
_CODE: Final = {
    "address", "source", "sha256", "spki_sha256", "first_bytes", "url", "resolver", "subject", "issuer", "rule", "cause",
    "cipher", "redirects", "addresses", "sender", "told_by", "data", "records", "flags", "value", "errors", "soa",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that was recorded: `text` as a reader likes it, `exact` as it was recorded where that says more."""

    label: str
    text: str = ""
    exact: str | None = None
    instant: bool = False
    is_code: bool = False
    # A word of ours, which has a translation.
    is_word: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table; `more` rows found no room."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Fact, ...], ...]
    more: int = 0


@dataclass(slots=True, kw_only=True)
class Block:
    """A heading and what stands under it."""

    title: str
    number: int | None = None
    facts: list[Fact] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    blocks: list["Block"] = field(default_factory=list)
    more: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.facts or self.grids or self.blocks)


@dataclass(slots=True)
class Room:
    """How many bytes of the page are left for evidence: no target can make a page large."""

    left: int

    def take(self, text: str, limit: int = _LONGEST) -> str:
        """Return the text, cleaned, cut, and shorter still where room is scarce."""
        shown = clean(text, limit)
        used = size(shown)
        if used > self.left:
            # Each character may cost six bytes, escaped or in UTF-8.
            shown = clean(shown, max(2, self.left // 6)) if self.left > 0 else CUT
            used = size(shown)
        self.left -= used + _AROUND_BYTES
        return shown


def size(text: str) -> int:
    """Return how many bytes a text takes on the page."""
    return len(str(escape(text)).encode("utf-8", "replace"))


def block(
    title: str, thing: object, room: Room, *, leave_out: Iterable[str] = (), number: int | None = None
) -> Block:
    """Lay out a dataclass: its plain fields as facts, its lists as tables, what is nested as blocks."""
    made, kind, hidden = Block(title=title, number=number), type(thing).__name__, set(leave_out)
    for name, value in _values(thing).items():
        if name not in hidden and value is not None and value not in ("", ()):
            _add(made, label(kind, name), name, value, room)
    return made


def _values(thing: object) -> Mapping[str, object]:
    if not is_dataclass(thing) or isinstance(thing, type):
        return {}
    return {one.name: getattr(thing, one.name) for one in fields(thing)}


def _add(made: Block, title: str, name: str, value: object, room: Room) -> None:
    things = value if isinstance(value, tuple) else ()
    if things and isinstance(things[0], _TALL):
        _pile(made, _SINGULAR.get(title, title), things, room)
    elif things and (is_dataclass(things[0]) or isinstance(things[0], tuple)):
        made.grids.append(grid(title, things, room))
    elif is_dataclass(value) and not isinstance(value, Identity | Series):
        made.blocks.append(block(title, value, room))
    else:
        made.facts.append(fact(title, name, value, room))


def _pile(made: Block, title: str, things: Sequence[object], room: Room) -> None:
    for place, thing in enumerate(things):
        if room.left <= 0:
            made.more = len(things) - place
            return
        made.blocks.append(block(title, thing, room, number=place + 1 if len(things) > 1 else None))


def grid(title: str, things: Sequence[object], room: Room) -> Grid:
    """Lay out dataclasses of one type, or pairs of name and value, as a table without empty columns."""
    table = [_row(thing) for thing in things]
    names = [name for name in table[0] if any(row[name] not in (None, "", (), False) for row in table)]
    kind = type(things[0]).__name__
    labels = tuple(label(kind, name) for name in names)
    rows: list[tuple[Fact, ...]] = []
    for row in table:
        if room.left <= 0:
            break
        rows.append(tuple(fact("", name, row[name], room) for name in names))
    return Grid(title=title, columns=labels, rows=tuple(rows), more=len(table) - len(rows))


def _row(thing: object) -> Mapping[str, object]:
    if isinstance(thing, tuple):
        return dict(zip(("name", "value"), thing, strict=True))
    return _values(thing)


def fact(title: str, name: str, value: object, room: Room) -> Fact:
    """Word one value by its type and by the unit that its name ends in."""
    match value:
        case None | "" | ():
            return Fact(label=title)
        case bool():
            return Fact(label=title, text="yes" if value else "no", is_word=True)
        case int() | float():
            return _number(title, name, value, room)
        case Stamp() | StrEnum():
            return Fact(label=title, text=room.take(value.value.replace("_", " ")), is_word=True)
        case tuple() if name == "seconds":
            exact = ", ".join(map(str, value))
            return Fact(label=title, text=room.take(_text(name, value)), exact=room.take(exact))
        case _:
            return Fact(label=title, text=room.take(_text(name, value)), is_code=name in _CODE)


def _number(title: str, name: str, value: int | float, room: Room) -> Fact:
    exact = f"{value!r}"
    if name in _INSTANTS or name.endswith("_at_ns"):
        at_ns = int(value) if name.endswith("_ns") else int(value) * 10**9
        return Fact(label=title, text=room.take(iso(at_ns)), exact=exact, instant=True)
    if name.endswith("seconds"):
        return Fact(label=title, text=room.take(duration(value)), exact=exact)
    if name.endswith("_bytes") or name in _TYPED:
        return Fact(label=title, text=room.take(f"{value:,} B"), exact=exact)
    return Fact(label=title, text=room.take(exact))


def _text(name: str, value: object) -> str:
    match value:
        case Identity():
            return f"{value.agent} {value.epoch} {value.seq}"
        case DnsRecord():
            return f"{value.name} {value.ttl} {value.type} {value.data}"
        case Icmp():
            return f"{value.sender} {value.type}/{value.code}" + (
                f" x{value.count}" if value.count > 1 else ""
            )
        case float() if name == "seconds":
            return duration(value)
        case str() if name == "first_bytes":
            return f"{value} {_legible(value)}"
        case StrEnum():
            return value.value.replace("_", " ")
        case tuple():
            return ("; " if name in ("records", "errors") else ", ").join(_text(name, one) for one in value)
        case _:
            return str(value)


def _legible(digits: str) -> str:
    """Return bytes in hexadecimal digits as text, a dot for each that is no printable ASCII."""
    try:
        return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in bytes.fromhex(digits))
    except ValueError:
        return ""
