"""Whatever controls say, or keep to themselves: no rule breaks, none claims more than it may, and none costs too much."""

from hypothesis import given, settings
from hypothesis import strategies as st

from probe.cause.taxonomy import is_known
from probe.examination.names import PART, RULES, ids
from probe.examination.procedure import conclude, next_round
from probe.model import Evidence, Level, Observation, Outcome, Tcp, Tls, Verdict
from tests.cases import FORGED, HOP, MEANS, OTHER, OURS, PLAIN, RESOLVER, answer, case, observation, question
from tests.names_cases import OVER_TLS

ADDRESSES = (OURS, OTHER, FORGED, "127.0.0.1", "10.0.0.5", "0.0.0.0", "2001::5", "2001:db8::7")
CAUSES = (
    "dns.nxdomain", "dns.no_data", "dns.servfail", "dns.refused", "dns.timeout", "dns.resolver_unreachable", "dns.bogon",
    "dns.protocol", "dns.truncated_no_tcp", "dns.failed", "dns.unexpected", "dns.tls", "tcp.timeout", "tcp.refused",
    "tls.reset", "tls.cert.name_mismatch", "http.status", "http.blockpage", "icmp.timeout", "local.no_route", "",
)  # fmt: skip
RCODES = ("NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "FORMERR", "unreadable")
ALL = (
    ids.SAME, ids.NEUTRAL, ids.BY_TCP, *ids.TRUSTED, ids.DEAD, ids.DEAD_NEUTRAL, ids.A_RECORD, ids.UNCHECKED,
    ids.CHECKED_AGAIN, ids.ANSWERED, ids.TRUE_UNNAMED, ids.TRUE, "again",
)  # fmt: skip
# A burst may spend 80 packets, and other parts of the table want some of them. Where the resolver in doubt is an encrypted
# one, each question is a connection: then the purse has the last word.
_MOST_PACKETS, _MOST_ENCRYPTED_PACKETS = 60, 90
FALSE = ("dns.injected", "dns.resolver_lies", "dns.bogon", "dns.stale", "dns.nxdomain.contradicted")

responses = st.builds(
    answer,
    *[st.sampled_from(ADDRESSES)] * 1,
    rcode=st.sampled_from(RCODES),
    after=st.floats(0.001, 3.0),
    role=st.sampled_from(["used", "further", "stray"]),
    packet_ttl=st.sampled_from([None, 60, 61]),
    extended_errors=st.sampled_from([(), (6,), (15,)]),
    soa=st.sampled_from([None, "example.net.", "."]),
    truncated=st.booleans(),
) | st.builds(answer, rcode=st.sampled_from(RCODES))
questions = st.builds(
    lambda found, kind, resolver, name, **facts: question(
        *found, type=kind, resolver=resolver, name=name, **facts
    ),
    st.lists(responses, max_size=3),
    st.sampled_from(["A", "AAAA", "TXT"]),
    st.sampled_from([RESOLVER, "tls://192.0.2.53:853", *MEANS.resolvers, *MEANS.dead_resolvers]),
    st.sampled_from(["hk.example.net", "near.example", "."]),
    edns=st.booleans(),
    connect_seconds=st.sampled_from([None, 0.1]),
    tls_seconds=st.sampled_from([None, 0.1]),
)
evidence = st.builds(
    Evidence,
    dns=st.lists(questions, max_size=3).map(tuple),
    tcp=st.none() | st.builds(Tcp, address=st.sampled_from(ADDRESSES), port=st.just(443), source=st.none()),
    tls=st.none() | st.just(Tls(server_name="hk.example.net")),
)
observations = st.builds(
    observation,
    st.sampled_from(CAUSES),
    at=st.floats(-50.0, 5.0),
    kind=st.sampled_from(["http", "dns", "tcp", "icmp"]),
    evidence=evidence,
    timings=st.sampled_from([(), OVER_TLS]),
    elapsed_seconds=st.floats(0.0, 5.0),
)
cases = st.builds(
    case,
    observations,
    st.dictionaries(st.sampled_from(ALL), observations),
    hop=st.sampled_from([HOP, PLAIN]),
    allow=st.sampled_from([frozenset(), frozenset({"dead_resolver"})]),
)


@settings(deadline=None)
@given(cases)
def test_no_rule_breaks_and_each_names_only_what_it_may(made):
    may = {rule.id: {*rule.causes, made.cause} for rule in RULES}

    for found in conclude((PART,), made):
        assert all(map(is_known, found.causes))
        assert found.rule == "seen" or set(found.causes) <= may[found.rule]
        assert ("dns.answer_unmatched" in found.causes) <= (found.level is Level.DISCARDED)
        assert made.seen.outcome is not Outcome.NOT_MEASURED or found.rule == "seen"


@settings(deadline=None)
@given(cases)
def test_a_success_is_never_said_to_be_down(made):
    if made.seen.outcome is Outcome.OK and made.seen.kind != "dns":
        assert {one.verdict for one in conclude((PART,), made)} <= {Verdict.OK, Verdict.INSUFFICIENT}


@settings(deadline=None)
@given(observations)
def test_what_nothing_is_compared_with_is_no_lie(seen):
    alone = seen.evidence.dns and all(len(one.responses) <= 1 for one in seen.evidence.dns)

    for found in conclude((PART,), case(seen)):
        assert not (
            alone and any(cause.startswith(FALSE) and cause != seen_cause(seen) for cause in found.causes)
        )


@settings(deadline=None)
@given(cases, st.sampled_from(ADDRESSES[:3]))
def test_an_address_that_a_trusted_resolver_gives_is_no_lie(made, address):
    query = question(answer(address))
    seen = observation("tcp.timeout", evidence=Evidence(dns=(query,), tcp=Tcp(address=address, port=443)))
    agreeing = observation(
        "", kind="dns", evidence=Evidence(dns=(question(answer(address), resolver=MEANS.resolvers[0]),))
    )
    quiet = {name: one for name, one in made.answers.items() if name not in (ids.SAME, "again", *ids.TRUSTED)}

    found = conclude((PART,), case(seen, quiet | {ids.TRUSTED[0]: agreeing}))
    assert [one.rule for one in found] == ["seen"]


@settings(deadline=None)
@given(cases)
def test_a_burst_asks_only_whom_it_may_and_spends_little(made):
    asked_for: dict[str, int] = {}
    resolvers = {one.resolver for seen in (made.seen,) for one in seen.evidence.dns}
    may = {_address(one) for one in (*resolvers, *MEANS.resolvers, *MEANS.dead_resolvers)} | set(ADDRESSES)
    answers, so_far = dict(made.answers), case(made.seen, {}, hop=made.hop, allow=made.allow)
    for _ in range(8):
        controls = next_round((PART,), so_far, frozenset(asked_for))
        for one in controls:
            asked_for[one.id] = one.packets
            assert _address(one.overrides.resolver or one.overrides.address or "") in may
            assert not one.id.startswith("names.dead") or "dead_resolver" in made.allow
        so_far = so_far.answered({one.id: answers[one.id] for one in controls if one.id in answers})
    assert not next_round((PART,), so_far, frozenset(asked_for))
    is_plain = all(one.startswith("udp:") for one in resolvers)
    assert sum(asked_for.values()) <= (_MOST_PACKETS if is_plain else _MOST_ENCRYPTED_PACKETS)


def seen_cause(seen: Observation) -> str:
    return seen.failure.cause if seen.failure else ""


def _address(resolver: str) -> str:
    return (
        resolver.rpartition("#")[2]
        if "#" in resolver
        else resolver.rpartition("/")[2].rpartition(":")[0] or resolver
    )
