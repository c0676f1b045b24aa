"""Write observations as OpenMetrics samples with their own timestamps, for `promtool tsdb create-blocks-from`.

The names differ from the live histograms', except for `hopwatch_probe_success` and `hopwatch_vantage_up`, which are the
same gauges. A family and a series must each stay in one piece (OpenMetrics, "ABNF"), so each is spooled by itself and
joined at the end.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby

from probe.model import Change, Observation, Outcome, Phase, Purpose, Series

_IN_MEMORY_BYTES = 1 << 20
_READ_CHARACTERS = 1 << 16
_Spool = tempfile.SpooledTemporaryFile[str]

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

_SUCCESS = "hopwatch_probe_success"
_UP = "hopwatch_vantage_up"
_DURATION = "hopwatch_observed_duration_seconds"
_PHASE = "hopwatch_observed_phase_seconds"

_HEADS = {
    _SUCCESS: f"""\
# TYPE {_SUCCESS} gauge
# HELP {_SUCCESS} Whether the routine probe that started then succeeded; probes that could not measure are left out.
""",
    _UP: f"""\
# TYPE {_UP} gauge
# HELP {_UP} Whether the vantage's own network could be left by: 0 when it went, 1 when it was back.
""",
    _DURATION: f"""\
# TYPE {_DURATION} gauge
# UNIT {_DURATION} seconds
# HELP {_DURATION} Sum of the phases of one successful routine probe; tainted ones are left out.
""",
    _PHASE: f"""\
# TYPE {_PHASE} gauge
# UNIT {_PHASE} seconds
# HELP {_PHASE} How long one phase of one routine probe took that it completed; tainted probes are left out.
""",
}


def openmetrics(observations: Iterable[Observation], changes: Iterable[Change] = ()) -> Iterator[str]:
    """Yield the text of all samples; the observations must come series by series, in the order of their start."""
    with ExitStack() as stack:
        spools = {part: stack.enter_context(_spool()) for part in (_SUCCESS, _DURATION, *Phase)}
        for series, group in groupby(observations, key=lambda observation: observation.series):
            for observation in _one_per_instant(group):
                _write(spools, _labels(series), observation)
        yield from _family(_SUCCESS, [spools[_SUCCESS]])
        yield _HEADS[_UP]
        yield from _ups(changes)
        yield from _family(_DURATION, [spools[_DURATION]])
        yield from _family(_PHASE, [spools[phase] for phase in Phase])
    yield "# EOF\n"


def _one_per_instant(observations: Iterable[Observation]) -> Iterator[Observation]:
    # A time series has one value per millisecond. Extra probes stay out, as they do of the live metrics.
    last = None
    for observation in observations:
        instant = observation.started_at_ns // 10**6
        if instant != last and observation.purpose is Purpose.ROUTINE:
            yield observation
            last = instant


def _write(spools: dict[str, _Spool], labels: str, observation: Observation) -> None:
    if observation.outcome is Outcome.NOT_MEASURED:
        return
    at = _timestamp(observation.started_at_ns)
    is_ok = observation.outcome is Outcome.OK
    spools[_SUCCESS].write(f"{_SUCCESS}{{{labels}}} {int(is_ok)} {at}\n")
    if observation.taints:
        return
    if is_ok:
        spools[_DURATION].write(f"{_DURATION}{{{labels}}} {observation.duration_seconds!r} {at}\n")
    for phase in dict.fromkeys(timing.phase for timing in observation.timings):
        # A redirect passes through the phases again.
        seconds = sum(timing.seconds for timing in observation.timings if timing.phase is phase)
        spools[phase].write(f'{_PHASE}{{{labels},phase="{phase}"}} {seconds!r} {at}\n')


def _ups(changes: Iterable[Change]) -> Iterator[str]:
    # One value per millisecond and time series: a vantage that was back within one was never gone.
    by_vantage: dict[str, dict[int, int]] = {}
    for one in sorted((one for one in changes if one.was_down), key=lambda one: one.lost_at_ns):
        values = by_vantage.setdefault(one.vantage, {})
        values[one.lost_at_ns // 10**6] = 0
        if one.back_at_ns is not None:
            values[one.back_at_ns // 10**6] = 1
    for vantage, values in by_vantage.items():
        label = f'vantage="{vantage.translate(_ESCAPES)}"'
        for milliseconds, value in sorted(values.items()):
            yield f"{_UP}{{{label}}} {value} {_timestamp(milliseconds * 10**6)}\n"


def _family(name: str, spools: Iterable[_Spool]) -> Iterator[str]:
    yield _HEADS[name]
    for spool in spools:
        spool.seek(0)
        while text := spool.read(_READ_CHARACTERS):
            yield text


def _labels(series: Series) -> str:
    pairs = (
        ("vantage", series.vantage),
        ("route", series.route),
        ("hop", series.hop),
        ("check", series.check),
    )
    return ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in pairs)


def _timestamp(instant_ns: int) -> str:
    seconds, milliseconds = divmod(instant_ns // 10**6, 1000)
    return f"{seconds}.{milliseconds:03}"


def _spool() -> _Spool:
    return tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES, "w+", encoding="utf-8", errors="replace")
