"""What docs/lab.md says of the lab is what the lab is."""

from pathlib import Path

from probe.cause.taxonomy import is_known
from probe.lab import FAULTS, HOPS, VANTAGES, Layout
from probe.lab.fault import markdown_table

GUIDE = Path(__file__).parent.parent / "docs" / "lab.md"


def test_the_table_of_faults_is_the_registry() -> None:
    assert markdown_table() in GUIDE.read_text(encoding="utf-8")


def test_the_map_of_addresses_is_the_layout() -> None:
    layout = Layout()
    rows = [
        f"| {name} | " + " | ".join(f"`{layout.address(hop, name)}`" for hop in HOPS) + " |"
        for name in VANTAGES
    ]

    guide = GUIDE.read_text(encoding="utf-8")
    assert [row for row in rows if row not in guide] == []


def test_a_cause_is_named_by_itself_and_by_each_prefix_only() -> None:
    fault = FAULTS["hk-vps.cert-expired"]
    named = [
        fault.is_named_by(cause) for cause in ("tls.cert.expired", "tls.cert", "tls", "tls.cert.exp", "tcp")
    ]

    assert named == [True, True, True, False, False]


def test_the_true_cause_of_every_fault_is_in_the_taxonomy() -> None:
    assert [fault.id for fault in FAULTS.values() if not is_known(fault.cause)] == []
