"""Read YAML into a Document: one pass over PyYAML's events, which keeps every place and refuses what surprises people.

Refused are duplicate keys (PyYAML takes the last one silently), anchors, aliases, merge keys, tags, further documents,
nesting deeper than 32 levels, and texts larger than 1 MiB.
"""

from collections.abc import Iterator

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from yaml.reader import ReaderError

from probe.config.document import Complaint, Document, Json, KeyPath, Place
from probe.config.scalar import UnclearError, parse_plain, parse_quoted, tag_of
from probe.config.syntax import explain, place_in
from probe.text import clean

MOST_BYTES = 1 << 20
TOO_LARGE = "this file is larger than 1 MiB, which no configuration needs"
DEEPEST = 32


def read(text: str) -> Document:
    """Read one YAML document; complaints are in the answer, which is never an exception."""
    reader = _Reader(text)
    tree: Json = None
    is_complete = False
    try:
        tree = reader.document()
        is_complete = True
    except yaml.MarkedYAMLError as error:
        reader.complain(*explain(error))
    except ReaderError as error:
        reader.complain(place_in(text, error.position), "the file holds a character that YAML does not allow")
    except _StopReadingError as error:
        reader.complain(error.place, str(error))
    except (ValueError, OverflowError):
        # PyYAML lets these out for an escape such as "\UFFFFFFFF" (scanner.py, scan_flow_scalar_non_spaces).
        reader.complain(
            reader.here, "this is not valid YAML: an escape or directive has an impossible number"
        )
    return Document(
        tree=tree,
        keys=reader.keys,
        values=reader.values,
        complaints=tuple(reader.complaints),
        blanks=frozenset(reader.blanks),
        is_complete=is_complete,
    )


class _StopReadingError(Exception):
    """The rest cannot be read with any sense."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place


class _Reader:
    """Turns the stream of events into values, one call per value."""

    def __init__(self, text: str) -> None:
        # Lazy: the scanner's own complaints come out of next().
        self._text = text
        self._events: Iterator[Event] | None = None
        self.here = Place(1, 1)
        self.keys: dict[KeyPath, Place] = {}
        self.values: dict[KeyPath, Place] = {}
        self.complaints: list[Complaint] = []
        self.blanks: set[KeyPath] = set()

    def complain(self, place: Place, message: str, path: KeyPath = ()) -> None:
        self.complaints.append(Complaint(place, path, message))

    def document(self) -> Json:
        """Read the only document; an empty one is None."""
        event = self._next()
        while isinstance(event, StreamStartEvent | DocumentStartEvent):
            event = self._next()
        if isinstance(event, StreamEndEvent):
            return None
        tree = self._value(event, ())
        while isinstance(event, NodeEvent | DocumentEndEvent):
            event = self._next()
        if not isinstance(event, StreamEndEvent):
            raise _StopReadingError(
                self.here, "a second YAML document begins here; a configuration is one document"
            )
        return tree

    def _next(self) -> Event:
        if self._events is None:
            self._events = yaml.parse(self._text, Loader=yaml.SafeLoader)
        event = next(self._events)
        self.here = _place(event)
        return event

    def _value(self, event: Event, path: KeyPath) -> Json:
        self.values.setdefault(path, _place(event))
        self._refuse_properties(event, path)
        match event:
            case AliasEvent():
                self.complain(_place(event), "aliases (*name) are not taken; write the value out", path)
                self.blanks.add(path)
                return None
            case SequenceStartEvent():
                self._refuse_depth(path)
                return self._sequence(path)
            case MappingStartEvent():
                self._refuse_depth(path)
                return self._mapping(path)
            case ScalarEvent():
                return self._scalar(event, path)
            case _:
                raise AssertionError(event)

    def _refuse_properties(self, event: Event, path: KeyPath) -> None:
        if isinstance(event, NodeEvent) and event.anchor and not isinstance(event, AliasEvent):
            self.complain(_place(event), "anchors (&name) are not taken; write the value out", path)
        if getattr(event, "tag", None):
            self.complain(_place(event), "tags (!name) are not taken; write the value without", path)
            self.blanks.add(path)

    def _refuse_depth(self, path: KeyPath) -> None:
        if len(path) >= DEEPEST:
            raise _StopReadingError(
                self.here, f"nested deeper than {DEEPEST} levels; nothing here needs that"
            )

    def _scalar(self, event: ScalarEvent, path: KeyPath) -> Json:
        try:
            return parse_plain(event.value) if event.implicit[0] else parse_quoted(event.value)
        except UnclearError as error:
            self.complain(_place(event), str(error), path)
            self.blanks.add(path)
            return None

    def _sequence(self, path: KeyPath) -> list[Json]:
        found: list[Json] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            found.append(self._value(event, (*path, len(found))))
        return found

    def _mapping(self, path: KeyPath) -> dict[str, Json]:
        found: dict[str, Json] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            name = self._key(event, path)
            if name is None:
                self._drop(self._next(), path)
                continue
            below = (*path, name)
            if name in found:
                first = self.keys[below].line
                self.complain(_place(event), f"this key is already there on line {first}", below)
                self._value(self._next(), below)
                continue
            self.keys[below] = _place(event)
            found[name] = self._value(self._next(), below)
        return found

    def _drop(self, event: Event, path: KeyPath) -> None:
        """Read over a value that has no place in the tree; what is wrong in it is of no use to anybody."""
        before = len(self.complaints)
        self._value(event, (*path, "?"))
        del self.complaints[before:]

    def _key(self, event: Event, path: KeyPath) -> str | None:
        """Return the key's text, or None when it is none; then its value is read and dropped."""
        if not isinstance(event, ScalarEvent):
            self.complain(_place(event), "a key is a plain word", path)
            self._drop(event, path)
            return None
        try:
            parse_quoted(event.value)
        except UnclearError as error:
            self.complain(_place(event), str(error), path)
            return None
        self._refuse_properties(event, (*path, event.value))
        tag = tag_of(event.value) if event.implicit[0] else "str"
        if tag == "merge":
            self.complain(_place(event), "merge keys (<<) are not taken; write the keys out", path)
            return None
        if tag == "null":
            self.complain(_place(event), "a key is missing before the colon", path)
            return None
        if tag not in ("str", "timestamp", "value"):
            shown = clean(event.value, 64)
            message = f'quote this key, as "{shown}": without quotes it is no text to every YAML reader'
            self.complain(_place(event), message, (*path, event.value))
        return event.value


def _place(event: Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
