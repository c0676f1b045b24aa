"""A configuration's text as plain values, with the place of every key and value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from probe.config.errors import Problem
from probe.text import clean

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
KeyPath: TypeAlias = tuple[str | int, ...]

_WORD = re.compile(r"[A-Za-z0-9_-]+")
_KEY_CHARACTERS = 64


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and a column of the text, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """A problem whose path is not yet written out."""

    place: Place
    path: KeyPath
    message: str

    def problem(self) -> Problem:
        """Write it out."""
        return Problem(self.place.line, self.place.column, spell_path(self.path), self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the text says, where it says it, and what the reader had to complain about.

    The value of a path in `blanks` could not be read: nothing more can be said about it or what is below it.
    """

    tree: Json
    keys: Mapping[KeyPath, Place]
    values: Mapping[KeyPath, Place]
    complaints: tuple[Complaint, ...] = ()
    blanks: frozenset[KeyPath] = frozenset()
    is_complete: bool = True

    def at_value(self, path: KeyPath, message: str) -> Complaint:
        """Complain about a value."""
        return Complaint(self.values.get(path) or self._key(path), path, message)

    def at_key(self, path: KeyPath, message: str) -> Complaint:
        """Complain about a key, or about what is missing below it."""
        return Complaint(self._key(path), path, message)

    def missing(self, path: KeyPath, message: str) -> Complaint:
        """Complain that a key is not there, at the key it should be under."""
        return Complaint(self._key(path[:-1]), path, message)

    def is_blank(self, path: KeyPath) -> bool:
        """Tell whether nothing can be said about a path."""
        return any(path[:length] in self.blanks for length in range(len(path) + 1))

    def _key(self, path: KeyPath) -> Place:
        for length in range(len(path), 0, -1):
            if found := self.keys.get(path[:length]) or self.values.get(path[:length]):
                return found
        return Place(1, 1)


def spell_path(path: KeyPath) -> str:
    """Write a path as `routes.chat.hops[0]`, with what is no plain word in quotes."""
    spelled = ""
    for part in path:
        if isinstance(part, int):
            spelled += f"[{part}]"
        else:
            word = part if _WORD.fullmatch(part) else f'"{clean(part, _KEY_CHARACTERS)}"'
            spelled += f".{word}" if spelled else word
    return spelled
