"""The failure that a step or a prober finds by itself, as opposed to one that the system reports."""


class ProbeFailed(Exception):  # noqa: N818 - it is the answer to the question, not a fault of ours
    """The hop did not answer as expected; `cause` is an id of the taxonomy, `detail` one cleaned sentence."""

    def __init__(self, cause: str, detail: str) -> None:
        """Keep both."""
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
