"""An answer that somebody on the route made is laid at his door, as deep as it and what is beside it tell."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.cause.response import Answer, author
from probe.cause.response.reading import Learnt
from probe.cause.taxonomy import closure
from probe.examination import Case, responses
from probe.examination.procedure import conclude, next_round
from probe.examination.responses.facts import LOOK, NEXT, OTHER
from probe.model import (
    Check,
    Evidence,
    Failure,
    Hop,
    Http,
    Observation,
    Outcome,
    Phase,
    ProxyStatus,
    Relay,
    Route,
    Series,
    Stamp,
    Tcp,
    TcpInfo,
    Timing,
)
from probe.model.element import crossed
from probe.plan import Looking, Probe
from probe.prober.cors import Cors
from probe.prober.http import Http as HttpProber
from probe.vantage.system import System
from tests.cases import VANTAGE, case, observation

HOPS = tuple(
    Hop(name=name, scheme="https", host=f"{name}.example", port=443) for name in ("door", "code", "model")
)
CHAIN = Route(name="chat", hops=("door", "code", "model"))
NGINX = b"<html><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>"
PLATFORM = (("X-Vercel-Id", "hkg1::iad1::abcde-1-2"),)
TIMED_OUT = (*PLATFORM, ("X-Vercel-Error", "FUNCTION_INVOCATION_TIMEOUT"))


def replied(
    status: int,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    *,
    through: str = "model",
    check: str = "models",
    waited: float = 0.05,
    at: float = 0.0,
    **facts: Any,
) -> Observation:
    """Make an observation of a response, judged as a probe does."""
    made = author(Answer.of(status, headers, body)) if status >= 400 else None
    http = Http(url="https://door.example/x", status=status, headers=headers, made=made, **facts)
    cause = "" if status < 400 else made.cause if made else "http.status"
    return observation(
        cause,
        check=check,
        at=at,
        series=Series(vantage="wifi", route="chat", hop="door", check=check),
        through=through,
        crossed=crossed(VANTAGE, CHAIN, a_check(check, through)),
        phase=None,
        timings=(Timing(phase=Phase.PROCESSING, seconds=waited, stamp=Stamp.KERNEL),),
        evidence=Evidence(http=http),
    )


def silent(*, through: str = "model", at: float = 0.0) -> Observation:
    one = replied(200, through=through, at=at)
    failure = Failure(cause="http.timeout.first_byte", detail="no byte came", phase=Phase.PROCESSING)
    return replace(
        one, outcome=Outcome.FAILED, failure=failure, timings=(), evidence=Evidence(), elapsed_seconds=2.0
    )


def a_check(name: str, through: str) -> Check:
    return Check(
        name=name,
        route="chat",
        hop="door",
        through=through,
        kind="http",
        interval_seconds=10.0,
        timeout_seconds=2.0,
    )


def a_probe(name: str, through: str) -> Probe:
    check = a_check(name, through)
    return Probe(
        series=Series(vantage="wifi", route="chat", hop="door", check=name),
        looking=Looking(vantage=VANTAGE, way=System(), resolvers=(), concurrency=8),
        route=CHAIN,
        hop=HOPS[0],
        check=check,
        prober=HttpProber(path=f"/{name}"),
        crossed=crossed(VANTAGE, CHAIN, check),
    )


CHECKS = (a_probe("alive", "door"), a_probe("edge", "code"), a_probe("models", "model"))


def about(seen: Observation, answers: dict[str, Observation] | None = None, **facts: Any) -> Case:
    values: dict[str, Any] = {"route": CHAIN, "hop": HOPS[0], "hops": HOPS, "checks": CHECKS}
    return case(seen, answers, **values | {"prober": CHECKS[2].prober} | facts)


def found(one: Case) -> tuple[tuple[str, ...], str | None, str]:
    (conclusion,) = conclude((responses.PART,), one)
    return conclusion.causes, conclusion.element, conclusion.rule


def asked(one: Case) -> list[str]:
    return [each.id for each in next_round((responses.PART,), one, frozenset())]


def refused_at(hop: str) -> Observation:
    return observation("tcp.refused", kind="tls", at=0.2, series=replace(SERIES, hop=hop))


SERIES = Series(vantage="wifi", route="chat", hop="door", check="control")


def test_the_relays_own_page_blames_its_leg():
    assert found(about(replied(502, body=NGINX))) == (
        ("relay.upstream",),
        "seg[door>code]",
        "response.nginx-own",
    )


def test_a_next_hop_that_fails_for_everybody_is_blamed_itself():
    answers = {NEXT: refused_at("code")}

    assert found(about(replied(502, body=NGINX), answers)) == (
        ("relay.upstream.refused",),
        "host[code]",
        "response.upstream-ill",
    )


def test_what_befalls_us_on_our_own_way_to_the_next_hop_is_not_laid_at_the_relays():
    blocked = observation("tls.reset", kind="tls", at=0.2, series=replace(SERIES, hop="code"))

    assert found(about(replied(502, body=NGINX), {NEXT: blocked}))[0] == ("relay.upstream",)


def test_a_relay_that_looks_when_it_is_asked_to_is_believed():
    said = ProxyStatus(hop="door", error="dns_error")
    look = replied(502, proxy_status=(said,), at=0.2, through="door")

    assert found(about(replied(502, body=NGINX), {LOOK: look}))[0] == ("relay.upstream.dns",)


def test_a_silent_leg_is_blamed_when_the_hop_answers_by_itself():
    answers = {f"{OTHER}.alive": replied(200, through="door", check="alive", at=1.0)}

    assert found(about(silent(), answers)) == (
        ("http.timeout.first_byte",),
        "seg[door>code]",
        "response.silent-leg",
    )


def test_a_silent_hop_whose_others_answer_is_not_the_leg():
    answers = {
        f"{OTHER}.alive": replied(200, through="door", check="alive", at=1.0),
        f"{OTHER}.edge": replied(200, through="code", check="edge", at=1.0),
    }

    assert found(about(silent(), answers))[2] == "seen"


@pytest.mark.parametrize(("acked", "element"), [(501, "host[door]"), (1, None)])
def test_a_hop_that_took_the_question_and_says_nothing_is_blamed_itself(acked, element):
    info = TcpInfo(
        state="ESTABLISHED",
        rtt_seconds=0.05,
        rtt_variance_seconds=0.01,
        retransmits=0,
        total_retransmits=0,
        unacked_segments=0,
        mss_bytes=1400,
        path_mtu_bytes=1500,
        bytes_acked=acked,
    )
    tcp = Tcp(address="203.0.113.34", port=443, info=info, sent_bytes=500)
    seen = replace(silent(through="door"), evidence=Evidence(tcp=tcp))

    assert found(about(seen))[:2] == (("http.timeout.first_byte",), element)


def test_a_silent_question_is_told_by_a_relay_that_looks():
    said = ProxyStatus(hop="door", error="connection_timeout")
    look = replied(504, proxy_status=(said,), at=1.0, through="door")

    assert found(about(silent(), {LOOK: look})) == (
        ("relay.upstream.connect_timeout",),
        "seg[door>code]",
        "response.silent-look",
    )


def test_code_that_waits_for_those_behind_it_is_told_from_code_that_is_slow():
    quick = replied(200, PLATFORM, through="code", check="ping", at=-1.0)
    known = replace(about(silent()).known, siblings=(quick,))
    page = replied(200, (("X-Vercel-Id", "hkg1::abcde-1-2"),), through="code", check="edge", at=-1.0)

    learnt = Learnt(maker="code")

    assert found(about(replied(504, TIMED_OUT), known=known, learnt=learnt))[:2] == (
        ("vercel.function.timeout", "perf.slow_upstream"),
        "seg[code>model]",
    )
    assert found(about(replied(504, TIMED_OUT), known=replace(known, siblings=(page,)), learnt=learnt))[
        0
    ] == ("vercel.function.timeout",)


def test_a_relay_that_does_not_even_try_holds_its_upstream_for_dead():
    learnt = Learnt(maker="door", own_seconds=0.02, behind_seconds=0.2)
    before = replied(504, body=NGINX.replace(b"502 Bad Gateway", b"504 Gateway Time-out"), at=-5.0)
    known = replace(about(silent()).known, lately=(before,))
    at_once, late = replied(502, body=NGINX, waited=0.021), replied(502, body=NGINX, waited=0.1)

    assert found(about(at_once, learnt=learnt, known=known))[0] == ("relay.upstream.no_live",)
    assert found(about(at_once, learnt=learnt))[0] == ("relay.upstream",)
    assert found(about(late, learnt=learnt, known=known))[0] == ("relay.upstream",)


QUOTA = b'{"message":"m","type":"too_many_requests_error","code":"request_quota_exceeded"}'


@pytest.mark.parametrize(
    ("limit", "own"), [("5", True), ("6", True), ("7", False), ("", False), ("x", False)]
)
def test_a_quota_that_our_own_questions_use_up_is_our_own_doing(limit, own):
    headers = (("X-RateLimit-Limit-Requests-Minute", limit),)
    causes = found(about(replied(429, headers, QUOTA)))[0]

    assert causes == ("api.quota.requests_minute", *(("meta.self_inflicted",) if own else ()))


def test_an_error_that_no_page_may_read_is_told_with_what_it_hides():
    cors = Cors(origin="https://page.example")

    assert found(about(replied(502, body=NGINX), prober=cors))[0] == ("relay.upstream", "app.cors_masked")


def test_nobody_is_asked_where_the_answer_says_it_all():
    assert asked(about(replied(401, body=b'{"message":"m","type":"t","code":"wrong_api_key"}'))) == []


def test_a_complaint_has_the_next_hop_asked_and_other_questions_of_the_same_way():
    assert asked(about(replied(502, body=NGINX))) == [NEXT, f"{OTHER}.alive", f"{OTHER}.edge"]


def test_only_a_hop_that_can_look_is_asked_to():
    door = replace(HOPS[0], relay=Relay(name="door"))

    assert LOOK in asked(about(replied(502, body=NGINX), hop=door, hops=(door, *HOPS[1:])))


def test_the_last_hop_has_nobody_behind_it_to_ask():
    lone = replace(CHAIN, hops=("door",))
    seen = replied(502, body=NGINX, through="door")

    assert asked(about(seen, route=lone, hops=HOPS[:1])) == []


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        NEXT: st.sampled_from(
            [refused_at("code"), observation("tls.reset"), observation(), observation("local.firewall")]
        ),
        LOOK: st.sampled_from(
            [
                replied(502, proxy_status=(ProxyStatus(hop="door", error=word),), at=0.2)
                for word in ("dns_error", "connection_timeout", "nonsense")
            ]
        ),
        f"{OTHER}.alive": st.sampled_from([replied(200, through="door", at=1.0), observation("tcp.timeout")]),
        f"{OTHER}.edge": st.sampled_from(
            [replied(200, through="code", at=1.0), replied(502, body=NGINX, at=1.0)]
        ),
    },
)
SEEN = st.sampled_from(
    [
        replied(502, body=NGINX),
        replied(504, body=NGINX.replace(b"502 Bad Gateway", b"504 Gateway Time-out")),
        replied(504, TIMED_OUT),
        replied(429, (), QUOTA),
        replied(503),
        silent(),
    ]
)


@given(SEEN, ANSWERS)
def test_whatever_is_answered_the_cause_only_grows_deeper(seen, answers):
    causes = found(about(seen, answers))[0]
    began = seen.failure.cause

    if began.startswith("http.timeout"):
        assert causes[0] == began or causes[0].startswith("relay.upstream")
    elif began != "http.status":
        assert began in closure(causes)
