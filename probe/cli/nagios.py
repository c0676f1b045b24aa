"""Say what checks came to as plugins of Nagios and Icinga do: one line, figures behind a bar, codes of their own."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from probe.cli.draw import sentence
from probe.cli.options import Left
from probe.found import main_cause
from probe.model import Finding, Observation, Outcome
from probe.text import clean

# Monitoring Plugins Development Guidelines: the only codes that are understood.
_WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_OK, _WARNING, _CRITICAL, _UNKNOWN = range(4)
_NAMED = 3


def nagios(
    observations: Sequence[Observation], findings: Sequence[Finding], conclusion: str = ""
) -> tuple[int, str]:
    """Return the code and the line, the conclusion ahead of the causes.

    What fails is critical; what could not be measured is unknown; what answers, and yet something was found, is a warning.
    """
    code = _code(observations, findings)
    text = sentence(observations).plain
    text += f" {conclusion}" if conclusion else ""
    failed = [one for one in observations if one.failure is not None]
    troubles = list(dict.fromkeys(_trouble(one, findings, len(failed)) for one in failed))
    if troubles:
        more = f" and {len(troubles) - _NAMED} more" if len(troubles) > _NAMED else ""
        text += f" {'; '.join(troubles[:_NAMED])}{more}"
    elif code == _WARNING:
        text += " And yet: " + ", ".join(dict.fromkeys(clean(main_cause(one), 80) for one in findings))
    # A bar would begin the figures.
    said = text.replace("|", "/")
    return code, f"HOPWATCH {_WORDS[code]} - {said} | {' '.join(_figures(observations))}"


def _code(observations: Sequence[Observation], findings: Sequence[Finding]) -> int:
    outcomes = {one.outcome for one in observations}
    if Outcome.FAILED in outcomes:
        return _CRITICAL
    if Outcome.NOT_MEASURED in outcomes:
        return _UNKNOWN
    return _WARNING if any(main_cause(one) for one in findings) else _OK


def _trouble(one: Observation, findings: Sequence[Finding], count: int) -> str:
    found = next((each for each in findings if each.parents[:1] == (one.identity,)), None)
    own = one.failure.cause if one.failure is not None else ""
    # Many that fail are mostly one hop, which the figures need not name once more for each.
    name = str(one.series) if count == 1 else one.series.hop
    return f"{name}: {clean((main_cause(found) if found else '') or own, 80)}"


def _figures(observations: Sequence[Observation]) -> Iterator[str]:
    """Yield how many there are of each outcome, and how long each that answered took."""
    for outcome in Outcome:
        yield f"{outcome}={sum(one.outcome is outcome for one in observations)};;;0;{len(observations)}"
    for one in observations:
        if one.outcome is Outcome.OK:
            label = str(one.series).replace("'", "''").replace("=", "_")
            yield f"'{label}'={one.duration_seconds:.6f}s;;;0"


@contextmanager
def as_plugin() -> Iterator[None]:
    """Turn every other end into the code for unknown, and say why on the one line that is read."""
    try:
        yield
    except Left as end:
        click.echo(f"HOPWATCH UNKNOWN - {_one_line(end.message)}")
        sys.exit(_UNKNOWN)
    except click.ClickException as error:
        click.echo(f"HOPWATCH UNKNOWN - {_one_line(error.format_message())}")
        sys.exit(_UNKNOWN)


def _one_line(text: str) -> str:
    return clean(" / ".join(text.splitlines()), 500).replace("|", "/")
