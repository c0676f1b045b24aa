"""Check user names and passwords: slowly by bcrypt, once, and in such a way that a failure tells nothing.

The way of exporter-toolkit, with its lesson from CVE-2022-46146: what is remembered of a check is user, hash and password
in hexadecimal, so that no two triples can spell the same key.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum

import bcrypt
import structlog

from probe.access.bucket import Buckets
from probe.clock import Clock

_log = structlog.get_logger()
_REMEMBERED = 100
_MOST_WAITING = 8
_FAILURES_AT_ONCE = 10
_FAILURE_SECONDS = 5.0
_LINES_AT_ONCE = 20
_LINE_SECONDS = 10.0
# bcrypt reads so much of a password.
_BCRYPT_BYTES = 72


class Verdict(Enum):
    """What came of a log-in."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who somebody says to be, and the proof."""

    user: bytes
    password: bytes

    def __repr__(self) -> str:
        """Tell nothing."""
        return "Credentials()"


def parse_basic(header: str | None) -> Credentials | None:
    """Return what an Authorization header says (RFC 7617), or None when it is no such thing."""
    scheme, _, text = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(text.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return Credentials(user, password) if colon else None


class Passwords:
    """Checks one password at a time in a thread of its own, and remembers those that were right."""

    def __init__(self, clock: Clock) -> None:
        """Remember nobody yet."""
        self._secret = secrets.token_bytes(32)
        self._right: dict[bytes, None] = {}
        self._failures = Buckets(clock)
        self._lines = Buckets(clock)
        # One thread is one check at a time, also when the request that asked is gone meanwhile.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bcrypt")
        self._waiting = 0
        # How often somebody was not let in: for a wrong password, or unheard.
        self.failed = {"wrong": 0, "delayed": 0}

    async def judge(self, users: Mapping[bytes, bytes], given: Credentials, address: str) -> Verdict:
        """Tell whether somebody at `address` may come in."""
        known = users.get(given.user)
        hashed = known or self._decoy(users, given.user)
        key = self._key(given.user, hashed, given.password)
        if known is not None and key in self._right:
            return Verdict.ADMITTED
        place = _place(address)
        wait = self._failures.take(place, burst=_FAILURES_AT_ONCE, interval_seconds=_FAILURE_SECONDS)
        if wait or self._waiting >= _MOST_WAITING:
            self.failed["delayed"] += 1
            return Verdict.LATER
        is_right = await self._check(given.password, hashed) and known is not None
        if not is_right:
            self.failed["wrong"] += 1
            self._tell(address)
            return Verdict.REFUSED
        self._failures.give_back(place)
        self._remember(key)
        return Verdict.ADMITTED

    def close(self) -> None:
        """Begin no further check."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def _check(self, password: bytes, hashed: bytes) -> bool:
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._worker, _is_right, password[:_BCRYPT_BYTES], hashed
            )
        finally:
            self._waiting -= 1

    def _decoy(self, users: Mapping[bytes, bytes], user: bytes) -> bytes:
        """Return a hash that nothing matches, as costly as some user's and for the same name always the same."""
        costs = sorted(hashed[4:6] for hashed in users.values())
        digest = hmac.digest(self._secret, user, hashlib.sha256)
        return b"$2b$" + costs[digest[0] % len(costs)] + b"$" + b"." * 53

    def _key(self, *parts: bytes) -> bytes:
        # Under a secret of this run, because what is remembered should be no list of passwords.
        joined = b":".join(part.hex().encode() for part in parts)
        return hmac.digest(self._secret, joined, hashlib.sha256)

    def _remember(self, key: bytes) -> None:
        self._right[key] = None
        if len(self._right) > _REMEMBERED:
            del self._right[next(iter(self._right))]

    def _tell(self, address: str) -> None:
        # Without the name: people type their password there, too.
        if not self._lines.take("", burst=_LINES_AT_ONCE, interval_seconds=_LINE_SECONDS):
            _log.warning("web.login_failed", address=address)


def _is_right(password: bytes, hashed: bytes) -> bool:
    try:
        return bcrypt.checkpw(password, hashed)
    except ValueError:
        return False


def _place(address: str) -> str:
    """Return whose failures count together: an IPv4 address, or an IPv6 network of 64 bits, which one person has."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
