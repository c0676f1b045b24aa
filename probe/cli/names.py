"""Complete the names of a configuration and the ids of causes at a TAB: quickly, or silently not at all."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import click

# Those of probe.config, written here too because importing that takes too long for a TAB; a test holds them equal.
VARIABLE = "HOPWATCH_CONFIG_FILE"
PLACES = (Path("hopwatch.yml"), Path("config/hopwatch.yml"), Path("/etc/hopwatch/hopwatch.yml"))
# A larger file takes too long to read, and nobody wrote it by hand.
_MOST_BYTES = 128 << 10

Completing: TypeAlias = Callable[[click.Context, click.Parameter, str], list[str]]


def configured(*kinds: str) -> Completing:
    """Return what completes the names of these kinds: `routes`, `hops`, `vantages`, `checks`."""

    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
        try:
            tree = _tree(ctx)
        except Exception:  # noqa: BLE001 - whatever is wrong with the file, a TAB is no place to say it
            return []
        names = dict.fromkeys(name for kind in kinds for name in _names(tree, kind))
        return [name for name in names if name.startswith(incomplete)]

    return complete


def _tree(ctx: click.Context) -> object:
    import yaml

    given = ctx.params.get("config_path") or os.environ.get(VARIABLE)
    path = Path(given) if given else next((one for one in PLACES if one.exists()), None)
    if path is None or not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return None
    # The one in C where there is one: 15 times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=loader)  # noqa: S506 - both are safe ones


def _names(tree: object, kind: str) -> Iterator[str]:
    if kind == "checks":
        routes = tree.get("routes") if isinstance(tree, dict) else None
        for route in routes.values() if isinstance(routes, dict) else ():
            yield from _names(route, "own checks")
        return
    part = tree.get(kind.removeprefix("own ")) if isinstance(tree, dict) else None
    # What is no plain word could steer the shell, and is no name.
    yield from (
        name
        for name in (part if isinstance(part, dict) else ())
        if isinstance(name, str) and name.replace("-", "").replace("_", "").replace(".", "").isalnum()
    )


def causes(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the id of a cause."""
    from probe.cause.taxonomy import CAUSES

    return [one for one in CAUSES if one.startswith(incomplete)]
