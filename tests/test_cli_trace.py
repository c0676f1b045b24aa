"""`hopwatch trace`: the path as it comes, over several rounds, with who refuses; by an ordinary user."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from probe.cli.look.target import find
from probe.cli.look.trace import Walk
from probe.cli.look.trace_drawn import path_table
from probe.cli.look.watched import changes, merged
from probe.cli.terminal import show
from probe.model import Evidence, Icmp, PathMtu, TraceHop
from probe.ondemand import here
from tests.hostile_texts import TEXTS
from tests.internet.net import Internet
from tests.need import need_tun
from tests.rig_terminal import CTRL_C, Terminal
from tests.store_records import observation
from tests.test_page_paths import HOPS, REACHED
from tests.typed import typed


@pytest.fixture(scope="module")
def net():
    need_tun()
    with Internet(wires="tun") as built:
        with built.inside("static"):
            Path("/proc/sys/net/ipv4/icmp_ratelimit").write_text("0")
        yield built


def trace(net, *words):
    process = net.python("v-wifi", "-m", "probe", "trace", *words)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_each_router_is_a_line_with_its_times_and_nothing_is_lost(net, protocol):
    target = net.address("static", None, 4)
    code, out, err = trace(net, f"{target}:443", "--protocol", protocol, "--rounds", "2")
    lines = out.splitlines()
    rows = [line.split() for line in lines[2:] if re.match(r" *\d+ ", line)]

    assert (code, err) == (0, ""), out
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    assert (rows[-1][1], rows[-1][-2:], len(rows) > 2) == (target, ["the", "target"], True)
    assert {(row[2], row[3]) for row in rows} == {("0%", "2")}
    assert lines[-1] == f"{target} is reached, {len(rows)} hops away."
    assert ("packets of 1500 bytes fit" in out) is (protocol == "udp")


def test_a_router_that_refuses_is_named_with_its_word(net):
    target = net.address("static", None, 4)
    fault = {"kind": "unreachable", "node": "t-intl", "code": "admin-prohibited", "to": ["static"]}
    with net.under(fault):
        code, out, _ = trace(net, f"{target}:443", "--rounds", "1")

    assert (code, out.splitlines()[-1]) == (1, f"{target} is not reached.")
    assert "says that policy forbids it (ICMP 3/" in out
    assert "\ntcp.unreachable.admin, " in out


def test_json_is_versioned_and_holds_the_path_and_each_round(net):
    target = net.address("static", None, 4)
    code, out, _ = trace(net, f"{target}:443", "--rounds", "2", "--json")
    (walk,) = (told := json.loads(out))["walks"]

    assert (code, told["version"], walk["vantage"], walk["outcome"]) == (0, 1, "system", "ok")
    assert walk["path"]["hops"][-1]["addresses"] == [target]
    assert [one["kind"] for one in walk["observations"]] == ["trace", "trace"]


def test_a_port_that_is_closed_is_an_answer_of_the_target():
    code, out, _ = typed("trace", "127.0.0.1:1", "--rounds", "1")

    assert (code, "its port is closed, and the way to it is good" in out) == (0, True)


@pytest.mark.parametrize("words", [("-6", "127.0.0.1"), ("-4", "::1")])
def test_an_address_of_the_other_family_cannot_be_measured(words):
    code, out, _ = typed("trace", *words, "--rounds", "1")

    assert (code, "Nobody can tell" in out) == (3, True)


def test_a_vantage_behind_a_proxy_is_left_out_and_that_is_said(tmp_path):
    path = tmp_path / "hopwatch.yml"
    path.write_text(
        "version: 1\n"
        "vantages: {clash: {proxy: {url: socks5h://127.0.0.1:1}}, plain: {system: {}}}\n"
        'hops: {hk: {url: "http://127.0.0.1:1"}}\n'
        "routes: {way: {hops: [hk]}}\n"
    )
    words = ("trace", "hk", "--rounds", "1", "--config.file", str(path))
    both = typed(*words, "--all-vantages")
    alone = typed(*words, "--vantage", "clash")

    assert (both[0], "clash is left out: its proxy carries" in both[2], "from plain" in both[1]) == (
        0,
        True,
        True,
    )
    assert (alone[0], alone[1], "no vantage left" in alone[2]) == (3, "", True)


def test_on_a_terminal_the_path_is_drawn_while_it_is_found_and_ctrl_c_keeps_what_there_is():
    terminal = Terminal("trace", "127.0.0.1:1", "--rounds", "1000")
    try:
        terminal.wait_for("of 1000")
        terminal.wait_for("the target")
        terminal.type(CTRL_C)

        assert (terminal.end(), "Traceback" in terminal.text) == (130, False)
        assert terminal.text.rstrip().endswith("127.0.0.1 is reached, 1 hop away.")
    finally:
        terminal.close()


def drawn(capsys, *traces):
    walk = Walk(looking=here(), rounds=len(traces))
    walk.seen += [replace(observation(1), evidence=Evidence(trace=one)) for one in traces]
    show([path_table(find("https://hk.example.net", (), None, everywhere=False), walk)])
    return capsys.readouterr().out


def test_a_silent_hop_a_limited_one_and_the_target_are_told_apart(capsys):
    lines = drawn(capsys, REACHED).splitlines()

    assert lines[0] == "hk.example.net from system: 203.0.113.9:33434 by udp"
    assert [line.split()[:3] for line in lines[2:6]] == [
        ["1", "192.168.1.1", "0%"],
        ["2", "*", "100%"],
        ["3", "198.51.100.7,", "198.51.100.8"],
        ["4", "203.0.113.9", "0%"],
    ]
    assert "silent, and forwards" in lines[3]
    assert "limits its answers, and forwards" in lines[4]
    assert lines[6] == "packets of 1400 bytes fit, as 198.51.100.7 says"


def test_rounds_add_up_at_each_distance():
    path = merged([REACHED, REACHED])

    assert [(hop.sent, hop.answered, len(hop.seconds)) for hop in path.hops] == [
        (6, 6, 6),
        (6, 0, 0),
        (6, 2, 2),
        (6, 6, 6),
    ]
    assert (path.target_ttl, path.packets, path.mtu) == (4, 24, PathMtu(bytes=1400, told_by="198.51.100.7"))


def test_a_round_that_did_not_arrive_is_loss_at_the_target():
    lost = replace(REACHED, target_ttl=None, ended="silence", hops=(*HOPS[:3], TraceHop(ttl=4, sent=3)))
    path = merged([REACHED, lost])

    assert (path.target_ttl, path.hops[3].sent, path.hops[3].answered) == (4, 6, 3)


def test_another_way_between_the_rounds_is_counted(capsys):
    other = replace(REACHED, hops=(replace(HOPS[0], addresses=("192.168.1.254",)), *HOPS[1:]))

    assert changes([REACHED, other, other]) == 1
    assert "the way changed once between the rounds" in drawn(capsys, REACHED, other)


def test_nothing_seen_is_no_path():
    assert merged([]) is None


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_of_a_path_steers_a_terminal(capsys, text):
    hop = replace(HOPS[0], addresses=(text,), errors=(Icmp(sender=text, type=3, code=13),))
    out = drawn(capsys, replace(REACHED, hops=(hop,), target_ttl=1, mtu=PathMtu(bytes=1, told_by=text)))

    assert [line for line in out.splitlines() if not line.isprintable()] == []
