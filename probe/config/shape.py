"""Look up in the JSON Schema what may stand at a place: for hints, and for spelling defaults."""

import difflib
from collections.abc import Iterable, Sequence
from typing import cast

from probe.config.document import KeyPath
from probe.config.schema import Schema, json_schema


def at(path: KeyPath) -> list[Schema]:
    """Return every schema that a value at the path may follow; none where the path leads nowhere."""
    found = alternatives(json_schema())
    for part in path:
        found = [below for one in found for below in _step(one, part)]
    return found


def alternatives(schema: Schema) -> list[Schema]:
    """Return a schema and all that it refers to or offers as alternatives."""
    found = [schema]
    if isinstance(reference := schema.get("$ref"), str):
        definitions = cast(dict[str, Schema], json_schema()["definitions"])
        found += alternatives(definitions[reference.rpartition("/")[2]])
    for keyword in ("allOf", "anyOf"):
        for one in cast(list[Schema], schema.get(keyword, [])):
            found += alternatives(one)
    return found


def below(schemas: Iterable[Schema], part: str | int) -> list[Schema]:
    """Return every schema for one key or entry of what the given ones describe."""
    return [found for one in schemas for found in _step(one, part)]


def _step(schema: Schema, part: str | int) -> list[Schema]:
    if isinstance(part, int):
        found = schema.get("items")
    else:
        known = schema.get("properties", {})
        found = known.get(part) if isinstance(known, dict) else None
        found = schema.get("additionalProperties") if found is None else found
    return alternatives(found) if isinstance(found, dict) else []


def keys(path: KeyPath) -> tuple[str, ...]:
    """Return the keys that are known in the mapping at the path; none where keys are free."""
    names = [name for one in at(path) for name in cast(Schema, one.get("properties", {}))]
    return tuple(dict.fromkeys(names))


def choices(path: KeyPath) -> tuple[str, ...]:
    """Return the words of which the value at the path must be one."""
    words = [word for one in at(path) for word in cast(list[object], one.get("enum", [one.get("const")]))]
    return tuple(str(word) for word in words if word is not None)


def near(word: str, known: Sequence[str]) -> str | None:
    """Return the known word that somebody who wrote `word` most likely meant."""
    plain = {_plain(one): one for one in known}
    found = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else None


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")
