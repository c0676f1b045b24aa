"""Make the paths of secrets' files absolute: in a configuration they are relative to its own folder."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar, cast

from probe.secret import Secret

Value = TypeVar("Value")


def anchor(value: Value, folder: Path) -> Value:
    """Return a plug-in with every file of a secret in it, however deep, taken from `folder`."""
    return cast(Value, _anchored(value, folder))


def _anchored(value: object, folder: Path) -> object:
    match value:
        case Secret(file=str(file)):
            return dataclasses.replace(value, file=str(folder / file))
        case Mapping():
            return {key: _anchored(one, folder) for key, one in value.items()}
        case tuple():
            return tuple(_anchored(one, folder) for one in value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in dataclasses.fields(value)]
            return dataclasses.replace(
                value, **{name: _anchored(getattr(value, name), folder) for name in names}
            )
        case _:
            return value
