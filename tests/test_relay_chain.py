"""The relay, an edge and the function in a row: one token, one report, and the daemon's own reading of it."""

import contextlib
import json
import re
import socket

import pytest

from probe.cause.response import Answer as Response
from probe.cause.response import author
from probe.cause.response.reading import read
from probe.fingerprint import Fingerprints
from probe.model import Route, Span
from tests import rig_certificates as certificates
from tests.answers import http
from tests.rig_dns import says
from tests.rig_nginx import nginx
from tests.rig_relay import ROOT, ask, bearer, function, relay
from tests.rig_servers import answering, hold, name_server, ok, tls_server

MODELS = "/api/v1/models"


@contextlib.contextmanager
def chain(folder, ca_file, api_url, **more):
    """Run relay, an edge that ends TLS as Vercel's does, and the function; yield the relay's port."""
    (folder / "edge").mkdir()
    (folder / "relay").mkdir()
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(function(ca_file, api_url, **more))
        edge = stack.enter_context(
            nginx(folder / "edge", f"location / {{ proxy_pass http://127.0.0.1:{port}; }}")
        )
        resolver = stack.enter_context(name_server(says("A 127.0.0.1")))
        yield stack.enter_context(relay(folder / "relay", f"localhost:{edge.secure}", resolver)).plain


def cause(answer):
    """Name the author's cause as the daemon does."""
    found = author(Response.of(answer.status, answer.headers, answer.body))
    return found and found.cause


@pytest.fixture
def refused():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and never listens
        yield f"https://localhost:{bound.getsockname()[1]}"


def test_every_hop_reports_and_the_one_nearest_the_origin_comes_first(tmp_path, ca_file) -> None:
    with (
        tls_server(certificates.honest(), answering(ok())) as api,
        chain(tmp_path, ca_file, f"https://localhost:{api.port}") as port,
    ):
        answer = ask(port, MODELS, headers=bearer())

    assert [line.partition(";")[0] for line in answer.all("proxy-status")] == ["function", "relay"]
    assert (answer.error("function"), answer.error(), cause(answer)) == (None, None, None)
    outer, inner = answer.timing(), answer.timing("function")
    assert set(outer) == set(inner) == {"total", "connect", "header"}
    assert inner["header"] <= outer["header"] + 5


def test_the_functions_failure_is_told_through_the_relay(tmp_path, ca_file, refused) -> None:
    with chain(tmp_path, ca_file, refused) as port:
        answer = ask(port, MODELS)

    assert (answer.status, answer.error("function"), answer.error()) == (502, "connection_refused", None)
    assert cause(answer) == "relay.upstream.refused"


def test_a_key_that_the_function_lacks_is_blamed_on_the_key_at_the_api(tmp_path, ca_file) -> None:
    route = Route(name="chat", hops=("first", "second", "third"))
    with chain(tmp_path, ca_file, "https://localhost:1", API_KEY="") as port:
        answer = ask(port, MODELS)
    seen, span = (
        http(answer.status, answer.headers, answer.body),
        Span(route=route, asked="first", through="third"),
    )
    found = read(seen, span, learnt=Fingerprints([route]).learnt(seen, span))

    assert (found.cause, found.rule, found.element) == (
        "api.auth",
        "response.proxy-status",
        "auth[third,key]",
    )


def test_of_two_hops_that_wait_the_inner_one_reports(tmp_path, ca_file) -> None:
    with (
        tls_server(certificates.honest(), answering(then=hold)) as api,
        chain(tmp_path, ca_file, f"https://localhost:{api.port}", HEADER_TIMEOUT_MS="200") as port,
    ):
        answer = ask(port, MODELS)

    assert (answer.error("function"), answer.error()) == ("connection_read_timeout", None)
    assert cause(answer) == "relay.upstream.read_timeout"


def test_as_shipped_each_hop_waits_longer_than_the_one_behind_it() -> None:
    site = (ROOT / "nginx" / "hopwatch-relay.conf").read_text()
    code = (ROOT / "function" / "api" / "relay.mjs").read_text()
    project = json.loads((ROOT / "function" / "vercel.json").read_text())
    inner = re.search(r"HEADER_TIMEOUT_MS \?\? ([0-9_]+)", code)
    outer = max(int(one) for one in re.findall(r"proxy_read_timeout (\d+)s;", site))

    assert inner is not None
    assert int(inner[1]) / 1000 < project["functions"]["api/relay.mjs"]["maxDuration"] < outer


def test_while_the_function_is_down_the_relay_reports_and_answers_itself(tmp_path) -> None:
    with (
        nginx(tmp_path, "location / { proxy_pass http://127.0.0.1:1; }") as edge,
        name_server(says("A 127.0.0.1")) as resolver,
        contextlib.ExitStack() as stack,
    ):
        (tmp_path / "relay").mkdir()
        port = stack.enter_context(relay(tmp_path / "relay", f"localhost:{edge.secure}", resolver)).plain
        answer, own = ask(port, MODELS), ask(port, "/hopwatch/self")

    # The edge made this 502, and says nothing of itself: the relay owns nothing of it.
    assert (answer.status, answer.all("proxy-status"), own.status) == (
        502,
        ["relay; received-status=502"],
        200,
    )
