"""Durations and sizes as people write them, with their unit; a bare number is refused because nobody can tell what it means."""

import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_BYTES = {"B": 1, "kB": 1000, "KiB": 1024, "MB": 1000**2, "MiB": 1024**2, "GB": 1000**3, "GiB": 1024**3}
# Bounded, so that no number of digits becomes infinity.
_NUMBER = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)([A-Za-z]+)")


def _parse(text: object, units: dict[str, float] | dict[str, int], what: str, example: str) -> float:
    found = _NUMBER.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or found[2] not in units:
        raise ValueError(
            f"{text!r} is not a {what}; write a number with one of the units {', '.join(units)}, such as {example}"
        )
    return float(found[1]) * units[found[2]]


def parse_duration(text: object) -> float:
    """Return seconds for a text such as `1500ms`, `30s`, `5m`, `1h` or `7d`. Raises ValueError."""
    return _parse(text, _SECONDS, "duration", "30s")


def parse_size(text: object) -> int:
    """Return bytes for a text such as `64KiB`, `1MiB` or `2GB`. Raises ValueError."""
    return int(_parse(text, _BYTES, "size", "1MiB"))


Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|m|h|d)$", "examples": ["30s"]}),
]
Size = Annotated[
    int,
    BeforeValidator(parse_size),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\d+(\.\d+)?(B|kB|KiB|MB|MiB|GB|GiB)$", "examples": ["1MiB"]}
    ),
]
