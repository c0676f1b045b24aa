"""A local proxy is found by its port, its variables, its tunnel or its resolver, and told as surely as it is known."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.machine.environment import Named, named_proxies
from probe.machine.fake import is_fake
from probe.machine.kind import Kind
from probe.machine.listener import _from_psutil, listeners
from probe.machine.proxies import local_proxies
from probe.machine.proxy import LocalProxy, Sign
from probe.machine.route import Carried, Load
from tests.machine_tree import interface, plant

NOWHERE: dict[str, str] = {}
TUN4 = Carried(version=4, table=2022, load=Load.EVERYTHING)


def listening(*lines, comm=None, extra=None):
    """Return a machine on which these (address, port, inode) listen; the first belongs to a program when `comm` names it."""
    table = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    )
    rows = [
        f"   {number}: {address}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  1000        0 {inode} 1 0 100 0 0 10 0\n"
        for number, (address, port, inode, state) in enumerate(lines)
    ]
    files = {"proc/net/tcp": table + "".join(rows), **(extra or {})}
    if comm:
        files |= {"proc/77/comm": f"{comm}\n", "proc/77/fd/5": f"-> socket:[{lines[0][2]}]"}
    return files


LOOPBACK, ANY, LAN = "0100007F", "00000000", "0501A8C0"


def found(root, files=NOWHERE, environment=NOWHERE, interfaces=()):
    return local_proxies(interfaces, plant(root, files), environment)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("198.18.0.1", True),
        ("198.19.255.255", True),
        ("198.17.255.255", False),
        ("198.20.0.0", False),
        ("::ffff:198.18.0.9", True),
        ("fc00::5", True),
        ("fc00:4000::1", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
        ("example.net", False),
        ("", False),
    ],
)
def test_invented_addresses_are_known_by_their_range(address, expected):
    assert is_fake(address) is expected


def test_a_program_that_is_seen_is_named(tmp_path):
    files = listening((LOOPBACK, 7890, 4001, "0A"), comm="mihomo")

    assert found(tmp_path, files) == (
        LocalProxy(
            sign=Sign.PORT,
            name="127.0.0.1:7890",
            sentence="mihomo listens on 127.0.0.1:7890, where it usually takes HTTP, and often SOCKS5 too.",
            evidence=("mihomo listens on 127.0.0.1, port 7890",),
            url="http://127.0.0.1:7890",
        ),
    )


def test_a_program_that_is_not_seen_is_not_guessed(tmp_path):
    (one,) = found(tmp_path, listening((ANY, 10808, 4001, "0A")))

    assert one == LocalProxy(
        sign=Sign.PORT,
        name="127.0.0.1:10808",
        sentence="Something listens on 127.0.0.1:10808, usually the port of v2rayN and Xray for SOCKS5, and often HTTP too; it was not asked what it is.",
        evidence=("a program of somebody else listens on 0.0.0.0, port 10808",),
        url="socks5h://127.0.0.1:10808",
    )


def test_another_program_on_a_proxys_port_is_told_by_its_name(tmp_path):
    (one,) = found(tmp_path, listening((LOOPBACK, 1080, 4001, "0A"), comm="ssh"))

    assert one.sentence.startswith("ssh listens on 127.0.0.1:1080, usually the port of a SOCKS proxy")


def test_a_proxys_other_ports_are_told_without_a_way_to_use_them(tmp_path):
    files = listening((LOOPBACK, 9090, 4001, "0A"), comm="verge-mihomo")

    (one,) = found(tmp_path, files)

    assert (one.sentence, one.url) == (
        "verge-mihomo, a proxy program, listens on 127.0.0.1:9090; what it takes there is not known.",
        None,
    )


@pytest.mark.parametrize(
    "line",
    [
        (LAN, 7890, 4001, "0A"),  # for others than this machine
        (LOOPBACK, 7890, 4001, "01"),  # a connection, nobody listens
        (LOOPBACK, 8080, 4001, "0A"),  # a port of anything
        ("xyz", 7890, 4001, "0A"),
    ],
)
def test_what_is_no_listener_of_a_proxy_is_none(tmp_path, line):
    assert found(tmp_path, listening(line)) == ()


def test_a_listener_on_ipv6_loopback_alone_is_reached_there(tmp_path):
    row = "   0: 00000000000000000000000001000000:1ED2 00000000000000000000000000000000:0000 0A 0:0 0:0 0 1000 0 4001 1\n"

    (one,) = found(tmp_path, {"proc/net/tcp6": "header\n" + row})

    assert one.url == "http://[::1]:7890"


def test_variables_that_name_one_proxy_are_told_together(tmp_path):
    files = listening((LOOPBACK, 7890, 4001, "0A"))
    environment = {
        "http_proxy": "http://127.0.0.1:7890",
        "HTTPS_PROXY": "127.0.0.1:7890/",
        "no_proxy": "localhost",
    }

    *_, one = found(tmp_path, files, environment)

    assert one == LocalProxy(
        sign=Sign.ENVIRONMENT,
        name="http://127.0.0.1:7890",
        sentence="http_proxy and HTTPS_PROXY send this user's programs to the proxy http://127.0.0.1:7890; hopwatch does not follow.",
        evidence=("http_proxy and HTTPS_PROXY are set", "no_proxy leaves out localhost"),
        url="http://127.0.0.1:7890",
    )


def test_a_dead_proxy_in_a_variable_is_told(tmp_path):
    (one,) = found(tmp_path, environment={"all_proxy": "socks5h://localhost:1086"})

    assert (one.is_dead, one.sentence) == (
        True,
        "all_proxy sends this user's programs to the proxy socks5h://localhost:1086, where nothing listens; hopwatch does not follow.",
    )


@pytest.mark.parametrize(
    ("value", "url", "has_password"),
    [
        ("http://me:hunter2@proxy.corp:3128", "http://proxy.corp:3128", True),
        ("me:hunter2@proxy.corp", "http://proxy.corp:80", True),
        ("socks5://[::1]:1080", "socks5://[::1]:1080", False),
        ("https://proxy.corp", "https://proxy.corp:443", False),
        ("http://me:hunter2/x@proxy.corp:3128", None, False),
        ("http://me:12/hunter2@proxy.corp:3128", None, False),
        ("http://me@you:hunter2@proxy.corp", None, False),
        ("hunter2://proxy.corp", None, False),
        ("http://proxy.corp:hunter2", None, False),
        ("http://hunter2 x:80", None, False),
    ],
)
def test_a_password_in_a_variable_is_never_kept(value, url, has_password):
    (one,) = named_proxies({"https_proxy": value})

    assert (one.url, one.has_password, "hunter2" in repr(one)) == (url, has_password, False)


@given(
    st.text("abcXYZ019-._~!$&'()*+,;=:@/?#[]% \\\x00\u2028é", min_size=6, max_size=20),
    st.sampled_from(["{}@h:1", "http://u:{}@h:1", "socks5://{}:p@h", "http://{}", "{}"]),
)
def test_whatever_stands_before_an_at_sign_is_not_told(secret, form):
    value = form.format(f"hunter2{secret}")

    (one,) = named_proxies({"all_proxy": value})

    is_before = "hunter2" in value.rpartition("@")[0]
    assert isinstance(one, Named)
    assert not (is_before and "hunter2" in repr(one))


def test_a_tunnel_with_the_default_route_is_in_the_way(tmp_path):
    tunnel = interface("Meta", Kind.TUN, addresses=("198.18.0.1",), carries=(TUN4,), chosen=(4,))

    assert found(tmp_path, interfaces=(tunnel,)) == (
        LocalProxy(
            sign=Sign.TUN,
            name="Meta",
            sentence="The tunnel Meta takes this machine's traffic to a proxy: what passes it shows that one's times, not the network's.",
            evidence=(
                "Meta carries everything of IPv4 in routing table 2022",
                "the kernel sends IPv4 far away by Meta",
                "Meta has the address 198.18.0.1",
            ),
            is_in_the_way=True,
        ),
    )


def test_a_tunnel_that_the_kernel_does_not_choose_is_told_with_care(tmp_path):
    (one,) = found(
        tmp_path, interfaces=(interface("wg0", Kind.TUN, addresses=("10.8.0.2",), carries=(TUN4,)),)
    )

    assert (one.sentence, one.is_in_the_way) == (
        "The tunnel wg0 leads to a proxy or VPN, and a routing rule may send traffic by it: what passes it shows that one's times, not the network's.",
        False,
    )


def test_a_tunnel_for_invented_addresses_alone_is_in_the_way(tmp_path):
    fake = Carried(version=4, table=254, load=Load.FAKE)

    (one,) = found(tmp_path, interfaces=(interface("tun0", Kind.TUN, carries=(fake,)),))

    assert (one.is_in_the_way, "fake-IP" in one.sentence) == (True, True)


@pytest.mark.parametrize(
    "quiet",
    [
        interface("tun0", Kind.TUN),
        interface("tun0", Kind.TUN, carries=(TUN4,), is_up=False),
        interface("wlan0", Kind.WIFI, carries=(TUN4,), chosen=(4,)),
    ],
)
def test_what_is_no_tunnel_in_use_is_none(tmp_path, quiet):
    assert found(tmp_path, interfaces=(quiet,)) == ()


@pytest.mark.parametrize(
    ("resolv", "behind", "expected"),
    [
        ("nameserver 198.18.0.2\n", "", "The resolver 198.18.0.2 is a local proxy's"),
        ("nameserver 127.0.0.53\n", "nameserver 198.18.0.2\n", "The resolver 198.18.0.2 is a local proxy's"),
        ("nameserver 172.19.0.2\n", "", "The resolver 172.19.0.2 is that of the tunnel tun0"),
        ("nameserver 192.168.1.1\nnameserver junk\n", "", None),
        ("nameserver 127.0.0.53\n", "nameserver 192.168.1.1\n", None),
        ("nameserver fe80::1%eth0\n", "", None),
    ],
)
def test_a_resolver_that_is_a_proxys_is_told(tmp_path, resolv, behind, expected):
    files = {"etc/resolv.conf": resolv, "run/systemd/resolve/resolv.conf": behind}
    tunnel = interface("tun0", Kind.TUN, addresses=("172.19.0.1",))

    told = [one.sentence for one in found(tmp_path, files, interfaces=(tunnel,))]

    assert [one.partition(":")[0] for one in told] == ([expected] if expected else [])


def test_a_listener_of_this_process_is_found_for_real_and_by_psutil_too(linux):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        seen = [[one for one in found if one.port == port] for found in (listeners(), _from_psutil())]

    # The kernel keeps fifteen characters of a program's name, psutil looks for the rest.
    assert {(one.address, (one.program or "")[:15]) for found in seen for one in found} == {
        ("127.0.0.1", seen[0][0].program)
    }
