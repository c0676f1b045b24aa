"""A dashboard with what all have in common: variables, links, annotations and how it behaves."""

from collections.abc import Iterable, Sequence

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery, Dashboard, QueryVariable, Row
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, Panel

from dashboards.source import links, variables
from dashboards.source.queries import Chosen
from dashboards.source.words import FAILS, NEUTRAL, UNKNOWN


def board(uid: str, title: str, description: str, chosen: Sequence[QueryVariable]) -> Dashboard:
    """Begin a dashboard."""
    made = (
        Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["hopwatch"])
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time("now-3h", "now")
        .refresh("30s")
        .timezone("browser")
        .links(links.of_dashboard(uid))
    )
    common = (variables.datasource(), variables.several("job"), variables.several("instance"))
    for each in (*common, *chosen, variables.window(), variables.page()):
        made.with_variable(each)
    return made


def place(made: Dashboard, panels: Iterable[Builder[Panel]], *, under: str = "") -> None:
    """Put panels on a dashboard, from left to right and downwards, under a heading if one is given."""
    if under:
        made.with_row(Row(under))
    for panel in panels:
        made.with_panel(panel)


def state_changes(chosen: Chosen) -> list[AnnotationQuery]:
    """Return what is marked on every graph: routes that fail, vantages at fault, and other configurations."""
    users = chosen.users_failing_share("route")
    at_fault = f"max by (vantage) ({chosen.of('hopwatch_vantage_healthy')} == 0) + 1"
    reloaded = chosen.of("hopwatch_config_last_reload_success_timestamp_seconds")
    return [
        _annotation("Route fails for users", f"({users}) > 0", FAILS, "{{route}} fails"),
        _annotation("Vantage at fault", at_fault, UNKNOWN, "own network of {{vantage}} at fault"),
        _annotation("Configuration taken over", f"{reloaded} * 1000", NEUTRAL, "configuration taken over")
        # The value is the moment itself.
        .use_value_for_time(True),
    ]


def _annotation(name: str, expr: str, color: str, title: str) -> AnnotationQuery:
    return (
        AnnotationQuery()
        .name(name)
        .datasource(variables.SOURCE)
        .enable(True)
        .hide(False)
        .icon_color(color)
        .expr(expr)
        .step("60s")
        .title_format(title)
        .text_format("")
    )
