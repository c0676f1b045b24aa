"""Chromium is the referee: it lets a page read an answer exactly when the check of kind cors is content.

One row of the standard is left out: that `*` does not cover Authorization, of which Chromium only warns so far.
"""

from pydantic import TypeAdapter

from probe.prober.cors import Cors
from tests.chromium import chromium, tab
from tests.rig import bench, verdict
from tests.rig_servers import request, tcp_server

# What the preflight says (@ is the page's origin), and what the page wants: method, headers, cookies, status.
PREFLIGHTS = [
    ({"Origin": "*", "Headers": "x-a"}, "GET", ("x-a",), False, 204),
    ({"Origin": "@", "Headers": "x-a"}, "GET", ("x-a",), False, 200),
    ({"Origin": "*", "Headers": "x-a"}, "GET", ("x-a",), False, 404),
    ({"Origin": "*", "Headers": "x-a"}, "GET", ("x-a",), False, 299),
    ({"Origin": "*", "Headers": "x-a"}, "GET", ("x-a",), False, 302),
    ({"Headers": "x-a"}, "GET", ("x-a",), False, 204),
    ({"Origin": "null", "Headers": "x-a"}, "GET", ("x-a",), False, 204),
    ({"Origin": "@/", "Headers": "x-a"}, "GET", ("x-a",), False, 204),
    ({"Origin": "@, @", "Headers": "x-a"}, "GET", ("x-a",), False, 204),
    ({"Origin": "*", "Headers": "*"}, "GET", ("x-a",), False, 204),
    ({"Origin": "*", "Headers": "*, Authorization"}, "GET", ("authorization", "x-a"), False, 204),
    ({"Origin": "*", "Headers": "X-A"}, "GET", ("x-a", "x-b"), False, 204),
    ({"Origin": "*", "Headers": " ,x-a ,,X-B"}, "GET", ("x-a", "x-b"), False, 204),
    ({"Origin": "*", "Headers": "x-a x-b"}, "GET", ("x-a",), False, 204),
    ({"Origin": "*", "Headers": "x-a", "Methods": "GET PUT"}, "GET", ("x-a",), False, 204),
    ({"Origin": "*"}, "PUT", (), False, 204),
    ({"Origin": "*", "Methods": "PUT"}, "PUT", (), False, 204),
    ({"Origin": "*", "Methods": "put"}, "PUT", (), False, 204),
    ({"Origin": "*", "Methods": "*"}, "DELETE", (), False, 204),
    ({"Origin": "*", "Headers": "x-a"}, "POST", ("x-a",), False, 204),
    ({"Origin": "@", "Credentials": "true", "Methods": "*"}, "DELETE", (), True, 204),
    ({"Origin": "@", "Credentials": "true", "Methods": "DELETE"}, "DELETE", (), True, 204),
    ({"Origin": "@", "Credentials": "true", "Headers": "*"}, "GET", ("x-a",), True, 204),
    ({"Origin": "@", "Credentials": "True", "Headers": "x-a"}, "GET", ("x-a",), True, 204),
    ({"Origin": "@", "Headers": "x-a"}, "GET", ("x-a",), True, 204),
    ({"Origin": "*", "Credentials": "true", "Headers": "x-a"}, "GET", ("x-a",), True, 204),
    ({"Origin": "@", "Credentials": "true", "Headers": "x-a"}, "GET", ("x-a",), True, 204),
]
# Answers to requests that need no preflight.
ERRORS = [
    ({"Origin": "*"}, "GET", (), False, 404),
    ({"Origin": "@"}, "GET", (), False, 502),
    ({}, "GET", (), False, 502),
    ({"Origin": "*"}, "GET", (), True, 401),
    ({"Origin": "@", "Credentials": "true"}, "GET", (), True, 401),
]
ROWS = [*PREFLIGHTS, *ERRORS]
TRY_ALL = """
async (rows) => Promise.all(rows.map(async ([url, method, headers, credentials]) => {
  const wanted = {method, headers: Object.fromEntries(headers.map((name) => [name, "1"]))};
  try { await fetch(url, {...wanted, credentials: credentials ? "include" : "omit"}); return true; }
  catch { return false; }
}))
"""


def answer(status, headers, body=""):
    lines = "".join(f"Access-Control-Allow-{name}: {value}\r\n" for name, value in headers.items())
    return (
        f"HTTP/1.1 {status} X\r\n{lines}Location: /\r\nContent-Type: text/html\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def script(connection):
    """Serve the page at /, and each row's words at its number; what is asked after a preflight may always be read."""
    head = request(connection).decode().lower()
    method, path, *_ = head.split()
    if not path[1:].isdigit():
        connection.sendall(answer(200, {}, "<!doctype html><title>page</title>"))
        return
    headers, _, _, _, status = ROWS[int(path[1:])]
    origin = head.partition("origin: ")[2].partition("\r\n")[0]
    words = {name: value.replace("@", origin) for name, value in headers.items()}
    if method != "options" and int(path[1:]) < len(PREFLIGHTS):
        status, words = 200, {"Origin": origin, "Credentials": "true"}
    connection.sendall(answer(status, words))


async def test_a_check_is_content_exactly_when_a_browser_is() -> None:
    with tcp_server(script) as server:
        page, api = f"http://localhost:{server.port}", f"http://127.0.0.1:{server.port}"
        async with chromium() as browser, tab(browser, f"{page}/") as opened:
            wanted = [[f"{api}/{number}", *row[1:4]] for number, row in enumerate(ROWS)]
            by_browser = await opened.page.evaluate(TRY_ALL, wanted)
        async with bench() as ready:
            by_us = []
            for number, (_, method, headers, credentials, _) in enumerate(ROWS):
                check = TypeAdapter(Cors).validate_python(
                    {
                        "origin": page,
                        "path": f"/{number}",
                        "method": method,
                        "headers": headers,
                        "credentials": credentials,
                        "error": number >= len(PREFLIGHTS),
                    }
                )
                by_us.append(verdict(await ready.ask(check, port=server.port))[0] is None)

    assert [row for row, theirs, ours in zip(ROWS, by_browser, by_us, strict=True) if theirs != ours] == []
    assert 10 <= sum(by_us) <= len(ROWS) - 10
