"""Pages that Cloudflare's edge makes itself; what it only passes on bears cf-ray and no other sign; pure."""

import re

from probe.cause.response.answer import Answer, By, pop

# 520 to 527 and 530 are Cloudflare's own; 529 is what an overloaded API behind it answers.
_ORIGIN = frozenset({*range(520, 528), 530})
_CODE = re.compile(rb"[Ee]rror(?: code:)? (10[0-9]{2})\b")
_TYPE = re.compile(r"^(10[0-9]{2})$")
_GEO, _RATE = 1009, 1015
_BLOCKED = b"you have been blocked"
_STOCK_TAIL = b"<center>cloudflare</center>"


def by_challenge(answer: Answer) -> By | None:
    """Know a challenge by its header."""
    if answer.get("cf-mitigated") != "challenge":
        return None
    return By("cloudflare", "http.challenge", pop=pop(answer, "cf-ray"))


def by_cloudflare(answer: Answer) -> By | None:
    """Know the edge's own pages by its headers, the number of its error, or its words."""
    is_made = answer.has("cf-error-type") or answer.has("cf-error-origin") or _STOCK_TAIL in answer.body
    if not (is_made or answer.has("cf-ray")):
        return None
    cause = _cause(answer, _number(answer), is_made=is_made)
    return None if cause is None else By("cloudflare", cause, pop=pop(answer, "cf-ray"))


def _cause(answer: Answer, number: int, *, is_made: bool) -> str | None:
    if answer.status in _ORIGIN:
        return "api.edge.origin"
    if answer.status == 403 and (is_made or number or _BLOCKED in answer.body):
        return "api.edge.blocked.geo" if number == _GEO else "api.edge.blocked"
    if answer.status == 429 and (is_made or number == _RATE):
        return "api.edge.rate_limited"
    return "api.edge.origin" if is_made and answer.status >= 500 else None


def _number(answer: Answer) -> int:
    if told := _TYPE.match(answer.get("cf-error-type")):
        return int(told[1])
    found = _CODE.search(answer.body)
    return int(found[1]) if found else 0
