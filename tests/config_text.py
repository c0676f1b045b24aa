"""A configuration that uses every section, and the ways in which tests ask for it."""

from pathlib import Path

from probe.config import Config, ConfigError, parse

FOLDER = Path("/etc/hopwatch")

GOOD = """\
version: 1
agent: local
defaults: {interval: 30s, timeout: 10s}
storage: {max_size: 256MiB, max_age: 30d, commit_interval: 1s}
metrics: {max_series: 5000}
resolvers: [system]
bogons: [198.51.100.0/24]
anchors:
  gstatic: {url: "http://www.gstatic.com/generate_204", where: abroad}
vantages:
  home: {system: {}, site: flat, region: cn-sh}
  wifi: {source: {address: 127.0.2.1}, resolvers: ["udp://127.0.2.53:5353"]}
hops:
  hk-vps: {url: "https://relay.example.net", address: 203.0.113.9}
  vercel: {url: "https://example.vercel.app"}
  direct: {url: "https://api.cerebras.ai"}
routes:
  chat:
    hops: [hk-vps, vercel, direct]
    vantages: [home, wifi]
    slo: {availability: 99.5, latency: 2s}
    maintenance: [{from: 2026-12-01T00:00:00Z, until: 2026-12-01T02:00:00Z}]
    checks:
      alive:
        hop: hk-vps
        interval: 15s
        timeout: 5s
        http: {path: /healthz, status: [200]}
      chain:
        hop: vercel
        through: direct
        http: {path: /api/v1/models, bearer: {env: KEY}, headers: {Accept: text/plain}}
"""


def load_text(text: str) -> Config:
    """Parse a text that stands in hopwatch.yml."""
    return parse(text, where="hopwatch.yml", folder=FOLDER)


def problems(text: str) -> list[str]:
    """Return what is wrong with a text, one rendered line each, without the file's name."""
    try:
        load_text(text)
    except ConfigError as error:
        return [line.removeprefix("hopwatch.yml:").lstrip() for line in str(error).splitlines()]
    return []
