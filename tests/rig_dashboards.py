"""Reads the committed dashboards: their panels, and every query with its place and as Grafana would send it."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "dashboards"
FILES = tuple(sorted(FOLDER.glob("*.json")))
_VARIABLE = re.compile(r"\$\{(\w+)(?::[\w:]+)?\}|\$(\w+)")
# As Grafana fills in what is its own, for an hour that is scraped twice a minute; only bars are of an interval.
BUILT_IN = {"__rate_interval": "2m", "__interval": "2m", "__range": "3600s", "__range_s": "3600"}
# Those that choose exactly one thing are tried with each of these.
CHOICES = {
    "route": ("chat", "page"),
    "hop": ("hk-vps", "vercel", "direct", "static"),
    "beside": ("reach", "function"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query: where it stands, and whether it is asked for a moment or a course."""

    where: str
    expr: str
    is_instant: bool

    def filled_in(self, dashboard: Mapping[str, Any]) -> Iterator[str]:
        """Yield it as it is sent for every choice of the variables that choose one thing."""
        one = [name for name in single(dashboard) if re.search(rf"\${name}\b", self.expr)]
        for values in itertools.product(*(CHOICES[name] for name in one)):
            known = {**BUILT_IN, **_of_all(dashboard), **dict(zip(one, values, strict=True))}
            yield _filled_in(self.expr, known)


def read(file: Path) -> dict[str, Any]:
    """Return a dashboard."""
    dashboard: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return dashboard


def panels(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return its panels without the headings."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def variables(dashboard: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return its variables by name."""
    return {one["name"]: one for one in dashboard["templating"]["list"]}


def single(dashboard: Mapping[str, Any]) -> list[str]:
    """Return the names of the variables that choose one label value."""
    found = variables(dashboard).items()
    return [name for name, one in found if one["type"] == "query" and not one.get("multi")]


def queries(dashboard: Mapping[str, Any]) -> Iterator[Query]:
    """Yield every query of panels and annotations, and the selectors of the variables."""
    uid = dashboard["uid"]
    for panel in panels(dashboard):
        for target in panel.get("targets", ()):
            where = f"{uid}: {panel['title']} {target['refId']}"
            yield Query(where=where, expr=target["expr"], is_instant=bool(target.get("instant")))
    for annotation in dashboard["annotations"]["list"]:
        yield Query(where=f"{uid}: {annotation['name']}", expr=annotation["expr"], is_instant=False)
    for name, variable in variables(dashboard).items():
        if variable["type"] == "query":
            yield Query(where=f"{uid}: ${name}", expr=_selected(variable["query"]["query"]), is_instant=True)


def _filled_in(text: str, known: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: known[found[1] or found[2]], text)


def _selected(asked: str) -> str:
    """Return what label_values() or query_result() is about."""
    found = re.fullmatch(r"label_values\((.*), \w+\)|query_result\((.*)\)", asked)
    assert found is not None, asked
    return found[1] or found[2]


def _of_all(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of the variables that choose several things or none, as they are at first."""
    return {
        name: ".+" if one.get("multi") else str(one["current"]["value"])
        for name, one in variables(dashboard).items()
        if name not in single(dashboard)
    }
