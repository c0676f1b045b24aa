"""The JSON Schema of the configuration, made from the models, in the keywords of draft 7 only.

Draft 7 is what the YAML language server reads, so that an editor completes and checks while one writes.
"""

import functools
from collections.abc import Callable
from typing import cast

from pydantic import TypeAdapter

from probe.config.document import Json
from probe.config.models import Written
from probe.config.spelling import spell_duration, spell_size
from probe.units import Duration, Size

Schema = dict[str, Json]

_DRAFT = "http://json-schema.org/draft-07/schema#"
# Keywords whose values are schemas by name, where a key is a name and no keyword.
_BY_NAME = frozenset({"properties", "definitions"})
_DURATION: Json = TypeAdapter(Duration).json_schema()["pattern"]
_SIZE: Json = TypeAdapter(Size).json_schema()["pattern"]


@functools.cache
def json_schema() -> Schema:
    """Return the schema; it is shared, so do not change it."""
    found = cast(Schema, Written.model_json_schema(ref_template="#/definitions/{model}"))
    definitions = found.pop("$defs")
    made = _plain({**found, "definitions": definitions})
    return {"$schema": _DRAFT, "title": "hopwatch configuration", **made}


def spell(value: Json, alternatives: list[Schema]) -> Json:
    """Write a number as a duration or size where the schema wants one."""
    patterns = [one.get("pattern") for one in alternatives]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if _DURATION in patterns:
        return spell_duration(value)
    return spell_size(int(value)) if _SIZE in patterns else value


def _plain(schema: Schema) -> Schema:
    """Rewrite what pydantic writes in later drafts' terms, and leave out what tells a reader nothing."""
    made: Schema = {}
    for key, value in schema.items():
        if key in _BY_NAME:
            made[key] = {name: _plain(below) for name, below in _schemas(value).items()}
        elif key not in ("title", "default"):
            made[key] = _below(value, _plain)
    if schema.get("default") is not None:
        made["default"] = _default(schema)
    return _names_as_property_names(_reference_alone(made))


def _below(value: Json, change: Callable[[Schema], Schema]) -> Json:
    if isinstance(value, dict):
        return change(value)
    if isinstance(value, list):
        return [_below(one, change) for one in value]
    return value


def _schemas(value: Json) -> dict[str, Schema]:
    return cast(dict[str, Schema], value)


def _default(schema: Schema) -> Json:
    alternatives = schema.get("anyOf", [schema])
    return spell(schema["default"], cast(list[Schema], alternatives))


def _reference_alone(schema: Schema) -> Schema:
    # Draft 7, core 8.3: what stands beside a $ref is ignored, so the description would be lost.
    if "$ref" in schema and len(schema) > 1:
        reference = schema.pop("$ref")
        return {**schema, "allOf": [{"$ref": reference}]}
    return schema


def _names_as_property_names(schema: Schema) -> Schema:
    # patternProperties would let a wrong name pass without a word.
    if "patternProperties" in schema:
        ((pattern, value),) = _schemas(schema.pop("patternProperties")).items()
        schema["propertyNames"] = {"pattern": pattern}
        schema["additionalProperties"] = value
    return schema
