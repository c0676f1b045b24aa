"""What a probe is said to put on the wire is what the interface counts, within a factor of two, in each direction."""

import datetime
import json
import sys
from pathlib import Path

import pytest
import trustme

from probe.config import parse
from probe.model.cost import TRANSPORT
from tests.internet.net import Internet
from tests.need import need_namespaces

# A host as the great platforms run them: an intermediate in the chain, RSA keys of 2,048 bits, a dozen names in the
# certificate, long headers, a body of some kilobytes, HTTP/1.1 and no more.
_SERVER = """
import http.server, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = b"x" * 3000
        self.send_response(204 if self.command == "OPTIONS" else 200)
        for number in range(10):
            self.send_header(f"x-some-header-{number}", "strict-origin-when-cross-origin")
        self.send_header("access-control-allow-origin", "*")
        if self.command != "OPTIONS":
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
    do_HEAD = do_OPTIONS = do_GET
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("0.0.0.0", 8443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print("ready", flush=True)
server.serve_forever()
"""
CHECKS = {
    "dns": "dns: {}",
    "tcp": "tcp: {}",
    "tls": "tls: {}",
    "http": "http: {}",
    "http2": "http: {protocol: auto}",
    "head": "http: {method: HEAD}",
    "page": "page: {}",
    "cors": 'cors: {origin: "https://page.lab.test", path: /api}',
    "icmp": "icmp: {}",
    "trace": "trace: {}",
}
RESOLVERS = {
    "tcp": "tcp://203.0.113.82",
    "tls": "tls://dns.lab.test#203.0.113.82",
    "https": "https://dns.lab.test/dns-query#203.0.113.82",
}
_ETHERNET = 14


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    with Internet() as built:
        yield built


@pytest.fixture(scope="module")
def hop(net):
    """Serve as a great platform does; return the hop's line."""
    folder = Path(net.home)
    root = trustme.CA(key_type=trustme.KeyType.RSA)
    names = ("hk.lab.test", *(f"name-{number}.of-the-same-platform.example" for number in range(12)))
    leaf = root.create_child_ca(key_type=trustme.KeyType.RSA).issue_cert(
        *names,
        key_type=trustme.KeyType.RSA,
        not_after=datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=30),
    )
    root.cert_pem.write_to_path(str(folder / "root.pem"))
    leaf.private_key_and_cert_chain_pem.write_to_path(str(folder / "leaf.pem"))
    server = net.popen("hk", sys.executable, "-c", _SERVER, str(folder / "leaf.pem"))
    assert server.stdout.readline().strip() == "ready"
    return f'{{url: "https://hk.lab.test:8443", families: [ipv4], ca_file: "{folder / "root.pem"}"}}'


def counted(net):
    """Return what the vantage's interface sent and received so far, as bytes of IP."""
    told = net.run("v-wifi", "ip", "-s", "-j", "link", "show", "dev", "wlan0").stdout
    stats = json.loads(told)[0]["stats64"]
    return [stats[way]["bytes"] - _ETHERNET * stats[way]["packets"] for way in ("tx", "rx")]


def measured(net, hop, check, resolver=None):
    """Run a check once from the vantage; return its estimate and what went over the wire."""
    path = Path(net.home) / "cost.yml"
    path.write_text(
        (f'resolvers: ["{resolver}"]\nresolver_ca_file: {net.ca_file}\n' if resolver else "")
        + f"hops: {{relay: {hop}}}\nroutes: {{way: {{hops: [relay], checks: {{one: {{{check}}}}}}}}}\n"
    )
    (probe,) = parse(path.read_text(), where="x", folder=path.parent).plan().probes
    before = counted(net)
    done = net.python("v-wifi", "-m", "probe", "check", "--config.file", str(path))
    out, err = done.communicate(timeout=30)
    assert done.returncode == 0, f"{out}{err}"
    return probe, [after - ago for after, ago in zip(counted(net), before, strict=True)]


@pytest.mark.parametrize("kind", CHECKS)
def test_an_estimate_is_within_a_factor_of_two_of_the_truth(net, hop, kind) -> None:
    probe, truth = measured(net, hop, CHECKS[kind])
    cost = probe.prober.cost(probe.hop)

    ratios = [said / true for said, true in zip((cost.sent_bytes, cost.received_bytes), truth, strict=True)]
    assert all(0.5 <= ratio <= 2 for ratio in ratios), (ratios, truth)


@pytest.mark.parametrize("transport", RESOLVERS)
def test_a_question_on_a_connection_is_counted_with_its_connection(net, hop, transport) -> None:
    probe, truth = measured(net, hop, "dns: {}", RESOLVERS[transport])
    cost = probe.prober.cost(probe.hop) + TRANSPORT[transport]

    # The resolver here has no intermediate in its chain, as great ones have, and two kilobytes less to send for it.
    spared = 0 if transport == "tcp" else 2_000
    ratios = [cost.sent_bytes / truth[0], cost.received_bytes / (truth[1] + spared)]
    assert all(0.5 <= ratio <= 2 for ratio in ratios), (ratios, truth)
