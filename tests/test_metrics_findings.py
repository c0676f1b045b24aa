"""Each failed probe counts once, under the deepest cause known when it comes; findings count nothing again."""

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.exporter.metrics import Metrics
from probe.model import Finding, Level, Observation, Outcome, Series, Verdict
from tests.metrics_plan import IDENTITY, REACH, REACH_LABELS, figures, metrics_of, observe, plan, with_twins
from tests.store_records import finding

SNI = "tls.reset.sni"


class Told:
    """Metrics, told what a series comes to and what is found about it."""

    def __init__(self, metrics: Metrics | None = None, series: Series = REACH) -> None:
        self.metrics = metrics or metrics_of()
        self.series = series
        self.numbers = itertools.count(1)

    def comes_to(self, *causes: str | None) -> Observation:
        made = [
            replace(observe(self.series, cause, slot=None), identity=self._identity()) for cause in causes
        ]
        for seen in made:
            self.metrics.write(seen)
        return made[-1]

    def finds(self, about: Observation, *causes: str, **more: Any) -> Finding:
        found = finding(
            causes=causes, series=self.series, parents=[about.identity], identity=self._identity(), **more
        )
        self.metrics.write(found)
        return found

    def _identity(self):
        return replace(IDENTITY, seq=next(self.numbers))

    def counted(self, label: str = "cause", **labels: str) -> dict[str, float]:
        """What is counted by cause, or by layer; what is not counted is left out."""
        name = {"cause": "hopwatch_probe_failure_causes_total", "layer": "hopwatch_probe_failures_total"}[
            label
        ]
        wanted = {**REACH_LABELS, "check": self.series.check, **labels}
        return {
            dict(key)[label]: number
            for (sample, key), number in figures(self.metrics).items()
            if sample == name and number and wanted.items() <= dict(key).items()
        }


def test_failures_are_counted_as_seen_until_something_is_found_and_under_that_from_then_on():
    told = Told()
    told.finds(told.comes_to("tls.reset", "tls.reset"), SNI)
    told.comes_to("tls.reset", "tls.reset", "tls.reset")

    assert (told.counted(), told.counted("layer")) == ({"tls.reset": 2, SNI: 3}, {"tls": 5})


@pytest.mark.parametrize(
    ("then", "counted"),
    [
        (["tls.reset"], {"tls.reset": 1, SNI: 1}),
        ([None, "tls.reset"], {"tls.reset": 2}),
        (["tcp.refused", "tls.reset"], {"tls.reset": 2, "tcp.refused": 1}),
        (["local.no_route", "tls.reset"], {"tls.reset": 1, SNI: 1}),
    ],
    ids=["goes on", "answered", "failed otherwise", "not measured in between"],
)
def test_a_finding_counts_until_its_series_turns(then, counted):
    told = Told()
    told.finds(told.comes_to("tls.reset"), SNI)
    told.comes_to(*then)

    assert told.counted() == counted


def test_layer_and_cause_are_of_the_same_cause():
    told = Told()
    told.finds(told.comes_to("tls.reset"), "dns.injected")
    told.comes_to("tls.reset")

    assert (told.counted(), told.counted("layer")) == (
        {"tls.reset": 1, "dns.injected": 1},
        {"tls": 1, "dns": 1},
    )


@pytest.mark.parametrize(
    "found",
    [
        {"causes": ("local.gateway_unreachable",)},
        {"causes": ("meta.control_unreachable",), "verdict": Verdict.INSUFFICIENT},
        {"causes": (SNI,), "level": Level.NONE},
        {"causes": ("tls",)},
        {"causes": ()},
    ],
    ids=["own trouble", "too little", "no evidence", "less than was seen", "nothing"],
)
def test_what_says_no_more_of_the_hop_changes_no_count(found):
    told = Told()
    causes = found.pop("causes")
    told.finds(told.comes_to("tls.reset"), *causes, **found)
    told.comes_to("tls.reset")

    assert told.counted() == {"tls.reset": 2}


def test_a_cause_that_the_taxonomy_does_not_have_is_no_label():
    told = Told()
    told.finds(told.comes_to("tls.reset"), "tls.reset.\u202e")
    told.comes_to("tls.reset")

    assert told.counted() == {"tls.reset": 1, "other": 1}


def test_a_finding_of_one_series_counts_for_no_other():
    told = Told()
    other = Told(told.metrics, replace(REACH, hop="vercel", check="edge"))
    told.finds(told.comes_to("tls.reset"), SNI)
    other.numbers = told.numbers
    other.comes_to("tls.reset")

    assert other.counted(hop="vercel") == {"tls.reset": 1}


def test_what_shows_ipv6_apart_is_counted_by_the_layer_of_what_was_found():
    told = Told(metrics_of(with_twins(plan())), replace(REACH, check="ipv6"))
    told.finds(told.comes_to("tls.reset"), "dns.injected.aaaa")
    told.comes_to("tls.reset")

    assert (told.counted(), told.counted("layer")) == ({}, {"tls": 1, "dns": 1})


def verdicts(metrics: Metrics) -> dict[str, float]:
    return {
        dict(key)["verdict"]: number
        for (name, key), number in figures(metrics).items()
        if name == "hopwatch_findings"
    }


NONE = dict.fromkeys(Verdict, 0)


def test_findings_that_stand_are_shown_by_verdict():
    told = Told()
    seen = [verdicts(told.metrics)]
    told.finds(told.comes_to("tls.reset"), SNI, verdict=Verdict.BLOCKED)
    seen.append(verdicts(told.metrics))
    told.comes_to(None)
    seen.append(verdicts(told.metrics))

    assert seen == [NONE, NONE | {"blocked": 1}, NONE]


def test_findings_of_checks_that_are_gone_stand_no_more():
    told = Told()
    told.finds(told.comes_to("tls.reset"), SNI)
    told.metrics.adopt(plan(checks=[]))

    assert verdicts(told.metrics) == NONE


words = st.one_of(
    st.sampled_from([None, "tls.reset", "tcp.refused", "local.no_route", "nonsense"]),
    st.tuples(
        st.lists(
            st.sampled_from([SNI, "dns.injected", "local.captive_portal", "tls", "x" * 99, ""]), max_size=2
        ),
        st.sampled_from(Verdict),
        st.sampled_from(Level),
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(words, max_size=25))
def test_every_failed_probe_counts_once_by_layer_and_once_by_cause_whatever_is_found(story: Iterable[Any]):
    told, last, failed = Told(), None, 0
    for word in story:
        if isinstance(word, tuple):
            if last is not None:
                causes, verdict, level = word
                told.finds(last, *causes, verdict=verdict, level=level)
        else:
            last = told.comes_to(word)
            failed += last.outcome is Outcome.FAILED
    by_cause, by_layer = told.counted(), told.counted("layer")
    layers = Counter[str]()
    for cause, number in by_cause.items():
        layers["meta" if cause == "other" else cause.partition(".")[0]] += int(number)

    assert (sum(by_cause.values()), sum(by_layer.values())) == (failed, failed)
    # What is in no taxonomy has whatever layer its first word is.
    assert "other" in by_cause or dict(layers) == by_layer
    assert sum(verdicts(told.metrics).values()) <= 1
