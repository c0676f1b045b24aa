"""Hops for `hopwatch init` to look at, and a way to run it."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from probe.cli.init import init
from probe.config import parse

JSON, HTML = "application/json", "text/html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a hop answers, and what it was asked."""

    answers: Mapping[str, tuple[int, str]]
    body: str
    server: str
    allows: str | None
    delay_seconds: float
    headers: Mapping[str, str]
    asked: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def status(self, path: str) -> tuple[int, str]:
        """Return status and type of a path; where a redirect leads to, there is a page."""
        found = path == self.headers.get("location")
        return self.answers.get(path, (200 if found else 404, HTML))


class _Server(ThreadingHTTPServer):
    """Serves by a script, and says nothing of clients that went away."""

    script: Script

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


class _Handler(BaseHTTPRequestHandler):
    """Answers by the server's script."""

    server: _Server

    def version_string(self) -> str:
        return self.server.script.server

    def do_GET(self) -> None:
        script = self.server.script
        script.asked.append(f"{self.command} {self.path}")
        if script.is_over.wait(script.delay_seconds):
            return
        status, kind = script.status(self.path)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in script.headers.items():
            self.send_header(name.replace("_", "-"), value)
        self._send_body("" if status == 204 else script.body or f"{status} at {self.path}")

    do_HEAD = do_GET  # noqa: N815 - the standard library looks for this name

    def _send_body(self, body: str) -> None:
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body.encode())

    def do_OPTIONS(self) -> None:
        script = self.server.script
        script.asked.append(f"{self.command} {self.path}")
        self.send_response(204 if script.allows else 405)
        if script.allows:
            self.send_header("Access-Control-Allow-Origin", script.allows)
            self.send_header("Access-Control-Allow-Headers", "authorization, content-type")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def hop(
    answers: Mapping[str, tuple[int, str]],
    body: str = "",
    *,
    server: str = "nginx",
    allows: str | None = None,
    delay_seconds: float = 0.0,
    **headers: str,
) -> Iterator[tuple[str, list[str]]]:
    """Serve the given statuses and types, and preflights of the origins it allows; yield the address and what was asked."""
    script = Script(
        answers=answers, body=body, server=server, allows=allows, delay_seconds=delay_seconds, headers=headers
    )
    with _Server(("127.0.0.1", 0), _Handler) as listening:
        listening.script = script
        threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}", script.asked
        finally:
            script.is_over.set()
            listening.shutdown()


def run(folder: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """Run `hopwatch init`; return its exit code, what it wrote, which the reader takes, and what it said."""
    output = folder / "hopwatch.yml"
    result = CliRunner().invoke(init, [*words, "--output", str(output)])
    written = yaml.safe_load(output.read_text()) if output.exists() else {}
    if written:
        parse(output.read_text(), where="written", folder=folder)
    return result.exit_code, written, result.stderr
