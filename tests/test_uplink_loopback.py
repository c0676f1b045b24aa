"""A vantage that cannot leave this machine has no uplink to lose."""

from dataclasses import replace

import pytest

from probe.abc import Way
from probe.uplink.crossing import leaves_machine
from probe.vantage.source import Source
from probe.vantage.system import System
from tests.repeating import probe


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (Source(address="127.0.2.1"), False),
        (Source(address="::1"), False),
        (Source(address="192.0.2.1"), True),
        (System(), True),
    ],
)
def test_a_vantage_tied_to_loopback_is_not_watched(way: Way, expected: bool) -> None:
    asked = probe()
    asked = replace(asked, looking=replace(asked.looking, way=way))

    assert leaves_machine(asked) is expected


def test_every_address_of_the_loopback_network_is_there() -> None:
    assert Source(address="127.0.2.1").lack() is None
