"""A second opinion: an unbound of the distribution is asked over every transport."""

import subprocess
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import AF_INET, SO_REUSEADDR, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET, socket

import pytest

from probe.prober.dns import Dns
from tests import rig_certificates as certificates
from tests.need import need, need_program
from tests.rig import ask, verdict

_CONFIGURATION = """\
server:
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  do-daemonize: no
  module-config: "iterator"
  interface: 127.0.0.1@{plain}
  interface: 127.0.0.1@{tls}
  interface: 127.0.0.1@{https}
  tls-port: {tls}
  https-port: {https}
  tls-service-key: "{folder}/key.pem"
  tls-service-pem: "{folder}/chain.pem"
  local-zone: "test." static
  local-data: "relay.test. 60 IN A 192.0.2.7"
{texts}
remote-control:
  control-enable: no
"""
PORTS = {"udp": "plain", "tcp": "plain", "tls": "tls", "https": "https"}


def free_ports(count):
    with ExitStack() as held:
        ports: list[int] = []
        for _ in range(count):
            for kind in (SOCK_STREAM, SOCK_DGRAM):
                taken = held.enter_context(socket(AF_INET, kind))
                taken.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
                taken.bind(("127.0.0.1", 0 if kind is SOCK_STREAM else ports[-1]))
                if kind is SOCK_STREAM:
                    ports.append(taken.getsockname()[1])
        return ports


@contextmanager
def unbound(folder: Path):
    program = need_program("unbound")
    leaf = certificates.authority().issue_cert("dns.test")
    leaf.private_key_pem.write_to_path(str(folder / "key.pem"))
    leaf.cert_chain_pems[0].write_to_path(str(folder / "chain.pem"))
    ports = dict(zip(("plain", "tls", "https"), free_ports(3), strict=True))
    file = folder / "unbound.conf"
    texts = "\n".join(f"  local-data: 'many.test. 60 IN TXT {n:03}{'x' * 200}'" for n in range(20))
    file.write_text(_CONFIGURATION.format(folder=folder, texts=texts, **ports))
    log = folder / "log"
    with log.open("w") as told:
        running = subprocess.Popen([program, "-d", "-c", str(file)], stderr=told)
    try:
        is_up = _comes_up(running, ports["https"])
        need(is_up or "https-port" not in log.read_text(), "an unbound that speaks HTTPS")
        assert is_up, log.read_text()
        yield ports
    finally:
        running.kill()
        running.wait()


def _comes_up(running: subprocess.Popen[bytes], port: int) -> bool:
    for _ in range(200):
        with socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return True
        if running.poll() is not None:
            return False
        time.sleep(0.02)
    return False


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbound")
    with unbound(folder) as ports:
        yield {
            scheme: f"{scheme}://{'dns.test' if scheme in ('tls', 'https') else '127.0.0.1'}:{ports[name]}"
            f"{'/dns-query' if scheme == 'https' else ''}{'#127.0.0.1' if scheme in ('tls', 'https') else ''}"
            for scheme, name in PORTS.items()
        }


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory):
    return certificates.trust_file(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize(
    ("prober", "cause"),
    [
        (Dns(name="relay.test", answer="192.0.2.7"), None),
        (Dns(name="many.test", type="TXT", answer="x{200}"), None),
        (Dns(name="nobody.test"), "dns.nxdomain"),
        (Dns(name="relay.test", type="AAAA"), "dns.no_data"),
    ],
    ids=["address", "4 kB", "nxdomain", "no data"],
)
@pytest.mark.parametrize("scheme", PORTS)
async def test_a_server_of_others_is_understood_by_every_transport(
    scheme, prober, cause, places, ca_file
) -> None:
    observation = await ask(prober, resolvers=(places[scheme],), resolver_ca_file=ca_file)

    [query] = observation.evidence.dns
    spoken = "tcp" if prober.name == "many.test" and scheme == "udp" else scheme
    assert (verdict(observation)[0], query.transport) == (cause, spoken)
    assert query.http_status == (200 if scheme == "https" else None)
    assert query.error is None
