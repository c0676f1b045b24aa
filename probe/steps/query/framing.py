"""DNS messages on a stream: each with its two-byte length in front (RFC 1035, 4.2.2)."""

from probe.abc import Received, Sent, Stream

_MESSAGE_BYTES = 65_535


async def framed(stream: Stream, wire: bytes) -> tuple[Sent, Received]:
    """Send one message and read one; what comes after it is nobody's. Raises PeerClosed and what the stream raises."""
    sent = await stream.send(len(wire).to_bytes(2, "big") + wire)
    received = await stream.receive(_MESSAGE_BYTES)
    data = bytearray(received.data)
    while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
        received = await stream.receive(_MESSAGE_BYTES)
        data += received.data
    message = bytes(data[2 : 2 + int.from_bytes(data[:2], "big")])
    return sent, Received(message, received.at_ns, received.read_ns, received.stamp)
