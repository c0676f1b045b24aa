"""`hopwatch init` on a laptop with two uplinks: both are proposed, and who is reached by one of them only is looked at by it."""

import pytest
import yaml

from tests.internet.net import Internet
from tests.need import need_namespaces

HOPS = ("hk=http://hk.lab.test", "fn=http://fn.lab.test", "api=http://api.lab.test")


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    with Internet() as built:
        yield built


def hopwatch(net, vantage, *words):
    process = net.python(vantage, "-m", "probe", *words)
    out, err = process.communicate(timeout=90)
    return process.returncode, out, err


def proposed(net, vantage, *words):
    code, out, told = hopwatch(net, vantage, "init", *words, "--output", "-")
    assert code == 0, told
    return out, yaml.safe_load(out), told


@pytest.mark.timeout(120)
def test_what_is_proposed_with_two_uplinks_answers_from_both(net) -> None:
    text, written, _ = proposed(net, "v-multi", *HOPS, "--page", "page=http://page.lab.test")
    path = net.home / "proposed.yml"
    path.write_text(text)
    code, out, err = hopwatch(net, "v-multi", "check", "--config.file", str(path))

    assert written["vantages"] == {name: {"interface": {"name": name}} for name in ("wlan0", "wwan0")}
    assert set(written["routes"]["chat"]["checks"]) == {
        "alive-hk", "chain", "edge-fn", "through-fn", "reach-api", "preflight-hk", "loss", "path",
    }  # fmt: skip
    assert written["hops"]["fn"]["plan"] == "vercel-hobby"
    assert "plan" not in written["hops"]["hk"]
    assert code == 0, f"{out}{err}"


@pytest.mark.timeout(120)
def test_a_hop_that_only_one_uplink_reaches_is_looked_at_from_there(net) -> None:
    with net.under({"kind": "blackhole", "node": "r-wifi"}):
        text, written, told = proposed(net, "v-laptop", HOPS[0], HOPS[2])

    assert "hk answered only from wwan0; it is asked from every vantage all the same" in told
    assert "# /healthz answered 200, says it is nginx, from wwan0" in text
    assert {"alive-hk", "chain", "reach-api"} <= set(written["routes"]["chat"]["checks"])
