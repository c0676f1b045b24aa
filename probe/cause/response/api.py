"""Answers of an LLM's API: its error objects, and which of its quotas is used up; pure."""

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


def by_api(answer: Answer) -> By | None:
    """Know an API by the form of its error object."""
    error = _error(answer.json())
    if error is None:
        return None
    if answer.status == 429:
        code = error.get("code")
        return By("api", _quota(code if isinstance(code, str) else "", answer))
    cause = _STATUS.get(answer.status)
    return None if cause is None else By("api", cause)


def _quota(code: str, answer: Answer) -> str:
    if code == "queue_exceeded":
        return "api.overloaded"
    kind = {"request_quota_exceeded": "requests", "token_quota_exceeded": "tokens"}.get(code)
    if kind is None:
        return "api.quota"
    used_up_today = answer.get(f"x-ratelimit-remaining-{kind}-day").strip() == "0"
    return f"api.quota.{kind}_{'day' if used_up_today else 'minute'}"


def _error(found: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the error object (flat, or under "error" as OpenAI has it), or None."""
    inner = found.get("error")
    if isinstance(inner, dict):
        found = inner
    is_error = isinstance(found.get("message"), str) and bool({"type", "code"} & found.keys())
    return found if is_error else None
