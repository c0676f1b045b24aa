"""A small validator of JSON Schema draft 7, as far as the configuration's schema goes; an unknown keyword is an error."""

import re
from collections.abc import Callable, Mapping
from typing import Any

# Keywords that say nothing about a value.
_ANNOTATIONS = {"$schema", "title", "description", "default", "examples", "definitions", "format"}
# Value, the keyword's own value, the schema it stands in, the whole schema.
Rule = Callable[[Any, Any, Any, Any], bool]

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def is_valid(value: Any, schema: Any, root: Any) -> bool:
    """Tell whether a value follows a schema."""
    return all(
        _RULES[keyword](value, given, schema, root)
        for keyword, given in schema.items()
        if keyword not in _ANNOTATIONS
    )


def _is_type(value: Any, given: Any, schema: Any, root: Any) -> bool:
    return isinstance(value, _TYPES[given]) and not (
        isinstance(value, bool) and given in ("integer", "number")
    )


def _only(kind: type, rule: Rule) -> Rule:
    """Apply a rule to values of its kind; all others pass (draft 7, validation 6)."""
    return lambda value, given, schema, root: not isinstance(value, kind) or rule(value, given, schema, root)


def _properties(value: Any, given: Any, schema: Any, root: Any) -> bool:
    return all(is_valid(value[name], one, root) for name, one in given.items() if name in value)


def _further_properties(value: Any, given: Any, schema: Any, root: Any) -> bool:
    further = [name for name in value if name not in schema.get("properties", {})]
    return not further if given is False else all(is_valid(value[name], given, root) for name in further)


def _number(rule: Callable[[Any, Any], bool]) -> Rule:
    return lambda value, given, schema, root: (
        not isinstance(value, int | float) or isinstance(value, bool) or rule(value, given)
    )


_RULES: Mapping[str, Rule] = {
    "$ref": lambda value, given, schema, root: is_valid(
        value, root["definitions"][given.removeprefix("#/definitions/")], root
    ),
    "type": _is_type,
    "const": lambda value, given, schema, root: value == given,
    "enum": lambda value, given, schema, root: value in given,
    "allOf": lambda value, given, schema, root: all(is_valid(value, one, root) for one in given),
    "anyOf": lambda value, given, schema, root: any(is_valid(value, one, root) for one in given),
    "oneOf": lambda value, given, schema, root: sum(is_valid(value, one, root) for one in given) == 1,
    "required": _only(dict, lambda value, given, schema, root: set(given) <= set(value)),
    "properties": _only(dict, _properties),
    "additionalProperties": _only(dict, _further_properties),
    "propertyNames": _only(
        dict, lambda value, given, schema, root: all(is_valid(name, given, root) for name in value)
    ),
    "minProperties": _only(dict, lambda value, given, schema, root: len(value) >= given),
    "items": _only(list, lambda value, given, schema, root: all(is_valid(one, given, root) for one in value)),
    "maxItems": _only(list, lambda value, given, schema, root: len(value) <= given),
    "minItems": _only(list, lambda value, given, schema, root: len(value) >= given),
    "pattern": _only(str, lambda value, given, schema, root: re.search(given, value) is not None),
    "minLength": _only(str, lambda value, given, schema, root: len(value) >= given),
    "maxLength": _only(str, lambda value, given, schema, root: len(value) <= given),
    "minimum": _number(lambda value, given: value >= given),
    "maximum": _number(lambda value, given: value <= given),
    "exclusiveMinimum": _number(lambda value, given: value > given),
    "exclusiveMaximum": _number(lambda value, given: value < given),
}
