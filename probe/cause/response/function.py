"""Answers of the code that runs on the platform: our function's own; pure."""

import re

from probe.cause.response.answer import Answer, By, pop

MARK = "x-hopwatch-made-by"
# As config/relay/function, and others like it, mark what their own code made.
_MADE_BY = "made_by"
_KEY = re.compile(r"(?<![a-z])(?:api[ _-]?key|key|credentials?|api[ _-]?token|secret)(?![a-z])")
_LACKS = re.compile(
    r"\b(?:missing|unset|undefined|absent|empty|lacks?|no|without|not (?:set|configured|defined|present|there|found|given))\b"
    r"|(?:^|_)(?:missing|unset|undefined)(?:_|$)"
)
_MOST_WORDS = 300


def by_marked_function(answer: Answer) -> By | None:
    """Know what our function's code made itself by its mark: a header, or `made_by` in its JSON."""
    name = answer.get(MARK) or None
    if (name is None and not isinstance(answer.json().get(_MADE_BY), str)) or answer.status < 400:
        return None
    return By("function", _cause(answer), name=name and name[:64], pop=pop(answer, "x-vercel-id"))


def by_function(answer: Answer) -> By | None:
    """Take what bears the platform's id and no other sign, and is an error of a server, for the code's own."""
    if not answer.has("x-vercel-id") or answer.status < 500:
        return None
    return By("function", _cause(answer), pop=pop(answer, "x-vercel-id"))


def lacks_key(answer: Answer) -> bool:
    """Tell whether the code says, in JSON of its own, that it was given no key to ask the API with."""
    said = [text for text in _texts(answer.json()) if len(text) <= _MOST_WORDS]
    return any(_KEY.search(text) and _LACKS.search(text) for text in said)


def _cause(answer: Answer) -> str:
    if answer.status >= 500 and lacks_key(answer):
        return "api.auth"
    return "app.upstream" if answer.status in (502, 504) else "app.error"


def _texts(value: object, depth: int = 3) -> list[str]:
    if isinstance(value, str):
        return [value.lower()]
    if isinstance(value, dict) and depth:
        return [text for one in list(value.values())[:20] for text in _texts(one, depth - 1)]
    return []
