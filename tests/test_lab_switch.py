"""Faults can be scoped to one vantage, mend by themselves, and let go of what they held."""

import asyncio
from dataclasses import replace

import pytest

from probe.lab import Lab, LabError, UnknownNameError, running
from tests.lab_client import KEY, addresses, connect, get, small, tcp_state


async def test_a_refused_connection_is_refused_for_one_vantage_only() -> None:
    async with running(small()) as lab:
        lab.break_("hk-vps.refused", vantage="wifi")

        with pytest.raises(ConnectionRefusedError):
            await get(lab, "hk-vps", "/healthz", vantage="wifi")
        for other in ("mobile", "wired", None):
            assert (await get(lab, "hk-vps", "/healthz", vantage=other)).status == 200


async def test_a_fault_of_dns_is_for_one_vantage_only() -> None:
    async with running(small()) as lab:
        lab.break_("static.dns-nxdomain", vantage="mobile")
        seen = [await addresses(lab, "static", vantage) for vantage in ("wifi", "mobile", "wired", None)]

        network = lab.layout.network
        assert [[f"{network}.14.11"], [], [f"{network}.14.13"], [f"{network}.14.10"]] == seen


async def test_a_fault_of_http_is_for_what_comes_directly_from_the_vantage() -> None:
    async with running(small()) as lab:
        lab.break_("direct.500", vantage="wifi")
        direct = await get(lab, "direct", "/v1/models", vantage="wifi", headers=KEY)
        through = await get(lab, "hk-vps", "/api/v1/models", vantage="wifi")

    assert [direct.status, through.status] == [500, 200]


async def test_an_unscoped_fault_touches_the_forwarding_too() -> None:
    async with running(small()) as lab:
        lab.break_("direct.500")

        assert (await get(lab, "hk-vps", "/api/v1/models", vantage="wifi")).status == 500


async def test_a_syn_into_a_black_hole_is_never_answered() -> None:
    async with running(small()) as lab:
        lab.break_("vercel.blackhole", vantage="wired")
        loop = asyncio.get_running_loop()
        sock = await connect(lab, "vercel", "wifi")
        assert tcp_state(sock) == 1
        sock.close()
        with pytest.raises(TimeoutError, match="connect"):
            await connect(lab, "vercel", "wired")
        loop.call_later(0.1, lab.mend)
        await asyncio.sleep(0.2)

        (await connect(lab, "vercel", "wired")).close()


async def test_a_fault_ends_by_itself_after_its_time() -> None:
    async with running(small()) as lab:
        breakage = lab.break_("static.refused", seconds=0.05)
        left = breakage.seconds_left()
        assert left is not None
        assert 0 < left <= 0.05
        await breakage.over.wait()

        assert (await get(lab, "static")).status == 200
        assert tuple(lab.switch) == ()


async def test_breaking_again_counts_the_time_anew() -> None:
    async with running(small()) as lab:
        lab.break_("static.refused", seconds=0.01)
        breakage = lab.break_("static.refused")
        await asyncio.sleep(0.05)

        assert (breakage.over.is_set(), breakage.seconds_left()) == (False, None)
        assert (breakage,) == tuple(lab.switch)


async def test_the_end_of_a_fault_for_everybody_leaves_the_one_for_a_vantage() -> None:
    async with running(small()) as lab:
        for_wifi = lab.break_("static.refused", vantage="wifi")
        await lab.break_("static.refused", seconds=0.01).over.wait()

        assert (for_wifi,) == tuple(lab.switch)
        assert (await get(lab, "static", vantage="mobile")).status == 200


async def test_mending_names_what_was_broken() -> None:
    async with running(small()) as lab:
        lab.break_("static.refused", vantage="wifi")
        lab.break_("static.refused", vantage="mobile")
        lab.break_("direct.500")

        first = [(each.fault.id, each.vantage) for each in lab.mend("static.refused", "wifi")]
        rest = [(each.fault.id, each.vantage) for each in lab.mend()]

    assert first == [("static.refused", "wifi")]
    assert rest == [("static.refused", "mobile"), ("direct.500", None)]


async def test_mending_closes_what_hung() -> None:
    async with running(small()) as lab:
        lab.break_("static.hang")
        with await connect(lab, "static") as sock:
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(sock, b"hello")
            silent = asyncio.timeout(0.1)
            with pytest.raises(TimeoutError):
                async with silent:
                    await loop.sock_recv(sock, 1)
            lab.mend()

            with pytest.raises(ConnectionResetError):
                await loop.sock_recv(sock, 1)


async def test_mending_lets_a_slow_answer_go_at_once() -> None:
    layout = small()
    async with running(layout) as lab, asyncio.TaskGroup() as group:
        lab.break_("static.slow")
        asked = group.create_task(get(lab, "static"))
        await asyncio.sleep(layout.slow_seconds / 4)
        lab.mend()

        assert (await asked).first_byte_seconds < layout.slow_seconds * 0.9


async def test_a_vps_that_stops_drops_the_connections_it_had() -> None:
    async with running(small()) as lab:
        lab.break_("hk-vps.slow")
        asyncio.get_running_loop().call_later(0.1, lab.break_, "hk-vps.refused")

        with pytest.raises(ConnectionError):
            await get(lab, "hk-vps", "/healthz")


async def test_connections_are_bounded_and_the_oldest_makes_room() -> None:
    async with running(small()) as lab:
        lab.break_("static.hang", vantage="wifi")
        socks = [await connect(lab, "static", "wifi") for _ in range(50)]
        loop = asyncio.get_running_loop()
        try:
            assert await loop.sock_recv(socks[0], 1) == b""
            assert await loop.sock_recv(socks[1], 1) == b""
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await loop.sock_recv(socks[2], 1)
        finally:
            for sock in socks:
                sock.close()


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 86_401])
async def test_a_time_that_is_none_is_refused(seconds: float) -> None:
    async with running(small()) as lab:
        with pytest.raises(LabError, match="a fault can last more than 0 s and at most 24 h"):
            lab.break_("static.refused", seconds=seconds)

        assert tuple(lab.switch) == ()


async def test_an_unknown_fault_is_refused_with_the_nearest_one() -> None:
    async with running(small()) as lab:
        with pytest.raises(UnknownNameError) as refused:
            lab.break_("hk-vps.refusd")

    expected = "the lab has no fault 'hk-vps.refusd' (did you mean hk-vps.refused?); `hopwatch lab faults` lists them all"
    assert expected == str(refused.value)


async def test_an_unknown_vantage_is_refused_with_the_ones_there_are() -> None:
    async with running(small()) as lab:
        with pytest.raises(UnknownNameError) as refused:
            lab.break_("hk-vps.refused", vantage="wlan")

    assert str(refused.value) == "the lab has no vantage 'wlan'; it has wifi, mobile, wired"


async def test_the_end_of_the_lab_waits_for_nobody() -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        async with running(replace(small(), slow_seconds=30.0, function_limit_seconds=30.0)) as lab:
            lab.break_("static.slow")
            lab.break_("vercel.function-timeout")
            lab.break_("direct.hang")
            asked = [
                group.create_task(_ended(lab, hop, path))
                for hop, path in (("static", "/"), ("hk-vps", "/api/ping"))
            ]
            silent = await connect(lab, "direct")
            await asyncio.sleep(0.2)
            start = loop.time()
        seconds = loop.time() - start
        silent.close()

    assert [task.result() for task in asked] == ["ended", "ended"]
    assert seconds < 0.9


async def _ended(lab: Lab, hop: str, path: str) -> str:
    with pytest.raises(ConnectionError):
        await get(lab, hop, path)
    return "ended"
