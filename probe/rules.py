"""Content rules: regular expressions of the configuration over bytes of a target, bounded in time."""

from typing import Annotated

import regex
from pydantic import AfterValidator

from probe.cause.failed import ProbeFailed

# A hostile body can drive a pattern into exponential time; the module regex gives up when told to, re does not.
_SECONDS = 0.05


def _compiles(pattern: str) -> str:
    try:
        regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


def matches(pattern: str, text: str) -> bool:
    """Tell whether `pattern` is found in `text`. Raises ProbeFailed (meta.rule_timeout) after 50 ms."""
    try:
        return regex.search(pattern, text, timeout=_SECONDS) is not None
    except TimeoutError:
        raise ProbeFailed("meta.rule_timeout", f"the rule {pattern!r} took more than {_SECONDS} s") from None
