"""What can go wrong on the wire, with the facts a cause is named from."""


class WireError(OSError):
    """A socket call failed; `immediate` when connect or send refused at once, before any packet could answer."""

    def __init__(self, error: OSError, *, immediate: bool = False) -> None:
        """Keep the errno and text of `error`."""
        super().__init__(error.errno, error.strerror or str(error))
        self.immediate = immediate


class PeerClosed(EOFError):  # noqa: N818 - it is an event on the wire before it is an error
    """The peer ended the stream with a FIN, not a reset; `clean` is False when TLS did not say goodbye first."""

    def __init__(self, *, clean: bool = True) -> None:
        """Say how it was closed."""
        super().__init__("the peer closed the connection" + ("" if clean else " without TLS close_notify"))
        self.clean = clean
