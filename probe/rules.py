"""Content rules: regular expressions of the configuration over bytes of a target, bounded in time."""

from typing import Annotated

import regex
from pydantic import AfterValidator

from probe.cause.failed import ProbeFailed
from probe.clock import Clock

# A hostile body can drive a pattern into exponential time; the module regex gives up when told to, re does not.
# All rules of a probe share this: while they run, the event loop does nothing else.
SECONDS_PER_PROBE = 0.05


def _compiles(pattern: str) -> str:
    try:
        regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class Matcher:
    """Applies the rules of one probe, which together take no longer than their share of time."""

    def __init__(self, clock: Clock) -> None:
        """Start with all of the time."""
        self._clock = clock
        self._left = SECONDS_PER_PROBE

    def matches(self, pattern: str, text: str) -> bool:
        """Tell whether `pattern` is found in `text`. Raises ProbeFailed (meta.rule_timeout) when the time is up."""
        return self._search(pattern, text) is not None

    def first(self, pattern: str, text: str) -> str | None:
        """Return what the first group of `pattern`, or all of it, finds in `text`. Raises as `matches` does."""
        found = self._search(pattern, text)
        return None if found is None else found[1 if found.re.groups else 0]

    def _search(self, pattern: str, text: str) -> regex.Match[str] | None:
        began = self._clock.monotonic_ns()
        try:
            # The module takes no limit of nothing; a microsecond is over before it begins.
            return regex.search(pattern, text, timeout=max(self._left, 1e-6))
        except TimeoutError:
            raise ProbeFailed(
                "meta.rule_timeout",
                f"the rules took more than {SECONDS_PER_PROBE} s, the last one was {pattern!r}",
            ) from None
        finally:
            self._left -= (self._clock.monotonic_ns() - began) / 1e9
