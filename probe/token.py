"""Make the expiring token by which a hop of the user's own tells details; pure.

One header for every hop: nginx can check an MD5 digest only (secure_link), the function checks an HMAC, so a token
carries both. The secret stands at both ends of what MD5 digests, so that nothing can be appended to it.
"""

import base64
import hashlib
import hmac
import re
from datetime import datetime

HEADER = "X-Hopwatch-Token"

# Both checkers refuse shorter ones, because a lock that can be guessed is worse than none; and no character means
# anything to nginx between quotes.
_SHORTEST = 32
_SECRET = re.compile(rf"[A-Za-z0-9._~+/=-]{{{_SHORTEST},}}")
_AUDIENCE = re.compile(r"[A-Za-z0-9.-]{1,253}")
# The hops read ten digits: from 2001 to 2286.
_EARLIEST, _LATEST = 10**9, 10**10 - 1


def make(secret: str, audience: str, expires_at: datetime) -> str:
    """Return the token for the hops that share this secret and audience.

    Raises ValueError, which never shows the secret, where a hop would not take it.
    """
    if not _SECRET.fullmatch(secret):
        raise ValueError(f"the secret must have {_SHORTEST} or more letters, digits and ._~+/=-")
    if not _AUDIENCE.fullmatch(audience):
        raise ValueError(f"{audience!r} is not letters, digits, dots and hyphens")
    if expires_at.tzinfo is None:
        raise ValueError("the time of expiry must have a time zone")
    expiry = int(expires_at.timestamp())
    if not _EARLIEST <= expiry <= _LATEST:
        raise ValueError(f"{expires_at.isoformat()} is no time that a token can expire at")
    message = f"hopwatch-token-1 {audience} {expiry}"
    # Not for new designs; the digest is what nginx has, over a random secret that nobody but its owner can extend.
    digest = hashlib.md5(f"{secret} {message} {secret}".encode(), usedforsecurity=False).digest()
    signature = hmac.digest(secret.encode(), message.encode(), "sha256")
    return f"{expiry}.{_text(digest)}.{_text(signature)}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
