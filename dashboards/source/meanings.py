"""What values mean in words and colours: the state of checks, of routes, of vantages."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.builders.dashboard import FieldColor
from grafana_foundation_sdk.models.dashboard import (
    DashboardRangeMapOptions,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    RangeMap,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

from dashboards.source.words import FAILS, PARTLY, UNKNOWN, WORKS

Steps = tuple[tuple[float | None, str], ...]
# A share that fails: -1 is unknown, 0 none, 1 all.
FAILING_STEPS: Steps = ((None, UNKNOWN), (0, WORKS), (0.0001, PARTLY), (0.9999, FAILS))
YES_STEPS: Steps = ((None, FAILS), (1, WORKS))
COUNT_STEPS: Steps = ((None, WORKS), (1, FAILS))
SHARE_STEPS: Steps = ((None, FAILS), (0.9, PARTLY), (0.99, WORKS))
PLAIN_STEPS: Steps = ((None, "text"),)


def _words(told: dict[str, tuple[str, str]]) -> ValueMapping:
    results = {
        value: ValueMappingResult(text=text, color=color, index=index)
        for index, (value, (text, color)) in enumerate(told.items())
    }
    return ValueMap(options=results)


def _between(text: str) -> ValueMapping:
    told = ValueMappingResult(text=text, color=PARTLY, index=9)
    return RangeMap(options=DashboardRangeMapOptions(from_val=0.0001, to=0.9999, result=told))


HOP_WORDS = (
    _words({"-1": ("not measured", UNKNOWN), "0": ("answers", WORKS), "1": ("fails", FAILS)}),
    _between("fails in part"),
)
ROUTE_WORDS = (
    _words({"-1": ("not measured", UNKNOWN), "0": ("works", WORKS), "1": ("down", FAILS)}),
    _between("down for some"),
)
HEALTH_WORDS = (_words({"0": ("at fault", UNKNOWN), "1": ("fine", WORKS)}),)
HEALTH_STEPS: Steps = ((None, UNKNOWN), (1, WORKS))
YES_WORDS = (_words({"0": ("no", FAILS), "1": ("yes", WORKS)}),)
AILMENT_WORDS = (_words({"1": ("lasts", PARTLY)}),)
BROKEN_WORDS = (_words({"0": ("works", WORKS), "1": ("broken", PARTLY)}),)


def merged() -> DataTransformerConfig:
    """Put the rows of several queries side by side where their labels agree."""
    return DataTransformerConfig(id_val="merge", options={})


def matrix(row: str, column: str) -> DataTransformerConfig:
    """Make a table of one label by another."""
    options = {"columnField": column, "rowField": row, "valueField": "Value", "emptyValue": "null"}
    return DataTransformerConfig(id_val="groupingToMatrix", options=options)


def columns(order: dict[str, str]) -> DataTransformerConfig:
    """Keep these columns, in this order and under these names; all others are left out."""
    return DataTransformerConfig(
        id_val="organize",
        options={
            "includeByName": dict.fromkeys(order, True),
            "indexByName": {name: index for index, name in enumerate(order)},
            "renameByName": order,
            "excludeByName": {"Time": True},
        },
    )


def thresholds(steps: Steps) -> dict[str, object]:
    """Return thresholds as the property of a column."""
    return {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in steps]}


def as_json(words: Sequence[ValueMapping]) -> list[object]:
    """Return mappings as the property of a column."""
    return [one.to_json() for one in words]


def in_colour(made: table.Panel, words: Sequence[ValueMapping], *, but: str) -> table.Panel:
    """Fill every cell with the colour of what it means, except those of the column that names the row."""
    made.mappings(list(words)).color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
    filled = DynamicConfigValue(
        id_val="custom.cellOptions", value={"type": "color-background", "mode": "basic"}
    )
    centered = DynamicConfigValue(id_val="custom.align", value="center")
    made.override_by_regexp(f"/^(?!{but.split(chr(92))[0]}).*$/", [filled, centered])
    title = DynamicConfigValue(id_val="displayName", value=but.split(chr(92))[0])
    width = DynamicConfigValue(id_val="custom.width", value=140)
    return made.override_by_name(but, [title, width])
