"""The alerts for Prometheus: valid, tested one by one, each with its page, and built on what there is."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from probe.cause.taxonomy import CAUSES
from probe.exporter.metrics.table import FAMILIES
from probe.model import Layer
from tests.need import need_program

HERE = Path(__file__).parent
ROOT = HERE.parent
RULES = ROOT / "config" / "prometheus" / "hopwatch.rules.yml"
TEXT = RULES.read_text(encoding="utf-8")
GROUPS = yaml.safe_load(TEXT)["groups"]
ALERTS = [rule for group in GROUPS for rule in group["rules"] if "alert" in rule]
RECORDS = {rule["record"] for group in GROUPS for rule in group["rules"] if "record" in rule}
NAMES = {
    "RouteDown",
    "HopDown",
    "VantageNetworkDown",
    "CertificateExpiring",
    "ApiKeyOrQuotaTrouble",
    "RouteErrorBudgetBurnFast",
    "RouteErrorBudgetBurnSlow",
    "ChecksMissed",
    "ProbesStale",
    "ConfigReloadFailed",
    "StoreNearlyFull",
    "HopwatchDown",
    "Watchdog",
}
CASES = sorted((HERE / "alerts").glob("*.yml"))
PAGES = ROOT / "docs" / "runbooks"
DASHBOARDS = {"hopwatch-overview", "hopwatch-route", "hopwatch-hop", "hopwatch-vantages", "hopwatch-self"}


def promtool(*words: str) -> None:
    done = subprocess.run(
        [need_program("promtool"), *words], capture_output=True, text=True, timeout=50, cwd=HERE / "alerts"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_and_the_configuration_around_them_are_valid():
    promtool("check", "rules", str(RULES))
    promtool("check", "config", str(RULES.with_name("prometheus.yml")))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_alert_fires_is_silent_and_resolves(case: Path):
    promtool("test", "rules", case.name)


def test_each_alert_that_was_promised_is_there_with_its_tests_and_no_other():
    assert {alert["alert"] for alert in ALERTS} == NAMES
    assert {case.stem for case in CASES} == NAMES


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_each_alert_has_a_test_that_it_fires_and_one_that_it_does_not(case: Path):
    written = yaml.safe_load(case.read_text(encoding="utf-8"))["tests"]
    fires = [
        one["exp_alerts"]
        for test in written
        for one in test.get("alert_rule_test", ())
        if one["alertname"] == case.stem
    ]
    silent = [one for test in written for one in test.get("promql_expr_test", ()) if not one["exp_samples"]]

    assert any(fires)
    assert bool(silent) == (case.stem != "Watchdog")


def test_each_alert_has_its_page_and_each_page_its_alert():
    assert {page.stem for page in PAGES.glob("*.md")} == NAMES
    assert {alert["annotations"]["runbook_url"] for alert in ALERTS} == {
        f"docs/runbooks/{name}.md" for name in NAMES
    }


@pytest.mark.parametrize("name", sorted(NAMES))
def test_page_says_what_it_means_what_it_costs_how_to_look_and_what_to_do(name: str):
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")

    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Meaning", "Impact", "Diagnosis", "Mitigation"]


def test_index_names_every_alert_and_links_its_page():
    text = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")

    assert set(re.findall(r"\]\(runbooks/(\w+)\.md\)", text)) == NAMES


def test_each_alert_is_labelled_and_explained():
    for alert in ALERTS:
        notes = alert["annotations"]
        assert alert["labels"]["severity"] in {"critical", "warning", "info", "none"}
        assert notes["runbook_url"] == f"docs/runbooks/{alert['alert']}.md"
        assert {"summary", "description"} <= notes.keys()
        if alert["alert"] != "Watchdog":
            assert re.split(r"/d/|\?", notes["dashboard_url"])[1] in DASHBOARDS


def test_every_metric_in_the_rules_exists():
    exposed = {family.name for family in FAMILIES}
    recorded = set(re.findall(r"hopwatch:\w+:\w+", TEXT))
    used = set(re.findall(r"(?<![\w:])hopwatch_\w+", TEXT))

    assert used - exposed == set()
    assert recorded == RECORDS


def test_key_and_quota_trouble_are_the_causes_that_blame_a_key_or_a_quota_or_limit_a_rate():
    said = set(re.findall(r'cause(?:=~|!~)"((?:api|vercel)[^"]*)"', TEXT))
    blaming = {one.id for one in CAUSES.values() if {"auth", "quota"} & {str(kind) for kind in one.elements}}
    limiting = {one for one in CAUSES if one.endswith((".rate_limited", ".limited"))}

    assert len(said) == 1
    [pattern] = said
    matched = {one for one in CAUSES if re.fullmatch(pattern.replace("\\\\", "\\"), one)}
    # A body too large is a matter of the request; what the platform has switched off is down, whatever the reason.
    others = {"vercel.payload", "vercel.deployment.disabled"}
    assert matched == {one for one in blaming | limiting if not one.startswith("meta.")} - others


def test_layers_by_which_the_depth_of_a_check_is_told_are_layers():
    said = {word for words in re.findall(r'layer=~?"([^"]*)"', TEXT) for word in words.split("|")}

    assert said <= set(Layer)
