"""Read a web configuration file into the rules that follow from it, or into all of its problems."""

import json
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from probe.access.meaning import contradictions, notes
from probe.access.models import RateLimit, WebConfig
from probe.access.tls import TlsError, make_context
from probe.access.wording import complaints
from probe.config.document import Complaint, Document, Json
from probe.config.errors import ConfigError, Problem
from probe.config.reading import MOST_BYTES, TOO_LARGE, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who is let in, how we prove who we are, and what else an answer says."""

    context: ssl.SSLContext | None = None
    users: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)
    allowed_sans: frozenset[str] | None = None
    requires_certificate: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    rate: RateLimit = field(default_factory=RateLimit)
    # What the operator should know, each with its place.
    notes: tuple[str, ...] = ()
    # All files that these rules were read from, and those of them that are nobody else's business.
    files: tuple[Path, ...] = ()
    private_files: tuple[Path, ...] = ()

    @property
    def is_guarded(self) -> bool:
        """Tell whether not everybody is let in."""
        return bool(self.users) or self.requires_certificate


def load(path: Path) -> Rules:
    """Return the rules in a file, whose relative paths begin at its folder. Raises ConfigError."""
    document = read(_content(path))
    if document.complaints or not document.is_complete:
        raise _error(path, document.complaints)
    try:
        config = WebConfig.model_validate_json(json.dumps(_without_nulls(document.tree) or {}))
    except ValidationError as error:
        raise _error(path, complaints(document, error)) from None
    if found := list(contradictions(document, config)):
        raise _error(path, found)
    return _rules(path, document, config)


def _rules(path: Path, document: Document, config: WebConfig) -> Rules:
    tls = config.tls_server_config
    folder = path.absolute().parent
    try:
        context = make_context(tls, folder) if tls.is_enabled else None
    except TlsError as error:
        raise _error(path, [document.at_value(("tls_server_config", error.key), str(error))]) from error
    named = [one for one in (tls.cert_file, tls.key_file, tls.client_ca_file) if one]
    headers = config.http_server_config.headers.model_dump(by_alias=True)
    sans = tls.client_allowed_sans
    return Rules(
        context=context,
        users={name.encode(): hashed.encode() for name, hashed in config.basic_auth_users.items()},
        allowed_sans=None if sans is None else frozenset(sans),
        requires_certificate=tls.client_auth_type == "RequireAndVerifyClientCert",
        headers={name: value for name, value in headers.items() if value},
        rate=config.rate_limit,
        notes=tuple(one.problem().within(str(path)) for one in notes(document, config)),
        files=(path, *(folder / one for one in named)),
        private_files=_private(path, config),
    )


def _private(path: Path, config: WebConfig) -> tuple[Path, ...]:
    tls = config.tls_server_config
    own = (path,) if config.basic_auth_users or tls.key else ()
    return (*own, path.absolute().parent / tls.key_file) if tls.key_file else own


def _content(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ConfigError(str(path), [Problem(None, None, "", TOO_LARGE)])
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "this file is not UTF-8; save it as UTF-8"
    except OSError as error:
        message = f"this file cannot be read: {(error.strerror or 'no reason given').lower()}"
    raise ConfigError(str(path), [Problem(None, None, "", message)])


def _without_nulls(tree: Json) -> Json:
    # A key without a value is an absent one to exporter-toolkit.
    if isinstance(tree, dict):
        return {key: _without_nulls(value) for key, value in tree.items() if value is not None}
    return tree


def _error(path: Path, found: Iterable[Complaint]) -> ConfigError:
    listed = sorted(dict.fromkeys(found), key=lambda one: one.place)
    return ConfigError(str(path), [one.problem() for one in listed])
