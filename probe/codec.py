"""Turn records into JSON and back without loss: the one form that store, export and remote agents share.

Optional fields that are absent stay out, because absent is not null and not 0. Unknown fields are ignored, so that
an older program reads what a newer one wrote; docs/observation.md lists every field.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import NoneType
from typing import get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from probe.model import RECORD_VERSION, Change, Finding, Health, Incident, Miss, Observation, Record

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_KINDS: dict[str, type[Record]] = {
    "observation": Observation,
    "miss": Miss,
    "finding": Finding,
    "incident": Incident,
    "change": Change,
    "health": Health,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_ADAPTERS: dict[str, TypeAdapter[Record]] = {name: TypeAdapter(kind) for name, kind in _KINDS.items()}
# A number that is not finite is refused here and spelled out by `_finite`: it is rare, and looking for it is not free.
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def _nullable(kind: type[Record]) -> dict[str, None]:
    hints = get_type_hints(kind)
    required = (field.name for field in fields(kind) if field.default is field.default_factory is MISSING)
    return {name: None for name in required if NoneType in get_args(hints[name])}


# Fields without a default that may be None: left out when written, put back before validation.
_NULLABLE = {name: _nullable(kind) for name, kind in _KINDS.items()}


def kind_of(record: Record) -> str:
    """Name a record's kind as files and columns spell it: observation, miss, finding, incident, change, health."""
    return _NAMES[type(record)]


def to_json(record: Record) -> dict[str, Json]:
    """Return the record as plain JSON types, with its kind and version first."""
    return {key: _finite(value) for key, value in _dump(record).items()}


def to_text(record: Record) -> str:
    """Return the record as one line of ASCII JSON; even a lone surrogate travels, as its escape."""
    try:
        return _ENCODER.encode(_dump(record))
    except ValueError:
        return _ENCODER.encode(to_json(record))


def from_json(mapping: Mapping[str, Json]) -> Record:
    """Return the record that `to_json` made, or raise ValueError with one sentence that says what is wrong."""
    name = mapping.get("record")
    if not isinstance(name, str) or name not in _KINDS:
        raise ValueError(f"record {name!r} is not one of {', '.join(_KINDS)}")
    _check_version(name, mapping.get("version"))
    try:
        return _ADAPTERS[name].validate_python(_NULLABLE[name] | dict(mapping))
    except ValidationError as error:
        raise ValueError(f"{name}: {_sentence(error)}") from error


def from_text(text: str) -> Record:
    """Return the record that `to_text` made, or raise ValueError with one sentence."""
    try:
        mapping = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"a record is one JSON object: {error}") from error
    if not isinstance(mapping, dict):
        raise ValueError(f"a record is one JSON object, not {type(mapping).__name__}")  # noqa: TRY004 - the text is wrong, not the call
    return from_json(mapping)


def _dump(record: Record) -> dict[str, Json]:
    name = kind_of(record)
    plain: dict[str, Json] = {"record": name, "version": RECORD_VERSION}
    plain.update(_ADAPTERS[name].dump_python(record, mode="json", exclude_none=True))
    return plain


def _check_version(name: str, version: Json) -> None:
    if type(version) is not int or version < 1:
        raise ValueError(f"{name}: version {version!r} is not a whole number from 1 up")
    if version > RECORD_VERSION:
        raise ValueError(
            f"{name}: version {version} is newer than {RECORD_VERSION}, the newest that this hopwatch reads"
        )


def _finite(value: Json) -> Json:
    # JSON has no NaN and no infinities (RFC 8259, 6); as strings they come back through validation.
    match value:
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        case list():
            return [_finite(item) for item in value]
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case _:
            return value


def _sentence(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    first = problems[0]
    where = ".".join(str(step) for step in first["loc"])
    what = (
        "is missing"
        if first["type"] == "missing"
        else f"is wrong: {first['msg'][:1].lower()}{first['msg'][1:]}"
    )
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{where} {what}{more}"
