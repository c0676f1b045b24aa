"""Say which connection of a case is looked into: where it went, whom it was meant for, and whether it speaks TLS; pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from probe.examination import names
from probe.examination.case import Case
from probe.model import Evidence, Observation, Outcome, Phase
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The connection that is looked into, by its address and by the name that it was meant for.

    `is_hop` is False where a redirect had led elsewhere.
    """

    seen: Observation
    address: str
    port: int
    name: str
    is_tls: bool
    is_hop: bool

    @property
    def cause(self) -> str:
        """Its immediate cause; empty when nothing failed."""
        return self.seen.failure.cause if self.seen.failure else ""


def subject(case: Case) -> Subject | None:
    """Return the connection to look into; None where none was tried from here, or a proxy made it.

    Where the name was given a false address, it is the connection to the true one, if that fails as well.
    """
    seen = names.subject(case)
    evidence = seen.evidence
    if evidence.tcp is None or evidence.proxy is not None or seen.outcome is Outcome.NOT_MEASURED:
        return None
    own = _own_name(case)
    name = _redirected_to(seen) or own
    return Subject(
        seen=seen,
        address=evidence.tcp.address,
        port=evidence.tcp.port,
        name=name,
        is_tls=_speaks_tls(case, evidence),
        is_hop=name == own,
    )


def _own_name(case: Case) -> str:
    named = case.prober.server_name if isinstance(case.prober, Tls) else None
    return named or case.hop.host


def _redirected_to(seen: Observation) -> str | None:
    """Return whom the last connection was for, where an answer had led there before."""
    http, failure = seen.evidence.http, seen.failure
    if http is None:
        return None
    if failure is None or failure.phase not in (Phase.CONNECT, Phase.TLS):
        # The last response, or its absence, is that of the last place.
        return urlsplit(http.url).hostname if http.redirects else None
    if seen.evidence.tls is not None and failure.phase is Phase.TLS:
        return seen.evidence.tls.server_name
    location = next((value for name, value in http.headers if name.lower() == "location"), "")
    return urlsplit(location).hostname


def _speaks_tls(case: Case, evidence: Evidence) -> bool:
    if evidence.tls is not None:
        return True
    if isinstance(case.prober, Tcp):
        return False
    return isinstance(case.prober, Tls) or case.hop.scheme == "https"
