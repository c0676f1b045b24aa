"""Answers of an LLM's API: its error objects, and which of its quotas is used up; pure."""

import re
from collections.abc import Mapping

from probe.cause.response.answer import Answer, By

_STATUS: Mapping[int, str] = {
    400: "api.request.invalid",
    401: "api.auth",
    402: "api.billing",
    403: "api.auth",
    404: "api.request.model_missing",
    422: "api.request.invalid",
    500: "api.server_error",
    502: "api.server_error",
    503: "api.overloaded",
    504: "api.server_error",
    529: "api.overloaded",
}
_COUNTED = ("limit", "remaining", "reset")
_SAID = re.compile(r"\bper (day|minute|min)\b")
_MOST_WORDS = 300


def by_api(answer: Answer) -> By | None:
    """Know an API by the form of its error object."""
    error = _error(answer.json())
    if error is None:
        return None
    if answer.status == 429:
        code = error.get("code")
        return By("api", _quota(code if isinstance(code, str) else "", str(error["message"]), answer))
    cause = _STATUS.get(answer.status)
    return None if cause is None else By("api", cause)


def _quota(code: str, message: str, answer: Answer) -> str:
    if code == "queue_exceeded":
        return "api.overloaded"
    kind = {"request_quota_exceeded": "requests", "token_quota_exceeded": "tokens"}.get(code)
    period = None if kind is None else _period(kind, message, answer)
    return "api.quota" if period is None else f"api.quota.{kind}_{period}"


def _period(kind: str, message: str, answer: Answer) -> str | None:
    """Return which quota of a kind is used up: by what is left of it, the API's own words, or what else it counts."""
    left_today = answer.get(f"x-ratelimit-remaining-{kind}-day").strip()
    if left_today == "0":
        return "day"
    if said := _SAID.search(message[:_MOST_WORDS].lower()):
        return "day" if said[1] == "day" else "minute"
    # Of the two it is not the day's, of which there is some left, or the minute's is the one that is counted.
    is_counted = any(answer.has(f"x-ratelimit-{what}-{kind}-minute") for what in _COUNTED)
    return "minute" if left_today or is_counted else None


def _error(found: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the error object (flat, or under "error" as OpenAI has it), or None."""
    inner = found.get("error")
    if isinstance(inner, dict):
        found = inner
    is_error = isinstance(found.get("message"), str) and bool({"type", "code"} & found.keys())
    return found if is_error else None
