"""Whatever connections meet with, or nobody asks: no rule breaks, none claims more than was seen, and none costs too much."""

from hypothesis import given, settings
from hypothesis import strategies as st

from probe.cause.taxonomy import is_known
from probe.examination import Known
from probe.examination.procedure import conclude, next_round
from probe.examination.repeat import AGAIN
from probe.examination.transport import PART, RULES, controls
from probe.model import Http, Level, Outcome, Verdict
from tests.cases import FORGED, HOP, MEANS, OURS, PLAIN, case
from tests.transport_cases import GOOD, PEER, PORT_22, PORT_80, STRANGE_CHAINS, met

CAUSES = (
    "tcp.refused", "tcp.timeout", "tcp.unreachable", "tcp.unreachable.admin", "tcp.reset", "tcp.failed", "tcp.closed",
    "tcp.reset_on_data", "tcp.silent", "tls.reset", "tls.closed", "tls.timeout", "tls.alert.handshake_failure",
    "tls.not_tls", "tls.failed", "tls.cert.expired", "tls.cert.incomplete_chain", "tls.cert.name_mismatch", "http.reset",
    "http.closed", "http.timeout.first_byte", "http.timeout.body", "http.truncated", "http.status", "http.body",
    "dns.timeout", "meta.late", "local.no_route", "",
)  # fmt: skip
ALL = (
    controls.TARGET, controls.NAMELESS, controls.FOREIGN, controls.SMALL, controls.BYTES, controls.NEUTRAL,
    controls.NEAR, controls.CARRIED, PORT_80, PORT_22, f"{controls.NEIGHBOUR}static", "anchor:far", AGAIN,
)  # fmt: skip
# A burst may spend 80 packets, and other parts of the table want some of them.
_MOST_PACKETS, _MOST_ROUNDS = 64, 5
PLACES = (OURS, FORGED, "203.0.113.18", "2001:db8:7::34")

responses = st.none() | st.builds(
    Http,
    url=st.just("http://hk.example.net/"),
    status=st.sampled_from([None, 200, 302, 403]),
    headers=st.sampled_from([(), (("Location", "http://warning.example/"),)]),
    excerpt=st.sampled_from([None, "forbidden"]),
    redirects=st.sampled_from([(), ("http://hk.example.net/",)]),
)
handshakes = st.fixed_dictionaries(
    {},
    optional={
        "server_hello": st.booleans(),
        "chain": st.sampled_from(STRANGE_CHAINS),
        "alert": st.just("handshake_failure"),
        "version": st.just("TLSv1.3"),
    },
)
connections = st.builds(
    met,
    st.sampled_from(CAUSES),
    at=st.floats(-300.0, 5.0),
    after=st.sampled_from([None, 0.001, 0.05, 1.3]),
    trip=st.sampled_from([0.001, 0.05, 0.5]),
    acked=st.booleans(),
    gap=st.integers(0, 2),
    repeated=st.integers(0, 3),
    address=st.sampled_from(PLACES),
    port=st.sampled_from([80, 443]),
    hop=st.sampled_from(["hk", "static", "far", "near"]),
    check=st.sampled_from(["http", "page", "control"]),
    tls=handshakes,
    http=responses,
    over_tls=st.booleans(),
    elapsed_seconds=st.floats(0.0, 5.0),
)
some = st.lists(connections, max_size=4).map(tuple)
knowledge = st.builds(
    Known,
    vouched=st.sampled_from([(), (OURS,), (FORGED,)]),
    keys=st.sampled_from([(), ("ours",)]),
    siblings=some,
    good=some.map(lambda every: tuple(one for one in every if one.failure is None)),
    elsewhere=some,
    lately=some | st.just(GOOD),
    before=st.none() | st.just(GOOD[-1]),
)
cases = st.builds(
    case,
    connections,
    st.dictionaries(st.sampled_from(ALL), connections),
    hop=st.sampled_from([HOP, PLAIN]),
    everywhere=st.just((HOP, PEER)),
    allow=st.sampled_from([frozenset(), frozenset({"foreign_sni", "garbage_bytes"})]),
    known=knowledge,
)


def above(cause):
    words = cause.split(".")
    return {".".join(words[:length]) for length in range(1, len(words) + 1)}


@settings(deadline=None, max_examples=1500)
@given(cases)
def test_no_rule_breaks_and_each_names_only_what_it_may(made):
    may = {rule.id: set(rule.causes) for rule in RULES}

    for found in conclude((PART,), made):
        assert all(map(is_known, found.causes))
        assert found.rule == "seen" or all(above(cause) & may[found.rule] for cause in found.causes)
        assert (found.level is Level.DISCARDED) == found.rule.endswith(".passed")


@settings(deadline=None, max_examples=1500)
@given(connections, st.sampled_from([HOP, PLAIN]))
def test_what_nothing_is_compared_with_is_no_deeper_than_what_was_seen(seen, hop):
    is_made = seen.evidence.tls is not None and len(seen.evidence.tls.chain) > 0

    for found in conclude((PART,), case(seen, hop=hop)):
        assert is_made or found.causes == (seen.failure.cause if seen.failure else None,)


@settings(deadline=None, max_examples=1500)
@given(cases)
def test_own_trouble_and_an_ordinary_success_are_none_of_its_business(made):
    if made.seen.outcome is Outcome.NOT_MEASURED:
        assert not PART.concerns(made)
    if made.seen.outcome is Outcome.OK:
        assert {one.verdict for one in conclude((PART,), made)} <= {Verdict.OK, Verdict.BLOCKED}
        assert PART.is_odd(made.seen) or not conclude((PART,), made)


@settings(deadline=None, max_examples=1500)
@given(cases)
def test_a_burst_asks_only_whom_it_may_and_spends_little(made):
    anchors = {one.hop.host for one in MEANS.anchors}
    spent: dict[str, int] = {}
    answers, so_far = dict(made.answers), case(
        made.seen, {}, hop=made.hop, allow=made.allow, known=made.known, everywhere=made.everywhere
    )  # fmt: skip
    rounds = 0
    while wanted := next_round((PART,), so_far, frozenset(spent)):
        rounds += 1
        for one in wanted:
            spent[one.id] = one.packets
            if one.hop.host not in anchors:
                assert one.overrides.address in PLACES
            assert one.overrides.server_name not in MEANS.server_names or "foreign_sni" in made.allow
        so_far = so_far.answered({one.id: answers[one.id] for one in wanted if one.id in answers})

    assert rounds <= _MOST_ROUNDS
    assert sum(spent.values()) <= _MOST_PACKETS
