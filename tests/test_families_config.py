"""What a configuration says about IPv4 and IPv6, what follows unsaid, and what is refused at load."""

import pytest

from probe.model import AddressFamily, Check
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls
from tests.config_text import load_text, problems

ANY, IPV4, IPV6 = AddressFamily.ANY, AddressFamily.IPV4, AddressFamily.IPV6


def planned(hops, routes, vantages="{here: {system: }}"):
    return load_text(f"vantages: {vantages}\nhops: {hops}\nroutes: {routes}\n").plan().probes


def twins(*asked, **more):
    return [str(one.series) for one in planned(*asked, **more) if one.check.is_twin]


def test_ipv6_of_a_hop_is_shown_apart_beside_the_checks():
    probes = planned(
        "{a: {url: 'https://a.example'}, b: {url: 'http://b.example:81'}}",
        "{r: {hops: [a, b], checks: {x: {hop: a, interval: 5s, http: {}}, y: {hop: b, tcp: }}}}",
    )

    assert [(str(one.series), one.prober) for one in probes[2:]] == [
        ("here/r/a/ipv6", Tls()),
        ("here/r/b/ipv6", Tcp()),
    ]
    assert probes[2].check == Check(
        name="ipv6",
        route="r",
        hop="a",
        through="a",
        kind="tls",
        interval_seconds=30.0,
        timeout_seconds=10.0,
        family=IPV6,
        is_twin=True,
    )


A = "{a: {url: 'https://a.example'}}"


@pytest.mark.parametrize(
    ("hops", "routes", "expected"),
    [
        (A, "{r: {hops: [a]}}", ["here/r/a/ipv6"]),
        (A, "{r: {hops: [a]}, q: {hops: [a]}}", ["here/r/a/ipv6", "here/q/a/ipv6"]),
        (A, "{r: {hops: [a], checks: {x: {tcp: }, y: {tls: }}}}", ["here/r/a/ipv6"]),
        (A, "{r: {hops: [a], checks: {x: {dns: {}}}}}", []),
        (A, "{r: {hops: [a], checks: {x: {dns: {}}, y: {icmp: }}}}", []),
        (A, "{r: {hops: [a], checks: {x: {tcp: }, ipv6: {enabled: false, tls: }}}}", []),
        (A, "{r: {hops: [a], checks: {x: {tcp: }, six: {family: ipv6, http: {}}}}}", []),
        (A, "{r: {hops: [a], checks: {x: {enabled: false, tcp: }, y: {dns: {}}}}}", []),
        ("{a: {url: 'https://a.example', families: [ipv4]}}", "{r: {hops: [a]}}", []),
        ("{a: {url: 'https://a.example', families: [ipv6]}}", "{r: {hops: [a]}}", []),
        ("{a: {url: 'https://a.example', address: 192.0.2.1}}", "{r: {hops: [a]}}", []),
        ("{a: {url: 'https://192.0.2.1'}}", "{r: {hops: [a]}}", []),
        ("{a: {url: 'http://localhost:81'}}", "{r: {hops: [a]}}", []),
        ("{a: {url: 'https://a.example'}, b: {url: 'https://b.example'}}",
         "{r: {hops: [a, b], checks: {x: {hop: a, through: b, http: {}}, ipv6: {hop: b, tcp: }}}}",
         ["here/r/a/ipv6"]),
    ],
)  # fmt: skip
def test_it_is_asked_once_of_each_name_that_checks_connect_to(hops, routes, expected):
    assert twins(hops, routes) == expected


@pytest.mark.parametrize(
    ("defaults", "checks", "expected"),
    [
        ("{}", "{x: {interval: 5s, tcp: }}", 30.0),
        ("{}", "{x: {interval: 2m, tcp: }, y: {interval: 1h, tls: }}", 120.0),
        ("{interval: 1m}", "{x: {tcp: }}", 60.0),
        ("{interval: 5s}", "{x: {interval: 1h, tcp: }}", 3600.0),
    ],
)
def test_it_is_asked_no_more_often_than_the_hops_other_checks_and_the_default(defaults, checks, expected):
    text = f"defaults: {defaults}\nhops: {A}\nroutes: {{r: {{hops: [a], checks: {checks}}}}}\n"
    (twin,) = [one.check for one in load_text(text).plan().probes if one.check.is_twin]

    assert twin.interval_seconds == expected


def test_from_a_metered_vantage_it_is_asked_more_slowly():
    (twin,) = [
        one.check
        for one in planned(
            A, "{r: {hops: [a], checks: {x: {interval: 5s, tcp: }}}}", "{v: {system: , metered: true}}"
        )
        if one.check.is_twin
    ]

    assert twin.interval_seconds == 300.0


def test_a_hop_that_is_off_has_no_check_of_its_ipv6_either():
    hops = "{a: {url: 'https://a.example', enabled: false}, b: {url: 'https://b.example'}}"

    assert twins(hops, "{r: {hops: [a, b]}}") == ["here/r/b/ipv6"]


def test_it_is_not_asked_from_where_it_could_show_nothing():
    vantages = (
        "{four: {source: {address: 127.0.0.1}}, six: {source: {address: '::1'}}, here: {system: },"
        " by: {proxy: {url: 'socks5://127.0.0.1:1080'}}}"
    )

    assert twins(A, "{r: {hops: [a]}}", vantages=vantages) == ["six/r/a/ipv6", "here/r/a/ipv6"]


@pytest.mark.parametrize(
    ("hop", "check", "expected"),
    [
        ("", "tcp: ", ANY),
        ("", "family: any, tcp: ", ANY),
        ("", "family: ipv4, tcp: ", IPV4),
        ("", "family: ipv6, tcp: ", IPV6),
        (", families: [ipv4]", "tcp: ", IPV4),
        (", families: [ipv6]", "tcp: ", IPV6),
        (", families: [ipv6]", "dns: {}", ANY),
        (", families: [ipv6, ipv4]", "tcp: ", ANY),
    ],
)
def test_a_check_is_of_the_family_that_it_or_its_hop_names(hop, check, expected):
    first = planned(
        f"{{a: {{url: 'https://a.example'{hop}}}}}", f"{{r: {{hops: [a], checks: {{x: {{{check}}}}}}}}}"
    )[0]

    assert first.check.family is expected


def test_checks_that_nobody_wrote_follow_the_hops_families():
    (reach,) = planned("{a: {url: 'https://a.example', families: [ipv6]}}", "{r: {hops: [a]}}")

    assert (reach.series.check, reach.check.family, reach.check.is_twin) == ("reach", IPV6, False)


REFUSED = {
    "a literal of the other family": (
        "{a: {url: 'https://192.0.2.1'}}",
        "{x: {family: ipv6, tcp: }}",
        "3:34: routes.r.checks.x: family mismatch: the hop's address 192.0.2.1 is no IPv6 address",
    ),
    "an address of the other family": (
        "{a: {url: 'https://a.example', address: '2001:db8::1'}}",
        "{x: {family: ipv4, tcp: }}",
        "3:34: routes.r.checks.x: family mismatch: the hop's address 2001:db8::1 is no IPv4 address",
    ),
    "a hop whose address is not of its families": (
        "{a: {url: 'https://192.0.2.1', families: [ipv6]}}",
        "{x: {tcp: }}",
        "3:34: routes.r.checks.x: family mismatch: the hop's address 192.0.2.1 is no IPv6 address",
    ),
    "a family that the hop is not probed by": (
        "{a: {url: 'https://a.example', families: [ipv4]}}",
        "{x: {family: ipv6, tcp: }}",
        "3:46: routes.r.checks.x.family: 'a' is probed by ipv4 only, as its `families` say",
    ),
    "a family of a question": (
        "{a: {url: 'https://a.example'}}",
        "{x: {family: ipv6, dns: {}}}",
        (
            "3:46: routes.r.checks.x.family: a dns check dials nothing; which records it asks for is said by its own key,"
            " as dns: {type: AAAA}"
        ),
    ),
}


@pytest.mark.parametrize("row", REFUSED)
def test_what_can_never_be_is_refused_in_one_sentence(row):
    hops, checks, expected = REFUSED[row]
    text = f"vantages: {{here: {{system: }}}}\nhops: {hops}\nroutes: {{r: {{hops: [a], checks: {checks}}}}}\n"

    assert problems(text) == [expected]


@pytest.mark.parametrize(
    ("hop", "checks", "expected"),
    [
        (
            "https://[2001:db8::1]",
            ", checks: {x: {tcp: }}",
            (
                "3:34: routes.r.checks.x: family mismatch: the vantage 'four' has the address 127.0.0.9, from which the hop's"
                " 2001:db8::1 cannot be reached; leave it out of the route's `vantages`"
            ),
        ),
        (
            "https://[2001:db8::1]",
            "",
            (
                "3:14: routes.r.hops: family mismatch: the vantage 'four' has the address 127.0.0.9, from which the hop's"
                " 2001:db8::1 cannot be reached; leave it out of the route's `vantages`"
            ),
        ),
        (
            "https://a.example",
            ", checks: {x: {family: ipv6, tcp: }}",
            (
                "3:34: routes.r.checks.x: family mismatch: the vantage 'four' has the address 127.0.0.9 and no IPv6; leave it"
                " out of the route's `vantages`"
            ),
        ),
    ],
)
def test_a_vantage_bound_to_the_other_family_is_refused_and_named(hop, checks, expected):
    vantages = "{here: {system: }, four: {source: {address: 127.0.0.9}}}"
    text = f"vantages: {vantages}\nhops: {{a: {{url: '{hop}'}}}}\nroutes: {{r: {{hops: [a]{checks}}}}}\n"

    assert problems(text) == [expected]
    assert problems(text.replace("hops: [a]", "hops: [a], vantages: [here]")) == []


def test_trust_for_encrypted_resolvers_is_the_vantages_own_or_the_general_one():
    text = (
        "resolver_ca_file: all.pem\n"
        "vantages: {x: {system: , resolver_ca_file: own.pem}, y: {system: }}\n"
        f"hops: {A}\nroutes: {{r: {{hops: [a]}}}}\n"
    )
    files = {one.looking.vantage.name: one.looking.resolver_ca_file for one in load_text(text).plan().probes}

    assert files == {"x": "/etc/hopwatch/own.pem", "y": "/etc/hopwatch/all.pem"}
