"""A question on a connection of its own, and what is told of it afterwards."""

import ssl
from dataclasses import replace

from probe.attempt import Attempt
from probe.model import DnsQuery, Phase
from probe.steps.certificate import describe
from probe.steps.query.https import Post
from probe.steps.query.transcript import Transcript
from probe.text import clean
from probe.wire.tls import TlsStream


class StreamQuestion:
    """A question in flight on its own connection, which is closed as soon as the answer is there."""

    def __init__(self, transcript: Transcript, inner: Attempt) -> None:
        """Ask by the attempt `inner`, which has no other use."""
        self.transcript = transcript
        self.inner = inner
        self.tls: TlsStream | None = None
        self.post: Post | None = None
        self.until_ns = 0  # on a connection nobody else can answer
        self._is_open = True

    @property
    def lag_ns(self) -> int:
        """The longest that bytes waited for us."""
        return self.inner.lag_ns

    @property
    def bracket_ns(self) -> int:
        """How far the moment of sending is unknown."""
        return self.inner.bracket_ns

    def is_ready(self) -> bool:
        """Tell whether something has arrived that nobody has read."""
        return self._is_open and self.inner.answer_is_waiting()

    def end(self) -> None:
        """Close the connection; nothing that could still come would be evidence."""
        if self._is_open:
            self._is_open = False
            self.inner.close()

    def close(self) -> DnsQuery:
        """Close, and return the evidence."""
        self.end()
        told = {timing.phase: timing.seconds for timing in self.inner.timings}
        query = replace(
            self.transcript.told(),
            connect_seconds=told.get(Phase.CONNECT),
            tls_seconds=told.get(Phase.TLS),
            http_status=self.post.status if self.post else None,
        )
        if query.error == "no answer" and self.inner.phase_open:
            query = replace(query, error=f"no answer in {self.inner.phase_open}")
        return self._with_certificate(query)

    def _with_certificate(self, query: DnsQuery) -> DnsQuery:
        """Add the certificate when it is what is wrong."""
        error = self.tls.error if self.tls else None
        if self.tls is None or not isinstance(error, ssl.SSLCertVerificationError):
            return query
        sent = self.tls.chain()
        return replace(
            query,
            certificate_problem=clean(error.verify_message),
            certificate=describe(sent[0]) if sent else None,
        )
