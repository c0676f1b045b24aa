"""What a node's firewall and queue can be made to do is seen by ordinary programs at a vantage, and ends when healed."""

import select
import socket

import dns.exception
import dns.message
import dns.query
import pytest

from tests.internet.net import Internet
from tests.internet_witness import HANDSHAKE, NO_CONNECTION, TIMED_OUT, UNTRUSTED, Witness
from tests.need import need_namespaces, need_program

_IP_RECVERR = 11  # linux/in.h
PAGE, HK = "https://page.lab.test/", "https://hk.lab.test/healthz"


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    for program in ("curl", "ping"):
        need_program(program)
    with Internet() as built:
        yield built


@pytest.fixture
def wifi(net):
    return Witness(net, "v-wifi")


@pytest.fixture
def mobile(net):
    return Witness(net, "v-mobile")


def test_the_chain_of_stand_ins_answers_with_everybodys_headers(net):
    done = net.run(
        "v-wifi", "curl", "-4", "-s", "-D-", "--cacert", str(net.ca_file), "https://hk.lab.test/api/v1/models"
    )
    head, _, body = done.stdout.partition("\n\n")
    names = {line.partition(":")[0].lower() for line in head.splitlines()[1:]}

    assert head.startswith("HTTP/1.1 200")
    assert '"owned_by": "Cerebras"' in body
    assert {"x-vercel-id", "cf-ray", "x-ratelimit-remaining-requests-day"} <= names
    assert "Server: nginx" in head


def test_loss_is_the_share_that_was_asked_for(net, wifi):
    with net.under({"kind": "loss", "node": "t-intl", "share": 0.3, "to": ["hk"]}):
        lost = wifi.ping(net.address("hk"), 300, 0.001).lost

    assert 0.2 < lost < 0.4


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "reset", "to": ["hk"], "ports": [443]}, NO_CONNECTION),
        ({"kind": "reset", "to": ["hk"], "ports": [443], "part": "data"}, HANDSHAKE),
        ({"kind": "unreachable", "to": ["hk"]}, NO_CONNECTION),
        ({"kind": "unreachable", "to": ["hk"], "code": "admin-prohibited"}, NO_CONNECTION),
        ({"kind": "blackhole", "to": ["hk"]}, TIMED_OUT),
        ({"kind": "blackhole", "to": ["hk"], "ports": [443], "clients": ["v-wifi"]}, TIMED_OUT),
        ({"kind": "blackhole", "to": ["hk"], "part": "data"}, TIMED_OUT),
        ({"kind": "blackhole", "to": ["hk"], "ports": [80]}, 200),
        ({"kind": "blackhole", "to": ["hk"], "protocol": "udp"}, 200),
        ({"kind": "blackhole", "to": ["hk"], "family": 6}, 200),
        ({"kind": "blackhole", "clients": ["v-mobile"]}, 200),
        ({"kind": "blackhole", "to": ["static", "origin"]}, 200),
    ],
)
def test_a_router_does_it_to_what_is_meant_and_stops_when_healed(net, wifi, fault, expected):
    with net.under({**fault, "node": "t-intl"}):
        meanwhile = wifi.get(HK, seconds=0.3 if expected == TIMED_OUT else 4.0).verdict

    assert (meanwhile, wifi.get(HK).verdict) == (expected, 200)


def icmp_seen(net, address):
    """Return the type and code of the ICMP error that a datagram meets, and who sent it."""
    with net.socket("v-wifi", kind=socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        sock.connect((address, 443))
        sock.send(b"?")
        ready = select.poll()
        ready.register(sock, select.POLLERR)
        ready.poll(2000)
        _, ancillary, _, _ = sock.recvmsg(512, 512, socket.MSG_ERRQUEUE)
        error = ancillary[0][2]
    return error[5], error[6], socket.inet_ntoa(error[20:24])


@pytest.mark.parametrize(
    ("code", "number"),
    [("net-unreachable", 0), ("host-unreachable", 1), ("port-unreachable", 3), ("admin-prohibited", 13)],
)
def test_an_unreachable_target_is_told_by_the_router_with_its_code(net, code, number):
    with net.under({"kind": "unreachable", "node": "t-cn", "to": ["hk"], "code": code}):
        assert icmp_seen(net, net.address("hk")) == (3, number, "198.18.11.1")


def test_both_families_are_meant_unless_one_is_named(net, wifi):
    hole = {"kind": "reset", "node": "t-intl", "to": ["static"], "ports": [443]}
    seen = []
    for family in (None, 4, 6):
        with net.under({**hole, "family": family}):
            seen.append([wifi.get(PAGE, family=4).verdict, wifi.get(PAGE, family=6).verdict])

    assert seen == [[NO_CONNECTION, NO_CONNECTION], [NO_CONNECTION, 200], [200, NO_CONNECTION]]


def test_a_fault_for_one_vantage_leaves_the_other_alone(net, wifi, mobile):
    hole = {"kind": "reset", "node": "t-cn", "clients": ["v-wifi"], "to": ["hk"]}
    with net.under(hole):
        assert (wifi.get(HK).verdict, mobile.get(HK).verdict) == (NO_CONNECTION, 200)


def test_beyond_its_router_those_behind_it_look_the_same_and_before_it_they_do_not(net, wifi):
    hole = {"kind": "reset", "clients": ["v-wifi"], "to": ["hk"], "family": 4}
    multi = Witness(net, "v-multi")
    with net.under({**hole, "node": "t-cn"}):
        beyond = wifi.get(HK).verdict, multi.get(HK, "--interface", "wlan0").verdict
    with net.under({**hole, "node": "r-wifi"}):
        before = wifi.get(HK).verdict, multi.get(HK, "--interface", "wlan0").verdict

    assert (beyond, before) == ((NO_CONNECTION, NO_CONNECTION), (NO_CONNECTION, 200))


def test_a_host_does_it_to_what_reaches_it_or_to_what_it_sends(net, wifi, mobile):
    banned = {"kind": "blackhole", "node": "hk", "clients": ["v-wifi"]}
    own = {"kind": "blackhole", "node": "v-mobile", "hook": "output", "to": ["hk"]}
    with net.under(banned):
        seen = [wifi.get(HK, seconds=0.3).verdict, mobile.get(HK).verdict]
    with net.under(own):
        seen += [wifi.get(HK).verdict, mobile.get(HK, seconds=0.3).verdict]

    assert seen == [TIMED_OUT, 200, 200, TIMED_OUT]


def test_large_packets_vanish_without_a_word(net, wifi):
    with net.under({"kind": "mtu", "node": "t-intl", "mtu": 1000, "to": ["hk"]}):
        small = wifi.ping(net.address("hk"), 3)
        large = wifi.ping(net.address("hk"), 3, 0.005, "-M", "do", "-s", "1200")

    assert (small.lost, large.lost) == (0, 1)


def test_a_throttled_link_is_as_slow_as_asked(net, wifi):
    url = "https://page.lab.test/bytes/200000"
    free = wifi.get(url).seconds
    with net.under({"kind": "throttle", "node": "t-intl", "interface": "p-cn", "rate_kbit": 2000}):
        slow = wifi.get(url).seconds

    assert free < 0.5
    assert 0.7 < slow < 1.6  # 0.8 s of bits, less the bucket


def test_an_interceptor_shows_a_rogue_certificate_and_passes_everything_on(net, wifi, mobile):
    with net.under({"kind": "intercept", "node": "r-wifi", "to": ["hk"]}):
        seen = [
            wifi.get(HK).verdict,
            wifi.get(HK, "-k").verdict,
            wifi.get(PAGE).verdict,
            mobile.get(HK).verdict,
        ]
        over_6 = wifi.get(HK, family=6).verdict

    assert (seen, over_6) == ([UNTRUSTED, 200, 200, 200], UNTRUSTED)
    assert wifi.get(HK).verdict == 200


def test_a_captive_portal_sends_plain_http_to_its_own_page(net, wifi, mobile):
    url = "http://page.lab.test/"
    with net.under({"kind": "portal", "node": "r-wifi", "location": "http://portal.lab.test/login"}):
        caught, free = wifi.get(url), mobile.get(url)

    assert (caught.verdict, caught.redirect) == (302, "http://portal.lab.test/login")
    assert (free.verdict, wifi.get(url).verdict) == (200, 200)


def test_two_faults_at_one_node_are_healed_one_by_one(net, wifi):
    first = net.inject({"kind": "reset", "node": "t-intl", "to": ["hk"]})
    second = net.inject({"kind": "reset", "node": "t-intl", "to": ["static"]})
    seen = []
    for number in (first, second):
        net.heal(number)
        seen.append((wifi.get(HK).verdict, wifi.get(PAGE).verdict))

    assert seen == [(200, NO_CONNECTION), (200, 200)]


def test_a_router_can_answer_all_dns_in_the_resolvers_place(net):
    def ask(address):
        with net.inside("v-wifi"):
            return dns.query.udp(dns.message.make_query("page.lab.test", "A"), address, timeout=0.3)

    nobody = net.address("abroad")  # where no resolver runs
    with net.under({"kind": "divert", "node": "r-wifi", "protocol": "udp", "ports": [53], "port": 53}):
        answer = ask(nobody)
    with pytest.raises((dns.exception.Timeout, OSError)):
        ask(nobody)

    assert [record.to_text() for record in answer.answer[0]] == [net.address("static")]
    assert net.record("r-wifi", "dns")[-1]["client"] == net.address("v-wifi")
