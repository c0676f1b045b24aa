"""Find the commented example that is shipped."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

NAME = "hopwatch.yml"


def example() -> str:
    """Return config/hopwatch.yml: a wheel has it inside the package, a checkout beside it."""
    shipped: Traversable = files("probe.config") / NAME
    if not shipped.is_file():
        shipped = Path(__file__).parents[2] / "config" / NAME
    return shipped.read_text(encoding="utf-8")
