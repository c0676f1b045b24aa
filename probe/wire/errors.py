"""What can go wrong on the wire, with the facts a cause is named from."""


class RefusedError(OSError):
    """We would not let a packet leave; `cause` is an id of the taxonomy, the text one clear sentence."""

    def __init__(self, number: int, cause: str, sentence: str) -> None:
        """Keep all three."""
        super().__init__(number, sentence)
        self.cause = cause


class WireError(OSError):
    """A socket call failed; `immediate` when connect or send refused at once, before any packet could answer.

    It has a `cause` when it was we who refused.
    """

    def __init__(self, error: OSError, *, immediate: bool = False) -> None:
        """Keep the errno and text of `error`."""
        super().__init__(error.errno, error.strerror or str(error))
        self.immediate = immediate
        self.cause: str | None = error.cause if isinstance(error, RefusedError | WireError) else None


class PeerClosed(EOFError):  # noqa: N818 - it is an event on the wire before it is an error
    """The peer ended the stream with a FIN, not a reset; `clean` is False when TLS did not say goodbye first."""

    def __init__(self, *, clean: bool = True) -> None:
        """Say how it was closed."""
        super().__init__("the peer closed the connection" + ("" if clean else " without TLS close_notify"))
        self.clean = clean
