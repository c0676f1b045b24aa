"""The plan of config/lab.yml for a lab of a test's own, with its addresses and shorter time-outs."""

from pathlib import Path

import yaml

from probe.config import load, parse
from probe.lab import Lab
from probe.plan import Plan

LAB_YML = Path(__file__).parent.parent / "config" / "lab.yml"
# How many series the shipped lab configuration makes.
SERIES = len(load(LAB_YML).plan().probes)


def plan_for(lab: Lab, folder: Path) -> Plan:
    """Return the plan of the shipped lab configuration as it would be for `lab`; its CA goes to `folder`."""
    return parse(text_for(lab, folder), where="lab", folder=folder).plan()


def text_for(lab: Lab, folder: Path, interval: str = "5s", timeout: str = "1500ms") -> str:
    """Return the shipped lab configuration as it would be for `lab`; its CA goes to `folder`."""
    (folder / "ca.pem").write_bytes(lab.ca_pem)
    written = yaml.safe_load(LAB_YML.read_text())
    written["defaults"] = {"interval": interval, "timeout": timeout, "metered_interval": interval}
    written["resolvers"] = [f"udp://{lab.layout.dns_address}:{lab.layout.dns_port}"]
    for name, vantage in written["vantages"].items():
        vantage["source"]["address"] = lab.layout.sources[name]
    for name, hop in written["hops"].items():
        hop |= {"url": f"https://{lab.layout.name(name)}:{lab.layout.hop_port}", "ca_file": "ca.pem"}
    for route in written["routes"].values():
        for check in route["checks"].values():
            check.pop("timeout", None)
            check.pop("interval", None)
    return yaml.safe_dump(written)
