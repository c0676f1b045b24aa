"""The web configuration as it is written: the format of Prometheus' exporter-toolkit, key for key.

Whoever has such a file for another exporter can give it to us. What Python's ssl cannot do is refused or said, by
`probe.access.meaning`.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from probe.text import clean
from probe.units import parse_duration

Version = Literal["TLS10", "TLS11", "TLS12", "TLS13"]
ClientAuth = Literal[
    "NoClientCert",
    "RequestClientCert",
    "RequireAnyClientCert",
    "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
    # The older name of RequireAnyClientCert.
    "RequireClientCert",
]
Curve = Literal["CurveP256", "CurveP384", "CurveP521", "X25519"]
# By bcrypt's own parameters: version, cost, 22 characters of salt and 31 of hash.
_HASH = re.compile(r"\$2[abxy]\$([0-9]{2})\$[./A-Za-z0-9]{53}")
_LEAST_COST, _MOST_COST = 4, 15


def _hash(text: str) -> str:
    found = _HASH.fullmatch(text)
    if found is None:
        raise ValueError(
            "this is no bcrypt hash, which begins with $2y$, $2b$ or $2a$ and has 60 characters; docs/web-config.md makes one"
        )
    if not _LEAST_COST <= int(found[1]) <= _MOST_COST:
        raise ValueError(
            f"a cost of {int(found[1])} is not taken: {_LEAST_COST} to {_MOST_COST} are, and 10 is usual"
        )
    return text


def _user(name: str) -> str:
    if not name or ":" in name or clean(name, 256) != name:
        raise ValueError(
            "a user name has 1 to 256 printable characters and no colon, or nobody could log in by it"
        )
    return name


def _header_value(text: str) -> str:
    if not text.isascii() or not (text == "" or text.isprintable()):
        raise ValueError("the value of a header is printable ASCII in one line")
    return text


def _interval(value: object) -> float:
    return 0.0 if value in (0, "0") and not isinstance(value, bool) else parse_duration(value)


HeaderValue = Annotated[str, AfterValidator(_header_value)]


class _Part(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, hide_input_in_errors=True, validate_by_name=True
    )


class TlsServer(_Part):
    """With which certificate we serve, and whose certificates are let in."""

    cert: str = Field(default="", repr=False)
    key: str = Field(default="", repr=False)
    client_ca: str = ""
    cert_file: str = ""
    key_file: str = ""
    client_ca_file: str = ""
    client_auth_type: ClientAuth | None = None
    client_allowed_sans: list[str] | None = None
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"
    cipher_suites: list[str] = Field(default_factory=list)
    curve_preferences: list[Curve] = Field(default_factory=list)
    prefer_server_cipher_suites: bool = True

    @property
    def is_enabled(self) -> bool:
        """Tell whether anything asks for TLS, as exporter-toolkit tells it."""
        texts = (self.cert, self.key, self.client_ca, self.cert_file, self.key_file, self.client_ca_file)
        return any(texts) or self.client_auth_type is not None


class Headers(_Part):
    """The headers that may be set on every answer, spelt as they are sent."""

    content_security_policy: HeaderValue = Field(default="", alias="Content-Security-Policy")
    x_frame_options: Literal["", "deny", "sameorigin"] = Field(default="", alias="X-Frame-Options")
    x_content_type_options: Literal["", "nosniff"] = Field(default="", alias="X-Content-Type-Options")
    x_xss_protection: HeaderValue = Field(default="", alias="X-XSS-Protection")
    strict_transport_security: HeaderValue = Field(default="", alias="Strict-Transport-Security")


class HttpServer(_Part):
    """How we speak HTTP."""

    http2: bool = True
    headers: Headers = Headers()


class RateLimit(_Part):
    """How many requests are answered, of all readers together."""

    interval: Annotated[float, BeforeValidator(_interval)] = 0.0
    burst: Annotated[int, Field(ge=0)] = 0


class WebConfig(_Part):
    """The whole file."""

    tls_server_config: TlsServer = TlsServer()
    http_server_config: HttpServer = HttpServer()
    basic_auth_users: Mapping[
        Annotated[str, AfterValidator(_user)], Annotated[str, AfterValidator(_hash)]
    ] = Field(default_factory=dict, repr=False)
    rate_limit: RateLimit = RateLimit()
