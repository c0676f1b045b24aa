"""Say findings in plain words: where, how sure, what was asked beside and what came; for the page and the terminal; pure."""

import re
from collections.abc import Mapping

from probe.cause.taxonomy import nearest
from probe.model import Evidence, Finding, Level, Observation, Outcome, Verdict
from probe.text import clean

_SHORT, _LONG = 80, 200
_MOST_ANSWERS = 3
_ELEMENT = re.compile(r"([a-z]+)\[(.+)\]")
# Each kind is spelled one way (docs/vocabulary.md): what parts its two names, if it has two, and how it is said.
_PLACES: Mapping[str, tuple[str, str]] = {
    "agent": ("", "this machine, {0}"),
    "access": ("", "{0}'s own network"),
    "proxy": ("", "the local proxy of {0}"),
    "isp": ("", "the provider {0}"),
    "exit": (">", "the way out of {0} to {1}"),
    "resolver": ("", "the resolver {0}"),
    "path": (">", "on the way from {0} to {1}"),
    "edge": ("@", "the point of presence {1} of {0}"),
    "host": ("", "{0} itself"),
    "seg": (">", "between {0} and {1}"),
    "quota": (",", "the quota of {1} at {0}"),
    "auth": (",", "the key {1} at {0}"),
    "platform": ("", "the platform {0}"),
    "zone": ("", "our own names in DNS, {0}"),
}
VERDICTS: Mapping[Verdict, str] = {
    Verdict.OK: "works all the same",
    Verdict.DOWN: "down",
    Verdict.BLOCKED: "blocked",
    Verdict.DEGRADED: "degraded",
    Verdict.INSUFFICIENT: "nobody can tell",
}


def place(element: str | None) -> str:
    """Say which part of the chain an element is; one that has another spelling than ours is said as it is."""
    if element is None:
        return "one vantage alone cannot tell where"
    found = _ELEMENT.fullmatch(element)
    between, words = _PLACES.get(found[1] if found else "", ("", ""))
    names = found[2].split(between) if found and between else [found[2]] if found else []
    if not words or len(names) != 1 + bool(between):
        return clean(element, _SHORT)
    return clean(words.format(*names), _LONG)


def surety(finding: Finding) -> str:
    """Say how far a finding is borne out."""
    controls = len(finding.parents) - 1
    if finding.level is Level.NONE:
        return "not enough evidence to say more"
    if finding.level is Level.DISCARDED:
        return "uncertain: what was seen has passed, or contradicts itself"
    if controls < 1:
        return "by the probe alone: nothing else was asked, or it told no more"
    if finding.verdict is Verdict.INSUFFICIENT:
        return "what else was asked does not tell more"
    return f"shown by {controls} more {'answer' if controls == 1 else 'answers'}"


def advice(cause: str) -> str:
    """Return what to do about a cause, or about the nearest known one above it."""
    known = nearest(cause)
    return "" if known is None else known.advice


def asked(control: Observation) -> str:
    """Say what was asked beside the failing probe, as its evidence has it."""
    seen = control.evidence
    match control.kind:
        case "dns" if seen.dns:
            last = seen.dns[-1]
            words = f"the {last.type} record of {last.name} from {last.resolver}"
        case "tcp" | "tls" if seen.tcp:
            what = "a connection" if control.kind == "tcp" else "a TLS handshake"
            words = f"{what} with {_endpoint(seen)}{_named(seen)}"
        case "http" | "page" | "cors" if seen.http:
            words = f"{seen.http.url}{_at(seen)}"
        case "icmp" if seen.ping:
            words = f"a ping to {seen.ping.address}"
        case "trace" if seen.trace:
            words = f"the way to {seen.trace.address} by {seen.trace.protocol}"
        case kind:
            words = f"{kind} of {control.series.hop}{_at(seen)}"
    return clean(words, _LONG)


def came(control: Observation) -> str:
    """Say what came of it."""
    if control.outcome is not Outcome.OK:
        failure = control.failure
        known = nearest(failure.cause) if failure is not None else None
        return known.meaning if known is not None else "it failed"
    answers = _answers(control.evidence) if control.kind == "dns" else ()
    if answers:
        return clean(", ".join(answers[:_MOST_ANSWERS]) + ", …" * (len(answers) > _MOST_ANSWERS), _LONG)
    status = control.evidence.http.status if control.evidence.http is not None else None
    return "answered" if status is None else f"status {status}"


def _endpoint(seen: Evidence) -> str:
    tcp = seen.tcp
    if tcp is None:
        return ""
    address = f"[{tcp.address}]" if ":" in tcp.address else tcp.address
    return f"{address}:{tcp.port}"


def _named(seen: Evidence) -> str:
    if seen.tls is None:
        return ""
    return f", naming {seen.tls.server_name}" if seen.tls.server_name else ", naming no host"


def _at(seen: Evidence) -> str:
    return f" at {_endpoint(seen)}" if seen.tcp is not None else ""


def _answers(seen: Evidence) -> tuple[str, ...]:
    """List the data that the resolver's answers hold, those of the answer that was used first."""
    responses = [one for query in seen.dns for one in query.responses if one.role != "stray"]
    responses.sort(key=lambda one: one.role != "used")
    return tuple(dict.fromkeys(record.data for one in responses for record in one.records))
