"""Which hop made a response is learnt from its healthy answers, whatever programs the hops are, and never claimed wrongly."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.fingerprint import Fingerprints
from probe.model import Hop, Purpose, Relay, Route
from tests.answers import Chain, Server, http, observation

CADDY = Server("front", own={"server": "Caddy"}, passing={"server": "Caddy", "via": "1.1 Caddy"})
ENVOY = Server("mesh", own={"server": "envoy", "x-mesh": "7"}, passing={"x-envoy-upstream-service-time": "9"})
APP = Server("app", own={"x-powered-by": "Express", "server": "app"})
# nginx hides whose server stands behind it, and names itself on all it passes on.
NGINX = Server("relay", own={"server": "nginx"}, passing={"server": "nginx"}, hides=("server",))
VERCEL = Server(
    "platform",
    own={"server": "Vercel", "x-vercel-id": "hkg1::iad1::x"},
    passing={"x-vercel-id": "hkg1::iad1::y"},
)
API = Server("api", own={"server": "cloudflare", "cf-ray": "1-HKG"})
STATUS = 502


def learnt(chain, questions=None, times=2, hops=()):
    found = Fingerprints([chain.route], hops)
    for asked, through in questions or chain.depths():
        for _ in range(times):
            found.note(chain.healthy(asked, through))
    return found


CHAINS = [
    (CADDY, APP),
    (CADDY, ENVOY, APP),
    (NGINX, VERCEL, API),
    (NGINX, APP),
    (NGINX, replace(CADDY, own={"x-caddy": "1"}), ENVOY, API),
    (Server("cdn", own={"server": "cdn", "x-cdn": "1"}, passing={"x-cdn": "1"}), NGINX, APP),
]


@pytest.mark.parametrize("servers", CHAINS, ids=lambda servers: " ".join(one.name for one in servers))
def test_each_hop_is_known_by_what_it_makes_when_each_depth_was_healthy_before(servers) -> None:
    chain = Chain(*servers)
    prints, first, last = learnt(chain), chain.route.hops[0], chain.route.hops[-1]

    makers = {
        one: prints.maker(chain.answer(first, one, STATUS), chain.span(first, last))
        for one in chain.route.hops
    }

    assert makers == {one: one for one in chain.route.hops}


def test_a_depth_that_nobody_asks_for_leaves_a_choice_unless_another_way_of_asking_narrows_it() -> None:
    chain = Chain(NGINX, VERCEL, API)
    ends = [("relay", "relay"), ("relay", "api")]
    span, bare = chain.span("relay", "api"), chain.answer("relay", "relay", STATUS)

    by_ends = learnt(chain, ends).maker(bare, span)
    by_direct_question = learnt(chain, [*ends, ("platform", "platform")]).maker(bare, span)

    assert (by_ends, by_direct_question) == (None, "relay")


def test_what_bears_no_mark_of_the_route_was_made_on_the_way_to_it() -> None:
    chain = Chain(CADDY, APP)

    assert learnt(chain).maker(http(503, [("x-portal", "hotel")]), chain.span("front", "app")) is None


def test_a_hop_that_is_asked_for_itself_made_what_it_answers() -> None:
    assert Fingerprints().maker(http(502, []), Chain(CADDY).span("front", "front")) == "front"


def test_too_few_answers_teach_nothing() -> None:
    chain = Chain(CADDY, APP)
    error, span = chain.answer("front", "front", STATUS), chain.span("front", "app")

    assert [learnt(chain, times=times).maker(error, span) for times in (1, 2)] == [None, "front"]


def test_without_comparison_only_a_gateways_own_status_shows_that_a_hop_before_the_last_made_it() -> None:
    chain = Chain(CADDY, APP)
    prints, span = learnt(chain, [("front", "app")]), chain.span("front", "app")

    assert [prints.maker(chain.answer("front", "front", one), span) for one in (500, 502, 503, 504)] == [
        None, "front", None, "front",
    ]  # fmt: skip


def test_what_is_there_proves_more_than_what_is_missing() -> None:
    chain = Chain(CADDY, ENVOY, APP)
    from_app = [
        (name, value)
        for name, value in chain.headers("front", "app")
        if name != "x-envoy-upstream-service-time"
    ]

    assert learnt(chain).maker(http(502, from_app), chain.span("front", "app")) == "app"


@pytest.mark.parametrize(
    ("asked", "through", "change"),
    [
        ("front", "app", {"purpose": Purpose.CONTROL}),
        ("front", "elsewhere", {}),
        ("front", "app", {"outcome": "failed"}),
    ],
)
def test_neither_controls_nor_failures_nor_strangers_teach(asked, through, change) -> None:
    chain = Chain(CADDY, APP)
    prints = learnt(chain)
    for _ in range(5):
        odd = observation(asked, through, http(200, [("x-odd", "1")]))
        prints.note(replace(odd, **change))

    assert prints.maker(chain.answer("front", "front", STATUS), chain.span("front", "app")) == "front"


def test_a_hop_that_changes_is_learnt_anew() -> None:
    old, new = Chain(CADDY, APP), Chain(NGINX, replace(APP, own={"x-new": "1"}))
    new.route = replace(new.route, hops=old.route.hops)
    new.servers = tuple(
        replace(one, name=name) for one, name in zip(new.servers, old.route.hops, strict=True)
    )
    prints = learnt(old)
    for _ in range(500):
        for asked, through in new.depths():
            prints.note(new.healthy(asked, through))

    assert prints.maker(new.answer("front", "front", STATUS), new.span("front", "app")) == "front"
    assert prints.maker(new.answer("front", "app", STATUS), new.span("front", "app")) == "app"


def test_a_route_that_changes_is_forgotten() -> None:
    chain = Chain(CADDY, APP)
    prints = learnt(chain)
    error, span = chain.answer("front", "front", STATUS), chain.span("front", "app")

    prints.adopt([chain.route], [])
    kept = prints.maker(error, span)
    prints.adopt([Route(name="route", hops=("front", "x", "app"))], [])
    prints.adopt([chain.route], [])

    assert (kept, prints.maker(error, span)) == ("front", None)


def test_hostile_headers_take_no_room_and_change_nothing() -> None:
    chain = Chain(CADDY, APP)
    prints, span = learnt(chain), chain.span("front", "app")
    for number in range(300):
        more = {f"x-{number}-{other}": "x" * 5000 for other in range(60)} | {"server": f"s{number}"}
        prints.note(observation("front", "app", chain.answer("front", "app", more=more)))
    (profile,) = [one for key, one in prints._profiles.items() if key[2] == "app"]

    assert len(profile._now._values) <= 200
    assert max(len(one) for values in profile._now._values.values() for one in values) <= 64
    assert prints.maker(chain.answer("front", "app", STATUS), span) == "app"


# The platforms' own words, by one answer alone.

TIMEOUT = {"x-vercel-error": "FUNCTION_INVOCATION_TIMEOUT"}


def test_a_platform_is_found_by_its_id_from_one_healthy_answer_and_its_own_errors() -> None:
    chain = Chain(NGINX, VERCEL, API)
    prints = learnt(chain, [("relay", "relay")], times=1)
    error = chain.answer("relay", "platform", 504, TIMEOUT)
    before = prints.maker(error, chain.span("relay", "api"))

    prints.note(observation("relay", "platform", error, cause="vercel.function.timeout"))

    assert (before, prints.maker(error, chain.span("relay", "api"))) == (None, "platform")


def test_an_apis_words_are_placed_at_no_other_hop_than_the_last() -> None:
    chain = Chain(NGINX, VERCEL, API)
    body = b'{"message": "no", "type": "x", "code": "y"}'
    bare = chain.answer("relay", "platform", 401, body=body)
    marked = chain.answer("relay", "api", 401, body=body)
    prints, span = learnt(chain), chain.span("relay", "api")

    assert [prints.maker(one, span) for one in (bare, marked)] == [None, "api"]


# Those who report by Proxy-Status.


def reporting(name, server):
    line = {"proxy-status": f"{name}; received-status=200"}
    return replace(server, passing={**server.passing, **line})


def report(chain, asked, maker, lines):
    return http(502, [*chain.headers(asked, maker), *(("proxy-status", line) for line in lines)])


def hop(name, relay=None):
    return Hop(name=name, scheme="https", host=f"{name}.example", port=443, relay=relay)


def test_a_hop_that_calls_itself_as_the_configuration_says_is_known_at_once() -> None:
    chain = Chain(NGINX, VERCEL, API)
    hops = [hop("relay"), hop("platform", Relay(name="function")), hop("api")]
    prints, span = Fingerprints([chain.route], hops), chain.span("relay", "api")

    found = [
        prints.maker(report(chain, "relay", "platform", [f"{name}; error=dns_error"]), span)
        for name in ("relay", "function", "api", "platform", "stranger")
    ]

    assert found == ["relay", "platform", "api", None, None]


def test_a_name_that_nobody_knows_is_learnt_from_what_it_reports_of_healthy_answers() -> None:
    chain = Chain(NGINX, reporting("fn", VERCEL), API)
    prints = learnt(chain, [("relay", "relay"), ("platform", "api"), ("relay", "platform"), ("relay", "api")])

    found = prints.maker(
        report(chain, "relay", "platform", ["fn; error=dns_error"]), chain.span("relay", "api")
    )

    assert found == "platform"


def test_where_all_report_the_order_tells_who_is_who() -> None:
    chain = Chain(NGINX, VERCEL, API)
    span, prints = chain.span("relay", "api"), Fingerprints([chain.route])

    found = [
        prints.maker(report(chain, "relay", "platform", lines), span)
        for lines in (
            ["fn; error=dns_error", "x; received-status=502"],
            ["fn, x; error=dns_error"],
            ["x; error=dns_error", "x; received-status=502"],
            ["x; error=dns_error"],
        )
    ]

    assert found == ["platform", "relay", None, None]


# Whatever the programs are.

MARKS = st.dictionaries(
    st.sampled_from(["server", "via", "x-a", "x-b", "x-c", "x-d", "x-powered-by"]),
    st.sampled_from("123"),
    max_size=3,
)


@st.composite
def chains(draw):
    names = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4, unique=True))
    return Chain(
        *(
            Server(
                name,
                own=draw(MARKS),
                passing=draw(MARKS),
                hides=tuple(draw(st.sets(st.sampled_from(["server", "x-a", "x-b"])))),
            )
            for name in names
        )
    )


@given(chain=chains(), data=st.data())
def test_where_hops_mark_their_errors_as_their_answers_no_wrong_hop_is_ever_named(chain, data) -> None:
    every = [(near, far) for i, near in enumerate(chain.route.hops) for far in chain.route.hops[i:]]
    asked = data.draw(st.lists(st.sampled_from(every), unique=True))
    first, last = chain.route.hops[0], chain.route.hops[-1]
    maker = data.draw(st.sampled_from(chain.route.hops))

    found = learnt(chain, asked or [(first, last)]).maker(
        chain.answer(first, maker, STATUS), chain.span(first, last)
    )

    assert found in (None, maker)
