"""docs/observation.md lists every field of every record, and no other."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from probe import model

DOCUMENT = Path(__file__).parent.parent / "docs" / "observation.md"
TYPES = (
    model.Identity, model.Series, model.Observation, model.Timing, model.Failure, model.Evidence, model.DnsQuery,
    model.DnsResponse, model.DnsRecord, model.Proxy, model.ProxyStep, model.Tcp, model.SoftError, model.TcpInfo, model.Tls, model.Certificate, model.Http, model.ProxyStatus,
    model.ServerTiming, model.Made,
    model.Ping, model.PingReply, model.Trace, model.TraceHop, model.Icmp, model.PathMtu,
    model.Miss, model.Finding, model.Incident, model.Change, model.Uplink,
    model.Health, model.Ailment,
)  # fmt: skip


def sections():
    found = {}
    for part in DOCUMENT.read_text().split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        found[title] = re.findall(r"^\| `(\w+)` \|", body, re.MULTILINE)
    return found


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_the_document_lists_the_fields_of(kind):
    assert sections()[kind.__name__] == [field.name for field in fields(kind)]


def test_the_document_has_no_other_sections():
    assert set(sections()) == {kind.__name__ for kind in TYPES}
