"""A fault is plain data, refused in one sentence when it means nothing, and told in the record of what happened."""

from pathlib import Path

import pytest

from tests.internet.ground import FaultError
from tests.internet.injection import KINDS, read
from tests.internet.line import RefusedError
from tests.internet.net import Internet
from tests.need import need_namespaces


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    with Internet() as built:
        yield built


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "there is no kind of fault 'None'; there are loss, "),
        ({"kind": "los"}, "there is no kind of fault 'los'; there are loss, "),
        ({"kind": "loss", "node": "t-cn"}, "loss: share: Field required"),
        ({"kind": "loss", "node": "t-cn", "share": "much"}, "loss: share: Input should be a valid number"),
        ({"kind": "loss", "node": "t-cn", "share": 1, "too": ["hk"]}, "loss: no too; it knows clients, to, "),
        ({"kind": "censor", "by": "name", "action": "drop"}, "censor: by: Input should be 'sni', 'host', "),
        ({"kind": "door", "host": "hk", "act": "slam"}, "door: act: Input should be 'hang', "),
    ],
)
def test_what_is_no_fault_is_refused_in_a_sentence(given, sentence):
    with pytest.raises(FaultError) as refused:
        read(given)

    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"kind": "loss", "node": "t-us", "share": 1}, "there is no node 't-us'; there are r-wifi, "),
        ({"kind": "blackhole", "node": "t-cn", "to": ["hkk"]}, "'hkk' is neither a node nor an address nor"),
        ({"kind": "wire", "wire": "wifi", "loss": 1}, "this needs a box on the wires: Internet(wires="),
        (
            {"kind": "link", "host": "hk", "interface": "wlan0", "act": "down"},
            "there is no host 'hk' with an",
        ),
        (
            {"kind": "door", "host": "hk", "act": "certificate", "certificate": "x"},
            "'x' is none of good, exp",
        ),
        ({"kind": "blackhole", "node": "t-cn", "to": ["203.0.113.1"], "family": 6}, "clients, servers and f"),
    ],
)
def test_what_cannot_be_here_is_refused_in_a_sentence(net, given, sentence):
    with pytest.raises(FaultError) as refused:
        net.inject(given)

    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "dns", "host": "v-wifi"},
        {"kind": "web", "host": "dns"},
        {"kind": "lab", "host": "hk", "fault": "hk-vps.nonsense"},
        {"kind": "lab", "host": "hk", "fault": "vercel.function-crash"},
        {"kind": "lab", "host": "cn", "fault": "vercel.function-crash"},
        {"kind": "stopped", "host": "dns", "server": "web"},
    ],
)
def test_what_a_host_cannot_do_is_refused(net, given):
    with pytest.raises(RefusedError):
        net.inject(given)


def test_a_fault_that_was_refused_is_not_in_force(net):
    with pytest.raises(FaultError):
        net.inject({"kind": "loss", "node": "t-us", "share": 1})
    before = len(net.happenings())
    net.heal()

    assert len(net.happenings()) == before


def test_an_id_that_is_not_in_force_cannot_be_healed(net):
    number = net.inject({"kind": "loss", "node": "t-cn", "share": 0})
    net.heal(number)

    with pytest.raises(FaultError, match=f"no fault {number} is in force"):
        net.heal(number)


def test_everything_can_be_healed_at_once(net):
    loss = {"kind": "loss", "node": "t-cn", "share": 0}
    numbers = [net.inject(loss), net.inject(loss)]
    net.heal()

    assert [each["id"] for each in net.happenings() if each["event"] == "healed"][-2:] == numbers[::-1]


def test_a_block_heals_what_it_injected_also_when_it_fails(net):
    with pytest.raises(ZeroDivisionError), net.under({"kind": "loss", "node": "t-cn", "share": 0}):
        _ = 1 / 0

    assert net.happenings()[-1]["event"] == "healed"


def test_what_was_injected_is_told_with_its_data_and_time(net):
    loss = {"kind": "loss", "node": "t-cn", "share": 0.0, "to": ["hk"]}
    number = net.inject(loss)
    net.heal(number)
    injected, healed = net.happenings()[-2:]

    assert {key: injected[key] for key in ("event", "id", "fault")} == {
        "event": "injected", "id": number, "fault": loss,
    }  # fmt: skip
    assert healed["event"] == "healed"
    assert injected["at"] <= healed["at"]


def test_every_kind_is_in_the_readme():
    text = (Path(__file__).parent / "internet/README.md").read_text()

    assert [kind for kind in KINDS if f"| `{kind}` |" not in text] == []
