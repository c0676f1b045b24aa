"""Where one gets to from a figure: the dashboard below, and our own page for single observations."""

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import DashboardLink as Link
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

from dashboards.source.words import HOP, OVERVIEW, ROUTE, SELF, VANTAGES

_KEPT = (
    "${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&${page:queryparam}&${__url_time_range}"
)
_TITLES = {
    OVERVIEW: "Overview",
    ROUTE: "Route",
    HOP: "Hop",
    VANTAGES: "Vantages",
    SELF: "hopwatch itself",
}


def label(name: str) -> str:
    """A label of the series that is clicked on."""
    return f"${{__field.labels.{name}}}"


def column(name: str) -> str:
    """A column of the row that is clicked on."""
    return f"${{__data.fields.{name}}}"


def to_dashboard(uid: str, **variables: str) -> DashboardLink:
    """Link to another dashboard with the same data and time, and these variables set."""
    more = "".join(f"&var-{name}={value}" for name, value in variables.items())
    title = {ROUTE: "Route: its state and times", HOP: "Hop: causes, times, certificate"}.get(
        uid, _TITLES[uid]
    )
    return DashboardLink(title).url(f"/d/{uid}?{_KEPT}{more}")


def to_search(**wanted: str) -> DashboardLink:
    """Link to the single observations on our page, of the time that is shown."""
    shown = {"since": "${__from:date:iso}", "until": "${__to:date:iso}"}
    asked = "&".join(f"{name}={value}" for name, value in {**wanted, **shown}.items())
    return (
        DashboardLink("The observations themselves").url(f"${{page:raw}}/search?{asked}").target_blank(True)
    )


def of_dashboard(uid: str) -> list[Builder[Link]]:
    """Return the links at the top of a dashboard: all others, and our page."""
    others = [
        DashboardLink(title)
        .type(DashboardLinkType.LINK)
        .icon("dashboard")
        .tooltip(f"The dashboard {title}")
        .url(f"/d/{other}?{_KEPT}")
        for other, title in _TITLES.items()
        if other != uid
    ]
    page = (
        DashboardLink("Page")
        .type(DashboardLinkType.LINK)
        .icon("external link")
        .tooltip("hopwatch's own page, with every single observation")
        .url("${page:raw}/")
        .target_blank(True)
    )
    return [*others, page]
