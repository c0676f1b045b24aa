"""Which element a cause blames, seen from one vantage; None where one vantage cannot tell; pure."""

from probe.examination.case import Case
from probe.model.element import access, host, path

# By the beginning of the cause, the most exact first. What is absent here needs more than the cause to tell.
_AT_THE_VANTAGE = ("local",)
_AT_THE_HOP = ("tls.cert", "tls.not_tls", "tcp.refused")
# What an answer is, and not that it broke off: within TLS nobody but the hop can have made it.
_BY_THE_ANSWERER = (
    "http.redirect_loop",
    "http.redirect_invalid",
    "http.version",
    "http.protocol",
    "http.too_large",
    "http.encoding",
    "http.header",
    "http.body",
)


def blamed(case: Case, cause: str) -> str | None:
    """Return the element that a cause points at when nothing but the failing probe is known."""
    if is_below(cause, _AT_THE_VANTAGE):
        return access(case.vantage.name)
    if is_below(cause, _AT_THE_HOP):
        return host(case.hop.name)
    if is_below(cause, _BY_THE_ANSWERER) and _is_its_own_answer(case):
        return host(case.hop.name)
    return None


def _is_its_own_answer(case: Case) -> bool:
    """Tell whether the hop that was asked was also to answer, and proved who it is."""
    tls = case.seen.evidence.tls
    is_proved = tls is not None and tls.server_name == case.hop.host and not tls.verify_code
    return is_proved and case.seen.through == case.hop.name


def way(case: Case) -> str:
    """Name the way from the vantage to the hop that was asked."""
    return path(case.vantage.provider or case.vantage.name, case.hop.name)


def is_below(cause: str, prefixes: tuple[str, ...]) -> bool:
    """Tell whether a cause is one of these or below one of them."""
    return any(cause == one or cause.startswith(f"{one}.") for one in prefixes)
