"""Which element a cause blames, seen from one vantage; None where one vantage cannot tell; pure."""

from probe.examination.case import Case
from probe.model.element import access, host, path

# By the beginning of the cause, the most exact first. What is absent here needs more than the cause to tell.
_AT_THE_VANTAGE = ("local",)
_AT_THE_HOP = ("tls.cert", "tls.not_tls", "tcp.refused")


def blamed(case: Case, cause: str) -> str | None:
    """Return the element that a cause points at when nothing but the failing probe is known."""
    if is_below(cause, _AT_THE_VANTAGE):
        return access(case.vantage.name)
    if is_below(cause, _AT_THE_HOP):
        return host(case.hop.name)
    return None


def way(case: Case) -> str:
    """Name the way from the vantage to the hop that was asked."""
    return path(case.vantage.provider or case.vantage.name, case.hop.name)


def is_below(cause: str, prefixes: tuple[str, ...]) -> bool:
    """Tell whether a cause is one of these or below one of them."""
    return any(cause == one or cause.startswith(f"{one}.") for one in prefixes)
