"""A new kind is one dataclass and one entry of a registry: keys, schema and defaults follow."""

import json
from dataclasses import dataclass
from typing import Annotated

import pytest
from pydantic import ConfigDict, Field, ValidationError

from probe.config.kinds import chosen, with_kinds
from probe.config.models import CheckKeys
from probe.prober import PROBERS
from probe.units import Duration
from probe.vantage import VANTAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """Send an echo."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    count: Annotated[int, Field(description="how many", ge=1)] = 1
    wait: Annotated[Duration, Field(description="how long")] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Follow the way."""

    depth: Annotated[int, Field(description="how far")]


KINDS = {"ping": Ping, "trace": Trace}
Check = with_kinds("Check", CheckKeys, KINDS)


def test_new_kind_is_read_with_its_own_rules():
    check = Check.model_validate_json(json.dumps({"hop": "a", "ping": {"wait": "2s"}}))

    assert chosen(check, KINDS) == ("ping", Ping(count=1, wait=2.0))


@pytest.mark.parametrize(
    "wrong", [{"ping": {"count": 0}}, {"ping": {"size": 1}}, {"pong": {}}, {"trace": {}}]
)
def test_new_kind_refuses_what_its_fields_refuse(wrong):
    with pytest.raises(ValidationError):
        Check.model_validate_json(json.dumps(wrong))


def test_new_kind_may_stand_alone_only_when_it_needs_nothing():
    schema = Check.model_json_schema()["properties"]

    assert (schema["ping"]["anyOf"][1], "anyOf" in schema["trace"]) == ({"type": "null"}, False)


def test_kind_that_is_no_dataclass_is_refused_by_name():
    with pytest.raises(TypeError, match="Plain is registered as a kind, so it must be a dataclass"):
        with_kinds("Check", CheckKeys, {"plain": type("Plain", (), {})})


@pytest.mark.parametrize("registry", [PROBERS, VANTAGES], ids=["probers", "vantages"])
def test_registered_kind_hides_no_other_key(registry):
    from probe.config.models import VantageKeys

    others = {*CheckKeys.model_fields, *VantageKeys.model_fields, *dir(CheckKeys)}

    assert others & set(registry) == set()
