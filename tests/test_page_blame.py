"""What is to blame decides where the page says that it fails and what it colours there; and a failure always shows."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.cause.keys import KEY_CAUSES, is_key_trouble
from probe.exporter.recent import Recent
from probe.model import Event, Failure, Level, Series, Verdict
from probe.track import State
from probe.web.chain import Chain
from probe.web.view import View, look
from tests.web_chain import HUNG, NOW_NS, QUOTA, RESET, HandClock, Recorder, series
from tests.web_server import served
from tests.web_story import Story

RULES = Path(__file__).parent.parent / "config/prometheus/hopwatch.rules.yml"
CRASHED = Failure(cause="vercel.function.crashed", detail="")
WAITED = Failure(cause="vercel.function.timeout", detail="")
UPSTREAM = Failure(cause="relay.upstream.timeout", detail="")
ANSWER = series("wired", "vercel", "answer")
MODELS = series("mobile", "direct", "models")
ALL = [
    (series(vantage, hop, check))
    for vantage in ("wifi", "mobile", "wired")
    for hop, check in (
        ("hk-vps", "alive"),
        ("hk-vps", "chain"),
        ("vercel", "function"),
        ("vercel", "answer"),
        ("direct", "models"),
    )
]


def _view(
    failures: Mapping[Series, Failure], elements: Mapping[Series, str] | None = None, **more: Any
) -> View:
    """See a chain in which these checks fail, and in which these elements were found to be to blame."""
    recorder = Recorder()
    recent = Recent([probe.series for probe in recorder.plan.probes], clock=HandClock())
    for probe in recorder.plan.probes:
        seen = recorder.observe(probe.series, failure=failures.get(probe.series))
        recent.write(seen)
        if seen.failure is not None and (element := (elements or {}).get(probe.series)) is not None:
            values = {"verdict": Verdict.DOWN, "cause": seen.failure.cause} | more
            recent.write(recorder.find(seen, element=element, **values))
    return look(recorder.plan, recent, at_ns=NOW_NS)


def _failing(chain: Chain) -> set[str]:
    """Name what is drawn as failing, and from where."""
    ways = {f"way of {one.vantage}" for one in chain.entries if one.state is State.FAILED}
    hops = {
        f"{stop.hop.name} from {name}"
        for stop in chain.stops
        if stop.own is not None
        for name in stop.own.seen.get(State.FAILED, ())
    }
    legs = {
        f"leg to {stop.hop.name} from {name}"
        for stop in chain.stops
        if stop.leg is not None
        for name in stop.leg.seen.get(State.FAILED, ())
    }
    return ways | hops | legs


@pytest.mark.parametrize(
    ("of", "element", "text", "shown"),
    [
        (ANSWER, "host[vercel]", "Hop vercel fails by itself from wired: ", {"vercel from wired"}),
        (
            ANSWER,
            "seg[vercel>direct]",
            "A check of route chat fails between vercel and direct from wired: ",
            {"leg to direct from wired"},
        ),
        (
            ANSWER,
            "path[wired>vercel]",
            "A check of route chat fails on the way to vercel from wired: ",
            {"vercel from wired"},
        ),
        (
            series("wired", "hk-vps", "chain"),
            "path[wired>hk-vps]",
            "Route chat fails on the way to hk-vps from wired: ",
            {"way of wired"},
        ),
        (
            series("wired", "hk-vps", "chain"),
            "host[direct]",
            "Route chat fails at direct from wired: ",
            {"direct from wired"},
        ),
        (
            series("wired", "hk-vps", "alive"),
            "path[wired>hk-vps]",
            "A check of route chat fails on the way to hk-vps from wired: ",
            {"way of wired"},
        ),
        (
            series("wired", "hk-vps", "alive"),
            "host[hk-vps]",
            "Hop hk-vps fails by itself",
            {"hk-vps from wired"},
        ),
        (
            ANSWER,
            "host[elsewhere]",
            "A check of route chat fails between vercel and direct from wired: ",
            {"leg to direct from wired"},
        ),
    ],
)
def test_what_is_to_blame_decides_the_place_that_is_said_and_the_part_that_is_coloured(
    of: Series, element: str, text: str, shown: set[str]
):
    view = _view({of: CRASHED}, {of: element})

    assert view.headline.text.startswith(text)
    assert _failing(view.chains[0]) == shown


def test_what_claims_nothing_blames_nobody():
    view = _view({ANSWER: CRASHED}, {ANSWER: "host[vercel]"}, level=Level.NONE)

    assert _failing(view.chains[0]) == {"leg to direct from wired"}


@given(
    st.dictionaries(st.sampled_from(ALL), st.sampled_from([RESET, HUNG, QUOTA, CRASHED]), min_size=1),
    st.dictionaries(
        st.sampled_from(ALL),
        st.sampled_from(
            [
                "host[hk-vps]",
                "host[vercel]",
                "seg[hk-vps>vercel]",
                "seg[vercel>direct]",
                "path[wifi>direct]",
                "path[wifi>hk-vps]",
                "access[wifi]",
                "host[x]",
                "quota[direct,chat]",
                "zone[lab.test]",
            ]
        ),
    ),
)
def test_a_check_that_fails_shows_in_the_picture_of_its_route(
    failures: dict[Series, Failure], elements: dict[Series, str]
):
    shown = _failing(_view(failures, elements).chains[0])

    assert {one.vantage for one in failures} == {name.split()[-1] for name in shown}


def test_a_hop_that_fails_by_itself_fails_no_user_and_comes_after_what_does():
    alone = {MODELS: RESET}
    worse = alone | {series("wifi", "hk-vps", "chain"): HUNG}

    assert _view(alone).headline.text == (
        "Hop direct fails by itself from mobile: the connection was reset during the TLS handshake"
    )
    assert _view(worse).headline.text.startswith("Route chat fails between hk-vps and direct from wifi: ")


def test_key_and_quota_trouble_is_no_failed_route():
    failures = {MODELS: QUOTA, series("mobile", "hk-vps", "chain"): QUOTA}

    assert _view({MODELS: QUOTA}).headline.text.startswith("Key or quota trouble at direct from mobile: ")
    assert all("Route" not in one.headline.text for one in (_view({MODELS: QUOTA}), _view(failures)))


def test_the_page_and_the_alerts_mean_the_same_by_keys_and_quotas():
    in_yaml = KEY_CAUSES.replace("\\", "\\\\")

    assert RULES.read_text().count(f'failing_cause{{cause=~"{in_yaml}"}}') == 1
    assert RULES.read_text().count(f'failing_cause{{cause!~"{in_yaml}"}}') == 1
    assert [is_key_trouble(one) for one in ("api.auth", "api.quota.day", "api.authx", "tcp.refused")] == [
        True,
        True,
        False,
        False,
    ]


def test_what_only_stands_for_another_trouble_comes_after_it():
    failures = {
        series("wired", "hk-vps", "chain"): UPSTREAM,
        series("wired", "vercel", "function"): WAITED,
        series("wired", "direct", "models"): HUNG,
    }
    view = _view(failures, {of: f"host[{of.hop}]" for of in failures})
    causes = ["http.timeout.first_byte", "relay.upstream.timeout", "vercel.function.timeout"]

    assert view.headline.text.startswith("Route chat fails at direct from wired: ")
    assert [one.cause for one in view.headline.troubles] == causes
    assert [one.cause for one in view.findings] == causes


def test_what_is_found_of_one_place_from_several_vantages_is_one_finding():
    failures = {series(name, "direct", "models"): HUNG for name in ("wifi", "mobile", "wired")}
    [shown] = _view(failures, dict.fromkeys(failures, "host[direct]")).findings
    apart = _view(failures, {of: f"path[{of.vantage}>direct]" for of in failures}).findings

    assert (shown.vantages, len(shown.lines), len(apart)) == (["wifi", "mobile", "wired"], 3, 3)


async def test_a_finding_is_headed_by_what_is_to_blame_and_by_who_saw_it():
    recorder = Recorder()
    events: list[Event] = []
    for of in (series("wifi", "hk-vps", "alive"), series("wired", "hk-vps", "chain")):
        seen = recorder.observe(of, failure=RESET)
        events += [seen, recorder.find(seen, cause="tls.reset.sni", element="seg[hk-vps>vercel]")]
    async with served(Story(recorder.plan, events)) as web:
        pages = [(await web.get(f"?lang={lang}"))[1] for lang in ("en", "zh")]

    assert "between hk-vps and vercel" in _headed(pages[0])
    assert "from wifi and wired" in _headed(pages[0])
    assert "从 wifi 和 wired 看" in _headed(pages[1])


def _headed(page: str) -> str:
    found = re.search(r'<article class="finding.*?<h3>(.*?)</h3>', page, re.DOTALL)
    assert found is not None
    return found[1]
