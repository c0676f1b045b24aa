"""Write an HTTP probe as the curl command that asks the same, from the same network, of the same address; pure.

What the probe had from the configuration is taken from it; what it saw, from its evidence. Keys and passwords are
variables of the reader's shell.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypedDict
from urllib.parse import urlsplit

from probe.abc import ProxyServer, Way
from probe.host import is_host, is_name
from probe.model import Hop, Observation
from probe.plan import Looking, Probe
from probe.prober.cors import Cors
from probe.prober.http import Http
from probe.prober.page import Page
from probe.secret import Secret
from probe.steps.cors import CrossOrigin
from probe.steps.request import USER_AGENT
from probe.text import CUT, clean
from probe.vantage.interface import Interface
from probe.vantage.netns import Netns
from probe.vantage.proxy import Proxy
from probe.vantage.source import Source
from probe.web.shell import Argument, Command, Variable

# Names of headers whose value may be a key even where the configuration has it in plain text.
_SENSITIVE: Final = re.compile(r"auth|cookie|token|secret|key|passw|session|credential", re.IGNORECASE)
_LONGEST_BODY: Final = 2000
_PORTS: Final = {"http": 80, "https": 443}
QUERY_NOTE: Final = "The query of the address is not shown, because it may hold a key: put it into QUERY."
CUT_NOTE: Final = "The address was too long to be kept whole."
BODY_NOTE: Final = "The body is not shown, because it is long or not plain text: write it into the file body."
GONE_NOTE: Final = "The check is no longer in the configuration, so the method and the headers are those of a plain question."
ROOT_NOTE: Final = "It needs root, like the vantage itself."
UNSIGNED_NOTE: Final = (
    "The probe also showed the hop a signed token, so that it tells details; this question has none."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """An observation, and what the configuration still says of it."""

    seen: Observation
    probe: Probe | None
    looking: Looking | None
    hop: Hop | None

    @property
    def way(self) -> Way | None:
        """How the vantage's sockets are tied to its network."""
        return None if self.looking is None else self.looking.way

    @property
    def seconds(self) -> float:
        """How long the probe may take."""
        return 10.0 if self.probe is None else self.probe.check.timeout_seconds

    @property
    def address(self) -> str | None:
        """The address that was dialled."""
        return None if self.seen.evidence.tcp is None else self.seen.evidence.tcp.address


class _Named(TypedDict):
    url: str
    headers: Mapping[str, Argument]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is asked by HTTP."""

    url: str
    method: str = "GET"
    headers: Mapping[str, Argument]
    body: str | None = None
    login: tuple[Argument, ...] = ()
    redirects: int = 0
    protocol: str = "auto"


def curl(asking: Asking) -> Command | None:
    """Return the command, or None when neither evidence nor configuration know an address to ask."""
    question = _question(asking)
    parts = _split("" if question is None else question.url)
    if question is None or parts is None:
        return None
    where, notes = _where(asking, *parts[1:]), _notes(asking, question)
    arguments: list[Argument] = [*entering(asking.way), "curl", "--verbose", "--globoff", "--path-as-is"]
    arguments += ["--max-time", f"{asking.seconds:g}", *_version(question, parts[0])]
    arguments += [
        *where,
        *_network(asking.way),
        *_trust(asking, parts[0]),
        *_method(question),
        *question.login,
    ]
    for name, value in question.headers.items():
        arguments += ["--header", _header(name, value)]
    if question.redirects:
        arguments += ["--location", "--max-redirs", str(question.redirects)]
    address: Argument = question.url
    if _has_query(asking.probe):
        address, notes = (f"{question.url}?", Variable("QUERY")), [QUERY_NOTE, *notes]
    return Command((*arguments, "--url", address), tuple(notes))


def connecting(asking: Asking, host: str, port: int) -> Command:
    """Return the command that only connects, by the proxy of the vantage."""
    arguments: list[Argument] = ["curl", "--verbose", "--max-time", f"{asking.seconds:g}"]
    name = f"[{host}]" if ":" in host else host
    return Command((*arguments, *_network(asking.way), "--url", f"telnet://{name}:{port}"))


def entering(way: Way | None) -> Sequence[str]:
    """Return what runs a command in the vantage's network namespace, if it has one."""
    if not isinstance(way, Netns):
        return ()
    return ("nsenter", f"--net={way.path}") if "/" in way.name else ("ip", "netns", "exec", way.name)


def _question(asking: Asking) -> _Question | None:
    seen, probe = asking.seen.evidence.http, asking.probe
    url = None if seen is None else (seen.redirects[0] if seen.redirects else seen.url)
    if probe is None or not isinstance(probe.prober, Http | Page | Cors):
        is_second = seen is not None and (seen.version or "").endswith("2")
        protocol = "http/2" if is_second else "http/1.1"
        return None if url is None else _Question(protocol=protocol, **_naming(asking, url))
    prober, hop = probe.prober, probe.hop
    start = url or f"{hop.scheme}://{hop.authority}{prober.path.partition('?')[0]}"
    if isinstance(prober, Cors):
        return _cors(prober, start)
    return _Question(
        url=start,
        method=prober.method if isinstance(prober, Http) else "GET",
        headers=_headers(prober),
        body=prober.body if isinstance(prober, Http) else None,
        login=_login(prober) if isinstance(prober, Http) else (),
        redirects=prober.redirects,
        protocol=prober.protocol,
    )


def _naming(asking: Asking, url: str) -> "_Named":
    """Return address and headers; a control may name another server in the handshake than in the request."""
    tls, parts = asking.seen.evidence.tls, _split(url)
    if tls is None or parts is None or tls.server_name in ("", parts[1]) or not is_host(tls.server_name):
        return {"url": url, "headers": _OURS}
    authority = urlsplit(url).netloc
    return {
        "url": url.replace(authority, f"{tls.server_name}:{parts[2]}", 1),
        "headers": {"Host": authority, **_OURS},
    }


def _cors(prober: Cors, url: str) -> _Question:
    wanted = CrossOrigin(
        origin=prober.origin, method=prober.method, headers=prober.headers, credentials=prober.credentials
    )
    asked = {"Origin": prober.origin} if prober.error else wanted.preflight_headers()
    return _Question(
        url=url,
        method=prober.method if prober.error else "OPTIONS",
        headers={**_OURS, **asked},
        protocol=prober.protocol,
    )


_OURS: Final[Mapping[str, str]] = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}


def _headers(prober: Http | Page) -> Mapping[str, Argument]:
    given: dict[str, Argument] = {name: _value(name, value) for name, value in prober.headers.items()}
    if isinstance(prober, Http) and prober.bearer is not None:
        given["Authorization"] = ("Bearer ", Variable.named(prober.bearer.env, "TOKEN"))
    taken = {name.lower() for name in given}
    return {**{name: value for name, value in _OURS.items() if name.lower() not in taken}, **given}


def _value(name: str, value: str | Secret) -> Argument:
    if isinstance(value, Secret):
        return (Variable.named(value.env, name),)
    return (Variable.named(name),) if _SENSITIVE.search(name) else value


def _header(name: str, value: Argument) -> Argument:
    # curl takes `Name:` for "send no such header", and `Name;` for an empty one.
    if isinstance(value, str):
        return f"{name}: {value}" if value.strip() else f"{name};"
    return (f"{name}: ", *value)


def _login(prober: Http) -> tuple[Argument, ...]:
    if prober.basic is None:
        return ()
    password = Variable.named(prober.basic.password.env, "PASSWORD")
    return "--basic", "--user", (f"{prober.basic.user}:", password)


def _method(question: _Question) -> Sequence[Argument]:
    if question.method == "HEAD":
        return ["--head"]
    asked: list[Argument] = (
        [] if question.method == "GET" and question.body is None else ["--request", question.method]
    )
    if question.body is None and question.method not in ("POST", "PUT"):
        return asked
    body = question.body or ""
    asked += ["--data-raw", body] if _is_showable(body) else ["--data-binary", "@body"]
    # curl says of every body that it is a form, unless it is told to say nothing.
    is_typed = "content-type" in {name.lower() for name in question.headers}
    return asked if is_typed else [*asked, "--header", "Content-Type:"]


def _is_showable(body: str) -> bool:
    return len(body) <= _LONGEST_BODY and clean(body.replace("\n", " "), len(body) + 1) == body.replace(
        "\n", " "
    )


def _version(question: _Question, scheme: str) -> Sequence[str]:
    if question.protocol == "http/1.1" or (question.protocol == "auto" and scheme == "http"):
        return ["--http1.1"]
    return ["--http2"] if scheme == "https" else ["--http2-prior-knowledge"]


def _where(asking: Asking, host: str, port: int) -> Sequence[str]:
    """Return how the address that was dialled is dialled again; after redirects only that of the last place is known."""
    tcp, http = asking.seen.evidence.tcp, asking.seen.evidence.http
    is_elsewhere = http is not None and bool(http.redirects)
    if tcp is None or is_elsewhere or (not is_name(host) and tcp.port == port):
        return []
    address = f"[{tcp.address}]" if ":" in tcp.address else tcp.address
    if tcp.port != port:
        name = f"[{host}]" if ":" in host else host
        return ["--connect-to", f"{name}:{port}:{address}:{tcp.port}"]
    return ["--resolve", f"{host}:{port}:{address}"]


def _network(way: Way | None) -> Sequence[Argument]:
    match way:
        case Interface():
            return "--interface", way.name, "--noproxy", "*"
        case Source():
            return "--interface", way.address, "--noproxy", "*"
        case Proxy():
            bound = ("--interface", way.interface) if way.interface is not None else ()
            return *bound, *_proxy(way.proxy)
        case _:
            # What the reader's environment says of proxies holds for no probe.
            return "--noproxy", "*"


def _proxy(server: ProxyServer) -> Sequence[Argument]:
    host = server.host if server.protocol == "https" else server.address
    name = f"[{host}]" if ":" in host else host
    scheme = {"socks5": "socks5h" if server.resolves else "socks5"}.get(server.protocol, server.protocol)
    arguments: list[Argument] = ["--proxy", f"{scheme}://{name}:{server.port}"]
    if server.protocol != "socks5":
        arguments.append("--proxytunnel")
    if host != server.address:
        arguments += ["--resolve", f"{host}:{server.port}:{server.address}"]
    if server.login is not None:
        arguments += ["--proxy-user", (Variable("PROXY_USER"), ":", Variable("PROXY_PASSWORD"))]
    return arguments


def _trust(asking: Asking, scheme: str) -> Sequence[str]:
    ca_file = None if asking.hop is None else asking.hop.ca_file
    return ["--cacert", ca_file] if scheme == "https" and ca_file is not None else []


def _notes(asking: Asking, question: _Question) -> Sequence[str]:
    relay = None if asking.hop is None else asking.hop.relay
    has_token = relay is not None and bool(relay.secret_file or relay.secret_env)
    found = {
        CUT_NOTE: question.url.endswith(CUT),
        BODY_NOTE: question.body is not None and not _is_showable(question.body),
        GONE_NOTE: asking.probe is None,
        UNSIGNED_NOTE: has_token and asking.probe is not None,
        ROOT_NOTE: isinstance(asking.way, Netns),
    }
    return [note for note, holds in found.items() if holds]


def _has_query(probe: Probe | None) -> bool:
    prober = None if probe is None else probe.prober
    return isinstance(prober, Http | Page | Cors) and "?" in prober.path


def _split(url: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or port is None:
        return None
    return parts.scheme, parts.hostname, port
