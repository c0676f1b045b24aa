"""Run config/relay as it is shipped: only places, names and times are replaced, and each must be there to replace."""

import base64
import datetime
import hashlib
import hmac
import http.client
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from probe.token import HEADER, make
from tests import rig_certificates as certificates
from tests.need import need, need_program
from tests.rig_nginx import Nginx, nginx

ROOT = Path(__file__).parent.parent / "config" / "relay"
SECRET = "0123456789abcdef" * 4
AUDIENCE = "relay.example.com"
ORIGIN = "https://chat.example.com"
KEY = "csk-never-to-be-seen"
# A time that a busy machine keeps, for every one that is shipped; the second look's read goes first.
SHIPPED_TIMES = {"1s": "200ms", "3s": "600ms", "5s": "600ms", "8s": "2s", "30s": "600ms", "320s": "600ms"}
TIMEOUT_MS = 600


@dataclass(frozen=True)
class Answer:
    """One response: its headers in order, names in lower case, and whether its body came whole."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_whole: bool = True

    def all(self, name: str) -> list[str]:
        """Return the lines of one header."""
        return [value for one, value in self.headers if one == name]

    def error(self, hop: str = "relay") -> str | None:
        """Return the error that this hop tells; fail where it tells nothing at all."""
        (own,) = (line for line in self.all("proxy-status") if line.startswith(hop))
        found = re.search(r"; error=([a-z_]+)", own)
        return found[1] if found else None

    def timing(self, hop: str = "relay") -> dict[str, float]:
        """Return the milliseconds that this hop tells, by phase."""
        found = re.findall(rf"\b{hop}\.(\w+);dur=([0-9.]+)", ", ".join(self.all("server-timing")))
        return {phase: float(dur) for phase, dur in found}


def fresh(seconds: float = 60, secret: str = SECRET, audience: str = AUDIENCE) -> str:
    """Return a token that is good for so long."""
    return make(secret, audience, datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds))


def spelt(secret: str, audience: str, expiry: int) -> str:
    """Return the token as config/relay/README.md spells it, whatever the secret."""
    message = f"hopwatch-token-1 {audience} {expiry}"
    digest = hashlib.md5(f"{secret} {message} {secret}".encode()).digest()
    signature = hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()
    both = (base64.urlsafe_b64encode(one).decode().strip("=") for one in (digest, signature))
    return ".".join((str(expiry), *both))


def bearer(token: str | None = None) -> dict[str, str]:
    """Return the header that asks for details."""
    return {HEADER: fresh() if token is None else token}


def bad_tokens() -> dict[str, str]:
    """Return what no hop may take for a token, by what is wrong with it."""
    good = fresh()
    expiry, digest, signature = good.split(".")
    later = str(int(expiry) + 1)
    turned = {"A": "B"}
    return {
        "empty": "",
        "expired": fresh(-2),
        "another secret": fresh(secret=SECRET[::-1]),
        "another audience": fresh(audience="elsewhere.example.com"),
        "a later expiry": f"{later}.{digest}.{signature}",
        "no expiry": f".{digest}.{signature}",
        "an expiry that is no number": f"999999999x.{digest}.{signature}",
        "an expiry with more digits": f"9{good}",
        "no signatures": expiry,
        "empty signatures": f"{expiry}..",
        "signatures swapped": f"{expiry}.{signature}.{digest}",
        "the digest changed": f"{expiry}.{turned.get(digest[0], 'A')}{digest[1:]}.{'A' * 43}",
        "in upper case": good.upper(),
        "twice": f"{good}, {good}",
        "with something behind": f"{good}.x",
    }


def ask(port: int, path: str = "/", method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer:
    """Ask a server on this machine by HTTP/1.1, each time on a new connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(
            method, path, body=b"{}" if method == "POST" else None, headers=dict(headers or {})
        )
        response = connection.getresponse()
        try:
            body, is_whole = response.read(), True
        except http.client.IncompleteRead as error:
            body, is_whole = error.partial, False
        told = tuple((name.lower(), value) for name, value in response.getheaders())
        return Answer(response.status, told, body, is_whole)
    finally:
        connection.close()


@contextmanager
def relay(
    folder: Path, upstream: str, resolver: str, *, secret: str = SECRET, server: str = "", http: str = ""
) -> Iterator[Nginx]:
    """Run hopwatch-relay.conf and its files in front of `upstream` (host:port); `server` and `http` add lines."""
    lay_out(folder, upstream, secret)
    site = _replaced(
        (ROOT / "nginx" / "hopwatch-relay.conf").read_text(),
        {
            "resolver 127.0.0.1 ": f"resolver {resolver.removeprefix('udp://')} ",
            "/etc/ssl/certs/ca-certificates.crt": certificates.trust_file(folder),
            "/var/log/nginx/hopwatch.log": f"{folder}/hopwatch.log",
        },
    )
    with nginx(
        folder, _inside_server(_quick(site)) + server, http="include conf.d/*.conf;" + http
    ) as running:
        yield running


def lay_out(folder: Path, upstream: str, secret: str = SECRET) -> None:
    """Lay the files beside nginx.conf, as the README does in /etc/nginx."""
    for name in ("conf.d", "snippets"):
        (folder / name).mkdir()
    headers = (ROOT / "nginx" / "hopwatch-headers.conf").read_text()
    (folder / "snippets" / "hopwatch-headers.conf").write_text(headers)
    http = _replaced(
        (ROOT / "nginx" / "hopwatch-http.conf").read_text(), {"your-project.vercel.app:443": upstream}
    )
    (folder / "conf.d" / "hopwatch-http.conf").write_text(http)
    (folder / "hopwatch-secret.conf").write_text(f'map "" $hopwatch_secret {{ default {secret}; }}\n')


def _replaced(text: str, places: Mapping[str, str]) -> str:
    for old, new in places.items():
        assert text.count(old) == 1, f"{old!r} is not there once"
        text = text.replace(old, new)
    return text


def _quick(site: str) -> str:
    return re.sub(r"(\w_timeout) (\w+);", lambda found: f"{found[1]} {SHIPPED_TIMES[found[2]]};", site)


def _inside_server(site: str) -> str:
    """Return what stands in the server block, without where it listens and by which certificate: the rig has these."""
    inside = site[site.index("server {\n") + len("server {\n") : site.rindex("}")]
    outer = ("listen ", "server_name ", "ssl_certificate", "ssl_certificate_key ")
    return "\n".join(line for line in inside.splitlines() if not line.strip().startswith(outer))


@contextmanager
def function(ca_file: str, api_url: str, **more: str) -> Iterator[int]:
    """Run the function by its own server, with this API behind it; yield its port. It must say nothing but that."""
    node = need_program("node")
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    need(int(version[1:].partition(".")[0]) >= 18, "Node 18 or later")
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "PORT": "0",
        "API_URL": api_url,
        "API_KEY": KEY,
        "HEADER_TIMEOUT_MS": str(TIMEOUT_MS),
        "HOPWATCH_SECRET": SECRET,
        "HOPWATCH_AUDIENCE": AUDIENCE,
        "ALLOWED_ORIGINS": f"https://a.example, {ORIGIN}",
        "NODE_EXTRA_CA_CERTS": ca_file,
        **more,
    }
    running = subprocess.Popen(
        [node, str(ROOT / "function" / "serve.mjs")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert running.stdout is not None
    try:
        yield int(running.stdout.readline().rpartition(":")[2])
    finally:
        running.terminate()
        said, _ = running.communicate(timeout=10)
    assert said == ""
