"""Read the secrets that a request carries, at the moment they are needed, and keep them out of all that is told."""

from collections.abc import Mapping

from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.secret import Secret
from probe.steps.request import is_printable


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


def hide_query(attempt: Attempt, path: str) -> None:
    """Keep a path's query out of what is told, because it may hold a key."""
    attempt.hide(path.partition("?")[2])
