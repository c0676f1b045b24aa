"""What an HTTP exchange brought back, as far as it came, and the limits that every version of HTTP is held to."""

from dataclasses import dataclass, field

from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed

HEAD_BYTES = 65_536
MOST_HEADERS = 200
MOST_INTERIM = 10


@dataclass(slots=True)
class Response:
    """What came back, as far as it came; whoever judges it adds what was found in it."""

    status: int = 0
    version: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    body_bytes: int = 0
    head_done: bool = False
    has_length: bool = False
    transfer_coding: str = ""
    complete: bool = False
    # From the request's leaving to the answer's end, and when that was (Unix time).
    delay_seconds: float = 0.0
    ended_at_ns: int = 0
    age_seconds: float | None = None
    build: str | None = None

    def header(self, name: str) -> str | None:
        """Return the first value of a header, its name in any letter case."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def combined(self) -> dict[str, str]:
        """Return every header with its name in lower case and all of its lines as one list (RFC 9110, 5.3)."""
        found: dict[str, str] = {}
        for name, value in self.headers:
            known = found.get(name.lower())
            found[name.lower()] = value if known is None else f"{known}, {value}"
        return found

    @property
    def ends_with_connection(self) -> bool:
        """Tell whether only the end of the connection ends the body (RFC 9112, 6.3)."""
        if self.transfer_coding:
            return self.head_done and self.transfer_coding != "chunked"
        return self.head_done and not self.has_length


class Intake:
    """Counts what an answer brings and ends it where the check's limits are."""

    def __init__(self, attempt: Attempt, body_limit: int) -> None:
        """Allow a body of `body_limit` bytes."""
        self._attempt = attempt
        self._body_limit = body_limit
        self._taken = 0

    def took(self, count: int, response: Response) -> None:
        """Count more bytes of the answer, which stands as in `response` now. Raises ProbeFailed."""
        self._taken += count
        if not response.head_done and self._taken > HEAD_BYTES:
            raise ProbeFailed("http.protocol", f"the head is larger than {HEAD_BYTES} bytes")
        if response.body_bytes > self._body_limit:
            raise ProbeFailed("http.too_large", f"the body is larger than {self._body_limit} bytes")
        # Framing, padding and trailers are no body and can be endless: twice the body is more than any honest framing.
        if self._taken > 2 * self._body_limit + 2 * HEAD_BYTES:
            raise ProbeFailed("http.too_large", "the framing is larger than the body it carries may be")
        budget = self._attempt.request.budget.received_bytes
        if budget is not None and self._attempt.received_bytes > budget:
            raise ProbeFailed("http.too_large", f"more than {budget} bytes")
