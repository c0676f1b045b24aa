"""One trouble that takes over from another without an answer between them is told as what it is."""

from probe.notice.notice import Notice
from tests.notice_story import SECOND, VANTAGES, Story, said
from tests.web_chain import NOW_NS

REFUSED, QUOTA = "tcp.refused", "api.quota.tokens_minute"
BEHIND = ("chain", "function")


def quota_for(seconds: int) -> Story:
    """Let the quota be used up from everywhere for so long."""
    story = Story()
    story.round()
    for _ in range(seconds // 5):
        story.round(dict.fromkeys(BEHIND, QUOTA))
    return story


def refused(story: Story, vantages=VANTAGES, names=("alive", "chain")) -> None:
    """Let the first hop refuse these vantages, and an examination bear that out."""
    for vantage in vantages:
        for name in names:
            story.see(vantage, name, REFUSED, found=REFUSED)


def routes(story: Story) -> list[Notice]:
    return [one for one in story.told if one.subject.key == "route/chat"]


def test_since_and_place_are_those_of_the_present_trouble():
    story = quota_for(40)
    began_ns = story.now.wall_ns
    refused(story)
    story.wait(5)

    (told,) = routes(story)
    assert said([told]) == [("route/chat", "firing", "critical")]
    assert (told.since_ns, told.is_since_known, told.cause) == (began_ns, True, REFUSED)
    assert (told.hop, told.through, told.fails) == ("hk-vps", "hk-vps", VANTAGES)


def test_how_far_it_goes_is_waited_for_as_well():
    story = quota_for(40)
    refused(story, ("mobile",))
    waiting = story.wait(3)
    refused(story, ("wifi", "wired"))

    assert (waiting, said(story.wait(1))) == ([], [("route/chat", "firing", "critical")])


def test_place_is_waited_for_where_a_part_of_the_way_is_yet_to_be_asked():
    story = Story()
    story.round()
    for vantage in VANTAGES:
        story.see(vantage, "chain", "http.status.5xx", found="http.status.5xx")
    waiting = story.wait(3)
    for vantage in VANTAGES:
        for name in ("alive", "edge", "function", "reach"):
            story.see(vantage, name, "http.status.5xx" if name == "edge" else "")

    (told,) = story.wait(1)
    assert (waiting, told.hop, told.through) == ([], "vercel", "vercel")


def test_hop_that_could_not_be_reached_is_the_place_of_a_check_through_it():
    story = Story()
    story.round()
    for vantage in VANTAGES:
        story.see(vantage, "chain", REFUSED, found=REFUSED)

    (told,) = story.wait(15)
    assert (told.subject.key, told.hop, told.through) == ("route/chat", "hk-vps", "hk-vps")


def test_first_failure_of_another_kind_is_not_sure_by_those_before_it():
    story = quota_for(40)
    for vantage in VANTAGES:
        story.see(vantage, "chain", REFUSED)
    story.wait(12)

    assert said(story.told) == [("key/direct", "firing", "warning")]


def test_two_kinds_that_take_turns_are_both_told():
    story = Story()
    story.round()
    for _ in range(5):
        story.round({"chain": QUOTA})
        story.round({"chain": "api.server_error"})

    assert sorted(said(story.told)) == [
        ("key/direct", "firing", "warning"),
        ("route/chat", "firing", "critical"),
    ]


def test_trouble_of_a_vantage_is_not_the_beginning_of_what_comes_after_it():
    story = Story()
    story.round()
    story.health("wifi", "local.captive_portal")
    for _ in range(4):
        story.round({"alive": REFUSED, "chain": REFUSED}, vantages=("wifi",))
    story.health("wifi")
    began_ns = story.now.wall_ns + SECOND
    story.wait(1)
    for _ in range(4):
        story.round({"alive": REFUSED, "chain": REFUSED}, vantages=("wifi",))

    (told,) = routes(story)
    assert (told.since_ns, told.is_since_known) == (began_ns, False)


def test_trouble_that_was_found_to_be_the_vantages_own_is_not_its_beginning_either():
    story = Story()
    story.round()
    for _ in range(4):
        for name in ("alive", "chain"):
            story.see("wifi", name, "tcp.timeout", found="local.cut_off")
        story.wait(5)
    began_ns = story.now.wall_ns
    for _ in range(4):
        refused(story, ("wifi",))
        story.wait(5)

    (told,) = routes(story)
    assert (told.since_ns, told.is_since_known, began_ns > NOW_NS) == (began_ns, False, True)


def test_it_is_not_worse_because_others_are_not_heard_of_any_more():
    story = Story()
    story.round()
    for _ in range(4):
        story.round({"alive": REFUSED, "chain": REFUSED}, vantages=("wifi",))
    for vantage in ("mobile", "wired"):
        story.uplink(vantage, is_up=False)
    for _ in range(2):
        refused(story, ("wifi",))
        story.wait(5)

    assert said(routes(story)) == [("route/chat", "firing", "warning")]


def test_one_failing_probe_elsewhere_does_not_make_it_worse():
    story = Story()
    story.round()
    for _ in range(4):
        story.round({"alive": REFUSED, "chain": REFUSED}, vantages=("wifi",))
    story.round({"alive": REFUSED, "chain": REFUSED})
    story.round({"alive": REFUSED, "chain": REFUSED}, vantages=("wifi",))

    assert said(routes(story)) == [("route/chat", "firing", "warning")]


def test_key_that_only_an_examination_knows_of_is_a_kind_of_its_own():
    story = Story()
    story.round()
    for _ in range(6):
        for vantage in VANTAGES:
            story.see(vantage, "chain", "http.status.4xx", found="api.auth", element="auth[direct]")
        story.wait(5)
    began_ns = story.now.wall_ns
    refused(story)
    story.wait(5)

    (told,) = routes(story)
    assert (story.told[0].subject.key, told.since_ns, told.severity.value) == (
        "key/direct",
        began_ns,
        "critical",
    )


def test_what_got_worse_is_told_with_the_cause_that_most_vantages_tell():
    story = Story()
    story.round()
    for _ in range(4):
        for name in ("alive", "chain"):
            for vantage in VANTAGES:
                cause = "dns.injected.bogon" * (vantage == "wifi")
                story.see(vantage, name, cause, found=cause)
        story.wait(5)
    began_ns = story.told[0].since_ns
    refused(story, ("mobile", "wired"))
    story.wait(5)

    assert [(one.severity.value, one.cause, one.since_ns) for one in routes(story)] == [
        ("warning", "dns.injected.bogon", began_ns),
        ("critical", REFUSED, began_ns),
    ]
