"""The lab's hops really forward to each other, and each leaves its true fingerprint on what it made."""

import re
from dataclasses import replace

import pytest

from probe.lab import running
from tests.lab_client import KEY, Answer, get, small

QUOTA = {
    "x-ratelimit-limit-requests-day": "14400",
    "x-ratelimit-remaining-requests-day": "14388",
    "x-ratelimit-reset-requests-day": "33011.382867",
    "x-ratelimit-limit-tokens-minute": "60000",
    "x-ratelimit-remaining-tokens-minute": "59400",
    "x-ratelimit-reset-tokens-minute": "41.382867",
}


def quota(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("x-ratelimit-")}


async def test_the_vps_answers_its_own_check_by_itself() -> None:
    async with running(small()) as lab:
        lab.break_("vercel.refused")
        answer = await get(lab, "hk-vps", "/healthz")

    assert (answer.status, answer.body) == (200, b"ok\n")
    assert (answer.headers["server"], answer.headers["x-hop"]) == ("nginx", "hk-vps")
    assert "x-vercel-id" not in answer.headers


async def test_the_static_page_of_vercel_comes_through_the_vps_under_the_name_of_nginx() -> None:
    async with running(small()) as lab:
        straight = await get(lab, "vercel")
        through = await get(lab, "hk-vps")

    assert (200, straight.body) == (through.status, through.body)
    assert [each.headers["server"] for each in (straight, through)] == ["Vercel", "nginx"]
    assert re.fullmatch(r"hkg1::[0-9a-f]{5}-\d{13}-[0-9a-f]{12}", through.headers["x-vercel-id"])
    assert "x-hop" not in through.headers


async def test_the_function_marks_what_its_own_code_answers_and_where_it_ran() -> None:
    async with running(small()) as lab:
        answer = await get(lab, "hk-vps", "/api/ping")

    assert answer.json() == {"ok": True, "made_by": "function", "hop": "vercel", "region": "iad1"}
    assert answer.headers["x-vercel-id"].startswith("hkg1::iad1::")


async def test_a_request_through_the_whole_chain_reaches_the_api_with_the_function_s_key() -> None:
    async with running(small()) as lab:
        straight = await get(lab, "direct", "/v1/models", headers=KEY)
        through = await get(lab, "hk-vps", "/api/v1/models?limit=2")

    assert (200, straight.body) == (through.status, through.body)
    assert QUOTA == quota(through) == quota(straight)
    assert [each.headers["server"] for each in (straight, through)] == ["cloudflare", "nginx"]
    assert through.headers["cf-ray"].endswith("-HKG")
    assert through.headers["x-vercel-id"].startswith("hkg1::iad1::")


async def test_the_api_refuses_who_brings_no_key() -> None:
    async with running(small()) as lab:
        answer = await get(lab, "direct", "/v1/models")

    refused = {
        "message": "Wrong API Key",
        "type": "invalid_request_error",
        "param": "api_key",
        "code": "wrong_api_key",
    }
    assert (401, refused, {}) == (answer.status, answer.json(), quota(answer))


async def test_a_function_without_a_key_is_refused_by_the_api() -> None:
    async with running(replace(small(), function_key=None)) as lab:
        answer = await get(lab, "vercel", "/api/v1/models")

    assert (answer.status, answer.json()["code"]) == (401, "wrong_api_key")


@pytest.mark.parametrize(
    ("fault", "code", "remaining"),
    [
        ("direct.429-requests", "request_quota_exceeded", ("0", "59400")),
        ("direct.429-tokens", "token_quota_exceeded", ("14388", "0")),
        ("direct.429-queue", "queue_exceeded", ("14388", "59400")),
    ],
)
async def test_a_429_of_the_api_comes_through_the_chain_with_its_quota_headers(
    fault: str, code: str, remaining: tuple[str, str]
) -> None:
    async with running(small()) as lab:
        lab.break_(fault)
        answer = await get(lab, "hk-vps", "/api/v1/models")
        keyless = await get(lab, "direct", "/v1/models")

    left = tuple(
        answer.headers[f"x-ratelimit-remaining-{what}"] for what in ("requests-day", "tokens-minute")
    )
    assert (429, code, remaining) == (answer.status, answer.json()["code"], left)
    assert keyless.status == 401


async def test_the_page_host_answers_from_its_cache() -> None:
    async with running(small()) as lab:
        answer = await get(lab, "static")

    assert (
        answer.status,
        *(answer.headers[name] for name in ("server", "cf-cache-status", "age")),
    ) == (200, "cloudflare", "HIT", "0")
    assert re.fullmatch('"[0-9a-f]{32}"', answer.headers["etag"])


@pytest.mark.parametrize(
    ("fault", "status", "title"),
    [
        ("vercel.refused", 502, b"<title>502 Bad Gateway</title>"),
        ("vercel.reset", 502, b"<title>502 Bad Gateway</title>"),
        ("vercel.not-tls", 502, b"<title>502 Bad Gateway</title>"),
        ("vercel.cert-expired", 502, b"<title>502 Bad Gateway</title>"),
        ("vercel.hang", 504, b"<title>504 Gateway Time-out</title>"),
    ],
)
async def test_what_vercel_does_to_the_vps_becomes_a_stock_page_of_nginx(
    fault: str, status: int, title: bytes
) -> None:
    async with running(small()) as lab:
        lab.break_(fault)
        answer = await get(lab, "hk-vps", "/api/ping")

    assert (status, "nginx", None) == (
        answer.status,
        answer.headers["server"],
        answer.headers.get("x-vercel-id"),
    )
    assert title in answer.body
    assert answer.body.endswith(b"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")


@pytest.mark.parametrize("fault", ["direct.refused", "direct.reset", "direct.truncated"])
async def test_an_api_that_the_function_cannot_reach_is_told_by_the_function_s_own_code(fault: str) -> None:
    async with running(small()) as lab:
        lab.break_(fault)
        answer = await get(lab, "hk-vps", "/api/v1/models")

    told = {key: value for key, value in answer.json().items() if key != "kind"}
    assert told == {
        "error": "upstream unreachable",
        "made_by": "function",
        "hop": "vercel",
        "region": "iad1",
    }
    assert (answer.status, answer.headers.get("x-vercel-error")) == (502, None)


async def test_an_api_that_hangs_costs_the_function_its_time_limit() -> None:
    async with running(small()) as lab:
        lab.break_("direct.hang")
        answer = await get(lab, "hk-vps", "/api/v1/models")
        ping = await get(lab, "hk-vps", "/api/ping")

    assert (answer.status, answer.headers["x-vercel-error"]) == (504, "FUNCTION_INVOCATION_TIMEOUT")
    assert ping.status == 200


async def test_the_platform_s_error_is_plain_text_with_its_code_and_id() -> None:
    async with running(small()) as lab:
        lab.break_("vercel.function-crash")
        answer = await get(lab, "vercel", "/api/ping")

    request_id = answer.headers["x-vercel-id"]
    assert (
        f"A server error has occurred\n\nFUNCTION_INVOCATION_FAILED\n\n{request_id}\n" == answer.body.decode()
    )
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_a_body_cut_off_by_vercel_reaches_the_client_of_the_vps_cut_off() -> None:
    async with running(small()) as lab:
        lab.break_("vercel.truncated")
        answer = await get(lab, "hk-vps")

    assert (answer.status, answer.is_whole) == (200, False)


async def test_a_request_larger_than_nginx_allows_is_refused_by_it() -> None:
    async with running(small()) as lab:
        answer = await get(
            lab,
            "hk-vps",
            "/api/v1/models",
            method="POST",
            headers={"Content-Length": "2000000"},
            body=b"x" * 2_000_000,
        )

    assert answer.status == 413
    assert b"<title>413 Request Entity Too Large</title>" in answer.body


async def test_head_is_answered_without_a_body() -> None:
    async with running(small()) as lab:
        asked = await get(lab, "hk-vps", method="HEAD")
        whole = await get(lab, "hk-vps")

    assert (200, b"", whole.headers["content-length"]) == (
        asked.status,
        asked.body,
        asked.headers["content-length"],
    )


@pytest.mark.parametrize(
    ("hop", "path", "author"),
    [
        ("vercel", "/nothing", ("Vercel", "NOT_FOUND", b"The page could not be found")),
        ("vercel", "/api/nothing", ("Vercel", None, b'"made_by": "function"')),
        ("direct", "/v1/nothing", ("cloudflare", None, b'"code": "not_found"')),
        ("static", "/nothing", ("cloudflare", None, b"<h1>Not found</h1>")),
    ],
)
async def test_what_is_not_there_is_a_404_of_the_hop_s_own(
    hop: str, path: str, author: tuple[str, str | None, bytes]
) -> None:
    async with running(small()) as lab:
        answer = await get(lab, hop, path, headers=KEY)

    server, code, mark = author
    assert (answer.status, answer.headers["server"], answer.headers.get("x-vercel-error")) == (
        404,
        server,
        code,
    )
    assert mark in answer.body
