"""The SmokePing picture: the median as a line, the spread as smoke around it, loss as bars."""

from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from dashboards.source.panels import Says, lines, over_time
from dashboards.source.queries import RATE, Chosen
from dashboards.source.words import FAILS, NEUTRAL

LOW, HIGH = "a tenth is faster", "where eight of ten lie"
MEDIAN, MEAN, FAILED = "median", "mean", "failed"
_Properties = dict[str, object]


def smoke(
    says: Says, chosen: Chosen, histogram: str, *matchers: str, users: bool = False
) -> timeseries.Panel:
    """Draw a histogram over all that is chosen; with `users`, of what goes a route's whole way."""
    every = "route" if users else "hop"

    def at(share: float) -> str:
        return chosen.quantile(share, histogram, RATE, every, *matchers, users=users)

    answered = (chosen.users_answered_share if users else chosen.answered_share)(RATE, every)
    made = lines(
        says,
        [
            over_time(at(0.1), LOW),
            over_time(at(0.9), HIGH, "B"),
            over_time(at(0.5), MEDIAN, "C"),
            over_time(chosen.mean(histogram, RATE, every, *matchers, users=users), MEAN, "D"),
            over_time(f"1 - {answered} > 0", FAILED, "E"),
        ],
    )
    for name, properties in _LOOKS.items():
        made.override_by_name(
            name, [DynamicConfigValue(id_val=key, value=it) for key, it in properties.items()]
        )
    return made


def _fixed(color: str) -> _Properties:
    return {"mode": "fixed", "fixedColor": color}


_LOOKS: dict[str, _Properties] = {
    LOW: {
        "custom.lineWidth": 0,
        "color": _fixed(NEUTRAL),
        "custom.hideFrom": _Properties(legend=True, tooltip=False, viz=False),
    },
    HIGH: {
        "custom.lineWidth": 0,
        "color": _fixed(NEUTRAL),
        "custom.fillBelowTo": LOW,
        "custom.fillOpacity": 20,
    },
    MEDIAN: {"custom.lineWidth": 2, "color": _fixed(NEUTRAL)},
    MEAN: {
        "custom.lineWidth": 1,
        "color": _fixed("text"),
        "custom.lineStyle": {"fill": "dash", "dash": [6, 6]},
    },
    FAILED: {
        "unit": "percentunit",
        "max": 1,
        "color": _fixed(FAILS),
        "custom.drawStyle": "bars",
        "custom.fillOpacity": 40,
        "custom.lineWidth": 0,
        "custom.axisPlacement": "right",
        "custom.axisLabel": "failed",
    },
}
