"""The JSON Schema is draft 7, explains every key, and agrees with the reader as far as a schema can."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from probe.config import json_schema
from probe.prober import PROBERS
from probe.vantage import VANTAGES
from tests.config_text import GOOD
from tests.draft7 import is_valid
from tests.test_config_mistakes import MISTAKES

CONFIG = Path(__file__).parent.parent / "config"
SCHEMA = json.loads(json.dumps(json_schema()))
# What takes knowledge of another part of the file, of what is no JSON, or of more than a pattern can say.
BEYOND_A_SCHEMA = {
    *("duplicate_key", "duplicate_hop", "hop_left_out_of_many", "through_a_nearer_hop", "second_document"),
    *(
        "unknown_hop_in_a_route",
        "unknown_vantage_in_a_route",
        "hop_twice_in_a_route",
        "unknown_hop_in_a_check",
        "hop_of_a_check_that_its_route_misspells",
    ),
    *("timeout_longer_than_the_interval", "timeout_longer_than_the_default_interval", "interval_too_short"),
    *(
        "default_timeout_longer_than_the_interval",
        "size_out_of_bounds",
        "pattern_that_is_none",
        "anchor",
        "tag",
    ),
    *("host_that_is_no_name", "address_that_is_none", "network_with_host_bits", "resolver_that_is_none"),
    *("path_without_slash", "header_that_hopwatch_sets", "secret_in_a_header", "secret_from_nowhere"),
    *(
        "maintenance_that_ends_first",
        "instant_without_zone",
        "merge_key",
        "alias",
        "norway",
        "key_that_is_truth",
    ),
}


class Core(yaml.SafeLoader):
    """Reads as a YAML 1.2 editor does: instants and yes and no are text."""


Core.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if not tag.endswith((":timestamp", ":bool"))]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), ["t", "f"])


def is_accepted(text: str) -> bool:
    try:
        tree = yaml.load(text, Loader=Core)
    except yaml.YAMLError:
        return False
    return is_valid(tree, SCHEMA, SCHEMA)


@pytest.mark.parametrize("name", ["hopwatch.yml", "lab.yml"])
def test_schema_takes_the_shipped_configurations(name):
    assert is_accepted((CONFIG / name).read_text(encoding="utf-8"))


def test_schema_takes_the_good_configuration():
    assert is_accepted(GOOD)


@pytest.mark.parametrize(("old", "new"), [row[1:3] for row in MISTAKES if row[0] not in BEYOND_A_SCHEMA])
def test_schema_refuses_what_a_schema_can_see(old, new):
    assert not is_accepted(GOOD.replace(old, new, 1))


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema with keys."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and "type" in schema:
            yield schema
        for below in schema.values():
            yield from objects(below)
    elif isinstance(schema, list):
        for below in schema:
            yield from objects(below)


def test_every_key_says_what_it_is_for():
    silent = [
        f"{one.get('description')}: {key}"
        for one in objects(SCHEMA)
        for key, value in one["properties"].items()
        if not value.get("description")
    ]

    assert silent == []


def test_no_mapping_takes_unknown_keys():
    assert [one["description"] for one in objects(SCHEMA) if one["additionalProperties"] is not False] == []


def test_defaults_are_written_as_people_write_them():
    defaults = SCHEMA["definitions"]["Defaults"]["properties"]

    assert {key: value["default"] for key, value in defaults.items()} == {
        "interval": "30s",
        "timeout": "10s",
        "metered_interval": "5m",
    }


def test_every_registered_kind_is_a_key():
    definitions = SCHEMA["definitions"]
    kinds = {
        name: [one["required"][0] for one in definitions[name]["oneOf"]] for name in ("Vantage", "Check")
    }

    assert kinds == {"Vantage": list(VANTAGES), "Check": list(PROBERS)}
