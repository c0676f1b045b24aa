"""Keys, vantages, the store, maintenance, restarts and reloads: what else is told, and what keeps a message back."""

import pytest

from probe.notice import Maintenance
from tests.notice_story import SECOND, Story, chain, said
from tests.web_chain import NOW_NS

REFUSED = "tcp.refused"
ALL_BEHIND = {"alive": REFUSED, "chain": REFUSED}


@pytest.mark.parametrize("cause", ["api.auth", "api.quota.requests_minute", "api.billing", "local.secret"])
def test_key_or_quota_is_a_matter_of_configuration_and_no_outage(cause):
    story = Story()
    story.round()
    for _ in range(5):
        story.round({"chain": cause, "function": cause})
    story.round()

    assert said(story.told) == [
        ("key/direct", "firing", "warning"),
        ("key/direct", "resolved", "warning"),
    ]


def test_message_about_a_key_names_every_vantage_that_it_was_refused_from():
    story = Story()
    story.round()
    story.round({"chain": "api.auth"}, vantages=("mobile",))
    for _ in range(4):
        story.round({"chain": "api.auth"}, vantages=("mobile", "wifi"))

    (told,) = story.told
    assert (sorted(told.fails), told.hop, told.routes) == (["mobile", "wifi"], "direct", ())


def test_route_that_others_pass_up_to_a_refused_key_is_not_down_for_all():
    story = Story()
    story.round()
    for _ in range(5):
        for vantage in ("wifi", "mobile", "wired"):
            for name in ("alive", "chain"):
                cause = REFUSED if vantage == "wifi" else "api.auth" * (name == "chain")
                story.see(vantage, name, cause)
        story.wait(5)

    assert sorted(said(story.told)) == [
        ("key/direct", "firing", "warning"),
        ("route/chat", "firing", "warning"),
    ]


def test_vantage_whose_network_is_ill_does_not_vote():
    story = Story()
    story.round()
    story.round(ALL_BEHIND, vantages=("wifi",))
    story.health("wifi", "local.captive_portal")
    for _ in range(5):
        story.round(ALL_BEHIND, vantages=("wifi",))

    assert said(story.told) == [("vantage/wifi", "firing", "warning")]
    assert story.told[0].cause == "local.captive_portal"


def test_vantage_that_is_well_again_is_told_and_its_old_failures_are_not():
    story = Story()
    story.round()
    story.health("wifi", "local.captive_portal")
    for _ in range(5):
        story.round(ALL_BEHIND, vantages=("wifi",))
    story.health("wifi")
    story.wait(12)

    assert said(story.told) == [
        ("vantage/wifi", "firing", "warning"),
        ("vantage/wifi", "resolved", "warning"),
    ]


def test_network_that_is_back_within_seconds_is_nobodys_message():
    story = Story()
    story.round()
    story.uplink("wifi", is_up=False)
    story.wait(6)
    story.uplink("wifi", is_up=True)
    story.wait(30)

    assert story.told == []


def test_broken_ipv6_is_no_illness():
    story = Story()
    story.round()
    story.health("wifi", "local.ipv6_broken")
    story.wait(60)

    assert story.told == []


def test_store_that_stays_stuck_is_told_and_its_end():
    story = Story()
    story.follow.store(is_stuck=True, boot_ns=story.now.boot_ns)
    story.wait(40)
    story.follow.store(is_stuck=False, boot_ns=story.now.boot_ns)
    story.wait(1)

    assert said(story.told) == [("store", "firing", "warning"), ("store", "resolved", "warning")]


def test_nobody_is_told_of_a_route_that_is_worked_on_and_what_outlasts_it_is():
    begin = NOW_NS + 20 * SECOND
    at_work = Maintenance(route="page", from_ns=begin, until_ns=begin + 60 * SECOND)
    story = Story(chain(("site",)), (at_work,))
    for _ in range(4):
        story.round()
    for _ in range(11):
        story.round({"site": REFUSED})
    quiet = list(story.told)
    for _ in range(2):
        story.round({"site": REFUSED})

    assert (quiet, said(story.told)) == ([], [("route/page", "firing", "critical")])


def test_restart_neither_repeats_nor_forgets():
    before = Story(chain(("site",)))
    before.round()
    for _ in range(4):
        before.round({"site": REFUSED})
    after = Story(before.plan)
    after.second, after.seq = before.second + 30, before.seq

    standing = after.follow.load(before.records, after.now)
    for _ in range(3):
        after.round({"site": REFUSED})
    repeated = list(after.told)
    after.round()

    assert (said(standing), repeated) == ([("route/page", "firing", "critical")], [])
    assert said(after.told) == [("route/page", "resolved", "critical")]
    assert after.told[0].since_ns == before.told[0].since_ns


def test_after_a_restart_unknown_is_not_up():
    before = Story(chain(("site",)))
    before.round()
    for _ in range(4):
        before.round({"site": REFUSED})
    after = Story(before.plan)
    after.second, after.seq = before.second + 3600, before.seq
    after.follow.load(before.records, after.now)

    assert after.wait(300) == []


def test_reload_keeps_what_was_told():
    story = Story()
    story.round()
    for _ in range(4):
        story.round({"site": REFUSED})
    story.follow.adopt(chain())
    story.round({"site": REFUSED})
    story.round()

    assert said(story.told) == [("route/page", "firing", "critical"), ("route/page", "resolved", "critical")]


def test_what_a_reload_takes_away_is_over_and_said_to_be_watched_no_more():
    story = Story()
    story.round()
    for _ in range(4):
        story.round({"site": REFUSED})
    story.plan = chain(("alive", "chain"))
    story.follow.adopt(story.plan)
    story.round()

    assert [(one.subject.key, one.status.value, one.is_gone) for one in story.told] == [
        ("route/page", "firing", False),
        ("route/page", "resolved", True),
    ]


def test_observation_that_comes_late_says_nothing_of_the_present():
    story = Story(chain(("site",)))
    story.round()
    late = story.see("wifi", "site")
    for _ in range(4):
        story.round({"site": REFUSED})
    story.follow.write(late, story.now.boot_ns)

    assert said(story.wait(3) or story.told) == [("route/page", "firing", "critical")]
