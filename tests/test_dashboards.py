"""What every dashboard must keep to: dashboard-linter's rules and our own, without a server."""

import json
import re
from collections import Counter
from itertools import combinations

import pytest
import yaml
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.source.dashboards import DASHBOARDS
from dashboards.source.writing import as_json
from probe.exporter.metrics.family import Kind
from probe.exporter.metrics.table import FAMILIES
from probe.web.search_form import FIELDS
from tests.rig_dashboards import BUILT_IN, FILES, FOLDER, panels, queries, read, variables

UIDS = ("hopwatch-hop", "hopwatch-overview", "hopwatch-route", "hopwatch-self", "hopwatch-vantages")
# Core panels only: no plug-in has to be installed.
TYPES = {"stat", "table", "timeseries", "state-timeline", "heatmap", "text", "row"}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
FAMILY = {family.name: family for family in FAMILIES}
SELECTOR = re.compile(r"(hopwatch_\w+)\{([^}]*)\}")
# Counters that are set against each other as they are, because they began together.
AS_THEY_ARE = {"hopwatch-self: Slots that nobody accounts for A"}
SPEEDS = r"(?:rate|irate|increase|min_over_time|last_over_time)"
ALL = [pytest.param(read(file), id=file.stem) for file in FILES]


def family_of(name):
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    found = FAMILY.get(name) or FAMILY[base]
    assert (found.kind is Kind.HISTOGRAM) == (name not in FAMILY), name
    return found


def fields(panel):
    return panel["fieldConfig"]["defaults"]


def links(dashboard):
    of_panels = [link for panel in panels(dashboard) for link in panel_links(panel)]
    return [link["url"] for link in [*dashboard["links"], *of_panels]]


def panel_links(panel):
    return panel.get("fieldConfig", {}).get("defaults", {}).get("links", [])


def test_committed_dashboards_are_what_their_source_writes():
    written = {f"{made.uid}.json": as_json(made) for made in (make() for make in DASHBOARDS)}

    assert written == {file.name: file.read_text(encoding="utf-8") for file in FILES}


def test_uids_stay_as_links_and_alerts_know_them():
    assert tuple(read(file)["uid"] for file in FILES) == UIDS


@pytest.mark.parametrize("dashboard", ALL)
def test_panels_are_numbered_once_and_are_core_panels(dashboard):
    numbers = Counter(panel["id"] for panel in dashboard["panels"])
    types = {panel["type"] for panel in dashboard["panels"]}

    assert (set(numbers.values()), types - TYPES) == ({1}, set())


@pytest.mark.parametrize("dashboard", ALL)
def test_no_two_panels_overlap_and_none_is_beyond_the_grid(dashboard):
    def cells(panel):
        at = panel["gridPos"]
        return {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}

    taken = [(panel["title"], cells(panel)) for panel in dashboard["panels"]]
    overlaps = [(one, other) for (one, ours), (other, theirs) in combinations(taken, 2) if ours & theirs]
    beyond = [title for title, all_cells in taken if max(x for x, _ in all_cells) > 23]
    assert (overlaps, beyond) == ([], [])


@pytest.mark.parametrize("dashboard", ALL)
def test_every_panel_says_what_it_is_in_which_unit_and_what_no_data_means(dashboard):
    silent = [
        panel["title"]
        for panel in panels(dashboard)
        if not (panel["title"] and panel["description"].endswith("."))
        or (
            panel["type"] != "text" and not (fields(panel)["unit"] and fields(panel)["noValue"].endswith("."))
        )
    ]

    assert silent == []


@pytest.mark.parametrize("dashboard", ALL)
def test_panels_and_variables_ask_the_one_chosen_data_source(dashboard):
    asked = [panel["datasource"] for panel in panels(dashboard) if panel["type"] != "text"]
    asked += [target["datasource"] for panel in panels(dashboard) for target in panel.get("targets", ())]
    asked += [one["datasource"] for one in variables(dashboard).values() if one["type"] == "query"]
    asked += [annotation["datasource"] for annotation in dashboard["annotations"]["list"]]
    sources = [one["name"] for one in variables(dashboard).values() if one["type"] == "datasource"]

    assert ([one for one in asked if one != SOURCE], sources) == ([], ["datasource"])


@pytest.mark.parametrize("dashboard", ALL)
def test_variables_are_as_the_linter_wants_them(dashboard):
    found = variables(dashboard)
    labels = {name: found[name]["label"] for name in ("datasource", "job", "instance")}
    several = {name: (found[name]["multi"], found[name]["allValue"]) for name in ("job", "instance")}
    stale = [name for name, one in found.items() if one["type"] == "query" and one["refresh"] != 2]

    assert labels == {"datasource": "Data source", "job": "Job", "instance": "Instance"}
    assert several == {"job": (True, ".+"), "instance": (True, ".+")}
    assert (stale, dashboard["editable"]) == ([], False)


@pytest.mark.parametrize("dashboard", ALL)
def test_every_variable_is_used_and_every_used_one_is_there(dashboard):
    text = json.dumps(dashboard)
    used = {long or short for long, short in re.findall(r"\$\{(\w+)(?::[\w:]+)?\}|\$(\w+)", text)}
    built_in = {name for name in used if name.startswith("__")} - {"__all"}

    assert built_in <= {*BUILT_IN, "__url_time_range", "__from", "__to", "__data", "__field"}
    assert used - built_in - {"__all"} <= set(variables(dashboard))
    assert set(variables(dashboard)) - {"window"} <= used


@pytest.mark.parametrize("dashboard", ALL)
def test_every_selector_names_a_metric_and_labels_of_the_registry_and_the_chosen_daemon(dashboard):
    wrong = []
    for query in queries(dashboard):
        for name, matchers in SELECTOR.findall(query.expr):
            labels = set(re.findall(r"(\w+)(?==|!=)", matchers))
            narrowed = matchers.startswith('job=~"$job", instance=~"$instance"')
            known = {"job", "instance", *family_of(name).labels}
            if not labels <= known or not (narrowed or query.where.endswith(("$job", "$instance"))):
                wrong.append((query.where, name))
        bare = re.findall(r"\bhopwatch_\w+\b(?!\{)", query.expr)
        wrong += [(query.where, name) for name in bare if not query.where.endswith("$job")]

    assert wrong == []


@pytest.mark.parametrize("dashboard", ALL)
def test_labels_that_results_are_grouped_by_are_those_of_some_metric_in_the_query(dashboard):
    wrong = []
    for query in queries(dashboard):
        known = {"le", "job", "instance"}.union(
            *(family_of(name).labels for name, _ in SELECTOR.findall(query.expr))
        )
        named = re.findall(r"\b(?:by|on) \(([\w, ]+)\)", query.expr)
        wrong += [(query.where, one) for one in ", ".join(named).split(", ") if one and one not in known]

    assert wrong == []


@pytest.mark.parametrize("dashboard", ALL)
def test_speeds_are_over_the_rate_interval_and_totals_over_what_the_reader_chose(dashboard):
    windows = [
        (query.where, function, window)
        for query in queries(dashboard)
        for function, window in re.findall(r"\b(\w+)\([^()]*?\{[^}]*\}\[([^\]]+)\]", query.expr)
    ]
    wrong = [
        (where, function, window)
        for where, function, window in windows
        if window
        not in {"$__rate_interval"}
        | ({"$__range", "$__interval", "$window"} if function != "rate" else set())
    ]
    assert wrong == []


@pytest.mark.parametrize("dashboard", ALL)
def test_counters_are_read_as_growth_and_nothing_else_is(dashboard):
    wrong = []
    for query in queries(dashboard):
        grown = {name for name, _ in re.findall(SPEEDS + r"\((hopwatch_\w+)(\{)", query.expr)}
        for name, _ in SELECTOR.findall(query.expr):
            counts = family_of(name).kind in (Kind.COUNTER, Kind.HISTOGRAM)
            is_free = query.where in AS_THEY_ARE or query.where.rpartition(": ")[2].startswith("$")
            if counts != (name in grown) and not is_free:
                wrong.append((query.where, name))

    assert wrong == []


@pytest.mark.parametrize("dashboard", ALL)
def test_no_key_is_unknown_to_the_schema(dashboard):
    plugins.register_default_plugins()
    back = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))

    assert list(lost(dashboard, back, "$")) == []


def lost(ours, theirs, path):
    """Yield what does not come back from a way through the types of the SDK."""
    if isinstance(ours, dict):
        for key, value in ours.items():
            there = isinstance(theirs, dict) and key in theirs
            yield from lost(value, theirs[key], f"{path}.{key}") if there else [f"{path}.{key}"]
    elif isinstance(ours, list):
        for number, value in enumerate(ours):
            there = isinstance(theirs, list) and number < len(theirs)
            yield from lost(value, theirs[number] if there else None, f"{path}[{number}]")
    elif ours != theirs:
        yield f"{path}: {ours!r} comes back as {theirs!r}"


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda panel: panel.update(heading="x"), ".heading"),
        (lambda panel: panel["gridPos"].update(hh=3), ".gridPos.hh"),
        (lambda panel: fields(panel).update(unitt="s"), ".fieldConfig.defaults.unitt"),
    ],
    ids=["panel", "place", "field"],
)
def test_misspelt_keys_are_found(spoil, where):
    plugins.register_default_plugins()
    dashboard = read(FILES[0])
    spoil(dashboard["panels"][0])
    back = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))

    assert list(lost(dashboard, back, "$")) == [f"$.panels[0]{where}"]


@pytest.mark.parametrize("dashboard", ALL)
def test_links_lead_to_our_dashboards_and_to_our_page_and_keep_the_data_source(dashboard):
    found = links(dashboard)
    others = {url.partition("?")[0] for url in found if url.startswith("/")}
    to_page = {url.partition("?")[0] for url in found if not url.startswith("/")}
    forgetful = [url for url in found if url.startswith("/") and "${datasource:queryparam}" not in url]

    assert others <= {f"/d/{uid}" for uid in UIDS}
    assert others >= {f"/d/{uid}" for uid in UIDS if uid != dashboard["uid"]}
    assert to_page <= {"${page:raw}/", "${page:raw}/search"}
    assert forgetful == []


def test_a_variable_that_a_link_sets_is_one_of_the_dashboard_that_it_leads_to():
    known = {f"/d/{file.stem}": set(variables(read(file))) for file in FILES}
    wrong = [
        url
        for file in FILES
        for url in links(read(file))
        if url.startswith("/") and not set(re.findall(r"&var-(\w+)=", url)) <= known[url.partition("?")[0]]
    ]

    assert wrong == []


def test_our_page_understands_what_links_search_for():
    asked = {
        word.partition("=")[0]
        for file in FILES
        for url in links(read(file))
        if "/search?" in url
        for word in url.partition("?")[2].split("&")
    }

    assert asked - set(FIELDS) == set()


def test_provisioning_gives_the_data_source_that_the_dashboards_begin_with():
    (source,) = yaml.safe_load((FOLDER / "provisioning/datasources/hopwatch.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((FOLDER / "provisioning/dashboards/hopwatch.yml").read_text())["providers"]
    begun_with = {variables(read(file))["datasource"]["current"]["value"] for file in FILES}

    assert (begun_with, source["type"], provider["allowUiUpdates"]) == ({source["uid"]}, "prometheus", False)


def _ask(panel, expr):
    panel["targets"][0]["expr"] = expr


SUCCESS = 'hopwatch_probe_success{job=~"$job", instance=~"$instance"}'
FAILURES = 'hopwatch_probe_failures_total{job=~"$job", instance=~"$instance"}'
# Each rule, and what breaks it in the first panel of a dashboard.
BROKEN = [
    (test_panels_are_numbered_once_and_are_core_panels, lambda panel: panel.update(id=2)),
    (test_panels_are_numbered_once_and_are_core_panels, lambda panel: panel.update(type="statusmap")),
    (test_no_two_panels_overlap_and_none_is_beyond_the_grid, lambda panel: panel["gridPos"].update(w=24)),
    (
        test_no_two_panels_overlap_and_none_is_beyond_the_grid,
        lambda panel: panel["gridPos"].update(x=24, y=900),
    ),
    (
        test_every_panel_says_what_it_is_in_which_unit_and_what_no_data_means,
        lambda panel: fields(panel).update(unit=""),
    ),
    (
        test_every_panel_says_what_it_is_in_which_unit_and_what_no_data_means,
        lambda panel: panel.update(description=""),
    ),
    (
        test_panels_and_variables_ask_the_one_chosen_data_source,
        lambda panel: panel["datasource"].update(uid="mine"),
    ),
    (test_every_variable_is_used_and_every_used_one_is_there, lambda panel: panel.update(title="$nobody")),
    (
        test_every_selector_names_a_metric_and_labels_of_the_registry_and_the_chosen_daemon,
        lambda panel: _ask(panel, SUCCESS.replace("success", "luck")),
    ),
    (
        test_every_selector_names_a_metric_and_labels_of_the_registry_and_the_chosen_daemon,
        lambda panel: _ask(panel, SUCCESS.replace("}", ', hopp="x"}')),
    ),
    (
        test_every_selector_names_a_metric_and_labels_of_the_registry_and_the_chosen_daemon,
        lambda panel: _ask(panel, 'hopwatch_probe_success{hop="x"}'),
    ),
    (
        test_every_selector_names_a_metric_and_labels_of_the_registry_and_the_chosen_daemon,
        lambda panel: _ask(panel, "hopwatch_probe_success"),
    ),
    (
        test_labels_that_results_are_grouped_by_are_those_of_some_metric_in_the_query,
        lambda panel: _ask(panel, f"sum by (cause) ({SUCCESS})"),
    ),
    (
        test_speeds_are_over_the_rate_interval_and_totals_over_what_the_reader_chose,
        lambda panel: _ask(panel, f"rate({FAILURES}[$__range])"),
    ),
    (
        test_speeds_are_over_the_rate_interval_and_totals_over_what_the_reader_chose,
        lambda panel: _ask(panel, f"increase({FAILURES}[5m])"),
    ),
    (test_counters_are_read_as_growth_and_nothing_else_is, lambda panel: _ask(panel, f"sum({FAILURES})")),
    (
        test_counters_are_read_as_growth_and_nothing_else_is,
        lambda panel: _ask(panel, f"increase({SUCCESS}[$__range])"),
    ),
    (
        test_links_lead_to_our_dashboards_and_to_our_page_and_keep_the_data_source,
        lambda panel: fields(panel)["links"][0].update(url="/d/elsewhere?${datasource:queryparam}"),
    ),
]


@pytest.mark.parametrize(("rule", "spoil"), BROKEN, ids=[rule.__name__[5:40] for rule, _ in BROKEN])
def test_a_rule_is_broken_by_what_it_forbids(rule, spoil):
    dashboard = read(FOLDER / "hopwatch-overview.json")
    rule(dashboard)
    spoil(dashboard["panels"][0])

    with pytest.raises((AssertionError, KeyError)):
        rule(dashboard)
