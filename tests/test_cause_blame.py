"""Whom a response blames depends on who made it and where he stands, never on what a hop is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.cause.response.blame import made_element
from probe.cause.response.upstream import Facts
from probe.cause.taxonomy import CAUSES
from probe.model import Made, Route, Span

R, P, A = "r", "p", "a"
CHAIN = Route(name="chat", hops=(R, P, A))


def made(maker, pop=None):
    return Made(rule="r", maker=maker, cause="x", pop=pop)


def blame(cause, maker=None, *, asked=R, through=A, by=None, pop=None, route=CHAIN, **more):
    span = Span(route=route, asked=asked, through=through)
    return made_element(cause, span, made=made(by, pop) if by else None, maker=maker, **more)


ROWS = [
    # the hop says that its upstream failed: the leg behind it, or its own resolver
    ("relay.upstream", R, "seg[r>p]"),
    ("relay.upstream.refused", R, "seg[r>p]"),
    ("relay.upstream.connect_timeout", P, "seg[p>a]"),
    ("relay.upstream.no_live", R, "seg[r>p]"),
    ("relay.upstream.dns", R, "host[r]"),
    ("relay.upstream", A, "host[a]"),
    # it answers wrongly itself
    ("relay.limited", R, "host[r]"),
    ("relay.misconfig", P, "host[p]"),
    ("vercel.function.crash", P, "host[p]"),
    ("vercel.firewall.denied", P, "host[p]"),
    ("vercel.routing.loop", P, "host[p]"),
    ("vercel.routing.external", P, "seg[p>a]"),
    ("vercel.routing.dns", P, "seg[p>a]"),
    ("app.upstream", P, "seg[p>a]"),
    ("app.error", P, "host[p]"),
    # the API, its quota, its key, its edge
    ("api.server_error", A, "host[a]"),
    ("api.overloaded", A, "host[a]"),
    ("api.auth", A, "auth[a,key]"),
    ("api.quota.requests_day", A, "quota[a,key]"),
    ("api.billing", A, "quota[a,key]"),
    ("api.edge.blocked", A, "host[a]"),
    ("api.edge.origin", A, "host[a]"),
    ("api.edge.blocked.geo", A, "host[p]"),
    ("api.request.invalid", A, "host[p]"),
    ("http.status", A, "host[a]"),
    # what no response tells
    ("tcp.refused", A, None),
    ("http.body", A, None),
]


@pytest.mark.parametrize(("cause", "maker", "element"), ROWS)
def test_a_known_maker_is_blamed_by_the_cause(cause, maker, element) -> None:
    assert blame(cause, maker) == element


def test_an_edge_is_blamed_at_its_point_of_presence_where_that_is_known() -> None:
    found = [
        blame(cause, A, by="cloudflare", pop="HKG")
        for cause in ("api.edge.blocked", "api.edge.rate_limited", "api.edge.origin", "http.challenge")
    ]

    assert found == ["edge[a@HKG]", "edge[a@HKG]", "host[a]", "edge[a@HKG]"]


def test_a_key_that_the_function_lacks_is_that_of_the_hop_behind_it() -> None:
    assert blame("api.auth", P, by="function") == "auth[a,key]"
    assert blame("api.auth", P, by="proxy") == "auth[a,key]"
    assert blame("api.auth", A, by="api", key="other") == "auth[a,other]"
    assert blame("api.auth", A, by="function") == "auth[a,key]"


def test_whoever_asks_an_api_directly_is_refused_by_its_edge_and_has_himself_to_blame_for_his_request() -> (
    None
):
    assert blame("api.edge.blocked.geo", A, asked=A, by="cloudflare", pop="HKG") == "edge[a@HKG]"
    assert blame("api.request.invalid", A, asked=A) is None


WELL, ILL = Facts(next_direct=""), Facts(next_direct="tcp.refused")


@pytest.mark.parametrize(
    ("cause", "facts", "element"),
    [
        ("relay.upstream.refused", ILL, "host[p]"),
        ("relay.upstream.refused", WELL, "seg[r>p]"),
        ("relay.upstream.tls", Facts(), "seg[r>p]"),
        ("relay.upstream.tls", WELL, "host[r]"),
        ("relay.upstream.tls", Facts(next_direct="tls.cert.expired"), "host[p]"),
        # what may be filtered on the asker's own way says nothing of the next hop
        ("relay.upstream.connect_timeout", Facts(next_direct="tcp.timeout"), "seg[r>p]"),
        ("relay.upstream.refused", Facts(next_direct="tls.reset.sni"), "seg[r>p]"),
        ("relay.upstream.refused", Facts(next_direct="tcp.refused.injected"), "seg[r>p]"),
        ("relay.upstream.read_timeout", Facts(), "seg[r>p]"),
        ("relay.upstream.read_timeout", Facts(others_pass=True), "host[r]"),
    ],
)
def test_more_facts_move_the_blame_from_the_leg_to_one_of_its_ends(cause, facts, element) -> None:
    assert blame(cause, R, facts=facts) == element


@pytest.mark.parametrize(
    ("cause", "by", "asked", "through", "element"),
    [
        # a page of its own comes from the hop that was asked; a report by an unknown name may be any hop's before the last
        ("relay.upstream", "nginx", R, A, "seg[r>p]"),
        ("relay.upstream", "haproxy", P, A, "seg[p>a]"),
        ("relay.upstream.dns", "proxy", R, A, None),
        ("relay.upstream.refused", "proxy", R, P, "seg[r>p]"),
        # what a platform or an API says, from the one that was to answer
        ("vercel.function.crash", "vercel-platform", R, P, "host[p]"),
        ("api.quota.tokens_day", "api", R, A, "quota[a,key]"),
        ("api.server_error", "api", R, P, "host[p]"),
        ("app.error", "function", R, P, "host[p]"),
        ("http.status", None, R, A, None),
        ("http.status", None, P, P, "host[p]"),
        ("relay.misconfig", "nginx", A, A, "host[a]"),
    ],
)
def test_an_unknown_maker_is_placed_as_far_as_his_kind_leaves_one_place(
    cause, by, asked, through, element
) -> None:
    assert blame(cause, by=by, asked=asked, through=through) == element


NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9.-]{0,8}", fullmatch=True), min_size=1, max_size=4, unique=True)
ANSWERED = [one for one in CAUSES if one.partition(".")[0] in ("relay", "vercel", "api", "app")]


@given(names=NAMES, cause=st.sampled_from(ANSWERED), data=st.data())
def test_on_any_chain_only_the_maker_or_its_neighbour_is_blamed(names, cause, data) -> None:
    route = Route(name="x", hops=tuple(names))
    maker = data.draw(st.integers(0, len(names) - 1))
    asked, through = data.draw(st.integers(0, maker)), data.draw(st.integers(maker, len(names) - 1))
    found = blame(cause, names[maker], asked=names[asked], through=names[through], by="api", route=route)

    near = {names[maker], names[max(asked, maker - 1)], names[min(len(names) - 1, maker + 1)]}
    may_be = {f"host[{one}]" for one in near} | {f"seg[{names[maker]}>{one}]" for one in near}
    assert found in may_be | {f"quota[{names[maker]},key]", f"auth[{names[maker]},key]", None}


@given(names=NAMES, cause=st.sampled_from(ANSWERED), data=st.data())
def test_names_mean_nothing(names, cause, data) -> None:
    maker, by = (
        data.draw(st.integers(0, len(names) - 1)),
        data.draw(st.sampled_from(["nginx", "proxy", "function", "api"])),
    )
    plain = Route(name="x", hops=tuple(f"h{number}" for number in range(len(names))))

    def on(route, *, known):
        hops = route.hops
        found = blame(
            cause, hops[maker] if known else None, asked=hops[0], through=hops[-1], by=by, route=route
        )
        words = found or "None"
        for number, one in sorted(enumerate(hops), key=lambda pair: -len(pair[1])):
            for ends in ("[{}]", "[{}>", ">{}]", "[{},"):
                words = words.replace(ends.format(one), ends.format(f"#{number}"))
        return words

    named = Route(name="x", hops=tuple(names))
    assert [on(named, known=one) for one in (True, False)] == [on(plain, known=one) for one in (True, False)]
