"""Say beneath a check what was found about it: what it is due to, where, how sure that is, and what to do."""

from rich.text import Text

from probe.cause.taxonomy import nearest
from probe.found import is_borne_out, is_own_trouble, main_cause
from probe.model import Finding, Observation
from probe.text import clean
from probe.words import advice, place, surety

_INDENT = "  "


def found(seen: Observation, finding: Finding, advised: set[str]) -> Text:
    """Return the lines; what is in `advised` is not advised once more."""
    cause = main_cause(finding)
    text = Text(no_wrap=False)
    if cause and (seen.failure is None or cause != seen.failure.cause):
        due = "answers, and yet" if seen.failure is None else "due to"
        where = "" if seen.failure is not None else f"{_name(seen)} "
        text.append_text(
            Text.assemble(f"{_INDENT}{where}{due} ", (clean(cause, 80), "bold red"), f", {_means(cause)}")
        )
        if finding.detail:
            text.append(f" ({clean(finding.detail, 300)})", style="dim")
        text.append("\n")
    claims = is_borne_out(finding) or is_own_trouble(finding)
    where = place(finding.element) if finding.element is not None else ""
    said = f"where: {where}; how sure: " if where and claims else "how sure: "
    text.append(f"{_INDENT}{said}{surety(finding)}")
    if cause not in advised and (what := advice(cause)):
        advised.add(cause)
        text.append(f"\n{_INDENT}what to do: {what}")
    return text


def _name(seen: Observation) -> str:
    series = seen.series
    return f"{series.vantage}: {series.route}/{series.hop}/{series.check}"


def _means(cause: str) -> str:
    known = nearest(cause)
    return known.meaning if known is not None else "a cause that this version does not know"
