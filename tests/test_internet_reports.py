"""With `reports` the relay is the real nginx and the function the real one, and they say what fails behind them."""

import pytest

from tests.internet.net import Internet
from tests.need import need_namespaces, need_program

MODELS = "https://hk.lab.test/api/v1/models"


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    for program in ("curl", "nginx", "node"):
        need_program(program)
    times = {"upstream_timeout_seconds": 1.0, "function_limit_seconds": 0.9}
    with Internet(times=times, reports=True) as built:
        yield built


def told(net, url):
    """Return the status and every line of Proxy-Status, those of the hop nearest the origin first."""
    said = net.run(
        "v-wifi", "curl", "-4", "-sS", "-D", "-", "-o", "/dev/null", "--cacert", str(net.ca_file), url
    )
    first, *lines = said.stdout.splitlines()
    found = [line.partition(": ")[2] for line in lines if line.lower().startswith("proxy-status:")]
    return int(first.split()[1]), found


def test_all_is_well(net):
    assert told(net, MODELS) == (200, ["vercel; received-status=200", "hk-vps; received-status=200"])
    assert told(net, "https://hk.lab.test/healthz") == (200, ["hk-vps; error=proxy_internal_response"])


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (
            {"kind": "stopped", "host": "origin"},
            (502, ["vercel; error=connection_refused", "hk-vps; received-status=502"]),
        ),
        (
            {"kind": "blackhole", "node": "t-intl", "clients": ["vercel"], "to": ["origin"]},
            (504, ["vercel; error=connection_timeout", "hk-vps; received-status=504"]),
        ),
        ({"kind": "stopped", "host": "vercel"}, (502, ["hk-vps; error=destination_unavailable"])),
        (
            {"kind": "blackhole", "node": "t-intl", "clients": ["hk"], "to": ["vercel"]},
            (504, ["hk-vps; error=connection_timeout"]),
        ),
        (
            {"kind": "lab", "host": "vercel", "fault": "vercel.function-crash"},
            (500, ["hk-vps; received-status=500"]),
        ),
    ],
)
def test_the_hop_nearest_to_the_trouble_names_it(net, fault, expected):
    with net.under(fault):
        assert told(net, MODELS) == expected

    assert told(net, MODELS)[0] == 200
