"""Make optional keys of a registry of plug-ins, so that a new kind is one new file and one line in its registry."""

import dataclasses
from collections.abc import Mapping
from typing import TypeVar, cast

from pydantic import BaseModel, Field, create_model
from pydantic.config import JsonDict

Model = TypeVar("Model", bound=BaseModel)
Plugin = TypeVar("Plugin")


def with_kinds(name: str, base: type[Model], registry: Mapping[str, type[Plugin]]) -> type[Model]:
    """Return a model with the keys of `base` and one optional key per kind; `exactly_one` goes into its schema."""
    fields: dict[str, tuple[object, object]] = {}
    for kind, plugin in registry.items():
        described = Field(default=None, description=f"kind {kind}: {(plugin.__doc__ or '').strip()}")
        # A kind without needs may stand alone (`tcp:`), which is null in YAML.
        fields[kind] = (plugin if _needs_keys(plugin) else plugin | None, described)
    made = create_model(name, __base__=base, __doc__=base.__doc__, **fields)  # type: ignore[call-overload]  # fields by name
    return cast(type[Model], made)


def exactly_one(registry: Mapping[str, object]) -> JsonDict:
    """Return the JSON Schema keyword that asks for exactly one kind."""
    return {"oneOf": [{"required": [kind]} for kind in registry]}


def chosen(keys: BaseModel, registry: Mapping[str, type[Plugin]]) -> tuple[str, Plugin]:
    """Return the one kind that a checked model holds."""
    return next((kind, found) for kind in registry if (found := getattr(keys, kind)) is not None)


def _needs_keys(plugin: type[object]) -> bool:
    if not dataclasses.is_dataclass(plugin):
        raise TypeError(f"{plugin.__name__} is registered as a kind, so it must be a dataclass")
    return any(
        field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        for field in dataclasses.fields(plugin)
    )
