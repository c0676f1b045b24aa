"""Our side of one HTTP/2 connection: preface, one request, and then what the protocol asks of us."""

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes, Settings
from hpack import HeaderTuple, NeverIndexedHeaderTuple

from probe.abc import Sent, Stream
from probe.model import Hop
from probe.steps.request import Message, header_fields
from probe.steps.response import HEAD_BYTES
from probe.wire.errors import WireError

STREAM_ID = 1
# What browsers grant (Chromium's spdy_session.cc), so that no body below it waits for a window.
_STREAM_WINDOW_BYTES = 6 << 20
_CONNECTION_WINDOW_BYTES = 15 << 20
_FIRST_WINDOW_BYTES = 65_535  # RFC 9113, 6.9.2
# RFC 9113, 8.2.2: what only makes sense on an HTTP/1.1 connection.
_OF_ONE_CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings"}
)


class Speaker:
    """Says the request and whatever must follow; it keeps the first error of a send that came too late to matter."""

    def __init__(self, stream: Stream) -> None:
        """Prepare to speak on `stream`."""
        self._stream = stream
        self._unsent = memoryview(b"")
        self.connection = _connection()
        self.broken: WireError | None = None

    async def ask(self, hop: Hop, message: Message) -> Sent:
        """Send preface, settings and request in one go, with as much of the body as every server must take."""
        connection = self.connection
        connection.initiate_connection()
        connection.increment_flow_control_window(_CONNECTION_WINDOW_BYTES - _FIRST_WINDOW_BYTES)
        connection.send_headers(STREAM_ID, header_list(hop, message), end_stream=not message.body)
        self._unsent = memoryview(message.body or b"")
        self._send_body()
        return await self._stream.send(connection.data_to_send())

    async def go_on(self) -> None:
        """Send what is due: acknowledgements, and more of the body where the server's window allows it."""
        self._send_body()
        data = self.connection.data_to_send()
        if not data or self.broken is not None:
            return
        try:
            await self._stream.send(data)
        except WireError as error:
            # What the peer said before it left may still be waiting to be read.
            self.broken = error

    def _send_body(self) -> None:
        while self._unsent:
            room = self.connection.local_flow_control_window(STREAM_ID)
            size = min(room, self.connection.max_outbound_frame_size, len(self._unsent))
            if size <= 0:
                return
            part, self._unsent = bytes(self._unsent[:size]), self._unsent[size:]
            self.connection.send_data(STREAM_ID, part, end_stream=not self._unsent)


def header_list(hop: Hop, message: Message) -> list[HeaderTuple]:
    """Return the request's fields as HTTP/2 has them; no relay may put the secret ones into a compression table."""
    found = [
        HeaderTuple(":method", message.method),
        HeaderTuple(":scheme", hop.scheme),
        HeaderTuple(":authority", message.host or hop.authority),
        HeaderTuple(":path", message.path),
    ]
    for name, value in header_fields(message).items():
        kind = NeverIndexedHeaderTuple if name in message.secrets else HeaderTuple
        if name.lower() not in _OF_ONE_CONNECTION:
            found.append(kind(name.lower(), value))
    return found


def _connection() -> H2Connection:
    connection = H2Connection(H2Configuration(client_side=True, header_encoding=None))
    connection.local_settings = Settings(
        client=True,
        initial_values={
            SettingCodes.ENABLE_PUSH: 0,
            SettingCodes.INITIAL_WINDOW_SIZE: _STREAM_WINDOW_BYTES,
            SettingCodes.MAX_HEADER_LIST_SIZE: HEAD_BYTES,
        },
    )
    # A server says this one, no client (RFC 8441, 3).
    del connection.local_settings[SettingCodes.ENABLE_CONNECT_PROTOCOL]
    connection.decoder.max_header_list_size = HEAD_BYTES
    return connection
