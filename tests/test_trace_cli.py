"""`hopwatch check` says a path in one line."""

from dataclasses import replace

from probe.cli.way import way
from probe.model import Icmp, PathMtu, TraceHop
from tests.metrics_plan import observe
from tests.test_page_paths import HOPS, REACHED


def test_a_path_is_a_line_with_each_hop_and_what_fits() -> None:
    assert way(observe(), REACHED) == (
        "home: the way to direct (udp): 1 192.168.1.1 2.00 ms → 2 silent → 3 198.51.100.7 or 198.51.100.8 34.0 ms"
        " (limits its answers) → 4 203.0.113.9 36.0 ms; packets of 1400 bytes fit"
    )


def test_a_hole_for_large_packets_is_said() -> None:
    seen = replace(REACHED, mtu=PathMtu(bytes=1360, vanished_bytes=1380))

    assert way(observe(), seen).endswith("; packets of 1360 bytes fit, 1380 bytes vanish without a word")


def test_a_path_that_is_refused_ends_there() -> None:
    refusing = replace(HOPS[0], ttl=2, errors=(Icmp(sender="192.168.1.1", type=3, code=13),))
    refused = replace(REACHED, ended="refused", target_ttl=None, hops=(HOPS[0], refusing), mtu=None)

    assert way(observe(), refused) == (
        "home: the way to direct (udp): 1 192.168.1.1 2.00 ms → 2 192.168.1.1 2.00 ms (refuses)"
    )


def test_a_path_on_which_nobody_speaks_has_no_hops() -> None:
    silent = replace(REACHED, ended="silence", target_ttl=None, hops=(TraceHop(ttl=1, sent=3),), mtu=None)

    assert way(observe(), silent) == "home: the way to direct (udp): nobody answers"
