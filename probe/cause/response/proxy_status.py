"""What the hops themselves say of a response: Proxy-Status (RFC 9209), the first rule of all; pure."""

import re
from collections.abc import Iterable, Mapping

from probe import structured
from probe.cause.response.answer import Answer, By
from probe.cause.response.function import lacks_key
from probe.model import ProxyStatus
from probe.server_timing import parts, server_timing
from probe.structured import Bare, Item
from probe.text import clean

_MOST_HOPS = 10
_NAME, _DETAILS = 64, 200
_ERROR = re.compile(r"[a-z_]{1,64}")
_TOO_MANY = frozenset({429, 503})

# RFC 9209, section 2.3; what is not here is a failure of the upstream, without a name of ours.
_CAUSES: Mapping[str, str] = {
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
    # Our request was not taken, which no deeper cause of ours says.
    "connection_write_timeout": "relay.upstream",
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
# nginx's times of one attempt after the other: "0.012", "-, 0.012", "- : 0.012".
_TIME = re.compile(r"-|[0-9]+\.[0-9]+")


def proxy_status(lines: Iterable[str]) -> tuple[ProxyStatus, ...]:
    """Return what each hop says, the one nearest the origin first; what is no valid member is left out."""
    # Line by line: what is broken in one, by a hop behind, spoils no other (config/relay/README.md).
    found = [_told(item) for line in lines for item in structured.items(line)]
    return tuple(one for one in found if one is not None)[:_MOST_HOPS]


def proxy_error(header: str) -> str | None:
    """Return the error in a Proxy-Status header, of several the one nearest the origin; None when it has none."""
    return next((one.error for one in proxy_status((header,)) if one.error), None)


def by_proxy_status(answer: Answer) -> By | None:
    """Take the word of the hop nearest the origin that says that something failed (RFC 9209, section 2)."""
    for one in proxy_status(answer.all("proxy-status")):
        # Its own answer in the place of its upstream's, such as a preflight's, is no failure.
        is_fine = one.error == "proxy_internal_response" and answer.status < 400
        if one.error and not is_fine:
            return By("proxy", _cause(one, answer), name=one.hop)
    return None


def _cause(told: ProxyStatus, answer: Answer) -> str:
    match told.error:
        case "http_request_denied" if answer.status in _TOO_MANY:
            return "relay.limited"
        case "http_response_timeout" if (is_connected := _connected(told)) is not None:
            # nginx counts the TLS handshake as connecting.
            return "relay.upstream.read_timeout" if is_connected else "relay.upstream.connect_timeout"
        case "destination_unavailable" if _asked_nobody(told, answer):
            return "relay.upstream.no_live"
        case "proxy_configuration_error" if lacks_key(answer):
            return "api.auth"
        case error:
            return _CAUSES.get(error or "", "relay.upstream")


def _connected(told: ProxyStatus) -> bool | None:
    """Tell by nginx's `<connect> <header>` times whether the last attempt got a connection; None where they are not told."""
    times = _TIME.findall(told.details or "")
    is_of_times = not re.sub(r"[-0-9., :]", "", told.details or "")
    if not times or len(times) % 2 or not is_of_times:
        return None
    return bool(times[len(times) // 2 - 1] != "-")


def _asked_nobody(told: ProxyStatus, answer: Answer) -> bool:
    """Tell whether a hop that shows us its details names no address that it tried, nor how long that took."""
    own = parts(server_timing(answer.all("server-timing"))).get(told.hop)
    return own is not None and own.total is not None and not (own.attempt or told.next_hop)


def _told(item: Item) -> ProxyStatus | None:
    given = item.parameters
    if not isinstance(item.value, str) or not item.value:
        return None
    error, status, alert = given.get("error"), given.get("received-status"), given.get("alert-id")
    return ProxyStatus(
        hop=clean(item.value, _NAME),
        error=error if isinstance(error, str) and _ERROR.fullmatch(error) else None,
        details=_text(given.get("details"), _DETAILS),
        received_status=status if type(status) is int and 100 <= status <= 999 else None,
        next_hop=_text(given.get("next-hop"), _NAME),
        alert_id=alert if type(alert) is int and 0 <= alert <= 255 else None,
        rcode=_text(given.get("rcode"), _NAME),
    )


def _text(value: Bare | None, limit: int) -> str | None:
    return clean(value, limit) if isinstance(value, str) and value else None
