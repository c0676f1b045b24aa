"""The configuration: YAML in, a Config out, or a ConfigError with all problems and their places.

text -> reading (values with places) -> models (pydantic) and references (what one part says about another) -> Config
-> planning (probe.plan.Plan) or shown. The models are the only truth: schema, hints and docs are made from them.
"""

from probe.config.config import Config
from probe.config.errors import ConfigError, Problem
from probe.config.example import example
from probe.config.parsing import parse
from probe.config.schema import json_schema
from probe.config.shown import to_flow, to_yaml
from probe.config.source import default_path, load
from probe.config.summary import SeriesCount, summarise

__all__ = [
    "Config",
    "ConfigError",
    "Problem",
    "SeriesCount",
    "default_path",
    "example",
    "json_schema",
    "load",
    "parse",
    "summarise",
    "to_flow",
    "to_yaml",
]
