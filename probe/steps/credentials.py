"""Read the secrets that a request carries, at the moment they are needed, and keep them out of all that is told."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from probe.abc import ProxyServer
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.host import is_nobody_elses
from probe.secret import Secret
from probe.steps.request import is_printable
from probe.token import HEADER, make

# As config/relay/README.md has it: whoever sees a token can use it until then.
_TOKEN_LASTS = timedelta(minutes=5)


def read_secret(attempt: Attempt, secret: Secret) -> str:
    """Return a secret as it is now. Raises ProbeFailed (local.secret)."""
    value = secret.read()
    attempt.hide(value)
    return value


def read_value(attempt: Attempt, secret: Secret) -> str:
    """Return a secret that a header can carry as it is. Raises ProbeFailed (local.secret)."""
    value = read_secret(attempt, secret)
    if not is_printable(value.replace(" ", "")):
        raise ProbeFailed("local.secret", "a secret holds characters that no header can carry")
    return value


def split_headers(
    attempt: Attempt, headers: Mapping[str, str | Secret]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers that are written down, and those that are secret. Raises ProbeFailed (local.secret)."""
    plain = {name: value for name, value in headers.items() if isinstance(value, str)}
    secrets = {
        name: read_value(attempt, value) for name, value in headers.items() if isinstance(value, Secret)
    }
    return plain, secrets


def relay_token(attempt: Attempt, given: Iterable[str]) -> dict[str, str]:
    """Return the header that makes a hop of the user's own tell details; none where the check gives it itself, or no hop
    is to be shown one. Raises ProbeFailed (local.secret).
    """
    relay = attempt.hop.relay
    has_secret = relay is not None and (relay.secret_file or relay.secret_env)
    if relay is None or not has_secret or HEADER.lower() in {name.lower() for name in given}:
        return {}
    if not _is_private(attempt):
        return {}
    secret = read_secret(attempt, Secret(file=relay.secret_file, env=relay.secret_env))
    expires_at = datetime.fromtimestamp(attempt.clock.wall_ns() / 1e9, UTC) + _TOKEN_LASTS
    try:
        token = make(secret, relay.audience, expires_at)
    except ValueError as error:
        raise ProbeFailed("local.secret", f"no token for {attempt.hop.name}: {error}") from error
    attempt.hide(token, *token.split(".")[1:])
    return {HEADER: token}


def _is_private(attempt: Attempt) -> bool:
    """Tell whether nobody but the hop itself will read what is sent to it."""
    hop, asked = attempt.hop, attempt.request.overrides
    if asked.server_name is not None or asked.host is not None:
        return False
    # Behind a proxy this machine's own names are the proxy's, and `localhost` may be given somebody else's address.
    dialled = asked.address or hop.address or hop.host
    is_near = is_nobody_elses(hop.host) and (is_nobody_elses(dialled) or hop.host.endswith(".test"))
    return hop.scheme == "https" or (is_near and not isinstance(attempt.dialer.proxy, ProxyServer))


def hide_query(attempt: Attempt, path: str) -> None:
    """Keep a path's query out of what is told, because it may hold a key."""
    attempt.hide(path.partition("?")[2])
