"""A sentence before it is put into a language: an English pattern with named places, and what stands in them; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from probe.cause.taxonomy import nearest


@dataclass(frozen=True, slots=True)
class Said:
    """A pattern such as `{count} checks answer`; text in a place is a name and stays, a sentence in it is said too."""

    pattern: str
    values: Mapping[str, "Value"] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it in English."""
        return self.pattern.format(**{name: _english(value) for name, value in self.values.items()})


@dataclass(frozen=True, slots=True)
class Names:
    """Names as a sentence lists them."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        """List them in English."""
        return listed(self.names)


@dataclass(frozen=True, slots=True)
class Cause:
    """What a cause means, in its place in a sentence; its id where nobody knows it."""

    id: str
    is_named: bool = False


Value = str | int | Said | Names | Cause


def said(pattern: str, **values: Value) -> Said:
    """Make a sentence."""
    return Said(pattern, values)


def either(count: int, one: str, many: str) -> str:
    """Return the pattern for one, or that for all else."""
    return one if count == 1 else many


def listed(names: Sequence[str], last: str = " and ") -> str:
    """Return names as a sentence lists them: `a`, `a and b`, `a, b and c`."""
    *most, final = names or [""]
    return f"{', '.join(most)}{last}{final}" if most else final


def _english(value: Value) -> str:
    if isinstance(value, Cause):
        means = meaning(value.id)
        return (f"{means} ({value.id})" if value.is_named else means) if means else value.id
    return f"{value:,}" if isinstance(value, int) else str(value)


def meaning(cause: str) -> str:
    """Return what a cause means, or what its longest known prefix does; every prefix is a valid answer."""
    known = nearest(cause)
    if known is None:
        return ""
    rest = cause[len(known.id) :].strip(".").replace("_", " ")
    return f"{known.meaning} ({rest})" if rest else known.meaning
