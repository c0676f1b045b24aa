"""Say of one question what failed, what that means and what to do about it, and what all of them come to."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from probe.cause.taxonomy import nearest
from probe.cli.lapse import lapse
from probe.cli.options import NOT_MEASURED, ROUTE_FAILS, WELL
from probe.model import Observation, Outcome, Stamp
from probe.text import clean
from probe.words import advice

_DETAIL = 300


def failed(one: Observation, advised: set[str], *, name: str = "") -> Iterator[Text]:
    """Yield the cause with its meaning, what was seen, and what to do unless it is `advised`; nothing when it went well."""
    failure = one.failure
    if failure is None:
        return
    known = nearest(failure.cause)
    during = f" in {failure.phase} after {lapse(failure.after_seconds or 0)}" if failure.phase else ""
    style = "bold red" if one.outcome is Outcome.FAILED else "yellow"
    meaning = f", {known.meaning}" if known else ""
    yield Text.assemble(
        f"{name}: " if name else "", (failure.cause, style), f"{meaning}{during}",
        (f" ({clean(failure.detail, _DETAIL)})", "dim"),
    )  # fmt: skip
    if failure.cause not in advised and (what := advice(failure.cause)):
        advised.add(failure.cause)
        yield Text(f"  what to do: {what}")


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return 1 when anything failed, else 3 when nothing could be measured, or not all of it, else 0."""
    if Outcome.FAILED in outcomes:
        return ROUTE_FAILS
    return NOT_MEASURED if Outcome.NOT_MEASURED in outcomes or not outcomes else WELL


def clock(stamp: Stamp) -> str:
    """Say whose clock ended a timing."""
    return {Stamp.KERNEL: "kernel's clock", Stamp.USER: "our clock"}[stamp]


def milliseconds(seconds: float) -> str:
    """Return a time as it is read in tables."""
    return f"{seconds * 1e3:.2f}" if seconds < 0.01 else f"{seconds * 1e3:.1f}"
