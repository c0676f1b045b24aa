"""Web configurations in a folder, with passwords hashed as cheaply as bcrypt can, and certificates for both sides."""

import ssl
from pathlib import Path

import bcrypt
import trustme

from probe.access.live import Access
from tests.web_chain import HandClock

USER, PASSWORD = "watcher", "correct horse"


def hashed(password: str, cost: int = 4) -> str:
    """Return a bcrypt hash as htpasswd writes it."""
    made = bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()
    return made.replace("$2b$", "$2y$", 1)


HASH = hashed(PASSWORD)
USERS = f"basic_auth_users: {{{USER}: {HASH}}}\n"


def write(folder: Path, text: str) -> Path:
    """Write a web configuration, in such a way that its change is seen at once, and return its path."""
    path = folder / "web-config.yml"
    replacement = folder / "web-config.new"
    replacement.write_text(text)
    return replacement.replace(path)


def access(folder: Path, text: str, *, clock: HandClock | None = None, is_exposed: bool = False) -> Access:
    """Return who may come in by this text."""
    return Access(write(folder, text), clock or HandClock(), is_exposed=is_exposed)


class Certificates:
    """An authority of its own, a server's certificate in a folder, and contexts for clients."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        self.issue()

    def issue(self, *names: str) -> None:
        """Write a new certificate for the server."""
        issued = self.authority.issue_cert(*(names or ("localhost", "127.0.0.1")))
        issued.private_key_pem.write_to_path(str(self.folder / "key.pem"))
        issued.cert_chain_pems[0].write_to_path(str(self.folder / "cert.pem"))

    def client(self, *names: str, by: trustme.CA | None = None) -> ssl.SSLContext:
        """Return a client that trusts the server, with a certificate for `names` if there are any."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if names:
            (by or self.authority).issue_cert(*names).configure_cert(context)
        return context
