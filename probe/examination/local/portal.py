"""A captive portal: somebody answers in everybody's place, plainly, and nobody proves who he is; pure.

A redirect that only plain requests meet, while handshakes verify, is no portal (RFC 8952).
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urljoin, urlsplit

from probe.examination.case import Case, Control
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.local.comparison import SECONDS, anchor_id
from probe.examination.local.explains import PORTAL
from probe.examination.local.immediate import of_access
from probe.examination.local.reach import is_verified
from probe.host import is_name
from probe.model import AddressFamily, Anchor, Http, Observation, Outcome, Verdict
from probe.prober.tls import Tls

HANDSHAKE = "portal:handshake"
_HANDSHAKE_PACKETS = 20
_LOGIN_WANTED = 511
_REDIRECTS = range(300, 400)
# A page for telling portals says nothing at all (generate_204 and its like).
_NOTHING = 204
# What tells one answer of the same server from another.
_PASSING = frozenset({"date", "age", "expires", "last-modified", "etag", "set-cookie", "connection"})

Answered = tuple[Anchor, Observation, Http]


def is_suspected(case: Case) -> bool:
    """Tell whether anything that anchors answered is a stranger's."""
    return bool(_told(case))


def handshake(case: Case) -> Iterator[Control]:
    """Ask another host of the user's for a handshake: behind a portal none can verify."""
    other = next(
        (one for one in case.everywhere if one.scheme == "https" and one.host != case.hop.host), None
    )
    if other is not None:
        yield Control(
            id=HANDSHAKE,
            kind="tls",
            hop=other,
            prober=Tls(),
            seconds=SECONDS,
            packets=_HANDSHAKE_PACKETS,
        )


def _decide(case: Case) -> Conclusion | None:
    told = _told(case)
    if not told or is_verified(case.seen.evidence):
        return None
    if _is_proper(case, told) or _has_verified(case, min(one.started_at_ns for _, one, _ in _answers(case))):
        return None
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=(PORTAL,),
        rule="local.portal",
        detail=f"the network's sign-in page answers instead of the internet: {told[0][1]}",
        element=of_access(case),
        used=tuple(one for _, one, _ in _answers(case)),
    )


def _answers(case: Case) -> list[Answered]:
    """List what came back from anchors that are asked plainly; nobody else's answer to those is theirs to refuse."""
    found = []
    for anchor, family in itertools.product(case.means.anchors, AddressFamily):
        seen = case.answers.get(anchor_id(anchor, family))
        http = seen.evidence.http if seen is not None else None
        if anchor.hop.scheme == "http" and seen is not None and http is not None and http.status is not None:
            found.append((anchor, seen, http))
    return found


def _is_proper(case: Case, told: Sequence[tuple[str, str]]) -> bool:
    """Tell whether an anchor gave an answer that may be its own."""
    strange = {name for name, _ in told}
    return any(anchor.hop.name not in strange for anchor, _, _ in _answers(case))


def _has_verified(case: Case, since_ns: int) -> bool:
    """Tell whether anybody has proved who he is since."""
    every = (*case.known.siblings, *case.answers.values())
    return any(
        one.outcome is Outcome.OK and is_verified(one.evidence) and one.ended_at_ns >= since_ns
        for one in every
    )


def _told(case: Case) -> list[tuple[str, str]]:
    """Return the anchors whose answers are a stranger's, and what tells so."""
    answers = _answers(case)
    found = {anchor.hop.name: told for anchor, _, http in answers if (told := _strange(anchor, http))}
    for name, told in _alike(answers):
        found.setdefault(name, told)
    return list(found.items())


def _strange(anchor: Anchor, http: Http) -> str | None:
    """Say what in one answer cannot be the anchor's own, or None."""
    name, status = anchor.hop.name, http.status or 0
    if status == _LOGIN_WANTED:
        return f"{name} answered with status 511 (network authentication required)"
    if status in _REDIRECTS and (place := _leads_away(anchor, http)) is not None:
        return f"{name} answered with a redirect to {place}"
    if _is_for_nothing(anchor) and not _says_nothing(http):
        return f"{name} answered with status {status} and {http.body_bytes} bytes, where it says nothing by itself"
    return None


def _is_for_nothing(anchor: Anchor) -> bool:
    return str(_NOTHING) in anchor.path


def _says_nothing(http: Http) -> bool:
    return http.status == _NOTHING and not http.body_bytes


def _leads_away(anchor: Anchor, http: Http) -> str | None:
    """Return where a redirect leads if that is a host that has nothing to do with the anchor."""
    location = next((value for name, value in http.headers if name.lower() == "location"), "")
    try:
        host = urlsplit(urljoin(http.url, location)).hostname or ""
    except ValueError:
        return None
    own = anchor.hop.host.lower()
    is_related = host == own or (is_name(own) and (host.endswith(f".{_base(own)}") or host == _base(own)))
    return None if not host or is_related else location


def _base(host: str) -> str:
    """Return the last two words of a name: who redirects to a host below them stays at home."""
    return ".".join(host.rsplit(".", 2)[-2:])


def _alike(answers: Sequence[Answered]) -> Iterator[tuple[str, str]]:
    """Find unrelated names that lead to one address, and unrelated hosts that answer word for word the same."""
    by_address, by_answer = defaultdict[object, set[str]](set), defaultdict[object, set[str]](set)
    for anchor, seen, http in answers:
        if _is_for_nothing(anchor) and _says_nothing(http):
            continue  # no portal says nothing, and large services have one address for many names
        if seen.evidence.tcp is not None and anchor.hop.address is None and is_name(anchor.hop.host):
            by_address[seen.evidence.tcp.address].add(anchor.hop.name)
        if http.body_bytes or http.status in _REDIRECTS:
            by_answer[_shape(http)].add(anchor.hop.name)
    yield from _several(by_address, "lead to one address")
    yield from _several(by_answer, "gave the same answer")


def _several(found: Mapping[object, set[str]], what: str) -> Iterator[tuple[str, str]]:
    for names in found.values():
        said = f"{' and '.join(sorted(names))} {what}"
        yield from ((name, said) for name in sorted(names) if len(names) > 1)


def _shape(http: Http) -> object:
    headers = ((name.lower(), value) for name, value in http.headers)
    return http.status, http.body_bytes, tuple(sorted(one for one in headers if one[0] not in _PASSING))


AT_WORK = Rule(
    id="local.portal",
    says="Anchors that are asked plainly give a stranger's answer (a redirect elsewhere, status 511, a page where there is"
    " none, the same for unrelated hosts), and nobody's certificate verifies.",
    causes=(PORTAL,),
    decide=_decide,
    settles=True,
)
