"""A command on the page is exact, safe to paste, and holds no secret."""

import asyncio
import os
import shlex
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.model import (
    DnsQuery,
    Evidence,
    Http,
    Outcome,
    Ping,
    Relay,
    Tcp,
    Tls,
    Trace,
)
from probe.ondemand import run_once
from probe.plan import Plan
from probe.prober.cors import Cors
from probe.prober.http import Basic
from probe.prober.http import Http as HttpProber
from probe.prober.icmp import Icmp
from probe.prober.page import Page
from probe.prober.tcp import Tcp as TcpProber
from probe.prober.tls import Tls as TlsProber
from probe.prober.trace import Trace as TraceProber
from probe.secret import Secret
from probe.steps.request import USER_AGENT
from probe.text import clean
from probe.vantage.interface import Interface
from probe.vantage.netns import Netns
from probe.vantage.proxy import Proxy
from probe.vantage.source import Source
from probe.vantage.system import System
from probe.web.detail_commands import commands
from probe.web.shell import Command, Variable
from tests.need import need_program
from tests.web_chain import CHAT, PAGE, VANTAGES, Recorder, check, plan, series

WIFI = VANTAGES[0]
OF = series("wifi", "hk-vps", "asked")
TCP = Tcp(address="203.0.113.9", port=8443)
URL = "https://hk-vps.lab.test:8443/health"
OURS = ("--header", f"User-Agent: {USER_AGENT}", "--header", "Accept-Encoding: identity")


def planned(prober, *, kind="http", way=None, **hop):
    """Return a plan with one check of the hop, asked by `prober` from a vantage that leaves by `way`."""
    asked = check("chat", "hk-vps", "asked", kind=kind)
    base = plan(checks=[asked], vantages=[WIFI], routes=(CHAT, PAGE))
    probe = base.probes[0]
    changed = replace(probe.hop, **hop)
    looking = replace(probe.looking, way=System() if way is None else way)
    hops = tuple(changed if one.name == changed.name else one for one in base.hops)
    return replace(base, hops=hops, probes=(replace(probe, prober=prober, looking=looking, hop=changed),))


def told(of: Plan, evidence: Evidence, **changes):
    return replace(Recorder(of).observe(OF, evidence=evidence), **changes)


def words(of: Plan, evidence: Evidence, **changes):
    """Return the arguments of the first command as a shell takes them, variables unexpanded."""
    return tuple(shlex.split(str(commands(of, told(of, evidence, **changes))[0])))


def test_a_question_goes_to_the_same_address_with_the_same_headers():
    of = planned(HttpProber(path="/health", headers={"X-Trace": "a b"}), ca_file="/etc/ca.pem")

    assert words(of, Evidence(http=Http(url=URL), tcp=TCP)) == (
        "curl", "--verbose", "--globoff", "--path-as-is", "--max-time", "4", "--http1.1",
        "--resolve", "hk-vps.lab.test:8443:203.0.113.9", "--noproxy", "*", "--cacert", "/etc/ca.pem",
        *OURS, "--header", "X-Trace: a b", "--url", URL,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (Interface(name="wlan0"), ("--interface", "wlan0", "--noproxy", "*")),
        (Source(address="192.0.2.7"), ("--interface", "192.0.2.7", "--noproxy", "*")),
        (Proxy(url="socks5h://127.0.0.1:7891"), ("--proxy", "socks5h://127.0.0.1:7891")),
        (Proxy(url="socks5://127.0.0.1:7891", resolve="proxy"), ("--proxy", "socks5h://127.0.0.1:7891")),
        (Proxy(url="http://[::1]:7890"), ("--proxy", "http://[::1]:7890", "--proxytunnel")),
        (
            Proxy(url="https://proxy.example:8443#192.0.2.9", interface="eth1"),
            ("--interface", "eth1", "--proxy", "https://proxy.example:8443", "--proxytunnel", "--resolve",
             "proxy.example:8443:192.0.2.9"),
        ),
        (
            Proxy(url="http://127.0.0.1:7890", user="me", password=Secret(env="CLASH")),
            ("--proxy", "http://127.0.0.1:7890", "--proxytunnel", "--proxy-user", "${PROXY_USER}:${PROXY_PASSWORD}"),
        ),
    ],
)  # fmt: skip
def test_it_leaves_by_the_network_of_the_vantage(way, expected):
    found = words(planned(HttpProber(path="/health"), way=way), Evidence(http=Http(url=URL)))

    assert found[7 : 7 + len(expected)] == expected


def test_a_namespace_is_entered():
    evidence = Evidence(http=Http(url=URL))
    named = words(planned(HttpProber(), way=Netns(name="vpn")), evidence)
    by_path = words(planned(HttpProber(), way=Netns(name="/proc/7/ns/net")), evidence)

    assert (named[:5], by_path[:3]) == (
        ("ip", "netns", "exec", "vpn", "curl"),
        ("nsenter", "--net=/proc/7/ns/net", "curl"),
    )


@pytest.mark.parametrize(
    ("prober", "expected"),
    [
        (HttpProber(method="HEAD"), ("--head", *OURS)),
        (HttpProber(method="DELETE"), ("--request", "DELETE", *OURS)),
        (
            HttpProber(method="POST", body='{"a": "it\'s"}', headers={"Content-Type": "application/json"}),
            ("--request", "POST", "--data-raw", '{"a": "it\'s"}', *OURS, "--header", "Content-Type: application/json"),
        ),
        (HttpProber(method="PUT"), ("--request", "PUT", "--data-raw", "", "--header", "Content-Type:", *OURS)),
        (
            HttpProber(method="POST", body="x" * 3000),
            ("--request", "POST", "--data-binary", "@body", "--header", "Content-Type:", *OURS),
        ),
        (HttpProber(headers={"user-agent": "me", "X-None": ""}), (*OURS[2:], "--header", "user-agent: me", "--header", "X-None;")),
        (Page(redirects=3), (*OURS, "--location", "--max-redirs", "3")),
        (
            Cors(origin="https://example.net", method="POST", headers=("Authorization",)),
            ("--request", "OPTIONS", *OURS, "--header", "Origin: https://example.net", "--header",
             "Access-Control-Request-Method: POST", "--header", "Access-Control-Request-Headers: authorization"),
        ),
    ],
)  # fmt: skip
def test_method_body_and_redirects_are_those_of_the_check(prober, expected):
    found = words(planned(prober), Evidence(http=Http(url=URL)))

    assert found[9:-2] == expected


@pytest.mark.parametrize(
    ("prober", "argument"),
    [
        (HttpProber(bearer=Secret(env="CEREBRAS_API_KEY")), "Authorization: Bearer ${CEREBRAS_API_KEY}"),
        (HttpProber(bearer=Secret(file="/run/key")), "Authorization: Bearer ${TOKEN}"),
        (HttpProber(headers={"X-Api-Key": Secret(file="/run/key")}), "X-Api-Key: ${X_API_KEY}"),
        (HttpProber(headers={"X-Api-Key": "written-down"}), "X-Api-Key: ${X_API_KEY}"),
        (HttpProber(headers={"X-A": Secret(env="not a name;")}), "X-A: ${X_A}"),
        (HttpProber(basic=Basic(user="it's $me", password=Secret(env="PW"))), "it's $me:${PW}"),
        (HttpProber(path="/v1?key=canary"), f"{URL}?${{QUERY}}"),
    ],
)
def test_a_secret_is_a_variable_of_the_reader(prober, argument):
    of = planned(prober)
    command = commands(of, told(of, Evidence(http=Http(url=URL))))[0]

    assert argument in shlex.split(str(command))
    assert "canary" not in str(command)
    assert "written-down" not in str(command)


def test_the_shell_puts_the_variable_in_and_nothing_else():
    need_program("sh")
    command = Command(
        (("printf"), "%s|", ("it's $HOME `id`: ", Variable("KEY"), " $(id)"), ("Bearer ", Variable("KEY")))
    )

    async def run():
        child = await asyncio.create_subprocess_exec(
            "sh", "-c", str(command), env={**os.environ, "KEY": "a b*"}, stdout=asyncio.subprocess.PIPE
        )
        return (await child.communicate())[0].decode()

    assert asyncio.run(run()) == "it's $HOME `id`: a b* $(id)|Bearer a b*|"


TEXT = st.text(max_size=40)
# Whatever a shell may be told that is not for the terminal.
PLAIN = st.text(max_size=40).filter(lambda text: clean(text.replace("\n", ""), 99) == text.replace("\n", ""))
NAMES = st.text(string.ascii_uppercase + "_", min_size=1, max_size=8).map(Variable)


@given(
    st.lists(
        st.one_of(PLAIN, st.lists(st.one_of(PLAIN, NAMES), min_size=1, max_size=4).map(tuple)), min_size=1
    )
)
def test_a_shell_reads_the_arguments_that_were_meant_whatever_the_text(arguments):
    def plain(argument):
        pieces = (argument,) if isinstance(argument, str) else argument
        return "".join(one if isinstance(one, str) else f"${{{one.name}}}" for one in pieces)

    assert shlex.split(str(Command(tuple(arguments)))) == [plain(one) for one in arguments]


def test_nothing_in_it_steers_a_terminal():
    assert str(Command(("curl", "\x1b]8;;evil\x07\u202e\x00", ("a\x1b", Variable("K"))))) == (
        "curl '\ufffd]8;;evil\ufffd\ufffd\ufffd' \"a\ufffd${K}\""
    )


KINDS = {
    "http": HttpProber(),
    "tls": TlsProber(),
    "tcp": TcpProber(),
    "icmp": Icmp(),
    "trace": TraceProber(),
    "dns": HttpProber(),
}
OPTIONS = {
    "--verbose", "--globoff", "--path-as-is", "--max-time", "--http1.1", "--http2", "--resolve", "--connect-to", "--noproxy",
    "--header", "--url", "--cacert", "-connect", "-servername", "-noservername", "-verify_hostname", "-verify_ip",
    "-verify_return_error", "-showcerts", "-v", "-z", "-w", "-n", "-c", "-i", "-s", "-W", "-T", "-U", "-p", "-m", "-q", "-t",
}  # fmt: skip


@given(st.sampled_from(sorted(KINDS)), TEXT, TEXT, st.booleans())
def test_no_text_of_a_target_becomes_an_option(kind, text, other, is_planned):
    of = planned(KINDS[kind], kind=kind)
    evidence = Evidence(
        http=Http(url=f"https://{text}/{other}", version=other),
        tcp=Tcp(address=text, port=1),
        tls=Tls(server_name=other),
        dns=(DnsQuery(name=text, type=other, resolver="udp://192.0.2.53:53", transport=other),),
        ping=Ping(address=text, socket="ping", size_bytes=56),
        trace=Trace(protocol=other, address=text, port=7, flow=other, ended=other, packets=1),
    )
    seen = told(of if is_planned else planned(KINDS[kind], kind=kind), evidence, kind=kind)
    if not is_planned:
        seen = replace(seen, series=replace(seen.series, hop="gone", check="control:x"))

    for command in commands(of, seen):
        found = shlex.split(str(command))
        values = {
            "-q",
            "-t",
            "-servername",
            "-verify_hostname",
            "--header",
            "--url",
            "--resolve",
            "--connect-to",
        }
        at = [
            index
            for index, word in enumerate(found[1:], 1)
            if word.startswith("-") and found[index - 1] not in values
        ]
        assert {found[index] for index in at} <= OPTIONS
        servers = [
            word
            for index, word in enumerate(found)
            if word.startswith("@") and found[index - 1] not in values
        ]
        assert set(servers) <= {"@192.0.2.53"}


def test_a_check_that_is_gone_is_asked_by_what_was_seen():
    of = planned(HttpProber())
    seen = told(
        of, Evidence(http=Http(url="http://192.0.2.1/", version="2"), tcp=Tcp(address="192.0.2.1", port=80))
    )
    gone = replace(seen, series=replace(seen.series, check="control:anchor"))
    command = commands(of, gone)[0]

    assert shlex.split(str(command))[-6:] == [*OURS, "--url", "http://192.0.2.1/"]
    assert command.notes[0].startswith("The check is no longer in the configuration")


def test_a_control_that_named_another_server_names_it_again():
    of = planned(HttpProber())
    evidence = Evidence(http=Http(url=URL), tcp=TCP, tls=Tls(server_name="www.example.com"))
    seen = told(of, evidence)
    found = shlex.split(str(commands(of, replace(seen, series=replace(seen.series, check="control:sni")))[0]))

    assert found[-1] == "https://www.example.com:8443/health"
    assert "Host: hk-vps.lab.test:8443" in found
    assert "www.example.com:8443:203.0.113.9" in found


def test_a_token_for_the_relay_is_left_out_and_that_is_said():
    of = planned(HttpProber(), relay=Relay(secret_env="RELAY"))
    command = commands(of, told(of, Evidence(http=Http(url=URL))))[0]

    assert any("signed token" in note for note in command.notes)


ICMP = Evidence(ping=Ping(address="203.0.113.9", socket="ping", size_bytes=100))
TRACED = Evidence(
    trace=Trace(protocol="udp", address="203.0.113.9", port=33434, flow="stable", ended="target", packets=9)
)


@pytest.mark.parametrize(
    ("kind", "prober", "evidence", "expected"),
    [
        (
            "tls", TlsProber(alpn=("h2",)), Evidence(tcp=TCP, tls=Tls(server_name="hk-vps.lab.test")),
            ("timeout 4 openssl s_client -connect 203.0.113.9:8443 -servername hk-vps.lab.test -verify_hostname"
            " hk-vps.lab.test -alpn h2 -verify_return_error -showcerts -bind 192.0.2.7:0"),
        ),
        (
            "tls", TlsProber(), Evidence(tcp=Tcp(address="2001:db8::9", port=443), tls=Tls(server_name="")),
            ("timeout 4 openssl s_client -connect '[2001:db8::9]:443' -noservername -verify_return_error -showcerts"
            " -bind 192.0.2.7:0"),
        ),
        ("tcp", TcpProber(), Evidence(tcp=TCP), "nc -v -z -w 4 -s 192.0.2.7 203.0.113.9 8443"),
        ("icmp", Icmp(count=3), ICMP, "ping -n -c 3 -i 0.2 -s 100 -W 2 -I 192.0.2.7 203.0.113.9"),
        ("trace", TraceProber(), TRACED, "traceroute -n -U -p 33434 -m 30 -q 3 -w 1 -s 192.0.2.7 203.0.113.9"),
        (
            "dns", HttpProber(),
            Evidence(dns=(DnsQuery(name="-f/etc/passwd", type="A", resolver="udp://192.0.2.53:53", transport="tcp", edns=False),)),
            "dig -b 192.0.2.7 -p 53 @192.0.2.53 +tcp +noedns +nocookie +tries=1 +time=4 -q -f/etc/passwd -t A",
        ),
        (
            "dns", HttpProber(),
            Evidence(dns=(DnsQuery(name="a.test", type="AAAA", resolver="https://dns.example:443/dns-query#192.0.2.53",
                                   transport="https", checking_disabled=True),)),
            ("dig -b 192.0.2.7 -p 443 @192.0.2.53 +https=/dns-query +tls-ca +tls-hostname=dns.example +bufsize=1232 +nocookie"
            " +cdflag +tries=1 +time=4 -q a.test -t AAAA"),
        ),
    ],
)  # fmt: skip
def test_each_kind_has_the_program_that_asks_the_same(kind, prober, evidence, expected):
    of = planned(prober, kind=kind, way=Source(address="192.0.2.7"))

    assert str(commands(of, told(of, evidence))[0]) == expected


def test_what_failed_in_the_name_can_be_asked_of_the_resolver_too():
    of = planned(HttpProber())
    query = DnsQuery(name="hk-vps.lab.test", type="A", resolver="udp://192.0.2.53:53", transport="udp")

    assert [one.program for one in commands(of, told(of, Evidence(dns=(query,))))] == ["curl", "dig"]


async def test_the_command_asks_a_server_what_the_probe_asked(tmp_path):
    need_program("curl")
    heads = []

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            (int(line[16:]) for line in head.split("\r\n") if line.lower().startswith("content-length: ")), 0
        )
        heads.append((head, await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    (tmp_path / "key").write_text("canary-key")
    prober = HttpProber(
        method="POST", path="/a/../b[1]?q=s3cret", body='{"x": "it\'s"}\n', status=(200,),
        bearer=Secret(file=str(tmp_path / "key")), headers={"X-Odd": "a'b\"c $HOME `id` !", "Content-Type": "application/json"},
    )  # fmt: skip
    of = planned(prober, scheme="http", host="relay.localhost", port=port, address="127.0.0.1")
    (seen,) = await run_once(of, of.probes)
    command = commands(of, replace(seen, series=of.probes[0].series))[0]
    env = {**os.environ, "TOKEN": "canary-key", "QUERY": "q=s3cret", "http_proxy": "http://127.0.0.1:9"}
    child = await asyncio.create_subprocess_exec(
        "sh", "-c", str(command), env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    answer, _ = await child.communicate()
    server.close()

    assert (seen.outcome, answer) == (Outcome.OK, b"ok")
    assert "canary" not in str(command)
    assert "s3cret" not in str(command)
    assert _asked(heads[0]) == _asked(heads[1])


def _asked(request):
    head, body = request
    first, *lines = head.strip().split("\r\n")
    return first, {line.lower() for line in lines if not line.lower().startswith("connection:")}, body
