"""Who made an unexpected response, told from its status, headers and first bytes; pure.

An ordered table: the first rule that fits wins. The markers are those that nginx, Vercel and Cloudflare send
(nginx special responses, vercel.com "Error Codes" and "Response headers", Cloudflare's 5xx pages, RFC 9209).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """The parts of a response that tell its author: header names in lower case, the body's first kilobytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def has(self, header: str) -> bool:
        """Tell whether the header is there."""
        return header in self.headers


Rule = Callable[[Answer], str | None]

# Quoted text in a member may hold anything, also what looks like a parameter (RFC 8941, 3.3.3).
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"?')
_PROXY_ERROR = re.compile(r";\s*error=([a-z_]+)")
# RFC 9209, section 2.3; what is not here is a failure of the upstream, without a name of ours.
_PROXY_STATUS: Mapping[str, str] = {
    "dns_timeout": "relay.upstream.dns",
    "dns_error": "relay.upstream.dns",
    "destination_not_found": "relay.misconfig",
    # RFC 9209, 2.3.3: the relay believes so, of a refusal as of a failed health check; which, it does not say.
    "destination_unavailable": "relay.upstream",
    "destination_ip_prohibited": "relay.misconfig",
    "destination_ip_unroutable": "relay.upstream.unreachable",
    "connection_refused": "relay.upstream.refused",
    "connection_terminated": "relay.upstream.closed",
    "connection_timeout": "relay.upstream.connect_timeout",
    "connection_read_timeout": "relay.upstream.read_timeout",
    "connection_write_timeout": "relay.upstream.read_timeout",
    "connection_limit_reached": "relay.limited",
    "tls_protocol_error": "relay.upstream.tls",
    "tls_certificate_error": "relay.upstream.tls",
    "tls_alert_received": "relay.upstream.tls",
    "http_request_error": "relay.misconfig",
    "http_request_denied": "relay.misconfig",
    "http_response_incomplete": "relay.upstream.closed",
    "http_response_timeout": "relay.upstream.read_timeout",
    "proxy_internal_response": "relay.misconfig",
    "proxy_internal_error": "relay.misconfig",
    "proxy_configuration_error": "relay.misconfig",
    "proxy_loop_detected": "relay.misconfig",
}

# By the beginning of the code, the first that fits; codes of the platform itself begin with INTERNAL_.
_VERCEL: tuple[tuple[str, str], ...] = (
    ("FUNCTION_INVOCATION_TIMEOUT", "vercel.function.timeout"),
    ("EDGE_FUNCTION_INVOCATION_TIMEOUT", "vercel.function.timeout"),
    ("MIDDLEWARE_INVOCATION_TIMEOUT", "vercel.function.timeout"),
    ("FUNCTION_INVOCATION_FAILED", "vercel.function.crash"),
    ("EDGE_FUNCTION_INVOCATION_FAILED", "vercel.function.crash"),
    ("MIDDLEWARE_INVOCATION_FAILED", "vercel.function.crash"),
    ("FUNCTION_THROTTLED", "vercel.function.throttled"),
    ("FUNCTION_RATE_LIMIT", "vercel.function.throttled"),
    ("NO_RESPONSE_FROM_FUNCTION", "vercel.function.no_response"),
    ("FUNCTION_PAYLOAD_TOO_LARGE", "vercel.payload"),
    ("FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE", "vercel.payload"),
    ("DEPLOYMENT_NOT_FOUND", "vercel.deployment.missing"),
    ("DEPLOYMENT_DELETED", "vercel.deployment.missing"),
    ("DEPLOYMENT_", "vercel.deployment.disabled"),
    ("DNS_HOSTNAME_", "vercel.routing.dns"),
    ("INFINITE_LOOP_DETECTED", "vercel.routing.loop"),
    ("ROUTER_CANNOT_MATCH", "vercel.routing"),
    ("ROUTER_EXTERNAL_TARGET_", "vercel.routing.external"),
    ("NOT_FOUND", "vercel.routing"),
    ("RESOURCE_NOT_FOUND", "vercel.routing"),
    ("INTERNAL_", "vercel.internal"),
)

_API_STATUS: Mapping[int, str] = {
    400: "api.request.invalid",
    401: "api.auth",
    402: "api.billing",
    403: "api.auth",
    404: "api.request.model_missing",
    422: "api.request.invalid",
    500: "api.server_error",
    502: "api.server_error",
    503: "api.overloaded",
    504: "api.server_error",
    529: "api.overloaded",
}


# 520 to 527 and 530 are Cloudflare's own; 529 is what an overloaded API behind it answers.
_CLOUDFLARE_ORIGIN = frozenset({*range(520, 528), 530})
_CLOUDFLARE_CODE = re.compile(rb"[Ee]rror(?: code:)? (10[0-9]{2})\b")
_CLOUDFLARE_GEO, _CLOUDFLARE_RATE = 1009, 1015


def author(answer: Answer) -> str | None:
    """Return the cause that the response's author and status amount to, or None when nothing tells."""
    for rule in RULES:
        if cause := rule(answer):
            return cause
    return None


def proxy_error(header: str) -> str | None:
    """Return the error in a Proxy-Status header, of several the one nearest the origin; None when it has none."""
    # The first list member that carries an error is the hop nearest the origin (RFC 9209, section 2).
    found = _PROXY_ERROR.search(_QUOTED.sub("", header))
    return found[1] if found else None


def _proxy_status(answer: Answer) -> str | None:
    error = proxy_error(answer.headers.get("proxy-status", ""))
    if error is None:
        return None
    if error == "http_request_denied" and answer.status in (429, 503):
        return "relay.limited"
    return _PROXY_STATUS.get(error, "relay.upstream")


def _nginx(answer: Answer) -> str | None:
    if b"<center>nginx" not in answer.body or answer.has("x-vercel-id") or answer.has("cf-ray"):
        return None
    if answer.status in (502, 504):
        return "relay.upstream"  # its page does not say which of connect, handshake, send and read timed out
    return "relay.limited" if answer.status in (429, 503) else "relay.misconfig"


def _vercel_firewall(answer: Answer) -> str | None:
    mitigated = answer.headers.get("x-vercel-mitigated")
    if mitigated is None:
        return None
    if mitigated == "challenge":
        return "vercel.firewall.challenge"
    return "vercel.firewall.rate_limited" if answer.status == 429 else "vercel.firewall.denied"


def _vercel_platform(answer: Answer) -> str | None:
    code = answer.headers.get("x-vercel-error")
    if code is None:
        return None
    # A code we do not know yet: its status still tells whose fault it is.
    unknown = "vercel.internal" if answer.status >= 500 else "vercel.request"
    return next((cause for beginning, cause in _VERCEL if code.startswith(beginning)), unknown)


def _challenge(answer: Answer) -> str | None:
    return "http.challenge" if answer.headers.get("cf-mitigated") == "challenge" else None


def _cloudflare(answer: Answer) -> str | None:
    """Tell the pages that Cloudflare itself makes; what it only passes on bears cf-ray and no other sign."""
    made = answer.has("cf-error-type") or answer.has("cf-error-origin")
    if not (made or answer.has("cf-ray")):
        return None
    code = _CLOUDFLARE_CODE.search(answer.body)
    number = int(code[1]) if code else 0
    if answer.status in _CLOUDFLARE_ORIGIN:
        return "api.edge.origin"
    if answer.status == 403 and (made or number or b"you have been blocked" in answer.body):
        return "api.edge.blocked.geo" if number == _CLOUDFLARE_GEO else "api.edge.blocked"
    if answer.status == 429 and (made or number == _CLOUDFLARE_RATE):
        return "api.edge.rate_limited"
    return "api.edge.origin" if made and answer.status >= 500 else None


def _api(answer: Answer) -> str | None:
    error = _api_error(answer.body)
    if error is None:
        return None
    if answer.status == 429:
        code = error.get("code")
        return _quota(code if isinstance(code, str) else "", answer.headers)
    return _API_STATUS.get(answer.status)


def _quota(code: str, headers: Mapping[str, str]) -> str:
    if code == "queue_exceeded":
        return "api.overloaded"
    kind = {"request_quota_exceeded": "requests", "token_quota_exceeded": "tokens"}.get(code)
    if kind is None:
        return "api.quota"
    used_up_today = headers.get(f"x-ratelimit-remaining-{kind}-day", "").strip() == "0"
    return f"api.quota.{kind}_{'day' if used_up_today else 'minute'}"


def _api_error(body: bytes) -> Mapping[str, object] | None:
    """Return the error object of an LLM API (flat, or under "error" as OpenAI has it), or None."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict) and isinstance(found.get("error"), dict):
        found = found["error"]
    is_error = (
        isinstance(found, dict) and isinstance(found.get("message"), str) and {"type", "code"} & found.keys()
    )
    return found if is_error else None


def _function(answer: Answer) -> str | None:
    if not answer.has("x-vercel-id") or answer.status < 500:
        return None
    return "app.upstream" if answer.status in (502, 504) else "app.error"


RULES: tuple[Rule, ...] = (
    _proxy_status,
    _nginx,
    _vercel_firewall,
    _vercel_platform,
    _challenge,
    _cloudflare,
    _api,
    _function,
)
