"""What a configuration needs of the machine is looked for, each thing by its name, and what is missing fails."""

import socket

import pytest

from tests.doctor import need_own_network, told

HOP = 'hops: {h: {url: "https://192.0.2.1"}}\nroutes: {r: {hops: [h]%s}}\n'
NAMED = 'hops: {h: {url: "https://a.example"}}\nroutes: {r: {hops: [h]}}\n'


def test_a_configuration_that_trusts_its_own_authority_needs_no_other(tmp_path):
    (tmp_path / "own.pem").write_text("x")
    text = HOP.replace('.1"}', '.1", ca_file: own.pem}') % ""

    done, found = told(tmp_path, text, SSL_CERT_FILE=str(tmp_path / "gone"), SSL_CERT_DIR=str(tmp_path))

    assert (done.returncode, found["trust"]["state"], found["trust"]["needed"]) == (0, "cannot", False)


def test_a_missing_authority_file_is_missing(tmp_path):
    done, found = told(tmp_path, HOP.replace('.1"}', '.1", ca_file: own.pem}') % "")

    lack = found[f"ca_file {tmp_path}/own.pem"]
    assert (done.returncode, lack["state"], lack["mend"]) == (1, "cannot", f"ls -l {tmp_path}/own.pem")


@pytest.mark.parametrize(
    ("environment", "state"), [({}, "cannot"), ({"THE_KEY": ""}, "cannot"), ({"THE_KEY": "hunter2"}, "can")]
)
def test_a_secret_of_the_environment_is_looked_for_and_never_shown(tmp_path, environment, state):
    done, found = told(tmp_path, HOP % ", checks: {c: {http: {bearer: {env: THE_KEY}}}}", **environment)

    assert (found["secret THE_KEY"]["state"], "hunter2" in done.stdout) == (state, False)


def test_a_secret_file_that_is_not_there_is_missing(tmp_path):
    done, found = told(tmp_path, HOP % ", checks: {c: {http: {bearer: {file: key}}}}")

    assert (done.returncode, found[f"secret {tmp_path}/key"]["state"]) == (1, "cannot")


def test_a_source_address_that_is_not_here_is_missing_and_one_that_is_here_is_good(tmp_path, linux):
    text = "vantages: {gone: {source: {address: 192.0.2.77}}, here: {source: {address: 127.0.2.1}}}\n"

    done, found = told(tmp_path, text + HOP % "")

    assert (done.returncode, found["vantage gone"]["state"], found["vantage here"]["state"]) == (
        1,
        "cannot",
        "can",
    )
    assert found["vantage gone"]["sentence"].startswith("No socket can leave by it: ")


@pytest.fixture
def proxy():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_proxy_that_listens_is_good_and_needs_no_resolver_of_ours(tmp_path, proxy):
    text = f'vantages: {{v: {{proxy: {{url: "socks5h://127.0.0.1:{proxy}"}}}}}}\n'

    _, found = told(tmp_path, text + NAMED)

    assert (found["vantage v"]["state"], found["resolvers"]["needed"]) == ("can", False)


def test_a_proxy_of_this_machine_that_does_not_listen_is_missing(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    done, found = told(tmp_path, f'vantages: {{v: {{proxy: {{url: "http://127.0.0.1:{port}"}}}}}}\n' + NAMED)

    assert (done.returncode, found["vantage v"]["sentence"]) == (
        1,
        f"Nothing listens on 127.0.0.1:{port}, where its proxy should be: start the proxy program.",
    )


def test_a_namespace_that_is_not_there_is_missing(tmp_path):
    done, found = told(tmp_path, "vantages: {v: {netns: {name: no-such}}}\n" + HOP % "")

    assert (done.returncode, found["vantage v"]["state"]) == (1, "cannot")


@pytest.mark.parametrize(
    ("check", "needed"),
    [
        ("icmp: {}", {"ping"}),
        ("trace: {}", {"error_queue"}),
        ("tcp: {}", set()),
        ("tls: {}", {"trust"}),
        ("http: {}", {"trust"}),
        ("page: {}", {"trust"}),
        ("cors: {origin: 'https://page.example'}", {"trust"}),
    ],
)
def test_each_kind_of_check_needs_what_it_works_by(tmp_path, check, needed):
    _, found = told(tmp_path, HOP % f", checks: {{c: {{{check}}}}}")

    always = {"platform", "clock", "store", "vantage system"}
    assert {name for name, one in found.items() if one["needed"]} == always | needed


@pytest.mark.parametrize(
    "check", ["http: {}", "page: {}", "cors: {origin: 'https://page.example'}", "tls: {}"]
)
def test_a_hop_without_tls_needs_no_authority(tmp_path, check):
    text = HOP.replace("https://192", "http://192") % f", checks: {{c: {{{check}}}}}"

    _, found = told(tmp_path, text)

    # A check of TLS speaks it whatever the hop's address begins with.
    assert found["trust"]["needed"] is (check == "tls: {}")


ENCRYPTED = 'resolvers: ["https://dns.example/dns-query#192.0.2.53"]\n'


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (ENCRYPTED + NAMED.replace("https:", "http:"), True),
        (ENCRYPTED + "resolver_ca_file: own.pem\n" + NAMED.replace("https:", "http:"), False),
        ('resolvers: ["udp://192.0.2.53"]\n' + NAMED.replace("https:", "http:"), False),
        (ENCRYPTED + HOP.replace("https:", "http:") % "", False),
        (HOP % ", checks: {c: {dns: {name: a.example, resolver: 'tls://dns.example#192.0.2.53'}}}", True),
    ],
    ids=["for the resolver", "its own", "not encrypted", "asked nothing", "named by a check"],
)
def test_an_encrypted_resolver_needs_somebody_to_vouch_for_it(tmp_path, text, needed):
    (tmp_path / "own.pem").write_text("x")

    _, found = told(tmp_path, text)

    assert found["trust"]["needed"] is needed


def test_a_missing_file_of_a_resolvers_authorities_is_missing(tmp_path):
    done, found = told(tmp_path, ENCRYPTED + "resolver_ca_file: gone.pem\n" + NAMED)

    lack = found[f"resolver_ca_file {tmp_path}/gone.pem"]
    assert (done.returncode, lack["state"], lack["mend"]) == (1, "cannot", f"ls -l {tmp_path}/gone.pem")


def test_a_missing_authority_file_of_an_anchor_is_missing(tmp_path):
    anchors = 'anchors: {far: {url: "https://far.example", where: abroad, ca_file: far.pem}}\n'

    done, found = told(tmp_path, anchors + HOP % "")

    assert (done.returncode, found[f"ca_file {tmp_path}/far.pem"]["state"]) == (1, "cannot")


def test_a_raw_ping_needs_the_right_only_where_ping_sockets_are_forbidden(tmp_path):
    _, found = told(tmp_path, HOP % ", checks: {c: {icmp: {raw: true}}}")

    is_forbidden = found["ping"]["state"] == "cannot"
    assert (found["raw"]["needed"], found["ping"]["needed"]) == (is_forbidden, not is_forbidden)


NAMES = ("out", "lan", "cut", "gone")


def test_each_interface_is_told_with_what_it_lacks_and_nothing_leaves_by_any(tmp_path):
    vantages = [f"  {name}: {{interface: {{name: {name}}}, resolvers: [192.0.2.53]}}\n" for name in NAMES]

    done, found = told(tmp_path, f"vantages:\n{''.join(vantages)}{NAMED}", before=need_own_network())

    assert {
        name: (found[f"vantage {name}"]["state"], found[f"vantage {name}"]["mend"]) for name in NAMES
    } == {
        "out": ("can", None),
        "lan": ("degraded", "sudo ip route add default via ROUTER dev lan metric 900"),
        "cut": ("cannot", "sudo ip link set cut up"),
        "gone": ("cannot", "ip -brief address"),
    }
    assert (done.stderr, (tmp_path / "sent").read_text()) == ("exit 1\n", "0\n")
