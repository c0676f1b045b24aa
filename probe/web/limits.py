"""What one reader of our HTTP surface may cost us."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on connections, requests and watchers.

    aiohttp on its own waits 3,630 s for the head of a request and for ever for a reader that does not read.
    """

    connections: int = 64
    connections_per_address: int = 48
    handshake_seconds: float = 5.0
    shutdown_seconds: float = 1.0
    request_seconds: float = 10.0
    keepalive_seconds: float = 15.0
    heartbeat_seconds: float = 15.0
    request_bytes: int = 1024
    header_bytes: int = 8190
    headers: int = 64
