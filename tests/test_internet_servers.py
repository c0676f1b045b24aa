"""The servers on the hosts answer honestly, otherwise as a rule says, and tell who came."""

import base64
import socket

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from tests.internet.net import Internet
from tests.internet_witness import (
    HANDSHAKE,
    NO_CONNECTION,
    NO_SUCH_NAME,
    PARTIAL,
    RESET,
    TIMED_OUT,
    UNTRUSTED,
    Witness,
)
from tests.need import need_namespaces, need_program

HK = "https://hk.lab.test/healthz"


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    need_program("curl")
    with Internet(times={"function_limit_seconds": 0.3}) as built:
        yield built


@pytest.fixture
def wifi(net):
    return Witness(net, "v-wifi")


def ask(net, name, kind="A", *, host="dns", over=dns.query.udp, **how):
    """Return one answer of a host's server to the Wi-Fi vantage."""
    query = dns.message.make_query(name, kind, use_edns=0)
    with net.inside("v-wifi"):
        return over(query, net.address(host), timeout=0.3, **how)


def records(answer):
    return sorted(record.to_text() for rrset in answer.answer for record in rrset)


def test_a_name_has_both_families_and_what_is_not_there_has_an_soa(net):
    found = [records(ask(net, "page.lab.test", kind)) for kind in ("A", "AAAA", "TXT")]
    missing = ask(net, "nobody.lab.test")

    assert found == [[net.address("static")], [net.address("static", family=6)], []]
    assert (missing.rcode(), records(missing), len(missing.authority)) == (dns.rcode.NXDOMAIN, [], 1)


def test_names_can_be_taught(net):
    net.know({"new.lab.test": ["CNAME page.lab.test.", "A 203.0.113.18"]})

    assert records(ask(net, "new.lab.test")) == ["203.0.113.18", "page.lab.test."]


@pytest.mark.parametrize("host", ["dns", "pubdns"])
@pytest.mark.parametrize("over", [dns.query.udp, dns.query.tcp])
def test_resolvers_answer_over_udp_and_tcp(net, host, over):
    assert records(ask(net, "page.lab.test", host=host, over=over)) == [net.address("static")]


def test_the_resolver_abroad_answers_over_tls(net):
    name, ca = "dns.lab.test", str(net.ca_file)
    answer = ask(net, "page.lab.test", host="pubdns", over=dns.query.tls, server_hostname=name, verify=ca)

    assert records(answer) == [net.address("static")]
    assert net.record("pubdns", "dns")[-1]["over"] == "tls"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_resolver_abroad_answers_over_https(net, method):
    wire = dns.message.make_query("page.lab.test", "A", id=0).to_wire()
    (net.home / "query").write_bytes(wire)
    text = base64.urlsafe_b64encode(wire).decode().rstrip("=")
    url = "https://dns.lab.test/dns-query"
    how = ["--data-binary", "@query", url] if method == "POST" else [f"{url}?dns={text}"]
    done = net.run(
        "v-wifi",
        "curl",
        "-4",
        "-s",
        "-o",
        "answer",
        "--cacert",
        str(net.ca_file),
        "-H",
        "Content-Type: application/dns-message",
        *how,
    )

    assert done.returncode == 0
    assert records(dns.message.from_wire((net.home / "answer").read_bytes())) == [net.address("static")]


@pytest.mark.parametrize("rcode", ["NXDOMAIN", "SERVFAIL", "REFUSED", "FORMERR", "NOTIMP"])
def test_a_resolver_answers_with_the_rcode_that_was_asked_for(net, rcode):
    with net.under({"kind": "dns", "rcode": rcode, "extended": [15]}):
        answer = ask(net, "page.lab.test")

    assert (answer.rcode(), records(answer)) == (dns.rcode.from_text(rcode), [])
    assert [option.code for option in answer.options] == [dns.edns.EDECode.BLOCKED]


def test_a_rule_is_for_its_names_types_transports_and_clients_only(net):
    lie = {"kind": "dns", "answers": ["A 192.0.2.1"]}
    honest, false = [net.address("static")], ["192.0.2.1"]
    found = []
    for only in (
        {"names": ["page.*"]}, {"names": ["hk.*"]}, {"types": ["AAAA"]}, {"over": ["tcp"]},
        {"clients": ["v-wifi"]}, {"clients": ["v-mobile"]}, {"share": 0.0},
    ):  # fmt: skip
        with net.under({**lie, **only}):
            found.append(records(ask(net, "page.lab.test")))

    assert found == [false, honest, honest, honest, false, honest, honest]


def test_the_latest_rule_has_the_last_word(net):
    early, late = ({"kind": "dns", "answers": [f"A 192.0.2.{number}"]} for number in (1, 2))
    with net.under(early):
        with net.under(late):
            inner = records(ask(net, "page.lab.test"))
        outer = records(ask(net, "page.lab.test"))

    assert (inner, outer) == (["192.0.2.2"], ["192.0.2.1"])


def test_a_silent_resolver_never_answers_and_a_slow_one_late(net):
    with net.under({"kind": "dns", "is_silent": True}), pytest.raises(dns.exception.Timeout):
        ask(net, "page.lab.test")
    with net.under({"kind": "dns", "delay_ms": 200}):
        assert ask(net, "page.lab.test").time > 0.2


def test_a_truncated_answer_is_whole_over_tcp(net):
    with net.under({"kind": "dns", "is_truncated": True, "over": ["udp"]}):
        short, whole = ask(net, "page.lab.test"), ask(net, "page.lab.test", over=dns.query.tcp)

    assert (bool(short.flags & dns.flags.TC), records(short)) == (True, [])
    assert records(whole) == [net.address("static")]


def test_a_forged_answer_comes_before_the_true_one(net):
    race = {"kind": "dns", "forged": ["A 192.0.2.66"], "delay_ms": 100}
    with net.under(race), net.socket("v-wifi", kind=socket.SOCK_DGRAM) as sock:
        sock.settimeout(1)
        sock.sendto(dns.message.make_query("page.lab.test", "A").to_wire(), (net.address("dns"), 53))
        found = [records(dns.message.from_wire(sock.recv(4096))) for _ in range(2)]

    assert found == [["192.0.2.66"], [net.address("static")]]


def test_a_program_meets_what_its_resolver_does(net, wifi):
    seen = []
    for how in ({"rcode": "NXDOMAIN"}, {"answers": ["A 198.51.100.66"]}):
        with net.under({"kind": "dns", **how}):
            seen.append(wifi.get(HK, seconds=0.5).verdict)

    assert seen == [NO_SUCH_NAME, TIMED_OUT]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"status": 503, "headers": {"Retry-After": "7"}}, 503),
        ({"status": 200, "paths": ["/other"]}, 404),
        ({"status": 503, "methods": ["POST"]}, 404),
        ({"status": 503, "names": ["else.test"]}, 404),
        ({"status": 503, "clients": ["v-mobile"]}, 404),
        ({"body": "x" * 1000, "end_after": 10}, PARTIAL),
        ({"body": "x" * 1000, "end_after": 10, "is_chunked": True}, PARTIAL),
        ({"body": "x" * 1000, "end_after": 10, "is_reset": True}, RESET),
        ({"body": "x" * 1000, "is_chunked": True}, 200),
        ({"body": "x" * 1000, "stall_after": 10}, TIMED_OUT),
        ({"is_silent": True}, TIMED_OUT),
        ({"is_reset": True}, RESET),
        ({"delay_ms": 100}, 404),
    ],
)
def test_a_web_server_answers_as_its_rule_says(net, wifi, rule, expected):
    with net.under({"kind": "web", "host": "static", **rule}):
        seen = wifi.get("https://page.lab.test/nowhere", seconds=0.3 if expected == TIMED_OUT else 4.0)

    assert (seen.verdict, seen.seconds > rule.get("delay_ms", 0) / 1000) == (expected, True)


def test_an_intermittent_rule_fires_for_its_share(net):
    url = f"http://{net.address('cn')}/"
    with net.under({"kind": "web", "host": "cn", "status": 500, "share": 0.5}):
        done = net.run("v-wifi", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code} ", *[url] * 60)

    # curl writes nowhere but the first body, so the codes stand between the others.
    assert 12 < done.stdout.count("500 ") < 48


@pytest.mark.parametrize(
    ("door", "expected"),
    [
        ({"act": "reset"}, HANDSHAKE),
        ({"act": "close"}, HANDSHAKE),
        ({"act": "plain"}, HANDSHAKE),
        ({"act": "alert", "number": 112}, HANDSHAKE),
        ({"act": "hang"}, TIMED_OUT),
        ({"act": "stall"}, TIMED_OUT),
        ({"act": "certificate", "certificate": "expired"}, UNTRUSTED),
        ({"act": "certificate", "certificate": "not_yet_valid"}, UNTRUSTED),
        ({"act": "certificate", "certificate": "wrong_name"}, UNTRUSTED),
        ({"act": "certificate", "certificate": "self_signed"}, UNTRUSTED),
        ({"act": "certificate", "certificate": "no_intermediate"}, UNTRUSTED),
        ({"act": "certificate", "certificate": "unknown_authority"}, UNTRUSTED),
        ({"act": "certificate", "certificate": "weak_key"}, UNTRUSTED),
        ({"act": "certificate", "newest": "1.1"}, HANDSHAKE),
        ({"act": "certificate", "newest": "1.2"}, 200),
        ({"act": "reset", "ports": [80]}, 200),
        ({"act": "reset", "clients": ["v-mobile"]}, 200),
    ],
)
def test_a_host_treats_connections_as_its_rule_says(net, wifi, door, expected):
    with net.under({"kind": "door", "host": "hk", **door}):
        assert wifi.get(HK, seconds=0.3 if expected == TIMED_OUT else 4.0).verdict == expected


def test_a_stopped_server_refuses_and_comes_back(net, wifi):
    with net.under({"kind": "stopped", "host": "hk"}):
        meanwhile = wifi.get(HK).verdict

    assert (meanwhile, wifi.get(HK).verdict) == (NO_CONNECTION, 200)


@pytest.mark.parametrize(
    ("host", "fault", "expected"),
    [
        ("hk", "hk-vps.upstream-refused", 502),
        ("vercel", "vercel.function-crash", 500),
        ("vercel", "vercel.function-timeout", 504),
        ("origin", "direct.429-requests", 429),
        ("origin", "direct.401", 401),
    ],
)
def test_a_stand_in_breaks_as_in_the_lab_and_the_chain_passes_it_on(net, wifi, host, fault, expected):
    url = "https://hk.lab.test/api/v1/models"
    with net.under({"kind": "lab", "host": host, "fault": fault}):
        broken = wifi.get(url).status

    assert (broken, wifi.get(url).status) == (expected, 200)


def test_the_chain_meets_what_is_wrong_between_its_hops(net, wifi):
    url = "https://hk.lab.test/api/ping"
    seen = []
    for fault in (
        {"kind": "reset", "node": "t-intl", "clients": ["hk"], "to": ["vercel"]},
        {"kind": "dns", "host": "pubdns", "rcode": "SERVFAIL", "clients": ["hk"]},
    ):
        with net.under(fault):
            seen.append((wifi.get(url).status, wifi.get("https://hk.lab.test/healthz").status))

    assert [*seen, wifi.get(url).status] == [(502, 200), (502, 200), 200]


def test_a_server_sent_stream_flows(net, wifi):
    done = net.run("v-wifi", "curl", "-s", f"http://{net.address('abroad')}/sse/3/10")

    assert done.stdout.count("data: ") == 4


def test_servers_tell_who_came_and_what_was_asked(net, wifi):
    wifi.get("https://abroad.lab.test/some/where")
    arrival, request = (net.record("abroad", event)[-1] for event in ("arrival", "request"))

    assert {key: arrival[key] for key in ("client", "port", "rule")} == {
        "client": net.seen_as("v-wifi"), "port": 443, "rule": "",
    }  # fmt: skip
    assert {key: request[key] for key in ("client", "method", "name", "path", "scheme")} == {
        "client": net.seen_as("v-wifi"), "method": "GET", "name": "abroad.lab.test", "path": "/some/where",
        "scheme": "https",
    }  # fmt: skip


def test_only_what_is_new_is_told_when_asked_so(net, wifi):
    wifi.get("https://abroad.lab.test/")
    last = net.record("abroad")[-1]["number"]
    wifi.get("https://abroad.lab.test/later")

    assert [each["path"] for each in net.record("abroad", "request", since=last)] == ["/later"]
