"""Who made a response: every marker of nginx, Vercel, Cloudflare and the API, and the four authors of a 429."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.cause.response import TABLE, Answer, author
from probe.cause.taxonomy import is_known
from probe.model import Made, ProxyStatus, ServerTiming
from probe.prober.http import Http
from probe.text import clean
from tests.rig import ask, verdict
from tests.rig_servers import answering, tcp_server

NGINX = b"<html><head></head><body><center><h1>x</h1></center><hr><center>nginx/1.22.1</center></body></html>"
VERCEL_ID = {"x-vercel-id": "hkg1::iad1::abc"}
RAY = {"cf-ray": "8f-HKG"}
BLOCKED = b"<title>Attention Required!</title><h1>Sorry, you have been blocked</h1> Ray ID"
FUNCTION = b'{"made_by": "function"}'
CHECKPOINT = b"<title>Vercel Security Checkpoint</title>"


def api(code, *, kind="x_error", message="no"):
    return json.dumps({"message": message, "type": kind, "param": None, "code": code}).encode()


def proxy(error):
    return {"proxy-status": f"hk-vps; error={error}"}


def tail(program):
    return f"<html><center><h1>x</h1></center>\r\n<hr><center>{program}</center>".encode()


def envoy(reason):
    return f"upstream connect error or disconnect/reset before headers. {reason}".encode()


def haproxy(title, sentence):
    return f"<html><body><h1>{title}</h1>\n{sentence}\n</body></html>\n".encode()


def says(error, **more):
    return json.dumps({"error": error, **more}).encode()


# By the rule that decides: status, headers, body, cause.
MADE: dict[Any, list[tuple[int, dict[str, str], bytes, str | None]]] = {
    # nginx made it: no x-vercel-id, its own page
    ("response.nginx-own", "nginx"): [
        (502, {}, NGINX, "relay.upstream"),
        (504, {}, NGINX, "relay.upstream"),
        (503, {}, NGINX, "relay.limited"),
        (429, {}, NGINX, "relay.limited"),
        (413, {}, NGINX, "relay.misconfig"),
        (404, {}, NGINX, "relay.misconfig"),
        (400, {}, NGINX, "relay.misconfig"),
        (500, {"server": "nginx"}, NGINX, "relay.misconfig"),
        (502, {}, tail("nginx/1.24.0 (Ubuntu)"), "relay.upstream"),
        (502, {}, tail("openresty/1.25.3.1"), "relay.upstream"),
        (502, {}, tail("openresty"), "relay.upstream"),
        # its own report that says nothing of an error does not make it another's
        (502, {"proxy-status": "relay; received-status=200"}, NGINX, "relay.upstream"),
    ],
    # RFC 9209, in the words of our own hops
    ("response.proxy-status", "proxy"): [
        (502, proxy("connection_refused"), NGINX, "relay.upstream.refused"),
        (502, proxy("dns_error"), NGINX, "relay.upstream.dns"),
        (504, proxy("dns_timeout"), b"", "relay.upstream.dns"),
        (504, proxy("connection_timeout"), b"", "relay.upstream.connect_timeout"),
        (504, proxy("http_response_timeout"), b"", "relay.upstream.read_timeout"),
        (504, proxy("connection_read_timeout"), b"", "relay.upstream.read_timeout"),
        (504, proxy("connection_write_timeout"), b"", "relay.upstream"),
        (502, proxy("connection_terminated"), b"", "relay.upstream.closed"),
        (502, proxy("http_response_incomplete"), b"", "relay.upstream.closed"),
        (502, proxy("tls_alert_received;alert-id=40"), b"", "relay.upstream.tls"),
        (502, proxy("tls_certificate_error"), b"", "relay.upstream.tls"),
        (502, proxy("destination_ip_unroutable"), b"", "relay.upstream.unreachable"),
        (503, proxy("destination_unavailable"), b"", "relay.upstream"),
        (503, proxy("connection_limit_reached"), b"", "relay.limited"),
        (429, proxy("http_request_denied"), b"", "relay.limited"),
        (503, proxy("http_request_denied"), b"", "relay.limited"),
        (403, proxy("http_request_denied"), b"", "relay.misconfig"),
        (400, proxy("http_request_error"), b"", "relay.misconfig"),
        (502, proxy("http_protocol_error"), b"", "relay.upstream"),
        (508, proxy("proxy_loop_detected"), b"", "relay.misconfig"),
        (500, proxy("proxy_internal_error"), b"", "relay.misconfig"),
        (403, proxy("proxy_internal_response"), b"", "relay.misconfig"),
        (502, proxy("something_new"), b"", "relay.upstream"),
        # the six lines' details: when the last attempt was connected, and when its header came
        (504, proxy('http_response_timeout; details="- -"'), b"", "relay.upstream.connect_timeout"),
        (504, proxy('http_response_timeout; details="0.012 -"'), b"", "relay.upstream.read_timeout"),
        (504, proxy('http_response_timeout; details="0.012, - -, -"'), b"", "relay.upstream.connect_timeout"),
        (504, proxy('http_response_timeout; details="-, 0.012 -, -"'), b"", "relay.upstream.read_timeout"),
        (504, proxy('http_response_timeout; details="- : 0.001 - : -"'), b"", "relay.upstream.read_timeout"),
        (504, proxy('http_response_timeout; details="gave up at 0.5"'), b"", "relay.upstream.read_timeout"),
        (502, proxy('destination_unavailable; details="- -"'), b"", "relay.upstream"),
        # whoever shows us its times and names neither an address nor an attempt asked nobody
        (
            502,
            proxy("destination_unavailable") | {"server-timing": "hk-vps.total;dur=0"},
            b"",
            "relay.upstream.no_live",
        ),
        (
            502,
            proxy('destination_unavailable; next-hop="192.0.2.1:443"') | {"server-timing": "hk-vps.total;dur=3"},
            b"",
            "relay.upstream",
        ),
        # what the function lacks is the key
        (500, proxy("proxy_configuration_error"), says("API_KEY is not set"), "api.auth"),
        (500, proxy("proxy_configuration_error"), says("API_URL is not set"), "relay.misconfig"),
    ],
    # the stock sentences of other proxies
    ("response.proxy-own", "envoy"): [
        (503, {"server": "envoy"}, envoy("reset reason: connection failure"), "relay.upstream"),
        (503, {}, envoy("reset reason: remote connection failure, transport failure reason: delayed connect error: 111"), "relay.upstream.refused"),
        (503, {}, envoy("retried and the latest reset reason: connection timeout"), "relay.upstream.connect_timeout"),
        (503, {}, envoy("reset reason: connection termination"), "relay.upstream.closed"),
        (503, {}, envoy("reset reason: connection failure, transport failure reason: TLS error: 268435703"), "relay.upstream.tls"),
        (503, {}, envoy("reset reason: overflow"), "relay.limited"),
        (504, {}, b"upstream request timeout", "relay.upstream.read_timeout"),
        (503, {}, b"no healthy upstream", "relay.upstream.no_live"),
    ],
    ("response.proxy-own", "haproxy"): [
        (502, {}, haproxy("502 Bad Gateway", "The server returned an invalid or incomplete response."), "relay.upstream"),
        (503, {}, haproxy("503 Service Unavailable", "No server is available to handle this request."), "relay.upstream"),
        (504, {}, haproxy("504 Gateway Time-out", "The server didn't respond in time."), "relay.upstream.read_timeout"),
        (429, {}, haproxy("429 Too Many Requests", "You have sent too many requests in a given amount of time."), "relay.limited"),
        (403, {}, haproxy("403 Forbidden", "Request forbidden by administrative rules."), "relay.misconfig"),
    ],
    ("response.proxy-own", "varnish"): [
        (503, {}, b"<h1>Error 503 Backend fetch failed</h1>\n<h3>Guru Meditation:</h3>", "relay.upstream"),
    ],
    ("response.proxy-own", "apache"): [
        (502, {}, b"<p>The proxy server received an invalid\r\nresponse from an upstream server.<br />", "relay.upstream"),
        (502, {}, b"Reason: <strong>DNS lookup failure for: api.example</strong>", "relay.upstream.dns"),
        (504, {}, b"<p>The gateway did not receive\na timely response\nfrom the upstream server\nor application.</p>", "relay.upstream"),
    ],
    ("response.vercel-firewall", "vercel-firewall"): [
        (403, VERCEL_ID | {"x-vercel-mitigated": "deny"}, b"", "vercel.firewall.denied"),
        (403, VERCEL_ID | {"x-vercel-mitigated": "challenge"}, b"", "vercel.firewall.challenge"),
        (429, VERCEL_ID | {"x-vercel-mitigated": "challenge"}, b"<html>", "vercel.firewall.challenge"),
        (429, VERCEL_ID | {"x-vercel-mitigated": "deny"}, b"{}", "vercel.firewall.rate_limited"),
        (429, VERCEL_ID, CHECKPOINT, "vercel.firewall.challenge"),
    ],
    ("response.vercel-platform", "vercel-platform"): [
        # Vercel's API error shape inside our hop's JSON is no API's
        *(
            (status, VERCEL_ID | {"x-vercel-error": code}, b"", cause)
            for status, code, cause in (
                (504, "FUNCTION_INVOCATION_TIMEOUT", "vercel.function.timeout"),
                (504, "EDGE_FUNCTION_INVOCATION_TIMEOUT", "vercel.function.timeout"),
                (504, "MIDDLEWARE_INVOCATION_TIMEOUT", "vercel.function.timeout"),
                (500, "FUNCTION_INVOCATION_FAILED", "vercel.function.crash"),
                (500, "EDGE_FUNCTION_INVOCATION_FAILED", "vercel.function.crash"),
                (500, "MIDDLEWARE_INVOCATION_FAILED", "vercel.function.crash"),
                (503, "FUNCTION_THROTTLED", "vercel.function.throttled"),
                (429, "FUNCTION_RATE_LIMIT", "vercel.function.throttled"),
                (502, "NO_RESPONSE_FROM_FUNCTION", "vercel.function.no_response"),
                (413, "FUNCTION_PAYLOAD_TOO_LARGE", "vercel.payload"),
                (500, "FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE", "vercel.payload"),
                (404, "DEPLOYMENT_NOT_FOUND", "vercel.deployment.missing"),
                (410, "DEPLOYMENT_DELETED", "vercel.deployment.missing"),
                (403, "DEPLOYMENT_BLOCKED", "vercel.deployment.disabled"),
                (402, "DEPLOYMENT_DISABLED", "vercel.deployment.disabled"),
                (503, "DEPLOYMENT_PAUSED", "vercel.deployment.disabled"),
                (502, "DNS_HOSTNAME_NOT_FOUND", "vercel.routing.dns"),
                (502, "DNS_HOSTNAME_RESOLVE_FAILED", "vercel.routing.dns"),
                (502, "DNS_HOSTNAME_SERVER_ERROR", "vercel.routing.dns"),
                (502, "DNS_HOSTNAME_EMPTY", "vercel.routing.dns"),
                (404, "DNS_HOSTNAME_RESOLVED_PRIVATE", "vercel.routing.dns"),
                (502, "ROUTER_CANNOT_MATCH", "vercel.routing"),
                (502, "ROUTER_EXTERNAL_TARGET_ERROR", "vercel.routing.external"),
                (502, "ROUTER_EXTERNAL_TARGET_CONNECTION_ERROR", "vercel.routing.external"),
                (502, "ROUTER_EXTERNAL_TARGET_HANDSHAKE_ERROR", "vercel.routing.external"),
                (508, "INFINITE_LOOP_DETECTED", "vercel.routing.loop"),
                (404, "NOT_FOUND", "vercel.routing"),
                (500, "INTERNAL_FUNCTION_NOT_READY", "vercel.internal"),
                (404, "INTERNAL_DEPLOYMENT_FETCH_FAILED", "vercel.internal"),
                (405, "INVALID_REQUEST_METHOD", "vercel.request"),
                (414, "URL_TOO_LONG", "vercel.request"),
                (500, "A_CODE_OF_TOMORROW", "vercel.internal"),
                (500, "", "vercel.internal"),
            )
        ),
    ],
    # our function's own code, by its mark
    ("response.function-mark", "function"): [
        (500, VERCEL_ID, FUNCTION, "app.error"),
        (404, VERCEL_ID, FUNCTION, "app.error"),
        (502, VERCEL_ID, FUNCTION, "app.upstream"),
        (502, VERCEL_ID | RAY, FUNCTION, "app.upstream"),
        (500, {}, says("no such thing", made_by="function"), "app.error"),
        (500, VERCEL_ID, says({"message": "m", "type": "t"}, made_by="function"), "app.error"),
        # the key that it was not given; the API was not asked
        (500, VERCEL_ID, says("API_KEY is not set", made_by="function"), "api.auth"),
        (500, VERCEL_ID, says("missing CEREBRAS_API_KEY", made_by="function"), "api.auth"),
        (500, VERCEL_ID, says({"message": "no api key configured"}, made_by="function"), "api.auth"),
        (500, VERCEL_ID, says("config", kind="key_missing", made_by="function"), "api.auth"),
        (500, VERCEL_ID, says("the monkey is missing", made_by="function"), "app.error"),
        (500, VERCEL_ID, says("the key file is fine", made_by="function"), "app.error"),
        (502, VERCEL_ID, says("upstream unreachable", made_by="function"), "app.upstream"),
    ],
    # ... and by the platform's id alone
    ("response.function-alone", "function"): [
        (502, VERCEL_ID, NGINX, "app.upstream"),
        (502, VERCEL_ID, b"", "app.upstream"),
        (504, VERCEL_ID, b"", "app.upstream"),
        (500, VERCEL_ID, b"oops", "app.error"),
        (500, VERCEL_ID, says("OPENAI_KEY undefined"), "api.auth"),
    ],
    ("response.cloudflare-challenge", "cloudflare"): [
        (403, RAY | {"cf-mitigated": "challenge"}, b"<title>Just a moment...</title>", "http.challenge"),
    ],
    # Cloudflare's own pages, also as copied by the function
    ("response.cloudflare-page", "cloudflare"): [
        (403, RAY, BLOCKED, "api.edge.blocked"),
        (403, RAY | VERCEL_ID, BLOCKED, "api.edge.blocked"),
        (403, RAY, b"<h1>Error 1009</h1> banned the country or region", "api.edge.blocked.geo"),
        (403, RAY | {"cf-error-type": "1009"}, b"", "api.edge.blocked.geo"),
        (403, RAY, b"error code: 1020", "api.edge.blocked"),
        (403, RAY | {"cf-error-type": "1006"}, b"", "api.edge.blocked"),
        (403, RAY, tail("cloudflare"), "api.edge.blocked"),
        (429, RAY, b"error code: 1015", "api.edge.rate_limited"),
        (429, RAY | {"cf-error-type": "1015"}, b"<html>", "api.edge.rate_limited"),
        *((status, RAY, b"", "api.edge.origin") for status in (520, 521, 522, 523, 524, 525, 526, 530)),
        (530, {"cf-error-type": "1016"}, b"error code: 1016", "api.edge.origin"),
        (502, RAY, tail("cloudflare"), "api.edge.origin"),
    ],
    # the API's application, behind its edge or not
    ("response.api-error", "api"): [
        (400, RAY, api("wrong_parameter"), "api.request.invalid"),
        (422, RAY, api("wrong_parameter"), "api.request.invalid"),
        (401, RAY, api("wrong_api_key"), "api.auth"),
        (402, RAY, api("payment_required"), "api.billing"),
        (403, RAY, api("permission"), "api.auth"),
        (404, {}, api("model_not_found"), "api.request.model_missing"),
        (500, {}, api("internal"), "api.server_error"),
        (503, {}, api("unavailable"), "api.overloaded"),
        (529, RAY, api("overloaded"), "api.overloaded"),
        (401, {}, json.dumps({"error": {"message": "no", "type": "auth"}}).encode(), "api.auth"),
        (500, VERCEL_ID | RAY, api("internal"), "api.server_error"),
        # quotas, which share 429 with three others
        # for want of any word of the period, nobody can tell it
        (429, RAY, api("request_quota_exceeded"), "api.quota"),
        (429, RAY, api("token_quota_exceeded", message="Tokens per day limit exceeded"), "api.quota.tokens_day"),
        (429, RAY, api("request_quota_exceeded", message="requests per min (RPM): 3"), "api.quota.requests_minute"),
        (
            429,
            {"x-ratelimit-remaining-tokens-minute": "900"},
            api("token_quota_exceeded", message="Tokens per day limit exceeded"),
            "api.quota.tokens_day",
        ),
        (429, {"x-ratelimit-remaining-requests-day": "0"}, api("request_quota_exceeded"), "api.quota.requests_day"),
        (429, {"x-ratelimit-remaining-requests-day": "7"}, api("request_quota_exceeded"), "api.quota.requests_minute"),
        (429, {"x-ratelimit-remaining-tokens-minute": "0"}, api("token_quota_exceeded"), "api.quota.tokens_minute"),
        (429, {"x-ratelimit-remaining-tokens-day": "0"}, api("token_quota_exceeded"), "api.quota.tokens_day"),
        (429, RAY, api("queue_exceeded"), "api.overloaded"),
        (429, {}, api("rate_limit_exceeded"), "api.quota"),
        (429, {}, api(None), "api.quota"),
        (429, {}, api(["request_quota_exceeded"]), "api.quota"),
    ],
    # nothing tells
    None: [
        # behind nginx the header is always its own, so the header alone says nothing
        (502, {"server": "nginx"}, b"", None),
        (502, RAY, NGINX, None),
        (502, {}, b"<center>nginx</center> is what we use", None),
        (503, RAY, envoy("reset reason: overflow"), None),
        (500, {}, b"no healthy upstream", None),
        (200, {"proxy-status": "fn; received-status=200"}, b"", None),
        (200, proxy("proxy_internal_response"), b"", None),
        (204, proxy("proxy_internal_response"), b"", None),
        (404, VERCEL_ID, b"", None),
        (200, {}, FUNCTION, None),
        (429, RAY, b"", None),
        (404, RAY, b"", None),
        (401, {}, b'{"message": "no"}', None),
        (401, {}, b'["message", "type"]', None),
        (401, {}, b"no", None),
        (418, {}, api("teapot"), None),
        (429, {}, b"", None),
    ],
}  # fmt: skip
ROWS = [(by, *row) for by, rows in MADE.items() for row in rows]


def made(status, headers, body):
    return author(Answer.of(status, headers.items(), body))


@pytest.mark.parametrize(("by", "status", "headers", "body", "cause"), ROWS)
def test_the_author_of_a_response(by, status, headers, body, cause) -> None:
    found = made(status, headers, body)

    assert (by, cause) == ((found.rule, found.maker) if found else None, found.cause if found else None)


def test_every_rule_has_an_id_a_sentence_and_an_example() -> None:
    assert {by[0] for by in MADE if by} == {row.id for row in TABLE}
    assert all(row.says[0] in "`ATO" and row.says.endswith(".") for row in TABLE)


@pytest.mark.parametrize(
    ("lines", "name", "cause"),
    [
        # the first member with an error is nearest the origin; a member without one says nothing
        (["fn; error=dns_error, hk-vps; error=connection_timeout"], "fn", "relay.upstream.dns"),
        (["fn; error=dns_error", "hk-vps; error=connection_timeout"], "fn", "relay.upstream.dns"),
        (["fn, hk-vps; error=connection_timeout"], "hk-vps", "relay.upstream.connect_timeout"),
        (["fn; received-status=502", 'hk-vps; error="x"; error=dns_error'], "hk-vps", "relay.upstream.dns"),
        (['fn; details="; error=dns_error", v; error=tls_protocol_error'], "v", "relay.upstream.tls"),
        # what is broken in one line spoils no other, and what is broken in a member no other before it
        (['fn; details="', "v; error=tls_protocol_error"], "v", "relay.upstream.tls"),
        (['fn; error=dns_error, v; details="', "w"], "fn", "relay.upstream.dns"),
        (["fn; error==, v; error=tls_protocol_error"], "v", "relay.upstream.tls"),
        # a hop's own answer in the place of its upstream's is no failure, and those behind it are heard
        (['"the relay"; error=dns_error'], "the relay", "relay.upstream.dns"),
    ],
)
def test_the_hop_nearest_the_origin_that_reports_an_error_is_taken_at_its_word(lines, name, cause) -> None:
    found = author(Answer.of(502, [("Proxy-Status", line) for line in lines], NGINX))

    assert found == Made(rule="response.proxy-status", maker="proxy", cause=cause, name=name)


def test_an_edge_says_where_it_stands() -> None:
    edge, firewall = made(522, RAY, b""), made(403, VERCEL_ID | {"x-vercel-mitigated": "deny"}, b"")

    assert (edge.pop, firewall.pop) == ("HKG", "hkg1")


async def test_what_was_made_of_an_answer_is_kept_with_all_that_its_hops_say() -> None:
    head = (
        b'HTTP/1.1 502 X\r\nProxy-Status: fn; received-status=200\r\nServer-Timing: fn.total;dur=12.5;desc="a b"\r\n'
        b'PROXY-STATUS: hk-vps; error=tls_alert_received; alert-id=40; next-hop="192.0.2.1:443"\r\nContent-Length: 0\r\n\r\n'
    )
    with tcp_server(answering(head)) as server:
        observation = await ask(Http(), port=server.port)

    http = observation.evidence.http
    assert verdict(observation) == ("relay.upstream.tls", None)
    assert observation.failure.detail == "status 502, expected 2xx; hk-vps says why"
    assert http.made == Made(
        rule="response.proxy-status", maker="proxy", cause="relay.upstream.tls", name="hk-vps"
    )
    assert http.proxy_status == (
        ProxyStatus(hop="fn", received_status=200),
        ProxyStatus(hop="hk-vps", error="tls_alert_received", alert_id=40, next_hop="192.0.2.1:443"),
    )
    assert http.server_timing == (ServerTiming(name="fn.total", seconds=0.0125, description="a b"),)


async def test_an_expected_status_has_no_author() -> None:
    with tcp_server(answering(b"HTTP/1.1 401 X\r\nContent-Length: 0\r\nX-Vercel-Error: X\r\n\r\n")) as server:
        observation = await ask(Http(status=(401,)), port=server.port)

    assert verdict(observation) == (None, None)


NAMES = st.sampled_from(sorted({name for _, _, headers, _, _ in ROWS for name in headers}))
VALUES = st.text(max_size=40) | st.sampled_from(
    sorted({value for _, _, headers, _, _ in ROWS for value in headers.values()})
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["message", "type", "code", "error", "made_by"]) | st.text(max_size=4), inner
        )
    ),
)
BODIES = (
    st.binary(max_size=200)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.sampled_from(
        [body for _, _, _, body, _ in ROWS]
        + [b"[" * 8192, b'{"a":' * 1600, b"9" * 8192, b'{"message":"m","code":' + b"[" * 8000]
    )
)


@given(status=st.integers(0, 1000), headers=st.lists(st.tuples(NAMES, VALUES), max_size=5), body=BODIES)
def test_any_response_has_a_known_author_or_none(status, headers, body) -> None:
    found = author(Answer.of(status, headers, body))

    assert found is None or is_known(found.cause)
    assert found is None or found.name is None or clean(found.name, 64) == found.name


def test_nested_json_of_any_depth_is_no_crash() -> None:
    for depth in range(100, 1100, 10):
        inside = b"[" * depth + b"]" * depth
        made(429, {}, b'{"message":"m","code":' + inside + b"}")
