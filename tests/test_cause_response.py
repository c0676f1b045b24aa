"""Who made a response: every marker of nginx, Vercel, Cloudflare and the API, and the four authors of a 429."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.cause.response import Answer, author
from probe.cause.taxonomy import is_known
from probe.prober.http import Http
from tests.rig import ask, verdict
from tests.rig_servers import answering, tcp_server

NGINX = b"<html><head></head><body><center><h1>x</h1></center><hr><center>nginx/1.22.1</center></body></html>"
VERCEL_ID = {"x-vercel-id": "hkg1::iad1::abc"}
RAY = {"cf-ray": "8f-HKG"}
BLOCKED = b"<title>Attention Required!</title><h1>Sorry, you have been blocked</h1> Ray ID"


def api(code, *, kind="x_error", message="no"):
    return json.dumps({"message": message, "type": kind, "param": None, "code": code}).encode()


def proxy(error):
    return {"proxy-status": f"hk-vps; error={error}"}


ROWS = [
    # nginx made it: no x-vercel-id, its own page
    (502, {}, NGINX, "relay.upstream"),
    (504, {}, NGINX, "relay.upstream"),
    (503, {}, NGINX, "relay.limited"),
    (429, {}, NGINX, "relay.limited"),
    (413, {}, NGINX, "relay.misconfig"),
    (404, {}, NGINX, "relay.misconfig"),
    (400, {}, NGINX, "relay.misconfig"),
    (500, {"server": "nginx"}, NGINX, "relay.misconfig"),
    # behind nginx the header is always its own, so the header alone says nothing
    (502, {"server": "nginx"}, b"", None),
    # the page came from deeper
    (502, VERCEL_ID, NGINX, "app.upstream"),
    (502, RAY, NGINX, None),
    # RFC 9209, in the words of our own hops
    (502, proxy("connection_refused"), NGINX, "relay.upstream.refused"),
    (502, proxy("dns_error"), NGINX, "relay.upstream.dns"),
    (504, proxy("dns_timeout"), b"", "relay.upstream.dns"),
    (504, proxy("connection_timeout"), b"", "relay.upstream.connect_timeout"),
    (504, proxy("http_response_timeout"), b"", "relay.upstream.read_timeout"),
    (504, proxy("connection_read_timeout"), b"", "relay.upstream.read_timeout"),
    (502, proxy("connection_terminated"), b"", "relay.upstream.closed"),
    (502, proxy("http_response_incomplete"), b"", "relay.upstream.closed"),
    (502, proxy("tls_alert_received;alert-id=40"), b"", "relay.upstream.tls"),
    (502, proxy("tls_certificate_error"), b"", "relay.upstream.tls"),
    (502, proxy("destination_ip_unroutable"), b"", "relay.upstream.unreachable"),
    (503, proxy("destination_unavailable"), b"", "relay.upstream"),
    (503, proxy("connection_limit_reached"), b"", "relay.limited"),
    (429, proxy("http_request_denied"), b"", "relay.limited"),
    (403, proxy("http_request_denied"), b"", "relay.misconfig"),
    (400, proxy("http_request_error"), b"", "relay.misconfig"),
    (502, proxy("http_protocol_error"), b"", "relay.upstream"),
    (508, proxy("proxy_loop_detected"), b"", "relay.misconfig"),
    (500, proxy("proxy_internal_error"), b"", "relay.misconfig"),
    (502, proxy("something_new"), b"", "relay.upstream"),
    # the first member with an error is nearest the origin; a member without one says nothing
    (
        502,
        {"proxy-status": "fn; error=dns_error, hk-vps; error=connection_timeout"},
        b"",
        "relay.upstream.dns",
    ),
    (502, {"proxy-status": "fn, hk-vps; error=connection_timeout"}, b"", "relay.upstream.connect_timeout"),
    (
        502,
        {"proxy-status": 'fn; details="; error=dns_error", v; error=tls_protocol_error'},
        b"",
        "relay.upstream.tls",
    ),
    (200, {"proxy-status": "fn; received-status=200"}, b"", None),
    # Vercel's firewall
    (403, VERCEL_ID | {"x-vercel-mitigated": "deny"}, b"", "vercel.firewall.denied"),
    (403, VERCEL_ID | {"x-vercel-mitigated": "challenge"}, b"", "vercel.firewall.challenge"),
    (429, VERCEL_ID | {"x-vercel-mitigated": "challenge"}, b"<html>", "vercel.firewall.challenge"),
    (429, VERCEL_ID | {"x-vercel-mitigated": "deny"}, b"{}", "vercel.firewall.rate_limited"),
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
    # our function's own code
    (500, VERCEL_ID, b'{"made_by": "function"}', "app.error"),
    (502, VERCEL_ID, b"", "app.upstream"),
    (504, VERCEL_ID, b"", "app.upstream"),
    (404, VERCEL_ID, b"", None),
    # Cloudflare's own pages, also as copied by the function
    (403, RAY, BLOCKED, "api.edge.blocked"),
    (403, RAY | VERCEL_ID, BLOCKED, "api.edge.blocked"),
    (403, RAY, b"<h1>Error 1009</h1> banned the country or region", "api.edge.blocked.geo"),
    (403, RAY, b"error code: 1020", "api.edge.blocked"),
    (403, RAY | {"cf-error-type": "1006"}, b"", "api.edge.blocked"),
    (429, RAY, b"error code: 1015", "api.edge.rate_limited"),
    (429, RAY | {"cf-error-type": "1015"}, b"<html>", "api.edge.rate_limited"),
    *((status, RAY, b"", "api.edge.origin") for status in (520, 521, 522, 523, 524, 525, 526, 530)),
    (530, {"cf-error-type": "1016"}, b"error code: 1016", "api.edge.origin"),
    (403, RAY | {"cf-mitigated": "challenge"}, b"<title>Just a moment...</title>", "http.challenge"),
    (429, RAY, b"", None),
    (404, RAY, b"", None),
    # the API's application, behind its edge or not
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
    (401, {}, b'{"message": "no"}', None),
    (401, {}, b'["message", "type"]', None),
    (401, {}, b"no", None),
    # the four authors of a 429
    (429, RAY, api("request_quota_exceeded"), "api.quota.requests_minute"),
    (
        429,
        {"x-ratelimit-remaining-requests-day": "0"},
        api("request_quota_exceeded"),
        "api.quota.requests_day",
    ),
    (
        429,
        {"x-ratelimit-remaining-requests-day": "7"},
        api("request_quota_exceeded"),
        "api.quota.requests_minute",
    ),
    (
        429,
        {"x-ratelimit-remaining-tokens-minute": "0"},
        api("token_quota_exceeded"),
        "api.quota.tokens_minute",
    ),
    (429, {"x-ratelimit-remaining-tokens-day": "0"}, api("token_quota_exceeded"), "api.quota.tokens_day"),
    (429, RAY, api("queue_exceeded"), "api.overloaded"),
    (429, {}, api("rate_limit_exceeded"), "api.quota"),
    (429, {}, api(None), "api.quota"),
    (429, {}, api(["request_quota_exceeded"]), "api.quota"),
    (429, {}, b"", None),
]


@pytest.mark.parametrize(("status", "headers", "body", "cause"), ROWS)
def test_the_author_of_a_response(status, headers, body, cause) -> None:
    assert cause == author(Answer(status, headers, body))


async def test_repeated_header_lines_are_one_list_and_names_have_no_letter_case() -> None:
    head = b"HTTP/1.1 502 X\r\nProxy-Status: fn\r\nPROXY-STATUS: hk-vps; error=dns_error\r\nContent-Length: 0\r\n\r\n"
    with tcp_server(answering(head)) as server:
        observation = await ask(Http(), port=server.port)

    assert verdict(observation) == ("relay.upstream.dns", None)


async def test_an_expected_status_has_no_author() -> None:
    with tcp_server(answering(b"HTTP/1.1 401 X\r\nContent-Length: 0\r\nX-Vercel-Error: X\r\n\r\n")) as server:
        observation = await ask(Http(status=(401,)), port=server.port)

    assert verdict(observation) == (None, None)


NAMES = st.sampled_from(sorted({name for _, headers, _, _ in ROWS for name in headers}))
VALUES = st.text(max_size=40) | st.sampled_from(
    sorted({value for _, headers, _, _ in ROWS for value in headers.values()})
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["message", "type", "code", "error"]) | st.text(max_size=4), inner)
    ),
)
BODIES = (
    st.binary(max_size=200)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.sampled_from(
        [body for _, _, body, _ in ROWS]
        + [b"[" * 8192, b'{"a":' * 1600, b"9" * 8192, b'{"message":"m","code":' + b"[" * 8000]
    )
)


@given(status=st.integers(0, 1000), headers=st.dictionaries(NAMES, VALUES, max_size=4), body=BODIES)
def test_any_response_has_a_known_author_or_none(status, headers, body) -> None:
    cause = author(Answer(status, headers, body))

    assert cause is None or is_known(cause)


def test_nested_json_of_any_depth_is_no_crash() -> None:
    for depth in range(100, 1100, 10):
        inside = b"[" * depth + b"]" * depth
        author(Answer(429, {}, b'{"message":"m","code":' + inside + b"}"))
