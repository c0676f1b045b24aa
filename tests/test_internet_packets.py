"""What the box reads off packets and what it forges is right, and its lanes keep their laws."""

import itertools
import socket
import ssl
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.internet.packet import Flag, Packet, datagram_back, segment_back, segment_on, too_big
from tests.internet.peek import Sight, http_host, server_name
from tests.internet.profile import Lane, Parcel, Profile

V4, V6 = ("198.18.1.2", "203.0.113.34"), ("2001:db8:1::2", "2001:db8:d::2")


def raw_packet(ends, body, protocol):
    """Build a packet without the module under test; the checksum of what it carries is not looked at."""
    if ":" in ends[0]:
        source, target = (socket.inet_pton(socket.AF_INET6, end) for end in ends)
        return b"\x60\0\0\0" + len(body).to_bytes(2, "big") + bytes([protocol, 64]) + source + target + body
    source, target = (socket.inet_aton(end) for end in ends)
    length = (20 + len(body)).to_bytes(2, "big")
    return b"\x45\0" + length + b"\0\0\x40\0\x40" + bytes([protocol]) + b"\0\0" + source + target + body


def segment(ends, payload=b"hello", flags=0x18, sequence=1000):
    numbers = sequence.to_bytes(4, "big") + (2000).to_bytes(4, "big")
    head = (40000).to_bytes(2, "big") + (443).to_bytes(2, "big") + numbers
    return Packet(raw_packet(ends, head + bytes([0x50, flags]) + b"\xff\xff\0\0\0\0" + payload, 6))


def datagram(ends, payload=b"query"):
    head = (40000).to_bytes(2, "big") + (53).to_bytes(2, "big") + (8 + len(payload)).to_bytes(2, "big")
    return Packet(raw_packet(ends, head + b"\0\0" + payload, 17))


def folded(octets):
    total = sum(int.from_bytes(octets[at : at + 2].ljust(2, b"\0"), "big") for at in range(0, len(octets), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def is_sound(raw):
    """Check every sum of a packet: over all that it covers, its own included, each comes to all ones."""
    packet = Packet(raw)
    body = raw[packet.header_bytes :]
    covered = (
        packet.source + packet.destination + len(body).to_bytes(4, "big") + bytes([0, 0, 0, packet.protocol])
    )
    if packet.version == 4 and folded(raw[:20]) != 0xFFFF:
        return False
    return folded(body if packet.protocol == 1 else covered + body) == 0xFFFF


@pytest.mark.parametrize("ends", [V4, V6])
def test_a_segment_is_read_as_it_was_written(ends):
    packet = segment(ends)

    assert (packet.client, packet.server, packet.port_from, packet.port_to) == (*ends, 40000, 443)
    assert (packet.sequence, packet.acknowledged, packet.flags) == (1000, 2000, Flag.PSH | Flag.ACK)
    assert (packet.payload, packet.next_sequence) == (b"hello", 1005)


def test_a_syn_takes_one_number():
    assert segment(V4, b"", flags=2).next_sequence == 1001


@pytest.mark.parametrize("raw", [b"", b"\x45", b"\x45" + b"\0" * 5, b"\x15" * 60])
def test_what_is_no_packet_is_refused(raw):
    with pytest.raises((ValueError, IndexError)):
        Packet(raw).client  # noqa: B018  # reading the address is what fails


@given(st.sampled_from([V4, V6]), st.binary(max_size=64), st.binary(max_size=64), st.integers(0, 2**32 - 1))
def test_whatever_is_forged_has_right_sums_and_the_way_back(ends, sent, forged, sequence):
    to = segment(ends, sent)
    back = segment_back(to, Flag.RST | Flag.ACK, sequence=sequence, payload=forged, ttl=7)
    on = segment_on(to, Flag.RST, sequence=sequence)
    answer = datagram_back(datagram(ends, sent), forged)

    assert [is_sound(raw) for raw in (back, on, answer)] == [True, True, True]
    assert (Packet(back).client, Packet(back).server) == (ends[1], ends[0])
    assert (Packet(back).port_from, Packet(back).port_to, Packet(back).payload) == (443, 40000, forged)
    assert (Packet(back).sequence, Packet(back).acknowledged) == (sequence, to.next_sequence)
    assert (Packet(on).client, Packet(on).sequence) == (ends[0], sequence)
    assert (Packet(answer).port_to, Packet(answer).payload) == (40000, forged)


@pytest.mark.parametrize(("ends", "kind"), [(V4, (1, 3, 4)), (V6, (58, 2, 0))])
def test_the_message_about_a_large_packet_tells_the_mtu(ends, kind):
    told = too_big(segment(ends, b"x" * 1200), 1000) or b""
    message = told[Packet(told).header_bytes :]

    assert (Packet(told).protocol, message[0], message[1]) == kind
    assert (int.from_bytes(message[4:8], "big"), is_sound(told)) == (1000, True)


def client_hello(name):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def test_the_name_is_found_in_a_client_hello_however_it_is_cut():
    hello = client_hello("Blocked.lab.test")

    assert server_name(hello) == "blocked.lab.test"
    assert {server_name(hello[:length]) for length in range(len(hello))} == {Sight.UNFINISHED}


def test_a_hello_in_two_records_is_joined():
    hello = client_hello("blocked.lab.test")
    first, rest = hello[5:50], hello[50:]
    head = hello[:3]
    cut = head + len(first).to_bytes(2, "big") + first + head + len(rest).to_bytes(2, "big") + rest

    assert server_name(cut) == "blocked.lab.test"


@given(st.binary(max_size=300))
def test_anything_at_all_is_no_name_or_not_yet(octets):
    assert isinstance(server_name(b"\x17" + octets), Sight)
    assert isinstance(server_name(b"\x16\x03\x01" + octets), str | Sight)
    assert isinstance(http_host(octets), str | Sight)


def test_the_host_of_a_request_is_found_when_its_head_is_whole():
    request = b"GET / HTTP/1.1\r\nAccept: */*\r\nhOsT: Page.lab.test:80\r\n\r\n"

    assert http_host(request) == "page.lab.test"
    assert {http_host(request[:length]) for length in range(4, len(request))} == {Sight.UNFINISHED}


def lane(**profile):
    return Lane(Profile(**profile), 0, Random(3), Counter())


def released(one, count=200, every=0.001, size=100):
    """Send packets down a lane and return when each leaves, None for those that do not."""
    packet = segment(V4, b"x" * (size - 40))
    parcels = [Parcel(packet, packet.raw, number * every) for number in range(count)]
    return [parcel.at if one.carry(parcel) else None for parcel in parcels]


def test_an_empty_profile_changes_nothing():
    assert released(lane()) == [number * 0.001 for number in range(200)]


@given(st.floats(0, 500), st.floats(0, 500))
def test_jitter_keeps_the_order_and_its_bounds(delay, jitter):
    times = released(lane(delay_ms=delay, jitter_ms=jitter), count=40)

    assert times == sorted(times)
    assert all(time >= number * 0.001 for number, time in enumerate(times))
    assert max(times) <= 0.039 + (delay + jitter) / 1000 + 1e-9


def test_a_shaper_lets_the_rate_through_and_no_more_than_its_queue_waits():
    times = released(lane(rate_kbit=80, queue_kb=1), count=100)  # a packet of 100 bytes takes 10 ms
    passed = [time for time in times if time is not None]
    steps = {round(later - earlier, 6) for earlier, later in itertools.pairwise(passed)}

    assert (steps, passed[0]) == ({0.01}, 0.01)
    waits = [time - number * 0.001 for number, time in enumerate(times) if time is not None]
    assert max(waits) <= 1024 / 10_000 + 0.01


def test_a_stall_counts_the_bytes_of_each_flow():
    one = lane(stall_after_bytes=250)

    assert [time is not None for time in released(one, count=4)] == [True, True, False, False]
    other = Packet(raw_packet(V6, segment(V6).raw[40:], 6))
    assert one.carry(Parcel(other, other.raw, 0.0))
