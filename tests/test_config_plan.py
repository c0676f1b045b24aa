"""The plan is what the configuration asks for, and nothing else."""

from pathlib import Path

import pytest

from probe.config import load
from probe.model import Anchor, Check, Hop, Means, Route, Series, Vantage
from probe.plan import Looking, Plan, Probe
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls
from probe.secret import Secret
from probe.vantage.source import Source
from probe.vantage.system import System
from tests.config_text import load_text, problems

# IPv6 is shown apart where it may be, which other tests are about.
HOPS = (
    "hops: {a: {url: 'https://a.example', families: [ipv4]}, b: {url: 'http://b.example:81', families: [ipv4]},"
    " c: {url: 'https://c.example', families: [ipv4]}}\n"
)


ONE_ROUTE = HOPS + "routes: {r: {hops: [a]}}\n"


def series(text: str) -> list[str]:
    return [str(one.series) for one in load_text(text).plan().probes]


def times(text: str) -> tuple[float, float]:
    ((interval, timeout),) = {
        (one.check.interval_seconds, one.check.timeout_seconds) for one in load_text(text).plan().probes
    }
    return interval, timeout


EVERYTHING = """\
resolvers: [192.0.2.53]
vantages:
  wifi:
    source: {address: 127.0.2.1}
    concurrency: 2
    site: flat
    region: cn-sh
    provider: telecom
    metered: true
hops:
  relay:
    url: https://relay.example:8443/
    address: 203.0.113.9
    ca_file: tls/ca.pem
    region: ap-east
    provider: dmit
    agent: there
  api: {url: "http://[2001:db8::1]"}
routes:
  chat:
    hops: [relay, api]
    checks:
      chain: {hop: relay, through: api, interval: 15s, timeout: 5s, http: {path: /x, bearer: {file: key}}}
bogons: [10.0.0.0/8]
anchors:
  near: {url: "http://near.example/generate_204?a", where: domestic, address: 192.0.2.7}
  far: {url: "https://far.example:8443", where: abroad, ca_file: far.pem}
controls:
  resolvers: [https://dns.example/dns-query#192.0.2.54, 192.0.2.55]
  dead_resolvers: [192.0.2.66]
  server_names: [WWW.Example.com]
"""
VANTAGE = Vantage(name="wifi", kind="source", site="flat", region="cn-sh", provider="telecom", metered=True)
RELAY = Hop(
    name="relay",
    scheme="https",
    host="relay.example",
    port=8443,
    region="ap-east",
    provider="dmit",
    agent="there",
    address="203.0.113.9",
    ca_file="/etc/hopwatch/tls/ca.pem",
)
API = Hop(name="api", scheme="http", host="2001:db8::1", port=80)
ROUTE = Route(name="chat", hops=("relay", "api"))
PROBE = Probe(
    series=Series(vantage="wifi", route="chat", hop="relay", check="chain"),
    looking=Looking(
        vantage=VANTAGE,
        way=Source(address="127.0.2.1"),
        resolvers=("udp://192.0.2.53:53",),
        concurrency=2,
    ),
    route=ROUTE,
    hop=RELAY,
    check=Check(
        name="chain",
        route="chat",
        hop="relay",
        through="api",
        kind="http",
        interval_seconds=15.0,
        timeout_seconds=5.0,
    ),
    prober=Http(path="/x", bearer=Secret(file="/etc/hopwatch/key")),
    crossed=("access[wifi]", "path[telecom>relay]", "host[relay]", "seg[relay>api]", "host[api]"),
)
MEANS = Means(
    anchors=(
        Anchor(
            hop=Hop(name="near", scheme="http", host="near.example", port=80, address="192.0.2.7"),
            path="/generate_204?a",
            where="domestic",
        ),
        Anchor(
            hop=Hop(
                name="far",
                scheme="https",
                host="far.example",
                port=8443,
                ca_file="/etc/hopwatch/far.pem",
            ),
            path="/",
            where="abroad",
        ),
    ),
    resolvers=("https://dns.example:443/dns-query#192.0.2.54", "udp://192.0.2.55:53"),
    dead_resolvers=("udp://192.0.2.66:53",),
    server_names=("www.example.com",),
    bogons=("10.0.0.0/8",),
)


def test_every_field_of_the_plan_comes_from_the_configuration():
    assert load_text(EVERYTHING).plan() == Plan(
        vantages=(VANTAGE,), hops=(RELAY, API), routes=(ROUTE,), probes=(PROBE,), means=MEANS
    )


@pytest.mark.parametrize("word", ["system", "interface"])
def test_a_resolver_in_doubt_is_no_control_of_itself(word):
    assert problems(f"controls: {{resolvers: [{word}]}}\n{ONE_ROUTE}") == [
        f"1:24: controls.resolvers[0]: {word!r} means the resolvers that are in doubt; name one by its address"
    ]


def test_nobody_is_asked_by_datagrams_alone():
    assert problems(f"controls: {{dead_resolvers: [tcp://192.0.2.1]}}\n{ONE_ROUTE}") == [
        "1:29: controls.dead_resolvers[0]: a question to nobody goes by UDP; write an address, such as 203.0.113.9"
    ]


def test_vantages_left_out_are_this_machines_own_network():
    plan = load_text(HOPS + "routes: {r: {hops: [a]}}").plan()

    assert [one.looking for one in plan.probes] == [
        Looking(
            vantage=Vantage(name="system", kind="system"),
            way=System(),
            resolvers=("system",),
            concurrency=8,
        )
    ]


def test_route_without_checks_asks_each_hop_whether_it_can_be_reached():
    plan = load_text(HOPS + "routes: {r: {hops: [a, b]}}").plan()

    assert [(str(one.series), one.check.kind, one.check.through, one.prober) for one in plan.probes] == [
        ("system/r/a/reach", "tls", "a", Tls()),
        ("system/r/b/reach", "tcp", "b", Tcp()),
    ]


def test_kind_without_keys_is_the_kind_with_its_defaults():
    bare, braces = (
        load_text(HOPS + f"routes: {{r: {{hops: [a], checks: {{t: {{tcp: {value}}}}}}}}}").plan()
        for value in ("", "{}")
    )

    assert bare == braces


def test_probes_are_in_the_order_of_the_file_each_from_its_routes_vantages():
    text = HOPS + (
        "vantages: {x: {system: }, y: {system: }}\n"
        "routes:\n"
        "  r: {hops: [b], vantages: [y], checks: {z: {tcp: }, a: {tcp: }}}\n"
        "  q: {hops: [a], checks: {t: {tls: }}}\n"
    )

    assert series(text) == ["y/r/b/z", "y/r/b/a", "x/q/a/t", "y/q/a/t"]


def test_disabled_hop_switches_off_what_crosses_it_and_stays_in_the_chain():
    checks = (
        "{near: {hop: a, tcp: }, over: {hop: a, through: c, http: {}}, into: {hop: b, http: {}},"
        " beyond: {hop: c, tcp: }}"
    )
    text = (
        HOPS.replace("b: {", "b: {enabled: false, ") + f"routes: {{r: {{hops: [a, b, c], checks: {checks}}}}}"
    )
    plan = load_text(text).plan()

    assert ([str(one.series) for one in plan.probes], plan.routes, [one.name for one in plan.hops]) == (
        ["system/r/a/near", "system/r/c/beyond"],
        (Route(name="r", hops=("a", "b", "c")),),
        ["a", "b", "c"],
    )


def test_disabled_check_is_off():
    text = HOPS + "routes: {r: {hops: [a], checks: {yea: {tcp: }, nay: {enabled: false, tcp: }}}}"

    assert series(text) == ["system/r/a/yea"]


def test_nothing_left_to_probe_is_a_mistake():
    text = HOPS + "routes: {r: {hops: [a], checks: {nay: {enabled: false, tcp: }}}}"

    assert problems(text) == [
        "2:1: routes: nothing is left to probe: every check is switched off, crosses a hop that is, or cannot be asked by proxy"
    ]


@pytest.mark.parametrize(
    ("defaults", "check", "expected"),
    [
        ("{}", "", (30.0, 10.0)),
        ("{interval: 1m}", "", (60.0, 10.0)),
        ("{interval: 5s}", "", (5.0, 5.0)),
        ("{timeout: 20s}", "", (30.0, 20.0)),
        ("{timeout: 20s}", "interval: 15s,", (15.0, 15.0)),
        ("{}", "interval: 15s, timeout: 15s,", (15.0, 15.0)),
    ],
)
def test_default_timeout_gives_way_to_a_shorter_interval(defaults, check, expected):
    text = HOPS + f"defaults: {defaults}\nroutes: {{r: {{hops: [a], checks: {{t: {{{check} tcp: }}}}}}}}"

    assert times(text) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://A.Example", ("https", "a.example", 443)),
        ("http://a.example./", ("http", "a.example", 80)),
        ("https://bücher.example:8443", ("https", "xn--bcher-kva.example", 8443)),
        ("https://192.0.2.1", ("https", "192.0.2.1", 443)),
        ("https://[2001:DB8::1]:444", ("https", "2001:db8::1", 444)),
        ("https://a_b.example", ("https", "a_b.example", 443)),
    ],
)
def test_url_becomes_scheme_host_and_port(url, expected):
    (hop,) = load_text(f"hops: {{a: {{url: '{url}'}}}}\nroutes: {{r: {{hops: [a]}}}}").plan().hops

    assert (hop.scheme, hop.host, hop.port) == expected


@pytest.mark.parametrize(
    "url",
    [
        *("https://", "https:///x", "https://a.example:0", "https://a.example:65536", "https://a.example:x"),
        *(
            "https://a.example?q",
            "https://a.example#f",
            "https://a b",
            "https://a.example\\\\@b",
            "//a.example",
        ),
        *(
            "https://[::1",
            "https://[fe80::1%25eth0]",
            "https://2130706433",
            "https://0x7f.1",
            "https://1.2.3",
        ),
        *("https://-a.example", "https://a..b", f"https://{'a' * 64}.example", "HTTPS://a.example", "ws://a"),
    ],
)
def test_url_that_is_no_place_of_a_hop_is_refused(url):
    (problem,) = problems(f'hops: {{a: {{url: "{url}"}}}}\nroutes: {{r: {{hops: [a]}}}}')

    assert problem.startswith("1:17: hops.a.url: ")


def test_relative_paths_begin_at_the_files_own_folder(tmp_path, monkeypatch):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/hopwatch.yml").write_text(
        "hops: {a: {url: 'https://a.example', ca_file: ca.pem}}\nroutes: {r: {hops: [a]}}"
    )
    monkeypatch.chdir(tmp_path)

    (hop,) = load(Path("conf/hopwatch.yml")).plan().hops

    assert hop.ca_file == str(tmp_path / "conf/ca.pem")
