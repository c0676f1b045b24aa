"""Hops that report as config/relay makes them: the real nginx and the real function, behind the stand-ins' front doors.

Both run on loopback ports of the hop's own namespace. The front hands every request to them and every answer back as it is,
so that whatever can befall a host's web server can befall these hops too.
"""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probe.lab.layout import API_KEY, Layout
from tests.internet.child import Process
from tests.internet.line import CHECKOUT

_RELAY = CHECKOUT / "config" / "relay"
NGINX_PORT, FUNCTION_PORT = 8081, 8787
SECRET = "0123456789abcdef" * 4
AUDIENCE = "lab.test"
# What the configuration's own health page is for the standard checks.
_HEALTH = 'location = /healthz { include snippets/hopwatch-headers.conf; default_type text/plain; return 200 "ok\\n"; }'


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """What a hop needs that reports: where it is, where its files go, whom it asks and trusts, and how long it waits."""

    place: str
    folder: Path
    resolver: str
    ca_file: str
    layout: Layout


def nginx(about: Reporting) -> Process:
    """Lay config/relay/nginx out as its README does, with other names, places and times, and return what runs it."""
    program = _program("nginx")
    for name in ("conf.d", "snippets"):
        (about.folder / name).mkdir(parents=True, exist_ok=True)
    (about.folder / "snippets/hopwatch-headers.conf").write_text(_shipped("hopwatch-headers.conf"))
    http = _replaced(
        _shipped("hopwatch-http.conf"),
        {
            "your-project.vercel.app:443": f"{about.layout.name('vercel')}:443",
            'default "relay"': 'default "hk-vps"',
            'default "relay.example.com"': f'default "{AUDIENCE}"',
        },
    )
    (about.folder / "conf.d/hopwatch-http.conf").write_text(http)
    (about.folder / "hopwatch-secret.conf").write_text(f'map "" $hopwatch_secret {{ default {SECRET}; }}\n')
    (about.folder / "nginx.conf").write_text(_main(about, _site(about)))
    words = [program, "-p", str(about.folder), "-c", "nginx.conf", "-e", f"{about.folder}/error.log"]
    return Process(about.place, words, NGINX_PORT, _environment(), about.folder / "nginx.out")


def function(about: Reporting) -> Process:
    """Return what runs the function of config/relay by its own server."""
    environment = {
        **_environment(),
        "PORT": str(FUNCTION_PORT),
        "API_URL": f"https://{about.layout.name('direct')}",
        "API_KEY": API_KEY,
        "HOPWATCH_NAME": "vercel",
        "HOPWATCH_SECRET": SECRET,
        "HOPWATCH_AUDIENCE": AUDIENCE,
        # Below the platform's limit, as it is shipped.
        "HEADER_TIMEOUT_MS": str(round(about.layout.function_limit_seconds * 900)),
        "NODE_EXTRA_CA_CERTS": about.ca_file,
        "NODE_OPTIONS": "--dns-result-order=ipv4first",
    }
    about.folder.mkdir(parents=True, exist_ok=True)
    words = [_program("node"), str(_RELAY / "function" / "serve.mjs")]
    return Process(about.place, words, FUNCTION_PORT, environment, about.folder / "function.out")


def _shipped(name: str) -> str:
    return (_RELAY / "nginx" / name).read_text()


def _site(about: Reporting) -> str:
    text = _replaced(
        _shipped("hopwatch-relay.conf"),
        {
            "resolver 127.0.0.1 ": f"resolver {about.resolver} valid=1s ",
            "/etc/ssl/certs/ca-certificates.crt": about.ca_file,
            "/var/log/nginx/hopwatch.log": f"{about.folder}/hopwatch.log",
        },
    )
    text = re.sub(r"(\w+_timeout) \w+;", lambda found: f"{found[1]} {_ms(about)};", text)
    inside = text[text.index("server {\n") + len("server {\n") : text.rindex("}")]
    outer = ("listen ", "server_name ", "ssl_certificate", "ssl_certificate_key ")
    return "\n".join(line for line in inside.splitlines() if not line.strip().startswith(outer))


def _ms(about: Reporting) -> str:
    return f"{round(about.layout.upstream_timeout_seconds * 1000)}ms"


def _main(about: Reporting, site: str) -> str:
    folder = about.folder
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; worker_processes 1; user root; pid {folder}/pid; error_log {folder}/error.log warn;\n"
        "events { worker_connections 256; }\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; {temporary}\n"
        f"include conf.d/*.conf;\nserver {{ listen 127.0.0.1:{NGINX_PORT};\n{_HEALTH}\n{site}\n}} }}\n"
    )


def _replaced(text: str, places: Mapping[str, str]) -> str:
    for old, new in places.items():
        if text.count(old) != 1:
            raise ValueError(f"{old!r} is not there once in config/relay")
        text = text.replace(old, new)
    return text


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise OSError(f"hops that report need the program {name}")
    return found


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"}
