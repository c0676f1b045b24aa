"""Whatever was answered and whatever is missing: no rule breaks, none says more than its table, and silence alone blames nobody."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from probe.cause.taxonomy import is_known
from probe.examination import Case, Known
from probe.examination.local import PART
from probe.examination.local.explains import EXPLAINED, explains
from probe.examination.local.reach import has_answered, is_verified, was_unreached
from probe.examination.procedure import conclude, next_round
from probe.model import AddressFamily, Gateway, Observation, Outcome, Verdict
from tests.cases import FAR, MEANS, NEAR, OURS
from tests.local_cases import (
    AT_STATIC,
    OURS6,
    YEAR,
    local_case,
    page,
    seen,
    silent,
    untrusted,
    verified,
)

CAUSES = (
    "dns.timeout", "dns.nxdomain", "dns.refused", "dns.resolver_unreachable", "tcp.timeout", "tcp.refused", "tcp.reset",
    "tcp.unreachable", "tcp.unreachable.admin", "icmp.timeout", "tls.timeout", "tls.reset", "tls.closed", "tls.not_tls",
    "http.status", "http.timeout.first_byte", "http.closed", "relay.proxy.timeout", "relay.upstream.refused",
    "local.interface_down", "local.no_route", "local.gateway_unreachable", "local.firewall", "local.resource",
    "local.fake_ip", "local.proxy_broken", "local.family_mismatch", "meta.late", "api.auth",
)  # fmt: skip
CERTIFICATES = (
    "tls.cert.expired",
    "tls.cert.not_yet_valid",
    "tls.cert.incomplete_chain",
    "tls.cert.name_mismatch",
)
TIMES = st.floats(-5, 5)


@st.composite
def observations(draw: st.DrawFn, hop: str) -> Observation:
    """Anything that a probe of a hop or an anchor may come to."""
    at, elapsed = draw(TIMES), draw(st.floats(0, 3))
    kind = draw(st.sampled_from(("ok", "verified", "failed", "certificate", "ipv6")))
    if kind == "verified":
        return verified(hop, at=at, elapsed_seconds=elapsed)
    if kind == "certificate":
        return untrusted(draw(st.sampled_from(CERTIFICATES)), hop=hop, at=at, elapsed_seconds=elapsed)
    address = OURS6 if kind == "ipv6" else None
    cause = "" if kind == "ok" else draw(st.sampled_from(CAUSES))
    return seen(cause, hop=hop, at=at, elapsed_seconds=elapsed, address=address)


pages = st.builds(
    page,
    st.sampled_from((NEAR, FAR)),
    status=st.sampled_from((200, 204, 301, 302, 403, 511)),
    headers=st.sampled_from(((), (("Location", "http://login.example/"),), (("Server", "x"),))),
    body_bytes=st.integers(0, 30),
    at=TIMES,
    ahead=st.none() | st.floats(-YEAR, YEAR),
)
IDS = (
    "anchor:near", "anchor:far", "anchor:near:ipv6", "anchor:near:ipv4", f"reach:{OURS}", f"reach:{AT_STATIC}",
    "reach:resolver", "portal:handshake", "proxy:hop", "proxy:other", "again", "names.same",
)  # fmt: skip
anybody = st.sampled_from(("hk", "static", "near", "far")).flatmap(observations)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any case, with any answers to any controls."""
    known = Known(
        siblings=tuple(draw(st.lists(anybody, max_size=3))),
        good=tuple(draw(st.lists(st.sampled_from(("hk", "static")).map(verified), max_size=2))),
        keys=draw(st.sampled_from(((), ("hk",)))),
    )
    found = local_case(
        draw(observations("hk")),
        answers=draw(st.dictionaries(st.sampled_from(IDS), anybody | pages, max_size=5)),
        known=known,
        gateways=draw(
            st.sampled_from(
                ((), (Gateway(address="192.168.7.1", is_silent=True),), (Gateway(address="192.168.7.1"),))
            )
        ),
        family=draw(st.sampled_from(AddressFamily)),
        means=draw(st.sampled_from((MEANS, replace(MEANS, anchors=()), replace(MEANS, anchors=(FAR,))))),
    )
    return replace(found, vantage=replace(found.vantage, proxied=draw(st.booleans())))


RULES = {rule.id: rule for rule in PART.rules}


@given(cases())
def test_no_rule_breaks_or_names_what_its_table_does_not(case: Case):
    for one in conclude((PART,), case):
        if one.rule == "seen":
            continue
        allowed = RULES[one.rule].causes or (case.cause,)
        assert set(one.causes) <= set(allowed)
        assert all(is_known(cause) for cause in one.causes)
        assert all(each in case.answers.values() or each in case.known.siblings for each in one.used)


@given(cases())
def test_questions_come_to_an_end(case: Case):
    asked: frozenset[str] = frozenset()
    for _ in range(5):
        wanted = next_round((PART,), case, asked)
        asked |= {one.id for one in wanted}
        if not wanted:
            return
    raise AssertionError(sorted(asked))


@given(cases())
def test_nobody_is_cut_off_who_heard_anybody_by_control(case: Case):
    heard = [
        one
        for one in case.answers.values()
        if has_answered(one) and one.ended_at_ns >= case.seen.started_at_ns
    ]
    (rule,) = {one.rule for one in conclude((PART,), case)} or {""}

    assert not (heard and rule in ("local.cut-off", "local.gateway", "local.alone"))


@given(observations("hk"))
def test_without_any_answer_nothing_deeper_is_said_than_the_probe_saw(failing: Observation):
    for one in conclude((PART,), local_case(failing)):
        assert set(one.causes) == {failing.failure.cause}


@given(cases())
def test_a_failure_after_the_hop_proved_itself_is_the_vantages_by_silence_only(case: Case):
    answered = replace(case.seen, evidence=verified("hk").evidence)
    for one in conclude((PART,), replace(case, seen=answered)):
        is_own = one.causes[0].startswith("local.") and one.rule not in ("seen", "local.own")
        if is_own and one.verdict is Verdict.DOWN:
            assert one.causes[0] != "local.captive_portal"


@given(st.sampled_from((*CAUSES, *CERTIFICATES)), st.sampled_from(sorted(EXPLAINED)))
def test_no_ailment_explains_own_trouble_or_what_a_hop_said_of_itself(cause: str, ailment: str):
    layer = cause.partition(".")[0]
    is_upstream = cause.startswith(("relay.upstream", "api."))

    if layer in ("local", "meta") or is_upstream:
        assert not explains(ailment, cause, silent("hk").evidence)


@given(anybody | pages)
def test_nobody_is_both_heard_and_unreached(one: Observation):
    assert not (has_answered(one) and was_unreached(one))
    assert one.outcome is not Outcome.OK or not was_unreached(one)
    assert not is_verified(one.evidence) or has_answered(one)
