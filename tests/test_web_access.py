"""Passwords in front of the whole surface: who comes in, what a failure tells, and what it costs us."""

import base64
import time

import pytest
from structlog.testing import capture_logs

from probe.access.bucket import Buckets
from probe.access.passwords import Credentials, Passwords, Verdict, parse_basic
from tests.rig_access import HASH, PASSWORD, USER, USERS, access, hashed
from tests.web_chain import HandClock
from tests.web_server import served

SURFACE = [
    "", "metrics", "static/page.js", "-/healthy", "-/ready", "-/reload", "api/v1/state", "api/v1/observations",
    "api/v1/observation/a/1", "api/v1/failures", "api/v1/findings", "api/v1/events", "search", "observation/a/1", "nothing",
    "favicon.ico", "api/v9/x", "-/x",
]  # fmt: skip


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


RIGHT = basic(USER, PASSWORD)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
async def test_nothing_is_answered_without_a_password(method: str, tmp_path):
    told = {}
    async with served(access=access(tmp_path, USERS)) as web:
        for path in SURFACE:
            async with web.client.request(method, web.url + path) as answer:
                told[path] = (answer.status, answer.headers.get("WWW-Authenticate"))

    assert told == dict.fromkeys(SURFACE, (401, 'Basic realm="hopwatch", charset="UTF-8"'))


async def test_who_knows_the_password_comes_in_again_and_again(tmp_path):
    async with served(access=access(tmp_path, USERS)) as web:
        told = [(await web.get("metrics", Authorization=RIGHT))[0] for _ in range(3)]

    assert told == [200, 200, 200]


WRONG = {
    "another password": basic(USER, "wrong"),
    "an unknown user": basic("nobody", PASSWORD),
    "the hash itself": basic(USER, HASH),  # CVE-2022-46146
    "the user's name in capitals": basic(USER.upper(), PASSWORD),
    "an empty password": basic(USER, ""),
    "a password with a NUL at its end": basic(USER, PASSWORD + "\0"),
    "no colon": "Basic " + base64.b64encode(USER.encode()).decode(),
    "no base64": "Basic ???",
    "another scheme": "Bearer " + PASSWORD,
    "no UTF-8": "Basic " + base64.b64encode(b"\xff:\xfe").decode(),
    "73 characters and more": basic(USER, "x" * 1000),
    "nothing": "Basic",
}


async def test_whoever_does_not_is_kept_out(tmp_path):
    clock = HandClock()
    told = {}
    async with served(access=access(tmp_path, USERS, clock=clock)) as web:
        for what, header in WRONG.items():
            clock.turn(10)
            told[what] = (await web.get("metrics", Authorization=header))[0]

    assert told == dict.fromkeys(WRONG, 401)


async def test_a_known_hash_and_what_was_remembered_open_nothing(tmp_path):
    """CVE-2022-46146: the key of a remembered check could be made from the hash, so that the hash logged in."""
    async with served(access=access(tmp_path, USERS)) as web:
        await web.get("metrics", Authorization=RIGHT)
        await web.get("metrics", Authorization=basic("nobody", PASSWORD))
        tried = [
            basic(USER, HASH),
            basic(USER, HASH + PASSWORD),
            basic(USER + HASH, PASSWORD),
            basic("nobody", HASH),
            basic("", USER + HASH + PASSWORD),
        ]
        told = [(await web.get("metrics", Authorization=one))[0] for one in tried]

    assert set(told) == {401}


async def test_two_headers_are_none(tmp_path):
    async with served(access=access(tmp_path, USERS)) as web:
        headers = [("Authorization", RIGHT), ("Authorization", RIGHT)]
        async with web.client.get(web.url, headers=headers) as answer:
            assert answer.status == 401


async def test_no_answer_and_no_log_line_repeats_what_was_sent(tmp_path):
    with capture_logs() as logged:
        async with served(access=access(tmp_path, USERS)) as web:
            _, told = await web.get("api/v1/state", Authorization=basic("user-4711", "password-4711"))

    assert told == '{"version": 1, "error": "this user name with this password is not known"}\n'
    assert [(one["event"], one["address"]) for one in logged] == [("web.login_failed", "127.0.0.1")]
    assert "4711" not in str(logged)


async def test_after_ten_failures_there_is_one_more_every_five_seconds(tmp_path):
    clock = HandClock()
    async with served(access=access(tmp_path, USERS, clock=clock)) as web:
        wrong = [(await web.get("metrics", Authorization=basic(USER, str(n))))[0] for n in range(12)]
        right = (await web.get("metrics", Authorization=RIGHT))[0]
        clock.turn(5)
        later = (await web.get("metrics", Authorization=RIGHT))[0]

    assert (wrong, right, later) == ([401] * 10 + [429] * 2, 429, 200)


async def test_nobody_can_lock_out_who_is_in_already(tmp_path):
    async with served(access=access(tmp_path, USERS)) as web:
        before = (await web.get("metrics", Authorization=RIGHT))[0]
        for number in range(12):
            await web.get("metrics", Authorization=basic(USER, str(number)))
        after = (await web.get("metrics", Authorization=RIGHT))[0]

    assert (before, after) == (200, 200)


async def _verdict(passwords: Passwords, user: str, password: str, address: str = "192.0.2.1") -> Verdict:
    users = {USER.encode(): HASH.encode()}
    return await passwords.judge(users, Credentials(user.encode(), password.encode()), address)


async def test_failures_of_one_address_are_not_those_of_another():
    passwords = Passwords(HandClock())
    for number in range(12):
        await _verdict(passwords, USER, str(number), "2001:db8::1")

    neighbour = await _verdict(passwords, USER, "wrong", "2001:db8::2")
    stranger = await _verdict(passwords, USER, "wrong", "2001:db8:0:1::1")

    assert (neighbour, stranger) == (Verdict.LATER, Verdict.REFUSED)


@pytest.mark.alone
async def test_an_unknown_user_costs_as_much_time_as_a_known_one():
    passwords = Passwords(HandClock())
    users = {USER.encode(): hashed(PASSWORD, cost=9).encode()}
    took = {}
    for name in (USER, "nobody"):
        started = time.perf_counter()
        for number in range(4):
            given = Credentials(name.encode(), str(number).encode())
            await passwords.judge(users, given, name)
        took[name] = time.perf_counter() - started

    # A known user's four take some 150 ms; without the decoy an unknown one's would take none.
    assert took["nobody"] > took[USER] / 3


async def test_a_changed_hash_ends_what_was_remembered():
    passwords = Passwords(HandClock())
    given = Credentials(USER.encode(), PASSWORD.encode())
    first = await passwords.judge({USER.encode(): HASH.encode()}, given, "a")
    changed = await passwords.judge({USER.encode(): hashed("another").encode()}, given, "a")
    removed = await passwords.judge({b"other": HASH.encode()}, given, "a")

    assert (first, changed, removed) == (Verdict.ADMITTED, Verdict.REFUSED, Verdict.REFUSED)


@pytest.mark.parametrize("header", [None, "", "Basic", "basic !", "Digest eDp5", "Basic eA=="])
def test_what_is_no_basic_authorisation_is_none(header: str | None):
    assert parse_basic(header) is None


def test_a_password_may_hold_colons_and_is_not_shown():
    given = parse_basic("bAsIc " + base64.b64encode(b"a:b:c").decode())

    assert given == Credentials(b"a", b"b:c")
    assert repr(given) == "Credentials()"


def test_a_bucket_of_three_fills_by_one_every_two_seconds():
    clock = HandClock()
    buckets = Buckets(clock)
    first = [buckets.take("a", burst=3, interval_seconds=2.0) for _ in range(4)]
    clock.turn(1)
    second = buckets.take("a", burst=3, interval_seconds=2.0)
    clock.turn(1)

    assert (first, second) == ([0.0, 0.0, 0.0, 2.0], 1.0)
    assert buckets.take("a", burst=3, interval_seconds=2.0) == 0.0


async def test_rate_limit_bounds_all_requests_together(tmp_path):
    text = "rate_limit: {interval: 10s, burst: 2}\n"
    async with served(access=access(tmp_path, text)) as web:
        told = [(await web.get("-/healthy"))[0] for _ in range(3)]

    assert told == [200, 200, 429]


async def test_headers_of_the_file_are_on_every_answer(tmp_path):
    text = 'http_server_config: {headers: {X-Frame-Options: deny, Strict-Transport-Security: "max-age=60"}}\n'
    async with served(access=access(tmp_path, text)) as web, web.client.get(f"{web.url}nothing") as answer:
        shown = {name: answer.headers[name] for name in ("X-Frame-Options", "Strict-Transport-Security")}

    assert shown == {"X-Frame-Options": "deny", "Strict-Transport-Security": "max-age=60"}
