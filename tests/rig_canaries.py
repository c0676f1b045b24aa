"""A configuration with a canary in every place for a secret, and servers that repeat to the client what it sent."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel

from probe.config import json_schema
from probe.secret import Secret

KINDS = ("echo", "reset", "truncated", "silent", "garbage", "moved", "chunks")
CONFIG = """
version: 1
vantages:
  direct: {{system: {{}}}}
  open: {{proxy: {{url: "http://127.0.0.1:{port}", user: me, password: {{file: {proxy}}}}}}}
  shut: {{proxy: {{url: "http://127.0.0.1:{refusing}", user: me, password: {{file: {proxy}}}}}}}
hops:
  api: {{url: "http://127.0.0.1:{port}", mine: true, relay: {{secret: {{env: CANARY_RELAY}}}}}}
  tls: {{url: "https://127.0.0.1:{port}", mine: true}}
routes:
  chat:
    hops: [api]
    checks:
      basic: {{interval: 1s, timeout: 800ms, http: {{path: /echo, basic: {{user: me, password: {{file: {basic}}}}}}}}}
      header: {{interval: 1s, timeout: 800ms, http: {{path: /echo, headers: {{X-Key: {{env: CANARY_HEADER}}}}}}}}
      page: {{interval: 1s, timeout: 800ms, page: {{path: /echo, headers: {{X-Key: {{file: {page}}}}}}}}}
      query: {{interval: 1s, timeout: 800ms, http: {{path: "/echo?key={query}"}}}}
{bearers}
  sealed: {{hops: [tls], checks: {{bearer: {{interval: 1s, timeout: 800ms, http: {{bearer: {{file: {bearer}}}}}}}}}}}
notify:
  channels:
    hook: {{webhook: {{url: {{file: {hook}}}, secret: {{file: {signing}}}}}}}
    slack: {{slack: {{url: {{file: {slack}}}}}}}
    telegram: {{telegram: {{token: {{file: {telegram}}}, chat: "1", api: "http://127.0.0.1:{port}"}}}}
    feishu: {{feishu: {{url: {{file: {feishu}}}, secret: {{file: {signing2}}}}}}}
    dingtalk: {{dingtalk: {{url: {{file: {dingtalk}}}, secret: {{file: {signing3}}}}}}}
    wecom: {{wecom: {{url: {{file: {wecom}}}}}}}
"""
BEARER = (
    "      {kind}: {{interval: 1s, timeout: 800ms,"
    " http: {{path: /{kind}, redirects: 2, bearer: {{file: {bearer}}}}}}}\n"
)
# Whole addresses are secrets there: the canary is the last part of the path.
URLS = ("hook", "slack", "feishu", "dingtalk", "wecom")
PLAIN = ("basic", "bearer", "page", "proxy", "telegram", "signing", "signing2", "signing3")
VARIABLES = ("CANARY_RELAY", "CANARY_HEADER")


@dataclass
class Canaries:
    """The values by name, the file that names them, and the bytes that reached a server."""

    values: dict[str, str]
    config: Path
    arrived: list[bytes] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that hold secrets."""
        return {name: self.values[name] for name in VARIABLES}

    def reached(self) -> set[str]:
        """Return the names of those that a server was sent, as they are or as HTTP's basic authentication."""
        told = b"".join(self.arrived)
        return {
            name for name, value in self.values.items() if any(one.encode() in told for one in spelt(value))
        }

    def within(self, text: str | bytes) -> set[str]:
        """Return the names of those that are found in what was shown."""
        shown = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        lower = shown.lower()
        return {
            name
            for name, value in self.values.items()
            if any(one.lower().encode() in lower for one in spelt(value))
        }


def spelt(value: str) -> set[str]:
    """Return a secret as it may be met: itself, percent-encoded, and in base64 as a password."""
    basic = base64.b64encode(f"me:{value}".encode()).decode()
    return {value, quote(value, safe=""), basic, value[: len(value) // 2]}


@asynccontextmanager
async def canaries(folder: Path) -> AsyncIterator[Canaries]:
    """Write the configuration and its secrets, and serve what it asks."""
    made: dict[str, str] = {
        name: f"canary/{number}+{secrets.token_hex(12)}"
        for number, name in enumerate((*PLAIN, *URLS, *VARIABLES, "query"))
    }
    # Part of a path or a query as it is.
    for name in (*URLS, "query", "telegram"):
        made[name] = secrets.token_hex(16)
    held = Canaries(made, folder / "hopwatch.yml")
    async with _serving(held, refuses=False) as port, _serving(held, refuses=True) as refusing:
        for name in (*PLAIN, *URLS):
            text = f"http://127.0.0.1:{port}/notify/{made[name]}" if name in URLS else made[name]
            (folder / f"{name}.key").write_text(text + "\n")
            (folder / f"{name}.key").chmod(0o600)
        names = {name: f"{name}.key" for name in (*PLAIN, *URLS)}
        bearers = "".join(BEARER.format(kind=kind, bearer=names["bearer"]) for kind in KINDS)
        held.config.write_text(
            CONFIG.format(port=port, refusing=refusing, query=made["query"], bearers=bearers, **names)
        )
        yield held


@asynccontextmanager
async def _serving(held: Canaries, *, refuses: bool) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                held.arrived.append(head)
                if not await _reply(head, reader, writer, refuses=refuses):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _reply(
    head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, refuses: bool
) -> bool:
    """Answer one request in the way that its path asks for; tell whether another may follow."""
    told = b" ".join(head.split())
    whole = b"%b\r\nX-Echo: %b\r\nContent-Length: %d\r\n\r\n%b"
    if head.startswith(b"CONNECT "):
        writer.write(
            b"HTTP/1.1 " + whole % (b"407 " + told, told, len(told), told)
            if refuses
            else b"HTTP/1.1 200 OK\r\n\r\n"
        )
        return not refuses
    kind = head.split()[1].split(b"?")[0].strip(b"/").decode("latin-1")
    match kind:
        case "reset":
            writer.transport.abort()
        case "silent":
            await asyncio.sleep(5)
        case "truncated":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + told)
        case "garbage":
            writer.write(told + b"\r\n\r\n")
        case "chunks":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + told + b"\r\n")
        case "moved":
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: /x?" + told + b"\r\nContent-Length: 0\r\n\r\n")
        case _:
            writer.write(b"HTTP/1.1 " + whole % (b"418 " + told, told, len(told), told))
    return False


def places_known() -> set[tuple[str, str]]:
    """Return every place for a secret that the schema knows: the part that has the key, and the key."""
    definitions = json_schema()["definitions"]
    assert isinstance(definitions, Mapping)
    return {
        (name, key)
        for name, part in definitions.items()
        for key, value in part.get("properties", {}).items()
        if any(reference.endswith("/Secret") for reference in _references(value))
    }


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def places_used(value: object, place: tuple[str, str] = ("", "")) -> Iterator[tuple[str, str]]:
    """Yield every place of a loaded configuration at which there is a secret."""
    if isinstance(value, Secret):
        yield place
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from places_used(one, place)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from places_used(one, place)
    elif isinstance(value, BaseModel) or (is_dataclass(value) and not isinstance(value, type)):
        names = (
            type(value).model_fields if isinstance(value, BaseModel) else [one.name for one in fields(value)]
        )
        for name in names:
            yield from places_used(getattr(value, name), (type(value).__name__, name))
