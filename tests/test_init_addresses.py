"""What people paste for an address, what becomes of it, and what a hostile hop cannot put into the file."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.config import parse
from probe.proposal.look import Seen, Sight
from probe.proposal.named import named
from probe.proposal.write import ANCHORS, From, write
from tests.rig_init import HTML, hop, run


@pytest.mark.parametrize(
    ("addresses", "names"),
    [
        (["https://www.a.test", "https://api.a.test"], ["a", "api-a-test"]),
        (["https://127.0.0.1:8443", "https://127.0.0.1:8444"], ["127-0-0-1", "127-0-0-1-8444"]),
        (["https://[2001:db8::1]:8443"], ["2001-db8-1"]),
        (["https://bücher.example"], ["xn--bcher-kva"]),
        (["HTTPS://HK.Example.NET/"], ["hk"]),
        (["hk.example.net:8443"], ["hk"]),
        (["https://no.test", "https://null.test", "https://1.test"], ["no", "null", "1-test"]),
        (["page=https://a.test", "https://page.test"], ["page", "page-test"]),
        ([f"https://{'a' * 63}.test"], ["a" * 50]),
    ],
)
def test_each_hop_gets_a_name_of_its_own_that_the_file_can_hold(tmp_path, addresses, names) -> None:
    code, written, _ = run(tmp_path, "--no-look", *addresses)

    assert (code, list(written["hops"]), written["routes"]["chat"]["hops"]) == (0, names, names)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no address is given"),
        ([""], "after // stands a host"),
        (["ftp://x"], "an address cannot be used: a URL begins with"),
        (["https://me:hunter2@x.test"], "a URL holds no user name or password"),
        (["https://x.test/v1?key=hunter2"], "a query may hold a key"),
        (["https://a.test", "https://A.test:443/"], "is named twice"),
        (["x=https://a.test", "x=https://b.test"], "two hops are given the name 'x'"),
        (["Relay=https://a.test"], "'Relay' is not a name"),
        (["=https://a.test"], "'' is not a name"),
        (["-a=https://a.test"], "No such option"),
        (["https://a.test", "--anchor", "moon=http://x"], "anchor 1 is none"),
        (["https://a.test", "--anchor", "abroad=http://me:hunter2@x"], "anchor 1 is none"),
        (["https://a.test/\x1b[31m"], "no control characters"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(tmp_path, words, said) -> None:
    code, written, told = run(tmp_path, "--no-look", *words)

    assert (code, written, said in told, "hunter2" in told) == (2, {}, True, False)


def test_a_page_beside_a_hop_of_its_name_gets_another(tmp_path) -> None:
    _, written, _ = run(tmp_path, "--no-look", "page=https://a.test", "--page", "page=https://b.test")

    assert (list(written["hops"]), written["routes"]["page"]["hops"]) == (["page", "page-2"], ["page-2"])


@pytest.mark.parametrize(
    "said",
    [
        "x: {y}\n# z", "#", "'\"{}[]&*!|>%@`", "{{ 7 * 7 }}{% raw %}", "\x1b]0;owned\x07\x1b[31m",
        "\x85evil: true", "a\tb",
    ],
)  # fmt: skip
def test_what_a_hop_says_of_itself_stays_a_comment(tmp_path, said) -> None:
    header = said.replace("\n", "\r\n ")
    with hop({"/": (200, HTML)}, server=header, location=header) as (near, _):
        code, written, told = run(tmp_path, f"api={near}")

    text = (tmp_path / "hopwatch.yml").read_text()
    assert (code, written["hops"]) == (0, {"api": {"url": near}})
    assert not any(one in text + told for one in "\x1b\x07\x85")


_HOSTS = st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z0-9-]{1,20}){0,2}", fullmatch=True)
_ADDRESSES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "no=", "y=", "0x1f=", "1e3=", "1_0=", "2001-01-01="]),
    st.sampled_from(["", "https://", "http://"]),
    _HOSTS,
    st.sampled_from(["", ":1", ":65535", "/a'b", "/é\u2028"]),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_ADDRESSES, min_size=1, max_size=4))
def test_whatever_address_is_taken_makes_a_file_that_the_reader_takes(addresses) -> None:
    try:
        hops = named(addresses)
    except ValueError:
        return
    text = write(
        Sight(route=tuple(Seen(hop=one) for one in hops)),
        [From(name="system", keys={"system": {}}, why="x")],
        ANCHORS,
    )

    assert [one.name for one in hops] == list(yaml.safe_load(text)["hops"])
    assert parse(text, where="x", folder=Path()).plan().hops
