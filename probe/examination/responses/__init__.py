"""Look into an answer that somebody on the route made, and into answers that never came.

Who made it is told by the answer's own marks and by what healthy ones taught (probe/cause/response, probe/fingerprint); what
ails the way behind him, by looking there.
"""

from probe.cause.response import TABLE
from probe.cause.response.reading import MARKS, REGION, Reading, read
from probe.cause.response.upstream import looked
from probe.cause.taxonomy import nearest
from probe.examination.case import Case, Control
from probe.examination.conclusion import Conclusion, Part, Rule
from probe.examination.element import is_below
from probe.examination.responses import controls
from probe.examination.responses.beside import is_masked, is_nobody_live, is_own_doing, is_slow_behind
from probe.examination.responses.facts import (
    LOOK,
    facts,
    is_asked_hop_well,
    is_silent,
    is_taken,
    leg,
    response,
    span,
    used,
)
from probe.model import Level, Outcome, Verdict
from probe.model.element import host, seg

_UPSTREAM = "relay.upstream"
_MASKED, _SELF_INFLICTED = "app.cors_masked", "meta.self_inflicted"
_BY_ANSWER = ("relay", "vercel", "api", "app", "http.status", "http.challenge", "http.body", "http.header")


def _concerns(case: Case) -> bool:
    is_answer = response(case) is not None and is_below(case.cause, _BY_ANSWER)
    return case.seen.outcome is Outcome.FAILED and span(case) is not None and (is_answer or is_silent(case))


def _wanted(case: Case) -> tuple[Control, ...]:
    return tuple(controls.wanted(case))


def _reading(case: Case) -> Reading | None:
    http, way = response(case), span(case)
    if http is None or way is None:
        return None
    failure = case.seen.failure
    waited = next((one.seconds for one in case.seen.timings if one.phase == "processing"), None)
    if waited is None and failure is not None:
        waited = failure.after_seconds
    return read(http, way, learnt=case.learnt, facts=facts(case), waited_seconds=waited)


def _decided(rule: str, case: Case) -> Conclusion | None:
    """Return what the answer comes to when it is this rule that says so."""
    found = _reading(case)
    if found is None or found.rule != rule:
        return None
    known = nearest(found.cause)
    return Conclusion(
        verdict=Verdict.DOWN if known is None else known.verdict,
        causes=(found.cause, *_besides(case, found.cause)),
        rule=rule,
        detail=found.detail,
        element=found.element,
        used=used(case),
    )


def _besides(case: Case, cause: str) -> tuple[str, ...]:
    """Return what is as true: what a browser makes of it, and our own part in it."""
    masked = (_MASKED,) if is_masked(case) and cause != _MASKED else ()
    return (*masked, *((_SELF_INFLICTED,) if is_own_doing(case) else ()))


def _by(rule: str, says: str, causes: tuple[str, ...]) -> Rule:
    return Rule(id=rule, says=says, causes=causes, decide=lambda case: _decided(rule, case))


def _slow_behind(case: Case) -> Conclusion | None:
    """Tell a function that waits for others from one that is slow itself."""
    about, found = leg(case), _reading(case)
    if about is None or found is None or not is_slow_behind(case):
        return None
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=("vercel.function.timeout", "perf.slow_upstream"),
        rule="response.slow-behind",
        detail=f"{found.detail}; the code answers at once where it need not ask {about.far}",
        element=seg(about.near, about.far),
        used=used(case),
    )


def _nobody_live(case: Case) -> Conclusion | None:
    found = _reading(case)
    if found is None or found.cause != _UPSTREAM or not is_nobody_live(case):
        return None
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=("relay.upstream.no_live",),
        rule="response.nobody-live",
        detail=f"{found.detail}; a moment ago it waited in vain, and now it does not even try",
        element=found.element,
        used=used(case),
    )


def _looked_in_vain(case: Case) -> Conclusion | None:
    """Take the word of a hop that looked at its upstream, where the question itself got no answer."""
    look, about = case.answers.get(LOOK), leg(case)
    cause = looked(look.evidence.http) if look is not None else None
    if not is_silent(case) or about is None or not cause:
        return None
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=(cause,),
        rule="response.silent-look",
        detail=f"no answer came, and {about.near} says of its way to {about.far}, when it is asked to look, that it fails",
        element=seg(about.near, about.far),
        used=used(case),
    )


def _hung(case: Case) -> Conclusion | None:
    """Blame a hop whose machine took the question and whose program says nothing."""
    is_lone = case.seen.through == case.hop.name
    if not (is_lone and case.is_of("http.timeout.first_byte") and is_taken(case)):
        return None
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=(case.cause,),
        rule="response.hung",
        detail=f"{case.hop.name} acknowledged the whole question and did not answer in time",
        element=host(case.hop.name),
    )


def _silent_leg(case: Case) -> Conclusion | None:
    """Blame the leg behind a hop that answers by itself and gives no answer to whatever has to pass it."""
    about = leg(case)
    if not is_silent(case) or about is None or not is_asked_hop_well(case) or facts(case).others_pass:
        return None
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=(case.cause,),
        rule="response.silent-leg",
        detail=f"{about.near} answers by itself, and gives no answer to what has to pass on to {about.far}",
        element=seg(about.near, about.far),
        level=Level.SCORED,
        used=used(case),
    )


RULES: tuple[Rule, ...] = (
    Rule(
        id="response.slow-behind",
        says="The platform ended a function that has to ask those behind it, while the code answers at once where it need not.",
        causes=("vercel.function.timeout", "perf.slow_upstream"),
        decide=_slow_behind,
    ),
    Rule(
        id="response.nobody-live",
        says="A relay answers 502 at once after it waited in vain a moment ago: it holds its upstream for dead, and does not ask.",
        causes=("relay.upstream.no_live",),
        decide=_nobody_live,
    ),
    *(_by(row.id, row.says, ("relay", "vercel", "api", "app", "http.challenge")) for row in TABLE),
    _by(
        "response.upstream-look",
        "The hop that complains of its upstream looked at it when it was asked to, and says what it met.",
        (_UPSTREAM,),
    ),
    _by(
        "response.upstream-ill",
        "The hop that is complained of fails alike when it is asked directly.",
        (_UPSTREAM,),
    ),
    _by(
        "response.upstream-others-pass",
        "A relay ran out of patience while other questions got their answers the same way: reading took too long.",
        ("relay.upstream.read_timeout",),
    ),
    _by(
        "response.upstream-leg-dead",
        "A relay ran out of patience, no question gets an answer that way, and the next hop answers others.",
        ("relay.upstream.connect_timeout",),
    ),
    _by(
        MARKS,
        "The answer bears the marks of answers from one hop and none of those from behind it: that hop made it.",
        ("relay", "http.status"),
    ),
    _by(
        REGION,
        "The API's edge blocks the code since it runs in another region than while it was well.",
        ("api.edge.blocked.geo",),
    ),
    Rule(
        id="response.silent-look",
        says="No answer came, and a hop that was asked to look at its upstream says what it met there.",
        causes=(_UPSTREAM,),
        decide=_looked_in_vain,
    ),
    Rule(
        id="response.hung",
        says="The hop's machine acknowledged the whole question, and its program did not answer in time.",
        causes=("http.timeout.first_byte",),
        decide=_hung,
    ),
    Rule(
        id="response.silent-leg",
        says="The hop answers by itself, and gives no answer to whatever has to pass the leg behind it.",
        causes=("http.timeout.first_byte", "http.closed", "http.reset"),
        decide=_silent_leg,
    ),
)
PART = Part(name="responses", concerns=_concerns, wanted=_wanted, rules=RULES)
