"""A program may ask for a reload by POST where that is switched on; a page never may."""

import asyncio

import pytest

from probe.web import Limits
from tests.web_server import served


async def taken() -> tuple[bool, str]:
    return True, "taken over: 1 series begun"


async def refused() -> tuple[bool, str]:
    return False, "hopwatch.yml:3:1: bogus: unknown key\nhopwatch.yml:4:1: other: unknown key"


async def never() -> tuple[bool, str]:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_configuration_that_was_taken_over_is_answered_with_200(method):
    async with served(on_reload=taken) as web:
        assert await web.get("-/reload", method) == (200, "taken over: 1 series begun\n")


async def test_one_that_was_not_is_answered_with_422_and_every_problem():
    async with served(on_reload=refused) as web:
        status, text = await web.get("-/reload", "POST")

    assert (status, text.splitlines()) == (
        422,
        ["hopwatch.yml:3:1: bogus: unknown key", "hopwatch.yml:4:1: other: unknown key"],
    )


async def test_where_it_is_switched_off_it_is_forbidden_and_the_switch_is_named():
    async with served() as web:
        status, text = await web.get("-/reload", "POST")

    assert status == 403
    assert "--web.enable-lifecycle" in text


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH", "OPTIONS"])
async def test_nothing_but_post_and_put_asks_for_it(method):
    async with served(on_reload=taken) as web, web.client.request(method, f"{web.url}-/reload") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST,PUT")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:9860"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"},
        {"Sec_Fetch_Site": "same-origin"},
    ],
)
async def test_a_page_may_not_ask(headers):
    async with served(on_reload=taken) as web:
        status, _ = await web.get("-/reload", "POST", **headers)

    assert status == 403


async def test_a_rebound_name_may_not_ask():
    async with served(on_reload=taken) as web:
        status, _ = await web.get("-/reload", "POST", Host="evil.example")

    assert status == 403


async def test_a_reload_that_takes_long_is_said_to_go_on():
    async with served(on_reload=never, limits=Limits(request_seconds=0.3)) as web:
        status, text = await web.get("-/reload", "POST")

    assert status == 202
    assert "hopwatch_config_last_reload_successful" in text
