"""A page is judged by its content, its age and its build; what edge and cache say of themselves is kept."""

import email.utils
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from probe.prober.page import Build, Page
from probe.secret import Secret
from probe.steps.freshness import age_of, pop_of
from probe.steps.response import Response
from tests.rig import ask, verdict
from tests.rig_http2 import HELLO, answer, answering_h2, chooses
from tests.rig_servers import answering, ok, request, tcp_server, tls_server

BODY = b'<!doctype html><meta name="build" content="2026-11-b7"><title>Chat</title>'
HOUR = 3600.0


def ago(seconds):
    return email.utils.formatdate(time.time() - seconds, usegmt=True).encode()


def lines(**headers):
    return b"".join(
        b"%s: %s\r\n" % (name.encode().replace(b"_", b"-"), value) for name, value in headers.items()
    )


async def load(page, *, body=BODY, **headers):
    headers = {name: ago(value) if isinstance(value, int) else value for name, value in headers.items()}
    with tcp_server(answering(ok(body, lines(**headers)))) as server:
        return await ask(page, port=server.port)


BY_BODY = 'name="build" content="([^"]+)"'
# A date is given as the seconds since then.
ROWS: dict[str, tuple[Page, dict[str, bytes | int], str | None]] = {
    "nothing asked": (Page(), {}, None),
    "content": (Page(body_matches=("<title>Chat</title>",)), {}, None),
    "other content": (Page(body_matches=("<title>Shop</title>",)), {}, "http.body"),
    "content that must not be": (Page(body_not_matches=("Chat",)), {}, "http.body"),
    "content before age": (Page(body_matches=("Shop",), max_age=1.0), {"Age": b"9"}, "http.body"),
    "young by Age": (Page(max_age=HOUR), {"Age": b"3598"}, None),
    "old by Age": (Page(max_age=HOUR), {"Age": b"3601"}, "app.stale"),
    "young by Date": (Page(max_age=HOUR), {"Date": 3500}, None),
    "old by Date": (Page(max_age=HOUR), {"Date": 3610}, "app.stale"),
    "old by Date although not by Age": (Page(max_age=HOUR), {"Date": 3610, "Age": b"1"}, "app.stale"),
    "a date to come": (Page(max_age=HOUR), {"Date": -7200}, None),
    "age unknown": (Page(max_age=HOUR), {}, "http.header"),
    "age unreadable": (Page(max_age=HOUR), {"Age": b"-1", "Date": b"soon"}, "http.header"),
    "any build": (Page(build=Build(body=BY_BODY)), {}, None),
    "this build": (Page(build=Build(body=BY_BODY, expected="^2026-11-")), {}, None),
    "another build": (Page(build=Build(body=BY_BODY, expected="^2026-12-")), {}, "app.stale"),
    "no build in the body": (Page(build=Build(body="commit=(.+)")), {}, "http.body"),
    "an empty build": (Page(build=Build(body="<title>()Chat")), {}, "http.body"),
    "build by header": (Page(build=Build(header="X-Build", expected="b7")), {"x_build": b"b7"}, None),
    "another build by header": (Page(build=Build(header="X-Build", expected="b8")), {"x_build": b"b7"}, "app.stale"),
    "no build by header": (Page(build=Build(header="X-Build")), {}, "http.header"),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
async def test_a_page_is_judged(row) -> None:
    page, headers, cause = ROWS[row]

    assert (cause, None) == verdict(await load(page, **headers))


async def test_what_was_found_is_kept_as_evidence() -> None:
    seen = await load(
        Page(build=Build(body=BY_BODY, expected="b8"), max_age=HOUR),
        Age=b"100",
        Date=20,
        X_Vercel_Id=b"hkg1::iad1::abcde-1700000000000-0123456789ab",
        X_Vercel_Cache=b"HIT",
    )

    http = seen.evidence.http
    assert (http.pop, http.cache, http.build) == ("hkg1", "HIT", "2026-11-b7")
    assert 100 <= http.age_seconds < 101
    assert seen.failure.detail == "the page is build '2026-11-b7', expected 'b8'"


async def test_a_compressed_page_cannot_be_read() -> None:
    seen = await load(Page(build=Build(body=BY_BODY)), Content_Encoding=b"br")

    assert verdict(seen) == ("http.encoding", None)


async def test_a_build_is_cleaned_and_cut() -> None:
    seen = await load(Page(build=Build(body="<b>(.+)</b>")), body=b"<b>" + b"\x1b[31m" * 100 + b"</b>")

    assert len(seen.evidence.http.build) == 100
    assert "\x1b" not in seen.evidence.http.build


async def test_a_page_comes_by_what_the_server_chooses(ca_file) -> None:
    with tls_server(chooses("h2"), answering_h2(HELLO, answer(BODY, ("age", "7")))) as server:
        seen = await ask(
            Page(max_age=HOUR), port=server.port, host="localhost", scheme="https", ca_file=ca_file
        )

    assert verdict(seen) == (None, None)
    assert seen.evidence.http.version == "2"


async def test_a_secret_header_is_sent_and_not_told(monkeypatch) -> None:
    monkeypatch.setenv("BYPASS", "bypass-1234")
    got = []

    def script(connection):
        got.append(request(connection))
        connection.sendall(ok(b"bypass-1234", b"X-Build: bypass-1234\r\n"))

    page = Page(headers={"X-Bypass": Secret(env="BYPASS")}, build=Build(header="X-Build"))
    with tcp_server(script) as server:
        seen = await ask(page, port=server.port)

    assert b"X-Bypass: bypass-1234\r\n" in got[0]
    assert "bypass-1234" not in str(seen)


@pytest.mark.parametrize("keys", [{}, {"header": "a", "body": "b"}, {"expected": "x"}, {"header": "a b"}])
def test_a_build_is_found_in_exactly_one_place(keys) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Build).validate_python(keys)


# The age of an answer (RFC 9111, 4.2.3)


def answered(*headers, at=1_000_000.0, delay=0.0):
    return Response(headers=list(headers), delay_seconds=delay, ended_at_ns=int(at * 1e9))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((), None),
        ((("age", "0"),), (2.0, "Age")),
        ((("Age", "60"),), (62.0, "Age")),
        ((("age", "60"), ("age", "70")), (62.0, "Age")),
        ((("age", "60, 70"),), (62.0, "Age")),
        ((("age", "99999999999999"),), ((1 << 31) + 2.0, "Age")),
        ((("age", "9" * 100),), None),
        ((("age", "1.5"),), None),
        ((("age", "-1"),), None),
        ((("age", "\u0661"),), None),
        ((("date", "Mon, 12 Jan 1970 13:46:40 GMT"),), (0.0, "Date")),
        ((("date", "Mon, 12 Jan 1970 13:45:40 GMT"),), (60.0, "Date")),
        ((("date", "Monday, 12-Jan-70 13:45:40 GMT"),), (60.0, "Date")),
        ((("date", "Mon Jan 12 13:45:40 1970"),), (60.0, "Date")),
        ((("date", "Mon, 12 Jan 1970 14:46:40 GMT"),), (0.0, "Date")),
        ((("date", "Mon, 12 Jan 1970 13:45:40 GMT"), ("age", "10")), (60.0, "Date")),
        ((("date", "Mon, 12 Jan 1970 13:45:40 GMT"), ("age", "100")), (102.0, "Age")),
        ((("date", "today"),), None),
        ((("date", "0"),), None),
        ((("date", "Mon, 99 Jan 1970 13:45:40 GMT"),), None),
        ((("date", "Mon, 12 Jan 99999 13:45:40 GMT"),), None),
    ],
)
def test_an_answers_age_is_that_of_the_standard(headers, expected) -> None:
    assert expected == age_of(answered(*headers, delay=2.0))


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_header_keeps_an_age_from_being_told(age, date) -> None:
    found = age_of(answered(("age", age), ("date", date)))

    assert found is None or found.seconds >= 0


@pytest.mark.parametrize(
    ("header", "value", "pop"),
    [
        ("x-vercel-id", "hkg1::iad1::abcde-1700000000000-0123456789ab", "hkg1"),
        ("x-vercel-id", "fra1::abcde-1700000000000-0123456789ab", "fra1"),
        ("cf-ray", "8f1b2c3d4e5f6789-HKG", "HKG"),
        ("x-served-by", "cache-iad-kiad7000025-IAD, cache-hkg17928-HKG", "HKG"),
        ("x-served-by", "ghost", None),
        ("x-amz-cf-pop", "HKG54-C1", "HKG54"),
        ("fly-request-id", "01JD2F3G4H5J6K7M8N9P-hkg", "hkg"),
        ("server", "nginx", None),
    ],
)
def test_a_point_of_presence_is_named_as_its_provider_does(header, value, pop) -> None:
    assert pop == pop_of({header: value})
