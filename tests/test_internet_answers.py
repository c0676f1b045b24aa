"""A host's usual answers can wear other headers, come late after a pause, or lead on; a resolver can mind EDNS."""

import json
import os
import re
import signal
import time
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import pytest

from tests.internet.ground import FaultError
from tests.internet.injection import read
from tests.internet.net import Internet
from tests.need import need_namespaces, need_program, need_tun


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    need_program("curl")
    with Internet() as built:
        yield built
        assert built.defects() == []


def head(net, url, *words):
    """Return the headers of an answer, by their names in small letters."""
    said = net.run("v-wifi", "curl", "-4", "-sS", "-o", "/dev/null", "-D", "-", *words, url).stdout
    lines = (line.partition(":") for line in said.splitlines() if ":" in line)
    return {name.lower(): value.strip() for name, _, value in lines}


def test_the_usual_answer_can_wear_other_headers(net):
    url = "http://page.lab.test/"
    usual = head(net, url)
    fault = {"kind": "web", "host": "static", "headers": {"Server": "x"}, "without": ["cf-ray"]}
    with net.under(fault):
        changed = head(net, url)

    assert (usual["server"], changed["server"]) == ("cloudflare", "x")
    assert usual.keys() - changed.keys() == {"cf-ray"}
    assert "cf-ray" in head(net, url)


def test_redirects_count_down_to_an_end(net):
    url = "http://cn.lab.test/redirects/3"
    said = net.run(
        "v-wifi", "curl", "-4", "-sSL", "-w", "%{num_redirects} %{http_code}", "-o", "/dev/null", url
    )

    assert said.stdout == "3 200"


def test_only_the_first_request_after_a_pause_is_late(net):
    url = "http://cn.lab.test/"

    def seconds() -> float:
        before = time.monotonic()
        head(net, url)
        return time.monotonic() - before

    with net.under({"kind": "web", "host": "cn", "delay_ms": 400, "after_idle_s": 1}):
        first, second = seconds(), seconds()
        time.sleep(1.1)
        third = seconds()

    assert [each > 0.4 for each in (first, second, third)] == [True, False, True]


@pytest.mark.parametrize(("edns", "rcode"), [(0, "FORMERR"), (-1, "NOERROR")])
def test_a_resolver_can_refuse_edns_alone(net, edns, rcode):
    query = dns.message.make_query("page.lab.test", "A", use_edns=edns)
    with net.under({"kind": "dns", "with_edns": True, "rcode": "FORMERR"}), net.inside("v-wifi"):
        answer = dns.query.udp(query, net.address("dns"), timeout=1)

    assert dns.rcode.to_text(answer.rcode()) == rcode


def test_an_alias_may_be_written_without_its_last_dot(net):
    query = dns.message.make_query("page.lab.test", "A")
    with net.under({"kind": "dns", "answers": ["CNAME gone.lab.test"]}), net.inside("v-wifi"):
        answer = dns.query.udp(query, net.address("dns"), timeout=1)

    assert [rrset.to_text() for rrset in answer.answer] == ["page.lab.test. 60 IN CNAME gone.lab.test."]


def asked(net, name, kind="A", times=1):
    """Return the records of so many answers of the resolver, one after the other."""
    found = []
    for _ in range(times):
        with net.inside("v-wifi"):
            answer = dns.query.udp(dns.message.make_query(name, kind), net.address("dns"), timeout=1)
        found.append([rdata.to_text() for rrset in answer.answer for rdata in rrset])
    return found


CDN = ["203.0.113.18", "203.0.113.19", "203.0.113.20"]


def test_a_host_with_several_addresses_answers_at_each_of_them(net):
    for address in (*CDN, "[2001:db8:c::2]", "[2001:db8:c::3]", "[2001:db8:c::4]"):
        words = ("--cacert", str(net.ca_file), "--connect-to", f"::{address}:", "https://cdn.lab.test/whoami")
        assert net.run("v-wifi", "curl", "-sS", "-m", "3", *words).returncode == 0


def test_resolvers_begin_with_another_address_each_time(net):
    a, b, c = CDN

    assert sorted(asked(net, "cdn.lab.test", times=3)) == [[a, b, c], [b, c, a], [c, a, b]]


def test_a_resolver_can_pick_some_of_the_addresses_others_each_time(net):
    with net.under({"kind": "dns", "names": ["cdn.lab.test"], "picks": 2}):
        found = asked(net, "cdn.lab.test", times=3)

    assert sorted(map(len, found)) == [2, 2, 2]
    assert {each for one in found for each in one} == set(CDN)


def test_one_address_of_several_can_be_broken(net):
    def answers(address: str) -> bool:
        words = ("curl", "-sS", "-m", "1", f"http://{address}/")
        return bool(net.run("v-wifi", *words).returncode == 0)

    with net.under({"kind": "blackhole", "node": "static", "to": [CDN[1]]}):
        found = [answers(each) for each in CDN]

    assert found == [True, False, True]


def test_aliases_of_the_zone_are_followed_as_a_resolver_does(net):
    net.know({"old.lab.test.": ["CNAME older.lab.test"], "older.lab.test": ["CNAME page.lab.test."]})

    assert asked(net, "old.lab.test") == [["older.lab.test.", "page.lab.test.", "203.0.113.18"]]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "dns", "answers": ["A no address"]}, "dns: 'A no address' is no record such as"),
        ({"kind": "dns", "forged": ["192.0.2.1"]}, "dns: '192.0.2.1' is no record such as"),
        ({"kind": "dns", "rcode": "SERVEFAIL"}, "dns: 'SERVEFAIL' is no code such as"),
        ({"kind": "censor", "by": "dns", "action": "forge", "answers": ["A x"]}, "censor: 'A x' is no"),
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused_when_it_is_read(fault, said):
    with pytest.raises(FaultError) as refused:
        read(fault)

    assert str(refused.value).startswith(said)


def test_a_defect_of_a_server_is_told_with_its_place():
    with Internet() as other:
        other.run("v-wifi", "curl", "-4", "-sS", "-m", "1", "http://cn.lab.test/bytes/many")
        found = other.defects()

    assert [re.sub(r"\d+$", "N", each) for each in found] == [
        "ValueError: invalid literal for int() with base 10: 'many': web_server.py, line N"
    ]


def test_wires_that_no_longer_work_are_told():
    need_tun()
    with Internet(wires="tun") as other:
        (box,) = [
            pid for pid in children() if "tests.internet.box" in Path(f"/proc/{pid}/cmdline").read_text()
        ]
        os.kill(box, signal.SIGKILL)
        os.waitid(os.P_PID, box, os.WEXITED | os.WNOWAIT)
        found = other.defects()

    assert found == ["tests.internet.box has ended with -9: "]


def children() -> list[int]:
    """Return the processes that this one has started."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def test_a_route_can_be_lost_alone_and_comes_back(net):
    def ways() -> list[str]:
        return [each["dst"] for each in json.loads(net.run("v-mobile", "ip", "-4", "-j", "route").stdout)]

    before = ways()
    with net.under({"kind": "link", "host": "v-mobile", "interface": "wwan0", "act": "route"}):
        meanwhile = ways()

    assert (set(before) - set(meanwhile), set(ways())) == ({"default"}, set(before))
