"""Show a configuration with everything said that it leaves unsaid; a secret shows only where it is kept."""

from typing import cast

import yaml

from probe.config import effective, shape
from probe.config.document import Json
from probe.config.models import Written
from probe.config.scalar import UnclearError, parse_plain
from probe.config.schema import Schema, spell

_Tree = dict[str, Json]


def shown(written: Written) -> _Tree:
    """Return the effective configuration as plain values, spelled as one would write them."""
    tree = cast(_Tree, written.model_dump(mode="json", by_alias=True, exclude_none=True))
    for name, vantage in written.vantages.items():
        _at(tree, "vantages", name)["resolvers"] = list(effective.resolvers(written, vantage))
    for name, route in written.routes.items():
        shown_route = _at(tree, "routes", name)
        shown_route["vantages"] = list(effective.vantages(written, route))
        for check_name, check in route.checks.items():
            shown_check = _at(shown_route, "checks", check_name)
            shown_check.update(hop=effective.hop(route, check), through=effective.through(route, check))
            if (interval := effective.one_interval(written, route, check)) is not None:
                shown_check["interval"] = interval
            shown_check["timeout"] = effective.timeout(written, check)
    return cast(_Tree, _spelled(tree, shape.at(())))


def _at(tree: _Tree, *path: str) -> _Tree:
    for part in path:
        tree = cast(_Tree, tree[part])
    return tree


def _spelled(value: Json, schemas: list[Schema]) -> Json:
    if isinstance(value, dict):
        return {key: _spelled(one, shape.below(schemas, key)) for key, one in value.items()}
    if isinstance(value, list):
        return [_spelled(one, shape.below(schemas, index)) for index, one in enumerate(value)]
    return spell(value, schemas)


def to_yaml(tree: _Tree) -> str:
    """Write plain values as YAML that the configuration's own reader takes."""
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def to_flow(value: object) -> str:
    """Write a plain value on one line, as `{hop: relay, tcp: {}}`."""
    return (
        yaml.dump(
            value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=True, width=10_000
        )
        .removesuffix("...\n")
        .rstrip("\n")
    )


class _Dumper(yaml.SafeDumper):
    """Writes everything out, and quotes every text that some reader would take for something else."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        """Never write an anchor: the configuration's reader takes none."""
        return True


def _represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    try:
        is_clear = parse_plain(text) == text
    except UnclearError:
        is_clear = False
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_clear else '"')


_Dumper.add_representer(str, _represent)
