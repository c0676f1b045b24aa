"""Run Debian's nginx for a test: TLS with HTTP/2 and HTTP/1.1 on one socket, plain HTTP/1.1, and HTTP/2 without TLS."""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import rig_certificates as certificates
from tests.need import need, need_program

_CONFIGURATION = """
daemon off; worker_processes 1; user root; pid {folder}/pid; error_log {folder}/error.log warn;
events {{ worker_connections 64; }}
http {{
  access_log off; server_tokens off; keepalive_requests {requests};
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  client_max_body_size 1m; {http}
  server {{
    listen 127.0.0.1:{secure} ssl http2; listen 127.0.0.1:{plain}; listen 127.0.0.1:{prior} http2;
    server_name localhost; ssl_certificate {folder}/chain.pem; ssl_certificate_key {folder}/key.pem;
    {server}
  }}
}}
"""


@dataclass(frozen=True)
class Nginx:
    """Where it listens."""

    secure: int
    plain: int
    prior: int
    folder: Path

    def errors(self) -> str:
        """Return what it complained about."""
        return (self.folder / "error.log").read_text()


@contextmanager
def nginx(folder: Path, server: str, *, http: str = "", requests: int = 1000) -> Iterator[Nginx]:
    """Run it with these lines in its `server` and `http` blocks; its sockets are ours, so that no port is guessed."""
    program = need_program("nginx")
    has_http2 = b"http_v2_module" in subprocess.run([program, "-V"], capture_output=True).stderr
    need(has_http2, "an nginx with HTTP/2")
    leaf = certificates.authority().issue_cert("localhost", "127.0.0.1")
    (folder / "chain.pem").write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
    (folder / "key.pem").write_bytes(leaf.private_key_pem.bytes())
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(_listener()) for _ in range(3)]
        ports = [one.getsockname()[1] for one in listeners]
        place = Nginx(ports[0], ports[1], ports[2], folder)
        text = _CONFIGURATION.format(
            folder=folder,
            http=http,
            server=server,
            requests=requests,
            secure=ports[0],
            plain=ports[1],
            prior=ports[2],
        )
        (folder / "nginx.conf").write_text(text)
        descriptors = [one.fileno() for one in listeners]
        # As at a binary upgrade (nginx.org, "Controlling nginx"): these sockets are listening already.
        inherited = {**os.environ, "NGINX": "".join(f"{one};" for one in descriptors)}
        running = subprocess.Popen(
            [program, "-p", str(folder), "-c", "nginx.conf", "-e", f"{folder}/error.log"],
            env=inherited,
            pass_fds=descriptors,
        )
        try:
            yield place
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(10)


def _listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    listener.setblocking(False)
    return listener
