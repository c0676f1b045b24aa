"""The variables: where the data is, what to look at, and where our own page is."""

from grafana_foundation_sdk.builders.dashboard import (
    CustomVariable,
    DatasourceVariable,
    QueryVariable,
    TextBoxVariable,
)
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
_ALL = VariableOption(text="All", value="$__all")
_WITHIN = {
    "job": "label_values(hopwatch_build_info, job)",
    "instance": 'label_values(hopwatch_build_info{job=~"$job"}, instance)',
}
_EXPLAINED = {
    "job": "The scrape job of hopwatch.",
    "instance": "The daemon, where Prometheus scrapes several.",
    "route": "How a request travels.",
    "hop": "The hop that is asked.",
    "vantage": "The network that is looked from.",
    "check": "The question that is asked.",
}


def datasource() -> DatasourceVariable:
    """The one choice of where the data is."""
    return (
        DatasourceVariable("datasource")
        .label("Data source")
        .description("The Prometheus that scrapes hopwatch.")
        .type("prometheus")
        .current(VariableOption(text="hopwatch", value="hopwatch"))
    )


def several(name: str, *above: str) -> QueryVariable:
    """Any number of what a label names, among what the variables above it choose."""
    return _of_label(name, above).multi(True).include_all(True).all_value(".+").current(_ALL)


def one(name: str, *above: str) -> QueryVariable:
    """Exactly one of what a label names."""
    return _of_label(name, above)


def _of_label(name: str, above: tuple[str, ...]) -> QueryVariable:
    chosen = "".join(f', {other}=~"${other}"' for other in above)
    metric = f'hopwatch_probes_total{{job=~"$job", instance=~"$instance"{chosen}}}'
    query = _WITHIN.get(name, f"label_values({metric}, {name})")
    return (
        QueryVariable(name)
        .label(name.capitalize())
        .description(_EXPLAINED[name])
        .datasource(SOURCE)
        .query({"query": query, "refId": f"variable-{name}", "qryType": 1})
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )


def beside() -> QueryVariable:
    """The check that the whole way is set beside: one that leaves relays out."""
    query = (
        'query_result(hopwatch_probes_total{job=~"$job", instance=~"$instance", route=~"$route", check!="ipv6"}'
        ' unless on (job, instance, route, check) hopwatch_route_check_info{job=~"$job", instance=~"$instance",'
        ' route=~"$route"})'
    )
    return (
        QueryVariable("beside")
        .label("Beside")
        .description("The check to compare the whole way with: one that asks the far end without the relays.")
        .datasource(SOURCE)
        .query({"query": query, "refId": "variable-beside", "qryType": 3})
        .regex('/check="(?<value>[^"]+)"/')
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_DESC)
    )


def window() -> CustomVariable:
    """What counts as now in the figures that need a little time to be told."""
    choices = ("5m", "10m", "30m", "1h", "6h")
    return (
        CustomVariable("window")
        .label("Now is the last")
        .description("The time over which shares, causes and times of now are told.")
        .values(",".join(choices))
        .options([VariableOption(text=each, value=each, selected=each == "10m") for each in choices])
        .current(VariableOption(text="10m", value="10m", selected=True))
    )


def page() -> TextBoxVariable:
    """The address of our own page, which links lead to."""
    address = "http://127.0.0.1:9860"
    here = VariableOption(text=address, value=address, selected=True)
    return (
        TextBoxVariable("page")
        .label("Page")
        .description("Where hopwatch's own page is, as your browser reaches it.")
        .default_value(address)
        .current(here)
        .options([here])
    )
