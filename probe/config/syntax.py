"""Say in plain words where a YAML text is broken, and what usually is the reason."""

import yaml

from probe.config.document import Place
from probe.text import clean

# PyYAML's wording, and what people did when they meet it; the first that fits is used.
_REASONS = (
    ("found character '\\t'", "a tab cannot indent; use spaces"),
    ("that cannot start any token", "quote this value: it begins with a character that YAML keeps for itself"),
    ("mapping values are not allowed", "no ':' can be here; is the indentation right, or does a text need quotes?"),
    ("expected <block end>", "the indentation does not fit the lines before"),
    ("expected '<document start>'", "the indentation does not fit the lines before"),
    ("could not find expected ':'", "a key without its ':', or an indentation that does not fit"),
    ("found unexpected end of stream", "this quote is never closed"),
    ("found unknown escape character", 'a backslash in "..." begins an escape; use \'...\' for a text with backslashes'),
    ("expected ',' or ", "this bracket is never closed, or a ',' is missing"),
)  # fmt: skip
# Where the beginning says more than the place at which the parser gave up.
_AT_OPENING = ("found unexpected end of stream", "expected ',' or ", "could not find expected ':'")


def explain(error: yaml.MarkedYAMLError) -> tuple[Place, str]:
    """Return the place and the reason of a syntax error; the line's own text, maybe a secret, is not repeated."""
    problem = error.problem or error.context or ""
    opening = any(part in problem for part in _AT_OPENING)
    mark = (error.context_mark if opening else None) or error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    reason = next((reason for part, reason in _REASONS if part in problem), clean(problem, 200))
    return place, f"this is not valid YAML: {reason}"


def place_in(text: str, position: int) -> Place:
    """Return the place of a character by its number."""
    before = text[:position]
    return Place(before.count("\n") + 1, position - before.rfind("\n"))
