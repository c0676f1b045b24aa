"""Judge a response against the rules of a check; pure."""

from collections.abc import Mapping, Sequence

from probe.cause.failed import ProbeFailed
from probe.cause.response import author
from probe.model import Made
from probe.rules import Matcher
from probe.steps.answer import answer_of
from probe.steps.response import Response


def judge_status(response: Response, accepted: Sequence[int], *, otherwise: str = "http.status") -> None:
    """Accept the listed statuses, or any 2xx when none is listed. Raises ProbeFailed naming the response's author.

    A status of which nothing tells the author is `otherwise`.
    """
    if response.status in accepted or (not accepted and 200 <= response.status <= 299):
        return
    made = author(answer_of(response))
    wanted = ", ".join(map(str, accepted)) or "2xx"
    raise ProbeFailed(
        made.cause if made else otherwise, f"status {response.status}, expected {wanted}{_by(made)}"
    )


def _by(made: Made | None) -> str:
    if made is None:
        return ""
    if made.maker == "proxy":
        return f"; {made.name} says why"
    return f"; made by {made.maker}"


def judge_headers(
    response: Response, wanted: Mapping[str, str], unwanted: Mapping[str, str], matcher: Matcher
) -> None:
    """Check each header rule against all values of that header. Raises ProbeFailed."""
    for name, pattern in wanted.items():
        if not any(matcher.matches(pattern, value) for value in _values(response, name)):
            raise ProbeFailed("http.header", f"no header {name} matches {pattern!r}")
    for name, pattern in unwanted.items():
        if any(matcher.matches(pattern, value) for value in _values(response, name)):
            raise ProbeFailed("http.header", f"a header {name} matches {pattern!r}")


def judge_body(response: Response, wanted: Sequence[str], unwanted: Sequence[str], matcher: Matcher) -> None:
    """Check each body rule against the body as text. Raises ProbeFailed."""
    if not wanted and not unwanted:
        return
    text = body_text(response)
    for pattern in wanted:
        if not matcher.matches(pattern, text):
            raise ProbeFailed("http.body", f"the body does not match {pattern!r}")
    for pattern in unwanted:
        if matcher.matches(pattern, text):
            raise ProbeFailed("http.body", f"the body matches {pattern!r}")


def body_text(response: Response) -> str:
    """Return the body as text. Raises ProbeFailed (http.encoding) when it is compressed."""
    encoding = response.header("content-encoding") or "identity"
    if encoding.lower() != "identity":
        raise ProbeFailed("http.encoding", f"the body is {encoding}-compressed")
    return response.body.decode("utf-8", "replace")


def _values(response: Response, name: str) -> list[str]:
    return [value for key, value in response.headers if key.lower() == name.lower()]
