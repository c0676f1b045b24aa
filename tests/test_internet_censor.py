"""Somebody who looks at the border interferes as asked: resets, drops, forgeries, residual blocking; and tells of it."""

import socket
import time

import dns.message
import pytest

from tests.internet.net import Internet
from tests.internet_witness import HANDSHAKE, NO_CONNECTION, RESET, TIMED_OUT, Witness
from tests.need import need_program, need_tun

HK = "https://hk.lab.test/healthz"
BLOCKED = "https://blocked.lab.test/healthz"


@pytest.fixture(scope="module")
def built():
    need_tun()
    need_program("curl")
    with Internet(wires="tun") as net:
        # So that the forger is nearer than the server.
        net.inject({"kind": "wire", "wire": "border", "delay_ms": 20})
        yield net


@pytest.fixture
def net(built):
    return built


@pytest.fixture
def wifi(net):
    return Witness(net, "v-wifi")


@pytest.fixture
def mobile(net):
    return Witness(net, "v-mobile")


def by_sni(**more):
    return {"kind": "censor", "by": "sni", "names": ["blocked.*"], **more}


@pytest.mark.parametrize("is_inline", [False, True])
def test_a_forbidden_name_is_reset_and_others_pass(net, wifi, is_inline):
    with net.under(by_sni(action="reset", is_inline=is_inline)):
        seen = wifi.get(BLOCKED).verdict, wifi.get(HK).verdict

    assert (*seen, wifi.get(BLOCKED).verdict) == (HANDSHAKE, 200, 200)


def test_a_dropped_connection_goes_silent_after_the_name(net, wifi):
    with net.under(by_sni(action="drop")):
        seen = wifi.get(BLOCKED, seconds=0.4).verdict, wifi.get(HK).verdict

    assert (*seen, wifi.get(BLOCKED).verdict) == (TIMED_OUT, 200, 200)


@pytest.mark.parametrize(
    ("residual", "innocent"), [("reset", {NO_CONNECTION, HANDSHAKE}), ("drop", {TIMED_OUT})]
)
def test_after_a_hit_the_same_client_and_server_are_blocked_for_a_while(
    net, wifi, mobile, residual, innocent
):
    rule = by_sni(action="reset", residual_s=0.6, residual_action=residual)
    with net.under(rule):
        hit = time.monotonic()
        seen = [wifi.get(BLOCKED).verdict, wifi.get(HK, seconds=0.3).verdict in innocent]
        seen += [mobile.get(HK).verdict, wifi.get("https://page.lab.test/").verdict]
        time.sleep(max(0, hit + 0.9 - time.monotonic()))
        seen.append(wifi.get(HK).verdict)

    assert seen == [HANDSHAKE, True, 200, 200, 200]


def test_healing_ends_residual_blocking_too(net, wifi):
    with net.under(by_sni(action="reset", residual_s=60)):
        wifi.get(BLOCKED)

    assert wifi.get(HK).verdict == 200


def test_a_rule_can_be_for_one_vantage(net, wifi, mobile):
    with net.under(by_sni(action="reset", clients=["v-wifi"])):
        assert (wifi.get(BLOCKED).verdict, mobile.get(BLOCKED).verdict) == (HANDSHAKE, 200)


def test_a_forbidden_host_in_plain_http_is_reset_or_redirected(net, wifi):
    url = "http://blocked.lab.test/healthz"
    rule = {"kind": "censor", "by": "host", "names": ["blocked.*"]}
    with net.under({**rule, "action": "reset"}):
        reset = wifi.get(url).verdict
    with net.under({**rule, "action": "redirect", "location": "http://warning.test/"}):
        redirected = wifi.get(url)
    with net.under({**rule, "action": "redirect", "body": "forbidden"}):
        page = wifi.read(url)

    assert (reset, redirected.verdict, redirected.redirect) == (RESET, 302, "http://warning.test/")
    assert page == "forbidden"


@pytest.mark.parametrize(("action", "expected"), [("reset", NO_CONNECTION), ("drop", TIMED_OUT)])
def test_a_forbidden_address_and_port_get_no_connection(net, wifi, action, expected):
    rule = {"kind": "censor", "by": "address", "to": ["hk"], "ports": [443], "action": action}
    with net.under(rule):
        seen = wifi.get(HK, seconds=0.4).verdict, wifi.get("http://hk.lab.test/healthz").verdict

    assert seen == (expected, 200)


def ask_abroad(net, name, seconds=0.25, times=1):
    """Return every answer to a query, with the milliseconds after which it came."""
    found = []
    with net.socket("v-wifi", kind=socket.SOCK_DGRAM) as sock:
        begun = time.monotonic()
        for _ in range(times):
            sock.sendto(dns.message.make_query(name, "A").to_wire(), (net.address("pubdns"), 53))
        while (left := begun + seconds - time.monotonic()) > 0:
            sock.settimeout(left)
            try:
                answer = dns.message.from_wire(sock.recv(4096))
            except TimeoutError:
                break
            records = [record.to_text() for rrset in answer.answer for record in rrset]
            found.append((records, (time.monotonic() - begun) * 1000))
    return found


def test_forged_answers_win_the_race_and_the_true_one_still_comes(net):
    forge = {"kind": "censor", "by": "dns", "names": ["api.*"], "action": "forge", "copies": 2}
    with net.under({**forge, "answers": ["A 198.51.100.66"]}):
        found = ask_abroad(net, "api.lab.test")

    assert [records for records, _ in found] == [["198.51.100.66"]] * 2 + [[net.address("origin")]]
    assert (found[0][1] < 39, found[2][1] > 39) == (True, True)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"action": "forge", "is_inline": True, "copies": 1}, [["198.51.100.66"]]),
        ({"action": "forge", "rcode": "NXDOMAIN", "is_inline": True, "copies": 1}, [[]]),
        ({"action": "drop"}, []),
    ],
)
def test_a_query_can_be_answered_or_swallowed_in_the_resolvers_stead(net, how, expected):
    with net.under({"kind": "censor", "by": "dns", "names": ["api.*"], **how}):
        found = ask_abroad(net, "api.lab.test")

    assert [records for records, _ in found] == expected


def test_a_censor_may_be_fickle(net):
    flaky = {"kind": "censor", "by": "dns", "action": "drop", "share": 0.5}
    with net.under(flaky):
        answered = len(ask_abroad(net, "api.lab.test", times=40))

    assert 6 < answered < 34


def test_every_interference_is_told_with_its_rule(net, wifi):
    with net.under(by_sni(action="reset")):
        wifi.get(BLOCKED)
    told = [each for each in net.happenings() if each["event"] == "sni_reset"][-1]
    injected = [each["id"] for each in net.happenings() if each["event"] == "injected"]

    facts = {key: told[key] for key in ("rule", "wire", "name", "client", "server", "port")}
    assert facts == {
        "rule": injected[-1],
        "wire": "border",
        "name": "blocked.lab.test",
        "client": net.seen_as("v-wifi"),
        "server": net.address("hk"),
        "port": 443,
    }
