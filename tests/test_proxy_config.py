"""What the configuration says of proxies: one clear sentence for what cannot be, and no password anywhere."""

import pytest
from click.testing import CliRunner

from probe.abc import Interceptor, ProxyServer
from probe.cli.config import config
from probe.vantage.proxy import Proxy
from probe.vantage.proxy_url import parse_proxy
from probe.vantage.system import System
from tests.config_text import load_text, problems

TEXT = """\
vantages:
  clash: {proxy: {%s}}
hops: {api: {url: "https://api.example"}}
routes: {chat: {hops: [api], checks: {%s}}}
"""
URL = "url: 'socks5h://127.0.0.1:7890'"
HTTP = "get: {http: {}}"
SPELLINGS = [
    ("socks5h://127.0.0.1:7890", ("socks5h", "127.0.0.1", "127.0.0.1", 7890)),
    ("socks5://[::1]:1080", ("socks5", "::1", "::1", 1080)),
    ("http://localhost:7890/", ("http", "localhost", "127.0.0.1", 7890)),
    ("https://proxy.example.net:443#203.0.113.9", ("https", "proxy.example.net", "203.0.113.9", 443)),
    ("http://Router.lan:8080#fd00::1", ("http", "router.lan", "fd00::1", 8080)),
]
REFUSED = {
    "socks4://127.0.0.1:1080": "a proxy's URL begins with one of socks5h://, socks5://, http://, https://",
    "127.0.0.1:7890": "a proxy's URL begins with one of socks5h://, socks5://, http://, https://",
    "socks5h://me:hunter2@127.0.0.1:7890": (
        "a proxy's URL holds no user name and no password; write user: NAME and password: {file: PATH}"
    ),
    "socks5h://me:hunter2\uff20127.0.0.1:7890": (
        "a proxy's URL holds no user name and no password; write user: NAME and password: {file: PATH}"
    ),
    "socks5h://me:hunter2": "a proxy's URL is its scheme, host and port, as socks5h://127.0.0.1:7890",
    "socks5h://127.0.0.1": "a proxy's URL is its scheme, host and port, as socks5h://127.0.0.1:7890",
    "socks5h://127.0.0.1:0": "a proxy's URL is its scheme, host and port, as socks5h://127.0.0.1:7890",
    "socks5h://127.0.0.1:70000": "a proxy's URL is its scheme, host and port, as socks5h://127.0.0.1:7890",
    "http://127.0.0.1:7890/hunter2": "a proxy's URL is its scheme, host and port, as http://127.0.0.1:7890",
    "http://proxy.corp:3128": (
        "the name of a proxy is not resolved; add its address, as http://proxy.corp:3128#192.168.1.1"
    ),
    "http://proxy.corp:3128#gateway": (
        "the name of a proxy is not resolved; add its address, as http://proxy.corp:3128#192.168.1.1"
    ),
    "http://127.0.0.1:3128#127.0.0.2": "behind # stands the address of a name; here is none",
    "http://under_score..x:3128": "'under_score..x' is no host name in ASCII and no IP address",
}


@pytest.mark.parametrize(("url", "expected"), SPELLINGS)
def test_a_proxys_url_is_its_scheme_host_port_and_where_need_be_its_address(url, expected):
    assert expected == parse_proxy(url)


@pytest.mark.parametrize(("url", "expected"), REFUSED.items())
def test_a_wrong_url_is_refused_at_load_in_one_sentence_without_what_may_be_a_password(url, expected):
    found = problems(TEXT % (f'url: "{url}"', HTTP))

    assert [f"2:24: vantages.clash.proxy.url: {expected}"] == found
    assert "hunter2" not in "".join(found).replace(url, "")


WRONG = {
    "no url": ("user: me", "vantages.clash.proxy"),
    "a user alone": (f"{URL}, user: me", "`user` and `password` stand together or not at all"),
    "a password alone": (
        f"{URL}, password: {{env: PW}}",
        "`user` and `password` stand together or not at all",
    ),
    "a password written out": (
        f"{URL}, user: me, password: hunter2",
        "a secret is not written here but named",
    ),
    "a colon in a user": (
        "url: 'http://127.0.0.1:80', user: 'a:b', password: {env: PW}",
        "a user name for HTTP holds no colon (RFC 7617)",
    ),
    "another resolver": (f"{URL}, resolve: nobody", "proxy"),
}


@pytest.mark.parametrize(("keys", "expected"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_together_is_refused_at_load(keys, expected):
    found = problems(TEXT % (keys, HTTP))

    assert len(found) == 1
    assert expected in found[0]
    assert "hunter2" not in found[0]


def way_of(keys):
    probe, *_ = load_text(TEXT % (keys, HTTP)).plan().probes
    return probe.looking.way.proxy


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("url: 'socks5h://127.0.0.1:1'", True),
        ("url: 'socks5://127.0.0.1:1'", False),
        ("url: 'http://127.0.0.1:1'", True),
        ("url: 'socks5h://127.0.0.1:1', resolve: vantage", False),
        ("url: 'socks5://127.0.0.1:1', resolve: proxy", True),
    ],
)
def test_who_resolves_is_said_by_the_scheme_or_a_key(keys, expected):
    proxy = way_of(keys)

    assert isinstance(proxy, ProxyServer)
    assert expected is proxy.resolves


def test_the_password_is_read_when_it_is_needed_and_shown_by_its_place_alone(tmp_path):
    path = tmp_path / "pw"
    login = way_of(f"{URL}, user: me, password: {{file: '{path}'}}").login
    shown = str(load_text(TEXT % (f"{URL}, user: me, password: {{file: '{path}'}}", HTTP)).shown())
    found = []
    for password in ("first-pass", "second-pass"):
        path.write_text(password)
        found.append(login())

    assert found == [("me", "first-pass"), ("me", "second-pass")]
    assert (str(path) in shown, "-pass" in shown) == (True, False)


def test_a_vantage_behind_a_proxy_is_known_as_one_and_its_proxy_is_crossed_first():
    probe, *_ = load_text(TEXT % (URL, HTTP)).plan().probes

    assert (probe.looking.vantage.proxied, probe.looking.vantage.kind) == (True, "proxy")
    assert probe.crossed == ("proxy[clash]", "access[clash]", "path[clash>api]", "host[api]")


LEFT_OUT = """\
vantages:
  clash: {proxy: {url: "socks5h://127.0.0.1:7890"}}
  tun: {system: {proxied: true}}
  raw: {system: {}}
hops: {api: {url: "https://api.example"}}
routes:
  chat:
    hops: [api]
    checks:
      ping: {icmp: {}}
      way: {trace: {}}
      name: {dns: {}}
      name-by-udp: {dns: {resolver: 192.0.2.53}}
      name-by-tls: {dns: {resolver: "tls://192.0.2.53"}}
      get: {http: {}}
"""
_CARRIES = "it sends packets of its own, and a proxy carries only connections"
_ANSWERS = "it sends packets of its own, which the proxy would answer itself"


def test_what_needs_packets_of_its_own_is_not_planned_by_a_proxy_and_that_is_said():
    plan = load_text(LEFT_OUT).plan()
    planned = {str(one.series) for one in plan.probes if not one.check.is_twin}
    left_out = {str(one.series): one.reason for one in plan.left_out}

    packets = ("ping", "way", "name", "name-by-udp")
    assert left_out == {f"clash/chat/api/{name}": _CARRIES for name in packets} | {
        f"tun/chat/api/{name}": _ANSWERS for name in packets
    }
    assert planned == {
        *(f"{vantage}/chat/api/{name}" for vantage in ("clash", "tun") for name in ("name-by-tls", "get")),
        *(f"raw/chat/api/{name}" for name in (*packets, "name-by-tls", "get")),
    }


def test_config_check_lists_what_is_left_out(tmp_path):
    path = tmp_path / "hopwatch.yml"
    path.write_text(LEFT_OUT)
    result = CliRunner().invoke(config, ["check", "--config.file", str(path)])

    assert (result.exit_code, f"clash/chat/api/ping is not asked: {_CARRIES}\n" in result.stdout) == (0, True)


def test_a_configuration_of_which_nothing_can_be_asked_by_its_proxy_is_refused():
    found = problems(TEXT % (URL, "ping: {icmp: {}}"))

    assert len(found) == 1
    assert "or cannot be asked by proxy" in found[0]


def test_a_device_that_takes_everything_is_said_of_the_system_vantage():
    assert (None, Interceptor()) == (System().proxy, System(proxied=True).proxy)


def test_two_vantages_are_of_one_proxy_when_they_are_written_alike():
    assert Proxy(url="http://127.0.0.1:1") == Proxy(url="http://127.0.0.1:1")
