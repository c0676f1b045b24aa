"""Say last what a look came to: the page's own sentence, and the troubles that stand behind it."""

from collections.abc import Iterator, Sequence

from probe.cli.troubles import Trouble, troubles
from probe.model import Finding, Observation
from probe.ondemand import AD_HOC, Asked
from probe.plan import Probe
from probe.track import Standing, State
from probe.web.headline import headline
from probe.web.line import Line
from probe.web.said import listed, meaning

# More is no conclusion; all of them stand above it.
_CAUSES = 3


def seen_lines(probes: Sequence[Probe], asked: Asked) -> tuple[Line, ...]:
    """Return what was asked as the page's lines: what came last, which is all that came."""
    return tuple(
        Line(probe, _standing(one, asked.finding(one)))
        for probe, one in zip(probes, asked.observations, strict=True)
    )


def _standing(one: Observation, finding: Finding | None) -> Standing:
    # What was asked just now is news, however long it took to look into it.
    return Standing(
        series=one.series,
        state=State(one.outcome.value),
        since_ns=one.started_at_ns,
        age_seconds=0.0,
        finding=finding,
        observations=(one,),
    )


def sentences(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the conclusion, then what is to be said apart."""
    planned = [line for line in lines if line.series.route != AD_HOC]
    if planned:
        said = headline(planned)
        # That all answer is said anyway.
        if said.state is not State.OK:
            yield f"{said.text}."
        if said.state is State.FAILED and "why" not in said.sentence.values:
            yield from map(_cause, _failing(planned)[:_CAUSES])
        yield from said.asides
    for trouble in troubles(line for line in lines if line.series.route == AD_HOC):
        yield _addressed(trouble)


def _failing(lines: Sequence[Line]) -> Sequence[Trouble]:
    return [one for one in troubles(lines) if one.state is State.FAILED and not one.through]


def _cause(trouble: Trouble) -> str:
    """Say what fails of what, where the headline names several routes and so no cause."""
    hops = tuple(dict.fromkeys(line.series.hop for line in trouble.lines))
    return f"{listed(hops)}: {meaning(trouble.cause) or trouble.cause}."


def _addressed(trouble: Trouble) -> str:
    """Say of an address, which is on no route, what it comes to."""
    host = trouble.lines[0].series.hop
    verb = {State.FAILED: "fails", State.OK: "answers, and yet"}.get(trouble.state, "could not be measured")
    return f"{host} {verb}: {meaning(trouble.cause) or trouble.cause}."
