"""A wire through the box has the delay, jitter, loss, order, rate and size that were asked for, and no others."""

import pytest

from tests.internet.net import Internet
from tests.internet_witness import TIMED_OUT, Witness
from tests.need import need_program, need_tun

pytestmark = pytest.mark.alone

BIG = "https://page.lab.test/bytes/40000"


@pytest.fixture(scope="module")
def net():
    need_tun()
    for program in ("curl", "ping", "traceroute"):
        need_program(program)
    with Internet(wires="tun") as built:
        yield built


@pytest.fixture
def wifi(net):
    return Witness(net, "v-wifi")


@pytest.fixture
def page(net):
    return net.address("static")


def on_wifi(**profile):
    return {"kind": "wire", "wire": "wifi", **profile}


def test_a_wire_loses_nothing_by_itself_and_is_no_hop(net, wifi, page):
    assert wifi.ping(page, 300, 0.001).lost == 0
    assert wifi.trace(page) == ["198.18.1.1", "198.18.11.1", "198.18.20.2", page]


def test_a_delay_is_what_was_asked_for_each_way(net, wifi, page):
    with net.under(on_wifi(delay_ms=25)):
        both = min(wifi.ping(page, 30).milliseconds)
    with net.under(on_wifi(delay_ms=25, direction="up")):
        up = min(wifi.ping(page, 30).milliseconds)

    assert 50 <= both < 53
    assert 25 <= up < 28


def test_jitter_spreads_round_trips_as_two_uniform_draws_do(net, wifi, page):
    with net.under(on_wifi(delay_ms=25, jitter_ms=10)):
        seen = wifi.ping(page, 100, 0.008)
    lower, middle, upper = seen.quartiles

    # Triangular from 30 to 70, so the middle half is 11.7 wide.
    assert (min(seen.milliseconds) >= 30, 44 < middle < 60, 6 < upper - lower < 20) == (True, True, True)
    assert seen.overtaken == 0


def test_reordered_packets_are_overtaken_and_not_lost(net, wifi, page):
    with net.under(on_wifi(direction="up", delay_ms=5, reordered=0.1, reordered_by_ms=15)):
        seen = wifi.ping(page, 150, 0.004)

    assert (seen.lost, 4 < seen.overtaken < 40) == (0, True)


def test_loss_is_the_share_that_was_asked_for_and_is_counted(net, wifi, page):
    before = net.counts()["wires"]["wifi"].get("lost", 0)
    with net.under(on_wifi(direction="up", loss=0.2, to=["static"], protocol="icmp")):
        seen = wifi.ping(page, 300, 0.001)

    assert 0.12 < seen.lost < 0.28
    assert round(seen.lost * 300) == net.counts()["wires"]["wifi"]["lost"] - before


def test_losses_come_in_bursts_of_the_length_that_was_asked_for(net, wifi, page):
    with net.under(on_wifi(direction="up", burst_begins=0.05, burst_ends=0.2)):
        seen = wifi.ping(page, 300, 0.001)
    missing = sorted(set(range(1, 301)) - set(seen.numbers))
    bursts = sum(number - 1 not in missing for number in missing)

    assert 0.04 < seen.lost < 0.42  # 20 % in the long run
    assert 2 < len(missing) / bursts < 12  # 5 in the long run


def test_duplicates_arrive_twice(net, wifi, page):
    with net.under(on_wifi(direction="up", duplicated=1)):
        seen = wifi.ping(page, 10)

    assert sorted(seen.numbers) == sorted([*range(1, 11), *range(1, 11)][: len(seen.numbers)])
    assert len(seen.numbers) >= 19  # ping ends at the last answer it waits for


def test_a_shaped_wire_is_as_slow_as_asked(net, wifi):
    url = "https://page.lab.test/bytes/200000"
    with net.under(on_wifi(rate_kbit=2000, queue_kb=32)):
        seen = wifi.get(url)

    assert (seen.verdict, 0.7 < seen.seconds < 2.5) == (200, True)


def test_beyond_the_mtu_packets_vanish_and_a_told_sender_recovers(net, wifi):
    with net.under(on_wifi(mtu=1000)):
        untold = wifi.get(BIG, seconds=0.5).verdict
    with net.under(on_wifi(mtu=1000, tells_mtu=True)):
        told = wifi.get(BIG).verdict
        remembered = [net.run("static", "ip", "route", "show", "cache").stdout]
    remembered.append(net.run("static", "ip", "route", "show", "cache").stdout)

    assert (untold, told) == (TIMED_OUT, 200)
    assert ["mtu 1000" in each for each in remembered] == [True, False]


def test_a_flow_stalls_after_so_many_bytes(net, wifi):
    with net.under(on_wifi(direction="down", stall_after_bytes=20_000)):
        seen = wifi.get(BIG, seconds=0.5).verdict, wifi.get("https://page.lab.test/bytes/9000").verdict

    assert seen == (TIMED_OUT, 200)


def test_corrupted_packets_are_thrown_away_by_the_receiver(net, wifi, page):
    with net.under(on_wifi(direction="up", corrupted=1)):
        assert wifi.ping(page, 5, 0.005, "-s", "800").lost == 1


@pytest.mark.parametrize(
    ("scope", "is_delayed"),
    [
        ({"to": ["static"]}, True),
        ({"to": ["hk"]}, False),
        ({"clients": ["v-wifi"]}, True),
        ({"clients": ["v-mobile"]}, False),
        ({"protocol": "icmp"}, True),
        ({"ports": [443]}, False),
    ],
)
def test_a_profile_can_be_for_some_packets_only(net, wifi, page, scope, is_delayed):
    with net.under(on_wifi(delay_ms=100, direction="up", **scope)):
        assert (wifi.ping(page, 3).quartiles[1] > 99) == is_delayed


def test_a_profile_for_some_packets_also_concerns_the_answers_to_them(net, wifi, page):
    with net.under(on_wifi(delay_ms=100, direction="down", to=["static"])):
        seen = wifi.ping(page, 3).quartiles[1] > 99, wifi.ping(net.address("hk"), 3).quartiles[1] > 99

    assert seen == (True, False)


def test_profiles_on_one_wire_add_up_and_are_healed_one_by_one(net, wifi, page):
    numbers = [net.inject(on_wifi(delay_ms=delay, direction="up")) for delay in (50, 100)]
    seen = [min(wifi.ping(page, 3).milliseconds)]
    for number in numbers:
        net.heal(number)
        seen.append(min(wifi.ping(page, 3).milliseconds))

    assert [149 < seen[0] < 190, 99 < seen[1] < 140, seen[2] < 40] == [True, True, True]


def test_a_leg_of_the_chain_is_slowed_by_itself(net, wifi):
    local, through = "https://hk.lab.test/healthz", "https://hk.lab.test/api/ping"
    leg = {"kind": "wire", "wire": "vercel", "direction": "up", "delay_ms": 100, "clients": ["hk"]}
    with net.under(leg):
        seen = wifi.get(local).seconds, wifi.get(through).seconds, wifi.get("https://fn.lab.test/").seconds

    # The connection, the handshake and the request each cross it once.
    assert (seen[0] < 0.1, 0.3 < seen[1] < 0.8, seen[2] < 0.1) == (True, True, True)


def test_one_wire_is_not_the_other(net, page):
    with net.under(on_wifi(loss=1)):
        seen = [Witness(net, vantage).ping(page, 2).lost for vantage in ("v-wifi", "v-mobile")]

    assert seen == [1, 0]
