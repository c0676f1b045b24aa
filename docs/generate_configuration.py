"""Write the tables of docs/configuration.md from the configuration's own schema; a test keeps them equal.

The prose above the mark is written by hand, so that whoever changes it can see it as it will be read.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from probe.config import json_schema, shape
from probe.config.document import Json
from probe.config.schema import Schema

PAGE = Path(__file__).with_name("configuration.md")
_MARK = "<!-- From here on written by docs/generate_configuration.py; do not edit. -->\n"
_NAME = "NAME"
_UNITS = {"30s": "duration", "1MiB": "size"}
_PLAIN = {"string": "text", "boolean": "`true` or `false`"}


def render() -> str:
    """Return the whole page: its prose as it is, and the tables anew."""
    prose, mark, _ = PAGE.read_text(encoding="utf-8").partition(_MARK)
    return prose + mark + "\n" + "\n".join(_sections())


def _sections() -> Iterator[str]:
    """Yield a section per kind of mapping, in the order in which one meets them from the top."""
    seen: set[str] = set()
    waiting: list[tuple[tuple[str, ...], Schema]] = [((), json_schema())]
    while waiting:
        path, schema = waiting.pop(0)
        title = ".".join(path) or "The top level"
        yield from (f"### `{title}`" if path else f"### {title}", "", str(schema["description"]), "")
        below = list(_below(path, schema, seen))
        yield from _table(schema) if schema["properties"] else ("It has no keys of its own.", "")
        waiting = below + waiting


def _table(schema: Schema) -> Iterator[str]:
    required = cast(list[str], schema.get("required", []))
    yield from ("| key | what it is | default | meaning |", "| --- | --- | --- | --- |")
    for key, one in cast(dict[str, Schema], schema["properties"]).items():
        default = "**required**" if key in required else _default(one)
        meaning = _escaped(str(one.get("description", "")))
        yield f"| `{key}` | {_escaped(_type(one))} | {default} | {meaning} |"
    yield ""


def _below(path: tuple[str, ...], schema: Schema, seen: set[str]) -> Iterator[tuple[tuple[str, ...], Schema]]:
    for key, one in cast(dict[str, Schema], schema["properties"]).items():
        for name, found in _mappings(one, (*path, key)):
            reference = json.dumps(found, sort_keys=True)
            if reference not in seen:
                seen.add(reference)
                yield name, found


def _mappings(schema: Schema, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Schema]]:
    """Yield the mappings with known keys that a value may be, or may hold."""
    for one in shape.alternatives(schema):
        if "properties" in one:
            yield path, one
        if isinstance(entries := one.get("items"), dict):
            yield from _mappings(entries, (*path[:-1], f"{path[-1]}[]"))
        if isinstance(values := one.get("additionalProperties"), dict):
            yield from _mappings(values, (*path, _NAME))


def _type(schema: Schema) -> str:
    words = [_word(one) for one in shape.alternatives(schema)]
    return " or ".join(dict.fromkeys(word for word in words if word))


def _word(schema: Schema) -> str:
    if "enum" in schema or "const" in schema:
        words = cast(list[Json], schema.get("enum", [schema.get("const")]))
        return ", ".join(f"`{word}`" for word in words)
    if "examples" in schema:
        example = cast(list[str], schema["examples"])[0]
        return _UNITS.get(example, f"text such as `{example}`")
    if schema.get("type") in ("integer", "number"):
        return _number(schema)
    return _holder(schema) or _PLAIN.get(str(schema.get("type")), "")


def _holder(schema: Schema) -> str:
    match schema.get("type"):
        case "array":
            return f"list of {_type(cast(Schema, schema['items']))}"
        case "object" if "properties" in schema:
            return "secret" if "env" in cast(Schema, schema["properties"]) else "mapping"
        case "object":
            return f"mapping of names to {_type(cast(Schema, schema['additionalProperties']))}"
        case _:
            return ""


def _number(schema: Schema) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    noun = "whole number" if schema["type"] == "integer" else "number"
    return f"{noun} from {low} to {high}" if high is not None else noun


def _default(schema: Schema) -> str:
    default = schema.get("default")
    if default is None or default in ([], {}):
        return ""
    shown = default if isinstance(default, str) else json.dumps(default)
    return f"`{shown}`"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
