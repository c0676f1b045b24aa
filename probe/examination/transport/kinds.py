"""Which causes stand for what connections met with, with TLS and without; pure."""

from collections.abc import Mapping

from probe.examination.case import Case
from probe.examination.transport import controls
from probe.examination.transport.facts import Met, is_ended_by_peer
from probe.examination.transport.heard import Heard
from probe.examination.transport.subject import Subject

# (whether TLS is spoken, what the first bytes met with): the cause when it is for the name that they say.
BY_NAME: Mapping[tuple[bool, Met], str] = {
    (True, Met.RESET): "tls.reset.sni",
    (True, Met.CLOSED): "tls.closed.sni",
    (True, Met.UNACKED): "tls.timeout.sni",
    (False, Met.RESET): "http.reset.host",
    (False, Met.CLOSED): "http.closed.host",
    (False, Met.UNACKED): "http.timeout.first_byte",
}
# The same when it is for whatever is said in that protocol.
WHATEVER_THE_NAME: Mapping[tuple[bool, Met], str] = {
    (True, Met.RESET): "tls.reset.other",
    (True, Met.CLOSED): "tls.closed.other",
    (True, Met.UNACKED): "tls.timeout",
    (False, Met.RESET): "http.reset",
    (False, Met.CLOSED): "http.closed",
    (False, Met.UNACKED): "http.timeout.first_byte",
}
# The same when it is for any bytes at all.
WHATEVER_THE_BYTES: Mapping[Met, str] = {
    Met.RESET: "tcp.reset_on_data",
    Met.UNACKED: "tcp.data_blackhole",
}
# When the bytes arrived, and nobody ever says anything about them.
HUNG: Mapping[bool, str] = {True: "tls.timeout.server_hung", False: "http.timeout.first_byte"}


def filtered_at_anchor(case: Case, about: Subject, facts: Heard) -> str | None:
    """Return the cause when our name is kept from an anchor that answers others; None when that does not show.

    At the hop itself a filter may punish by now whatever is said, in another way; to the anchor the name was new.
    """
    carried = case.answers.get(controls.CARRIED)
    if (
        facts.neutral is not Met.ANSWERED
        or facts.carried is None
        or carried is None
        or is_ended_by_peer(carried)
    ):
        return None
    return BY_NAME.get((about.is_tls, facts.carried))
