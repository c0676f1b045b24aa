"""A vantage of kind netns leaves by a network namespace, and the program itself stays where it is."""

import json
import socket
import threading
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from probe.prober.http import Http
from probe.vantage.netns import Netns
from probe.wire.errors import RefusedError
from tests.internet.net import Internet
from tests.need import need_namespaces
from tests.rig import bench


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    with Internet() as built:
        yield built


def own_namespace():
    return Path("/proc/thread-self/ns/net").stat().st_ino


async def test_a_probe_leaves_by_the_namespace_and_asks_the_resolvers_set_for_it(net) -> None:
    way = Netns(name=net.place("v-mobile"))
    before = own_namespace()
    async with bench() as ready:
        seen = await ready.ask(
            Http(path="/whoami"), host="page.lab.test", port=80, way=way, resolvers=way.own_resolvers()
        )

    assert seen.failure is None
    assert seen.evidence.tcp.source == net.address("v-mobile")
    assert [one.resolver for one in seen.evidence.dns] == ["udp://198.51.100.53:53"]
    assert net.record("static", "request")[-1]["client"] == net.seen_as("v-mobile")
    assert own_namespace() == before
    assert way.lack() is None
    assert way.record_types == ("A", "AAAA")


def test_a_namespace_may_be_given_by_its_path(net) -> None:
    with Netns(name=f"/run/netns/{net.place('v-wifi')}").open(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((net.address("static"), 53))

        assert sock.getsockname()[0] == net.address("v-wifi")


def test_no_other_thread_and_no_later_socket_is_moved(net) -> None:
    way, places, home = Netns(name=net.place("v-wifi")), set(), own_namespace()

    def look() -> None:
        for _ in range(50):
            places.add(own_namespace())

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        way.open(socket.AF_INET, socket.SOCK_DGRAM).close()
    for thread in threads:
        thread.join()

    assert places == {home} == {own_namespace()}


@pytest.mark.parametrize(
    ("name", "cause", "sentence"),
    [
        (
            "hopwatch-nowhere",
            "local.interface_down",
            "there is no network namespace /run/netns/hopwatch-nowhere",
        ),
        ("/dev/null", "local.interface_down", "/dev/null is no network namespace: Invalid argument"),
    ],
)
def test_what_is_no_namespace_is_said(linux, name, cause, sentence) -> None:
    way = Netns(name=name)
    with pytest.raises(RefusedError) as refused:
        way.open(socket.AF_INET, socket.SOCK_DGRAM)

    assert (refused.value.cause, refused.value.strerror) == (cause, sentence)
    assert way.lack() == sentence


_ENTER = """
import json, socket, sys
from probe.vantage.netns import Netns
print(json.dumps([Netns(name=sys.argv[1]).lack(), Netns(name=sys.argv[1]).record_types]))
"""


def test_a_user_without_rights_is_told_what_it_needs(net) -> None:
    place = net.place("v-mobile")
    out, error = net.python("v-wifi", "-c", _ENTER, place).communicate(timeout=10)

    assert not error
    assert json.loads(out) == [
        f"entering the network namespace /run/netns/{place} needs root (CAP_SYS_ADMIN), and nothing was sent",
        ["A", "AAAA"],
    ]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b"])
def test_what_cannot_be_a_namespace_is_a_mistake(name) -> None:
    with pytest.raises(ValidationError, match="neither the name of a network namespace nor the whole path"):
        TypeAdapter(Netns).validate_python({"name": name})
