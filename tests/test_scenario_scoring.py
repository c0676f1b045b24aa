"""Causes are scored as a hierarchy: every prefix is a valid answer, and claiming too much costs precision."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.cause.taxonomy import CAUSES
from probe.model import Level, Record, Verdict
from tests.rig_scenarios import finding, written
from tests.scenarios.runner import judge
from tests.scenarios.runner.prediction import said
from tests.scenarios.runner.scoring import Score, average, best, closure, score
from tests.store_records import observation

CAUSE_SETS = st.sets(st.sampled_from(sorted(CAUSES)), max_size=4)


def test_a_cause_claims_its_prefixes_too():
    assert closure(["tls.reset.sni", "tcp.refused"]) == {
        "tls", "tls.reset", "tls.reset.sni", "tcp", "tcp.refused",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("true", "named", "precision", "recall"),
    [
        (["tls.reset.sni"], ["tls.reset.sni"], 1, 1),
        (["tls.reset.sni"], ["tls.reset"], 1, 2 / 3),
        (["tls.reset"], ["tls.reset.sni"], 2 / 3, 1),
        (["tls.reset.sni"], ["tcp.refused"], 0, 0),
        (["tls.reset.sni"], [], 0, 0),
        ([], ["tls.reset"], 0, 0),
        ([], [], 1, 1),
        (["dns.injected", "api.quota.tokens_day"], ["dns.injected"], 1, 2 / 5),
    ],
)
def test_too_little_costs_recall_and_too_much_precision(true, named, precision, recall):
    assert score(closure(true), closure(named)) == Score(precision=precision, recall=recall)


@given(CAUSE_SETS)
def test_the_truth_itself_is_always_perfect(causes):
    assert score(closure(causes), closure(causes)).f1 == 1


@given(CAUSE_SETS, CAUSE_SETS)
def test_to_swap_truth_and_claim_swaps_precision_and_recall(true, named):
    one, other = score(closure(true), closure(named)), score(closure(named), closure(true))

    assert (one.precision, one.recall) == (other.recall, other.precision)


@given(CAUSE_SETS, CAUSE_SETS)
def test_a_score_is_a_share(true, named):
    found = score(closure(true), closure(named))

    lowest, highest = sorted((found.precision, found.recall))
    assert 0 <= lowest <= highest <= 1
    assert lowest - 1e-9 <= found.f1 <= highest + 1e-9


def test_of_several_truths_the_one_that_fits_best_counts():
    assert best([["tls.alert.protocol_version"], ["tls.closed"]], ["tls.closed"]) == ("tls.closed",)
    assert best([["tls.closed"], ["tls.reset"]], []) == ("tls.closed",)


def test_averages_are_over_scenarios():
    found = average([Score(precision=1, recall=1), Score(precision=1, recall=0)])

    assert (found.scenarios, found.precision, found.recall, found.f1) == (2, 1, 0.5, 0.5)
    assert average([]) is None


def rows(text: str, *records: Record, since_s: float = 5.0):
    """Judge the vantages wifi and mobile of one daemon."""
    scenario = written(f"daemons: {{v-wifi: {{config: {{vantages: {{mobile: {{system: {{}}}}}}}}}}}}\n{text}")
    since_ns = round(since_s * 1e9)
    return judge.rows(scenario, {"v-wifi": records}, {"v-wifi": ("wifi", "mobile")}, since_ns)


def test_a_cause_at_the_wrong_vantage_is_wrong():
    found = rows(
        "truth: {wifi: {service: failed, causes: [tls.reset]}}", finding("tls.reset", vantage="mobile")
    )

    assert judge.total(found).f1 == 0


def test_of_a_series_the_last_finding_counts_and_of_several_series_all():
    found = rows(
        "truth: {wifi: {service: failed, causes: [tls.reset]}}",
        finding("tcp.refused", seq=1),
        finding("tls.reset", seq=2, at_s=11),
        finding("dns.injected", check="models", seq=3),
    )

    assert set(found[0].named) == {"tls.reset", "dns.injected"}


def test_where_troubles_follow_upon_another_all_findings_can_count():
    found = rows(
        "truth: {wifi: {service: failed, causes: [tcp.timeout, tcp.refused], counts: all}}",
        finding("tcp.timeout", seq=1),
        finding("tcp.refused", seq=2),
    )

    assert (found[0].named, found[0].score.f1) == (("tcp.timeout", "tcp.refused"), 1)


@pytest.mark.parametrize(
    "empty",
    [
        finding("tls.reset", level=Level.NONE),
        finding("tls.reset", verdict=Verdict.INSUFFICIENT),
    ],
)
def test_what_has_no_evidence_claims_nothing(empty):
    found = rows("truth: {wifi: {service: failed}}", empty)

    assert (found[0].named, found[0].score.f1) == ((), 1)


def test_any_finding_is_a_false_alarm_where_all_is_well():
    found = rows("", finding("meta.insufficient", verdict=Verdict.INSUFFICIENT, level=Level.NONE))

    assert [len(row.alarms) for row in found] == [1, 0]


def test_where_the_service_is_fine_only_an_outage_is_a_false_alarm():
    truth = "truth: {wifi: {service: ok, causes: [dns.injected]}}"
    noticed, alarmed = (
        rows(truth, finding("dns.injected", verdict=verdict))[0] for verdict in (Verdict.OK, Verdict.BLOCKED)
    )

    assert (len(noticed.alarms), noticed.score.f1, len(alarmed.alarms)) == (0, 1, 1)


def test_what_was_found_in_health_is_a_false_alarm_and_no_claim():
    found = rows("truth: {wifi: {service: failed, causes: [tls.reset]}}", finding("tcp.refused", at_s=4))

    assert (len(found[0].alarms), found[0].named) == (1, ())


@pytest.mark.parametrize(
    ("blamed", "right"),
    [(["host[a]"], True), (["host[a]", "path[w>a]"], True), (["host[b]"], False), ([None], False)],
)
def test_everybody_who_is_blamed_must_be_one_of_those_who_may(blamed, right):
    found = rows(
        'truth: {wifi: {service: failed, causes: [tls], elements: ["host[a]", "path[w>a]"]}}',
        *(finding("tls.reset", check=f"c{n}", element=one) for n, one in enumerate(blamed)),
    )

    assert found[0].blames_rightly is right


def test_the_time_to_name_begins_at_the_end_of_the_probe_that_failed():
    first = finding("tls.reset", at_s=9.5, seq=8, parent=7)
    again = finding("tls.reset", at_s=12, seq=9, parent=7)
    observed = observation(first.parents[0], started_at_ns=6_000_000_000, elapsed_seconds=2.0)

    heard = said([observed, first, again], "wifi", 0)

    assert heard.seconds_to_name("last") == (1.5,)
