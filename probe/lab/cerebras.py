"""The stand-in for direct: the Cerebras API behind Cloudflare, as far as its model list."""

import secrets
from collections.abc import Mapping

from aiohttp import web

from probe.lab.fault import Act
from probe.lab.layout import API_KEY
from probe.lab.reply import Reply, json_reply, send
from probe.lab.switch import Broken

_MODELS = {
    "object": "list",
    "data": [
        {"id": "gpt-oss-120b", "object": "model", "created": 0, "owned_by": "Cerebras"},
        {"id": "llama-3.3-70b", "object": "model", "created": 0, "owned_by": "Cerebras"},
    ],
}


class Cerebras:
    """Answers by its key, its quota, and what is broken."""

    async def __call__(self, request: web.BaseRequest, broken: Broken) -> web.StreamResponse:
        """Answer one request."""
        return await send(request, _answer(request, broken), broken)


def _answer(request: web.BaseRequest, broken: Broken) -> Reply:
    if Act.SERVER_ERROR in broken:
        return _error(500, "Internal server error", "api_error", "", "internal_server_error")
    if Act.KEY_REVOKED in broken or request.headers.get("Authorization") != f"Bearer {API_KEY}":
        return _error(401, "Wrong API Key", "invalid_request_error", "api_key", "wrong_api_key")
    if refused := _over_quota(broken):
        return refused
    if request.path != "/v1/models":
        return _error(404, "Not found", "not_found_error", "path", "not_found")
    return json_reply(200, _MODELS, {**_edge(), **_quota()})


def _over_quota(broken: Broken) -> Reply | None:
    if Act.QUOTA_REQUESTS in broken:
        message = "Requests per day limit exceeded - too many requests sent."
        headers = _quota(requests=0)
        return _error(
            429, message, "too_many_requests_error", "quota", "request_quota_exceeded", headers=headers
        )
    if Act.QUOTA_TOKENS in broken:
        message = "Tokens per minute limit exceeded - too many tokens processed."
        headers = _quota(tokens=0)
        return _error(429, message, "too_many_tokens_error", "quota", "token_quota_exceeded", headers=headers)
    if Act.QUEUE_FULL in broken:
        message = "We're experiencing high traffic right now! Please try again soon."
        return _error(429, message, "too_many_requests_error", "queue", "queue_exceeded", headers=_quota())
    return None


def _edge() -> dict[str, str]:
    return {"Server": "cloudflare", "CF-RAY": f"{secrets.token_hex(8)}-HKG", "CF-Cache-Status": "DYNAMIC"}


def _quota(requests: int = 14_388, tokens: int = 59_400) -> dict[str, str]:
    return {
        "x-ratelimit-limit-requests-day": "14400",
        "x-ratelimit-remaining-requests-day": str(requests),
        "x-ratelimit-reset-requests-day": "33011.382867",
        "x-ratelimit-limit-tokens-minute": "60000",
        "x-ratelimit-remaining-tokens-minute": str(tokens),
        "x-ratelimit-reset-tokens-minute": "41.382867",
    }


def _error(
    status: int, message: str, kind: str, param: str, code: str, *, headers: Mapping[str, str] | None = None
) -> Reply:
    body = {"message": message, "type": kind, "param": param, "code": code}
    return json_reply(status, body, {**_edge(), **(headers or {})})
