"""What a scrape returns."""

import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from probe.exporter.metrics import Metrics, StoreStats
from probe.model import Layer, MissReason, Phase, Purpose, Stamp, Taint, Timing
from probe.store import Drop, Operation, Stats, Trouble
from tests.metrics_plan import (
    ailing,
    evidence,
    line_count,
    metrics_of,
    miss,
    observe,
    path_evidence,
    plan,
    promising,
    value,
)
from tests.need import need_program

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
STORE = Stats(
    epoch="e",
    rows={"observation": 5, "miss": 1},
    bytes=65_536,
    oldest_at_ns=1_700_000_000_000_000_000,
    committed_seq=6,
    commits=3,
    commit_seconds=0.004,
    dropped={Drop.AGE: 2},
    errors={(Operation.COMMIT, Trouble.FULL): 1},
    damaged=0,
    is_stuck=True,
    backlog_rows=4,
    backlog_bytes=400,
    max_bytes=1_048_576,
)


def parse_openmetrics(text: str) -> Iterator[Metric]:
    yield from openmetrics.text_string_to_metric_families(text)


def busy(store: StoreStats | None = STORE) -> Metrics:
    """Metrics in which every family has a value."""
    metrics = metrics_of(promising(plan()), store=store, notifications={("ops", "sent"): 1})
    every = [Timing(phase=phase, seconds=0.06, stamp=Stamp.USER) for phase in Phase]
    for slot, probe in enumerate(plan().probes):
        metrics.write(observe(probe.series, timings=every, evidence=evidence(not_after=[2_000_000_000])))
        metrics.write(observe(probe.series, cause="tcp.refused", slot=slot + 1, taints=(Taint.LATE,)))
    for kind in ("icmp", "trace"):
        metrics.write(observe(slot=7, evidence=path_evidence(kind)))
    metrics.write(miss(first_slot=9, reason=MissReason.LATE))
    metrics.write(observe(purpose=Purpose.CONTROL))
    metrics.observe_loop_lag(0.001)
    metrics.guard(lambda: True, lambda: {"wrong": 1, "delayed": 0})
    metrics.write(ailing(plan().probes[0].series.vantage, "local.captive_portal"))
    metrics.ipv6_is_broken(plan().probes[0].series.vantage, is_broken=False)
    return metrics


def samples(families: Iterable[Metric]) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_promtool_finds_nothing_to_complain_about():
    promtool = need_program("promtool")
    body, _ = busy().exposition(None)
    verdict = subprocess.run(
        [promtool, "check", "metrics"], input=body, capture_output=True, timeout=30, check=False
    )

    assert (verdict.returncode, verdict.stdout + verdict.stderr) == (0, b"")


def test_text_format_reads_back_as_what_is_in_the_registry():
    metrics = busy()
    body, content_type = metrics.exposition(None)

    assert content_type == TEXT
    assert samples(parse_text(body.decode())) == samples(metrics.registry.collect())


def test_openmetrics_reads_back_as_what_is_in_the_registry():
    metrics = busy()
    body, content_type = metrics.exposition(
        "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;q=0.5"
    )

    assert content_type.startswith(OPENMETRICS)
    assert samples(parse_openmetrics(body.decode())) == samples(metrics.registry.collect())


def test_openmetrics_is_valid_before_anything_happened():
    body, _ = metrics_of().exposition("application/openmetrics-text")

    assert "hopwatch_probes" in {family.name for family in parse_openmetrics(body.decode())}


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "text/html",
        "text/plain;version=abc",
        "application/openmetrics-text;version=x",
        "text/plain;version=\uff11.0.0",
        "application/openmetrics-text;version=" + "9" * 5000 + ".x.y",
        ";;,,==",
    ],
)
def test_text_is_the_answer_to_whatever_else_is_asked_for(accept: str | None):
    body, content_type = metrics_of().exposition(accept)

    assert content_type == TEXT
    assert body.startswith(b"# HELP hopwatch_probes_total ")


def test_no_created_series_are_exposed():
    body, _ = busy().exposition("application/openmetrics-text")

    assert b"_created" not in body


def test_two_daemons_in_one_process_do_not_share_figures():
    busy()

    assert value(metrics_of(), "slots_total", vantage="home") == 0


def test_series_is_the_number_of_sample_lines():
    metrics = busy()

    assert value(metrics, "series") == line_count(metrics)


def test_build_info_names_the_version():
    body, _ = metrics_of().exposition(None)

    assert b'\nhopwatch_build_info{python="3.' in body
    assert b',version="0.1.0"} 1.0\n' in body


def test_labels_clash_with_no_label_that_prometheus_users_put_on_targets():
    taken = {"type", "region", "zone", "env", "service", "stage", "dc", "job", "instance"}
    names = {label for family in busy().registry.collect() for one in family.samples for label in one.labels}

    assert names & taken == set()


def test_every_layer_is_a_plain_label():
    assert all(layer.isascii() and layer.isalpha() for layer in Layer)


def test_store_shows_what_it_tells():
    metrics = busy()

    assert {
        "rows": value(metrics, "store_rows", kind="observation"),
        "bytes": value(metrics, "store_size_bytes"),
        "oldest": value(metrics, "store_oldest_record_timestamp_seconds"),
        "commits": value(metrics, "store_commits_total"),
        "commit": value(metrics, "store_last_commit_duration_seconds"),
        "backlog": value(metrics, "store_backlog_rows"),
        "stuck": value(metrics, "store_stuck"),
        "damaged": value(metrics, "store_damaged_total"),
        "dropped": value(metrics, "store_records_dropped_total", reason="age"),
        "errors": value(metrics, "store_errors_total", operation="commit", reason="full"),
    } == {
        "rows": 5,
        "bytes": 65_536,
        "oldest": 1_700_000_000,
        "commits": 3,
        "commit": 0.004,
        "backlog": 4,
        "stuck": 1,
        "damaged": 0,
        "dropped": 2,
        "errors": 1,
    }


def test_empty_store_has_no_oldest_record_and_no_last_commit():
    body, _ = busy(store=replace(STORE, rows={}, oldest_at_ns=None, commit_seconds=None)).exposition(None)
    shown = {line.split()[0] for line in body.decode().splitlines() if line.startswith("hopwatch_store_")}

    assert shown == {
        "hopwatch_store_size_bytes",
        "hopwatch_store_max_size_bytes",
        "hopwatch_store_commits_total",
        "hopwatch_store_backlog_rows",
        "hopwatch_store_stuck",
        "hopwatch_store_damaged_total",
        'hopwatch_store_records_dropped_total{reason="age"}',
        'hopwatch_store_errors_total{operation="commit",reason="full"}',
    }


def test_without_a_store_there_are_no_figures_of_one():
    body, _ = busy(store=None).exposition(None)

    assert b"hopwatch_store_" not in body
