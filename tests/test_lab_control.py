"""The lab's control API breaks and mends, describes itself, and is for this machine only."""

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace

import aiohttp
import pytest

from probe.lab import FAULTS, AddressTakenError, Lab, LabError, Layout, running
from tests.lab_client import small

JSON = {"Content-Type": "application/json"}


async def call(
    lab: Lab, method: str, path: str, body: object = None, headers: Mapping[str, str] = JSON
) -> tuple[int, dict[str, object]]:
    url = f"http://{lab.layout.control_host}:{lab.layout.control_port}{path}"
    content = None if body is None else json.dumps(body)
    async with aiohttp.request(method, url, data=content, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_fault_is_broken_listed_and_mended() -> None:
    async with running(small()) as lab:
        broken = {"id": "direct.500", "vantage": "wifi", "seconds_left": None}
        asked = await call(lab, "POST", "/faults", {"id": "direct.500", "vantage": "wifi"})
        _, listed = await call(lab, "GET", "/faults")
        mended = await call(lab, "DELETE", "/faults/direct.500?vantage=wifi")
        again = await call(lab, "DELETE", "/faults/direct.500")

    assert asked == (201, broken)
    assert listed["broken"] == [broken]
    assert mended == (200, {"mended": [broken]})
    assert again == (200, {"mended": []})


async def test_every_fault_is_listed_with_its_cause() -> None:
    async with running(small()) as lab:
        _, listed = await call(lab, "GET", "/faults")

    known = listed["faults"]
    assert isinstance(known, list)
    assert {each["id"]: each["cause"] for each in known} == {
        fault.id: fault.cause for fault in FAULTS.values()
    }


async def test_a_fault_asked_for_a_time_says_how_much_is_left() -> None:
    async with running(small()) as lab:
        _, broken = await call(lab, "POST", "/faults", {"id": "direct.500", "for_seconds": 60})

    left = broken["seconds_left"]
    assert isinstance(left, float)
    assert 50 < left <= 60


async def test_everything_is_mended_when_nothing_is_named() -> None:
    async with running(small()) as lab:
        lab.break_("direct.500")
        lab.break_("static.refused", vantage="wifi")
        await call(lab, "DELETE", "/faults")

        assert tuple(lab.switch) == ()


async def test_the_state_tells_where_everything_is() -> None:
    async with running(small()) as lab:
        status, state = await call(lab, "GET", "/state")

    layout = lab.layout
    places = {"others": layout.address("static")}
    places |= {name: layout.address("static", name) for name in layout.sources}
    hops = state.pop("hops")
    assert isinstance(hops, dict)
    assert hops["static"] == {"host": "static.lab.test", "port": layout.hop_port, "addresses": places}
    assert (status, state) == (
        200,
        {
            "control": f"127.0.0.1:{layout.control_port}",
            "dns": f"{layout.network}.2.53:{layout.dns_port}",
            "ca_pem": lab.ca_pem.decode(),
            "vantages": layout.sources,
            "broken": [],
        },
    )


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"id": "direct.501"}, "the lab has no fault 'direct.501' (did you mean direct.500?)"),
        (
            {"id": "direct.500", "vantage": "wlan"},
            "the lab has no vantage 'wlan'; it has wifi, mobile, wired",
        ),
        (
            {"id": "direct.500", "for_seconds": -1},
            "a fault can last more than 0 s and at most 24 h, not -1 s",
        ),
        ({"id": "direct.500", "for_seconds": "60s"}, "`for_seconds` is a number"),
        ({"id": "direct.500", "vantag": "wifi"}, "the keys for_seconds, id, vantage and no others"),
        ({}, "only `id` is required"),
        ([], "the body is an object"),
    ],
)
async def test_a_wrong_question_is_answered_with_a_sentence_and_breaks_nothing(
    body: object, sentence: str
) -> None:
    async with running(small()) as lab:
        status, answer = await call(lab, "POST", "/faults", body)

        assert (status, ()) == (400, tuple(lab.switch))
        assert sentence in str(answer["error"])


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
async def test_what_a_web_page_could_send_unasked_is_refused(kind: str) -> None:
    async with running(small()) as lab:
        status, _ = await call(lab, "POST", "/faults", {"id": "direct.500"}, {"Content-Type": kind})

        assert (status, tuple(lab.switch)) == (400, ())


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:1", 200),
        ("localhost:1", 200),
        ("[::1]:1", 200),
        ("lab.example", 403),
        ("192.0.2.1", 403),
        ("127.0.0.1.example", 403),
        ("[", 403),
    ],
)
async def test_a_name_rebound_to_loopback_is_refused(host: str, status: int) -> None:
    async with running(small()) as lab:
        assert (await call(lab, "GET", "/state", headers={"Host": host}))[0] == status


@pytest.mark.parametrize(
    "layout",
    [
        lambda: Layout(control_host="0.0.0.0"),
        lambda: Layout(network="10.0"),
        lambda: Layout(hop_port=65_536),
    ],
)
def test_a_layout_outside_the_loopback_is_refused(layout: Callable[[], Layout]) -> None:
    with pytest.raises(LabError):
        layout()


async def test_a_second_lab_is_told_which_address_is_taken() -> None:
    async with running(small()) as lab:
        with pytest.raises(AddressTakenError) as refused:
            async with running(lab.layout):
                pass

    assert str(refused.value) == f"127.0.0.1:{lab.layout.control_port} is taken; is another lab running?"


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
async def test_a_port_of_dns_that_is_taken_is_named(kind: socket.SocketKind) -> None:
    layout = small()
    with socket.socket(type=kind) as other:
        other.bind((layout.dns_address, 0))
        port = other.getsockname()[1]
        with pytest.raises(AddressTakenError, match=f"^{layout.dns_address}:{port} is taken"):
            async with running(replace(layout, dns_port=port)):
                pass


async def test_a_port_of_a_hop_that_is_taken_is_named_and_the_others_are_given_back() -> None:
    layout = small()
    where = layout.address("direct", "mobile")
    with socket.socket() as other:
        other.bind((where, 0))
        port = other.getsockname()[1]
        with pytest.raises(AddressTakenError, match=f"^{where}:{port} is taken"):
            async with running(replace(layout, hop_port=port)):
                pass
    async with running(replace(layout, hop_port=port)) as lab:
        assert lab.layout.hop_port == port


async def test_what_the_block_raises_arrives_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        async with running(small()):
            raise ZeroDivisionError


async def test_the_addresses_of_a_lab_that_ended_are_free_again() -> None:
    async with running(small()) as lab:
        layout = lab.layout
    async with running(layout) as lab:
        assert lab.layout == layout
