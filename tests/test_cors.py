"""A preflight is judged as the Fetch standard has browsers judge it; and so is what a page sees of an error."""

import pytest
from pydantic import TypeAdapter, ValidationError

from probe.prober.cors import Cors
from tests.rig import ask, verdict
from tests.rig_http2 import HELLO, answer, answering_h2, chooses
from tests.rig_servers import answering, hold, request, tcp_server, tls_server

PAGE = "https://page.example"
ANY = b"*"
OURS = PAGE.encode()


def said(status=204, **headers):
    """Return an answer with Access-Control-Allow-* headers, several lines where the value is a list."""
    lines = b""
    for name, values in headers.items():
        for value in values if isinstance(values, list) else [values]:
            lines += b"Access-Control-Allow-" + name.encode() + b": " + value + b"\r\n"
    return b"HTTP/1.1 %d X\r\n%sContent-Length: 0\r\n\r\n" % (status, lines)


def asking(**keys):
    return Cors(origin=PAGE, **keys)


POST = {"method": "POST", "headers": ("Content-Type", "Authorization")}
OK = None
ORIGIN, METHOD, HEADERS = "app.cors.origin", "app.cors.method", "app.cors.headers"
COOKIES = "app.cors.credentials"

ROWS = {
    # the status
    "200": (asking(), said(200, Origin=ANY), OK),
    "204": (asking(), said(204, Origin=ANY), OK),
    "299": (asking(), said(299, Origin=ANY), OK),
    "redirected": (asking(), said(302, Origin=ANY), "app.cors.status"),
    "not found": (asking(), said(404, Origin=ANY), "app.cors.status"),
    "no such method": (asking(), said(405), "app.cors.status"),
    # the origin
    "no word of it": (asking(), said(), ORIGIN),
    "ours": (asking(), said(Origin=OURS), OK),
    "another": (asking(), said(Origin=b"https://other.example"), ORIGIN),
    "ours with another scheme": (asking(), said(Origin=b"http://page.example"), ORIGIN),
    "ours with its usual port": (asking(), said(Origin=OURS + b":443"), ORIGIN),
    "ours with a slash": (asking(), said(Origin=OURS + b"/"), ORIGIN),
    "ours in capitals": (asking(), said(Origin=OURS.upper()), ORIGIN),
    "null": (asking(), said(Origin=b"null"), ORIGIN),
    "two lines": (asking(), said(Origin=[OURS, OURS]), ORIGIN),
    "two lines of any": (asking(), said(Origin=[ANY, ANY]), ORIGIN),
    "two in one line": (asking(), said(Origin=OURS + b", " + OURS), ORIGIN),
    # cookies
    "any, with cookies": (asking(credentials=True), said(Origin=ANY, Credentials=b"true"), ORIGIN),
    "ours, with cookies": (asking(credentials=True), said(Origin=OURS, Credentials=b"true"), OK),
    "ours, no word of cookies": (asking(credentials=True), said(Origin=OURS), COOKIES),
    "ours, cookies in capitals": (asking(credentials=True), said(Origin=OURS, Credentials=b"True"), COOKIES),
    "no cookies wanted": (asking(), said(Origin=OURS, Credentials=b"false"), OK),
    # the method
    "GET needs no word": (asking(method="GET"), said(Origin=ANY), OK),
    "HEAD needs no word": (asking(method="HEAD"), said(Origin=ANY), OK),
    "POST needs no word": (asking(method="POST"), said(Origin=ANY), OK),
    "PUT without a word": (asking(method="PUT"), said(Origin=ANY), METHOD),
    "PUT": (asking(method="PUT"), said(Origin=ANY, Methods=b"GET,PUT"), OK),
    "PUT in small letters": (asking(method="PUT"), said(Origin=ANY, Methods=b"put"), METHOD),
    "PATCH in a second line": (asking(method="PATCH"), said(Origin=ANY, Methods=[b"GET", b"PATCH"]), OK),
    "DELETE by any": (asking(method="DELETE"), said(Origin=ANY, Methods=ANY), OK),
    "DELETE by any, with cookies": (
        asking(method="DELETE", credentials=True),
        said(Origin=OURS, Credentials=b"true", Methods=ANY),
        METHOD,
    ),
    "methods with holes": (asking(method="PUT"), said(Origin=ANY, Methods=b" ,PUT ,,"), OK),
    "methods that are no list": (asking(), said(Origin=ANY, Methods=b"GET PUT"), METHOD),
    # the headers
    "headers": (asking(**POST), said(Origin=ANY, Headers=b"authorization, content-type"), OK),
    "headers in capitals": (asking(**POST), said(Origin=ANY, Headers=b"AUTHORIZATION,Content-Type"), OK),
    "one header missing": (asking(**POST), said(Origin=ANY, Headers=b"authorization"), HEADERS),
    "no word of headers": (asking(**POST), said(Origin=ANY), HEADERS),
    "any header": (asking(headers=("content-type",)), said(Origin=ANY, Headers=ANY), OK),
    "any header but authorization": (asking(**POST), said(Origin=ANY, Headers=ANY), HEADERS),
    "any header and authorization": (asking(**POST), said(Origin=ANY, Headers=b"*, Authorization"), OK),
    "any header, with cookies": (
        asking(headers=("content-type",), credentials=True),
        said(Origin=OURS, Credentials=b"true", Headers=ANY),
        HEADERS,
    ),
    "headers that are no list": (asking(), said(Origin=ANY, Headers=b"a b"), HEADERS),
    "headers that no token can be": (asking(), said(Origin=ANY, Headers=b"a, \xc3\xa4"), HEADERS),
    # errors that a page must be able to read
    "an error, readable": (asking(error=True), said(404, Origin=ANY), OK),
    "an error of a relay, readable": (asking(error=True), said(502, Origin=OURS), OK),
    "an error, masked": (asking(error=True), said(404), "app.cors_masked"),
    "an error for others": (asking(error=True), said(401, Origin=b"https://other.example"), "app.cors_masked"),
    "an error, without cookies": (
        asking(error=True, credentials=True),
        said(401, Origin=OURS),
        "app.cors_masked",
    ),
    "no error": (asking(error=True), said(200, Origin=ANY), "http.status"),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
async def test_an_answer_is_judged_as_a_browser_would(row) -> None:
    prober, said, cause = ROWS[row]
    with tcp_server(answering(said)) as server:
        observation = await ask(prober, port=server.port)

    assert (cause, None) == verdict(observation)


async def test_who_made_the_refusal_is_told_where_it_shows() -> None:
    page = b"<html><center>nginx</center></html>"
    said = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: %d\r\n\r\n" % len(page) + page
    with tcp_server(answering(said)) as server:
        observation = await ask(asking(), port=server.port)

    assert verdict(observation) == ("relay.upstream", None)


async def asked(prober):
    """Return the request that `prober` sends."""
    got = []

    def script(connection):
        got.append(request(connection))
        connection.sendall(said(404 if prober.error else 204, Origin=OURS, Headers=b"a,b", Methods=ANY))

    with tcp_server(script) as server:
        assert verdict(await ask(prober, port=server.port)) == (None, None)
    line, *headers = got[0].decode().removesuffix("\r\n\r\n").split("\r\n")
    found = dict(header.split(": ", 1) for header in headers)
    return line, {
        name: found[name] for name in found if name in ("Origin", "Content-Length") or "Request" in name
    }


async def test_the_preflight_is_asked_as_a_browser_asks() -> None:
    assert await asked(asking(path="/api?x=y", method="PUT", headers=("B", "a"))) == (
        "OPTIONS /api?x=y HTTP/1.1",
        {
            "Origin": PAGE,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "a,b",
        },
    )


async def test_without_headers_that_need_permission_none_are_named() -> None:
    assert await asked(asking()) == (
        "OPTIONS / HTTP/1.1",
        {"Origin": PAGE, "Access-Control-Request-Method": "GET"},
    )


async def test_for_an_error_the_request_itself_is_sent() -> None:
    assert await asked(asking(error=True, method="POST", path="/api/none", headers=("a",))) == (
        "POST /api/none HTTP/1.1",
        {"Origin": PAGE, "Content-Length": "0"},
    )


async def test_a_preflight_goes_by_what_the_server_chooses(ca_file) -> None:
    allowed = answer(b"", ("access-control-allow-origin", PAGE), ("access-control-max-age", "600"))
    with tls_server(chooses("h2"), answering_h2(HELLO, allowed)) as server:
        observation = await ask(asking(), port=server.port, host="localhost", scheme="https", ca_file=ca_file)

    http = observation.evidence.http
    assert verdict(observation) == (None, None)
    assert (http.version, dict(http.headers)["access-control-max-age"]) == ("2", "600")


async def test_a_preflight_without_an_answer_is_a_deadline() -> None:
    with tcp_server(answering(then=hold)) as server:
        observation = await ask(asking(), port=server.port, seconds=0.2)

    assert verdict(observation) == ("http.timeout.first_byte", "processing")


@pytest.mark.parametrize(
    ("origin", "is_one"),
    [
        ("https://page.example", True),
        ("http://localhost:8080", True),
        ("http://[::1]:8080", True),
        ("https://page.example:443", False),
        ("https://page.example/", False),
        ("https://Page.example", False),
        ("https://user@page.example", False),
        ("https://page.example:x", False),
        ("https://", False),
        ("ftp://page.example", False),
        ("null", False),
        ("*", False),
        ("https://page.example\r\nX: y", False),
        ("https://[", False),
    ],
)
def test_an_origin_is_written_as_browsers_send_it(origin, is_one) -> None:
    try:
        read = TypeAdapter(Cors).validate_python({"origin": origin}).origin
    except ValidationError:
        read = None

    assert (origin if is_one else None) == read
