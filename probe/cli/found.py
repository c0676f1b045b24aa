"""Say of one trouble what it is due to, who saw it, what was found about it, how sure that is, and what to do."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from probe.cause.taxonomy import nearest
from probe.cli.lapse import between
from probe.cli.troubles import Trouble
from probe.found import is_borne_out, is_own_trouble
from probe.model import Failure, Observation
from probe.text import clean
from probe.track import State
from probe.web.blame import Kind, blamed
from probe.web.line import Line
from probe.web.said import listed
from probe.words import advice, place, surety

_INDENT = "  "
_SHOWN = 3
_CHECKS = 8
_DETAIL = 300
_VERBS = {
    State.FAILED: ("{} fails: ", "{} fail: ", "bold red"),
    State.NOT_MEASURED: ("could not be measured: ",) * 2 + ("bold yellow",),
    State.OK: ("{} answers, and yet: ", "{} answer, and yet: ", "bold yellow"),
}


def told(trouble: Trouble, advised: set[str]) -> Text:
    """Return the lines about a trouble; what is in `advised` is not advised once more."""
    one, several, style = _VERBS[trouble.state]
    hops = _hops(trouble)
    said = (one if len(hops) == 1 else several).format(listed(hops))
    text = Text.assemble(said, (trouble.cause, style), f", {_means(trouble.cause)}")
    for line in _lines(trouble):
        text.append(f"\n{_INDENT}{line}")
    if trouble.cause not in advised and (what := advice(trouble.cause)):
        advised.add(trouble.cause)
        text.append(f"\n{_INDENT}what to do: {what}")
    return text


def _lines(trouble: Trouble) -> Iterator[str]:
    yield f"checks: {_askers(trouble.lines)}"
    yield from _answers(trouble)
    finding = trouble.finding
    if finding is not None:
        if finding.detail and trouble.cause not in _own_causes(trouble):
            yield f"found: {clean(finding.detail, _DETAIL)}"
        claims = finding.element is not None and (is_borne_out(finding) or is_own_trouble(finding))
        where = f"where: {place(finding.element)}; " if claims else ""
        yield f"{where}how sure: {surety(finding)}"
    if trouble.through:
        verb = "fails by itself" if len(trouble.through) == 1 else "fail by themselves"
        yield f"it goes through {listed(trouble.through)}, which {verb}, as said above: mend that first"


def _hops(trouble: Trouble) -> tuple[str, ...]:
    """Name the hops that fail, or where none does by itself the stretches; what was found to be at fault comes before both."""
    stretches = [_stretch(line) for line in trouble.lines]
    direct = dict.fromkeys(near for near, far in stretches if near == far)
    through = dict.fromkeys(f"{near} → {far}" for near, far in stretches if near != far)
    return tuple(direct or through)


def _stretch(line: Line) -> tuple[str, str]:
    blame, check = blamed(line), line.probe.check
    if blame is None or blame.kind is Kind.WAY:
        return check.hop, check.through
    return blame.near, blame.far


def _askers(lines: Sequence[Line]) -> str:
    """List the checks, each with the vantages that see it, those with the same ones together."""
    vantages: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        series = line.series
        vantages[f"{series.route}/{series.hop}/{series.check}"].append(series.vantage)
    checks: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for check, names in vantages.items():
        checks[tuple(names)].append(check)
    return "; ".join(
        f"{_some(names, _CHECKS)} from {listed(seen_from)}" for seen_from, names in checks.items()
    )


def _some(names: Iterable[str], most: int) -> str:
    known = tuple(dict.fromkeys(names))
    more = (f"{len(known) - most} more",) if len(known) > most else ()
    return listed((*known[:most], *more))


def _own_causes(trouble: Trouble) -> set[str]:
    return {failure.cause for _, failure in _failures(trouble)}


def _failures(trouble: Trouble) -> Iterator[tuple[Observation, Failure]]:
    for line in trouble.lines:
        if line.last is not None and line.last.failure is not None:
            yield line.last, line.last.failure


def _answers(trouble: Trouble) -> Iterator[str]:
    """Yield what the probes saw, alike ones once."""
    groups: dict[tuple[str, str, str], list[tuple[Observation, Failure]]] = defaultdict(list)
    for one, failure in _failures(trouble):
        groups[failure.cause, failure.phase or "", failure.detail].append((one, failure))
    for (cause, phase, detail), seen in list(groups.items())[:_SHOWN]:
        named = "" if cause == trouble.cause else f"{clean(cause, 80)}, {_means(cause)}"
        words = " ".join(word for word in (named, _during(phase, seen), _dialled(seen)) if word)
        shown = clean(detail, _DETAIL)
        yield f"seen: {words} ({shown})" if words else f"seen: {shown}"
    if len(groups) > _SHOWN:
        yield f"and {len(groups) - _SHOWN} more such answers"


def _during(phase: str, seen: Sequence[tuple[Observation, Failure]]) -> str:
    taken = [failure.after_seconds or 0.0 for _, failure in seen]
    return f"in {phase} after {between(min(taken), max(taken))}" if phase else ""


def _dialled(seen: Sequence[tuple[Observation, Failure]]) -> str:
    asked = [clean(one.evidence.proxy.asked, 80) for one, _ in seen if one.evidence.proxy is not None]
    if asked:
        return f"on the way to {_some(asked, _SHOWN)} by the proxy"
    ends = [one.evidence.tcp for one, _ in seen if one.evidence.tcp is not None]
    return f"at {_some((f'{one.address}:{one.port}' for one in ends), _SHOWN)}" if ends else ""


def _means(cause: str) -> str:
    known = nearest(cause)
    return known.meaning if known is not None else "a cause that this version does not know"
