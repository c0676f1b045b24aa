"""Find files that hold secrets and can be read by every user of the machine, and say how that is mended."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

import structlog
from pydantic import BaseModel

from probe.secret import Secret

_log = structlog.get_logger()
# Docker mounts a secret with the rights that its file has outside, into a room of its own.
_PRIVATE = (Path("/run/secrets"),)


def warn_of_open_secrets(config: object, folder: Path, more: tuple[Path, ...] = ()) -> None:
    """Log each file of a secret in a configuration, and each of `more`, that everybody on this machine can read."""
    named = [folder / one.file for one in _secrets(config) if one.file is not None]
    for path in dict.fromkeys([*named, *more]):
        if is_open(path):
            _log.warning("secret.readable_by_all", file=str(path), advice=f"chmod o-rwx {path}")


def is_open(path: Path) -> bool:
    """Tell whether users who are neither the owner nor in the group can read a file, as far as its own rights say."""
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    private = (*_PRIVATE, Path(given)) if given else _PRIVATE
    if any(path.is_relative_to(one) for one in private):
        return False
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def _secrets(value: object) -> Iterator[Secret]:
    match value:
        case Secret():
            yield value
        case Mapping():
            for one in value.values():
                yield from _secrets(one)
        case tuple() | list():
            for one in value:
                yield from _secrets(one)
        case _:
            for name in _names(value):
                yield from _secrets(getattr(value, name))


def _names(value: object) -> list[str]:
    if isinstance(value, BaseModel):
        return list(type(value).model_fields)
    if is_dataclass(value) and not isinstance(value, type):
        return [one.name for one in fields(value)]
    return []
