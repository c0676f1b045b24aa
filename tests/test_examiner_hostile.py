"""A hostile target can make what is asked after a failure neither larger nor more frequent."""

import asyncio
from dataclasses import replace
from pathlib import Path

from probe.clock import SystemClock
from probe.config import parse
from probe.examination import Case, Conclusion, Part, Rule
from probe.examination.purse import Purse
from probe.model import Observation, Purpose
from probe.pulse import Pulse
from probe.wire.network import SocketNetwork
from tests.rig_examining import Examining
from tests.rig_servers import flooding, tcp_server
from tests.test_examiner import counted, looked

PLACE, MINUTE_NS = ("wifi", "hop", "ipv4"), 60 * 10**9
CONFIG = """
version: 1
defaults: {{interval: 30s, timeout: 2s}}
vantages: {{here: {{system: {{}}}}}}
hops: {{hop: {{url: "http://127.0.0.1:{port}"}}}}
routes: {{one: {{hops: [hop], checks: {{page: {{http: {{max_body: 16MiB}}}}}}}}}}
"""


async def looked_into(port: int, folder: Path) -> list[Observation]:
    """Look into what an endless answer came to, and return the answers to the controls."""
    clock = SystemClock()
    pulse, network = Pulse(clock), SocketNetwork(clock)
    beating = asyncio.create_task(pulse.run())
    try:
        plan = parse(CONFIG.format(port=port), where="test", folder=folder).plan()
        examining = Examining(plan, clock, pulse, network)
        await examining.look("hop", "page")
    finally:
        beating.cancel()
        network.close()
    return [one for one in examining.told if isinstance(one, Observation)]


def test_an_endless_answer_to_a_control_is_cut_at_what_the_purse_could_pay_for(tmp_path: Path):
    with tcp_server(flooding(b"HTTP/1.1 500 No\r\nContent-Length: 99999999\r\n\r\n", bytes(4096))) as server:
        asked = asyncio.run(looked_into(server.port, tmp_path))

    received = [one.evidence.tcp.received_bytes for one in asked if one.evidence.tcp]
    assert {one.purpose for one in asked} <= {Purpose.CONFIRM, Purpose.CONTROL}
    assert received
    # What the last read brought may go beyond it.
    assert max(received) < 512 * 1024


def test_what_a_finding_quotes_of_a_target_is_cleaned_and_cut():
    def says(case: Case) -> Conclusion:
        return replace(counted(case), detail="\x1b[31m" + "x" * 9000)

    rule = Rule(id="test.says", says="What a target said.", causes=(), decide=says)
    hostile = Part(name="test", concerns=lambda _: True, wanted=lambda _: (), rules=(rule,))

    (finding,) = looked(hostile).findings()
    assert finding.detail.startswith("\ufffd[31mxxx")
    assert len(finding.detail) == 1024


def test_what_a_control_needed_beyond_what_was_reserved_for_it_is_charged():
    purse = Purse(80)
    purse.spend(PLACE, 12, 0)
    purse.settle(PLACE, 12, 90, 0, 10**9)

    assert purse.left(PLACE, 2 * 10**9) == 0
    assert purse.left(PLACE, MINUTE_NS + 2 * 10**9) == 80


def test_what_is_given_back_never_makes_room_for_more_than_is_allowed():
    purse = Purse(80)
    purse.spend(PLACE, 10, 0)
    purse.spend(PLACE, 3, 10**9)
    purse.settle(PLACE, 10, 4, 0, 2 * 10**9)

    assert purse.left(PLACE, 2 * 10**9) == 73
    assert purse.left(PLACE, MINUTE_NS) == 77
