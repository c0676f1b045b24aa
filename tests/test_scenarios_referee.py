"""Whether a user would have got the page is for a browser to say: Chromium's word is what the scenarios call the truth."""

import re

import pytest

from tests.need import need, need_program, need_tun
from tests.rig_referee import POLICY_FOLDER, Errand, errand, in_force, judged
from tests.rig_scenarios import shipped, written

# What Chromium says of pages that are not got, by file, so that they are missed for the reason that the file tells.
FILES: dict[str, set[str]] = {
    "own/s016-released-ipv6-address.yaml": set(),
    "own/s093-addresses-rotate.yaml": set(),
    "own/s101-formerr-on-edns.yaml": set(),
    "ooni/w15-hijacked-to-working-proxy.yaml": set(),
    "ooni/x30-ipv6-unreachable.yaml": set(),
    "own/s004-captive-portal.yaml": {"net::ERR_CERT_AUTHORITY_INVALID"},
    "own/s029-sni-filter.yaml": {"net::ERR_CONNECTION_RESET", "net::ERR_CONNECTION_REFUSED"},
    "own/s036-mtu-hole.yaml": {"nothing"},
    "own/s043-interception-of-one.yaml": {"net::ERR_CERT_AUTHORITY_INVALID"},
    "own/s045-name-rejected.yaml": {"net::ERR_SSL_UNRECOGNIZED_NAME_ALERT"},
    "own/s050-advert-on-port-80.yaml": {"another page"},
    "ooni/w11-nxdomain.yaml": {"net::ERR_NAME_NOT_RESOLVED"},
    "ooni/w37-redirect-target-sni-dropped.yaml": {"nothing"},
    "badssl/expired.yaml": {"net::ERR_CERT_DATE_INVALID"},
    "badssl/incomplete-chain.yaml": {"net::ERR_CERT_AUTHORITY_INVALID"},
}
# The first test lets the browsers look, for all of them.
pytestmark = [pytest.mark.timeout(300), pytest.mark.referee]


@pytest.fixture(scope="module")
def words():
    """Let a user look at every vantage of every file, several at a time."""
    need_tun()
    program = need_program("chromium")
    need(POLICY_FOLDER.is_dir(), f"Debian's Chromium, with {POLICY_FOLDER}")
    return judged([scenario for _, scenario in shipped(*FILES)], program)


def test_before_anything_is_wrong_a_user_gets_every_page(words):
    lacked = {key: word.lacked for key, word in words.items() if word.lacked}

    assert lacked == {}


@pytest.mark.parametrize("name", FILES)
def test_a_user_gets_the_pages_where_the_truth_says_so_and_only_there(words, name):
    ((_, scenario),) = shipped(name)
    said = {vantage: word for (where, vantage), word in words.items() if where == scenario.id}
    truth = {vantage: scenario.truth_of(vantage).service for vantage in said}

    assert len(said) == len(scenario.daemons)
    assert {vantage: word.service for vantage, word in said.items()} == truth
    assert {why for word in said.values() for why in word.lost.values()} <= FILES[name]


def test_what_has_ended_when_the_last_fault_begins_is_not_in_force():
    scenario = written(
        "events:\n"
        "  - {at: 0, until: 2, inject: {kind: stopped, host: hk}}\n"
        "  - {at: 1, inject: {kind: stopped, host: static}}\n"
        "  - {at: 3, until: 5, inject: {kind: stopped, host: cn}}\n"
    )

    assert [fault["host"] for fault in in_force(scenario)] == ["static", "cn"]


def test_of_the_checks_of_a_hop_a_user_wants_what_the_deepest_asks_for():
    pages = {"https://hk-vps.lab.test/api/v1/models": (200,), "https://static.lab.test/": (200,)}

    assert errand(written(""), "v-wifi") == Errand(vantage="wifi", pages=pages)


def test_a_page_counts_with_the_statuses_of_its_check():
    page = (
        "config: {routes: {chat: null, page: {checks: {page: {http: {path: /redirects/3, status: [404]}}}}}}"
    )

    assert errand(written(page), "v-wifi") == Errand(
        vantage="wifi", pages={"https://static.lab.test/redirects/3": (404,)}
    )


def test_what_no_browser_asks_for_is_refused():
    scenario = written("config: {routes: {chat: null, page: {checks: {port: {hop: static, tcp: {}}}}}}")

    with pytest.raises(ValueError, match=re.escape("what wifi/page/static/port asks")):
        errand(scenario, "v-wifi")
