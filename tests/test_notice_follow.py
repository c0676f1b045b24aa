"""Which changes of state are worth a message, and where one is enough."""

from dataclasses import replace

from probe.model import Level
from tests.notice_story import CHECKS, VANTAGES, WAYS, Story, chain, said
from tests.web_chain import check

REFUSED = "tcp.refused"
ALL_BEHIND = {"alive": REFUSED, "chain": REFUSED}


def test_nothing_is_told_while_all_is_well():
    story = Story()
    for _ in range(5):
        story.round()

    assert story.told == []


def test_one_failing_probe_is_no_news():
    story = Story()
    story.round()
    story.round({"alive": REFUSED})
    story.round()

    assert story.told == []


def test_two_failing_probes_in_a_row_are_told_and_an_answer_ends_it():
    story = Story(chain(("site",)))
    story.round()
    for _ in range(4):
        story.round({"site": REFUSED})
    story.round()

    assert said(story.told) == [
        ("route/page", "firing", "critical"),
        ("route/page", "resolved", "critical"),
    ]
    assert story.told[1].lasted_seconds == 21.0


def test_one_failing_probe_is_enough_where_an_examination_bears_it_out():
    story = Story(chain(("site",)))
    story.round()
    for vantage in ("wifi", "mobile", "wired"):
        story.see(vantage, "site", REFUSED, found=REFUSED)

    assert said(story.wait(1)) == [("route/page", "firing", "critical")]


def test_finding_that_claims_nothing_is_not_enough():
    story = Story(chain(("site",)))
    story.round()
    for vantage in ("wifi", "mobile", "wired"):
        story.see(vantage, "site", REFUSED, found=REFUSED, level=Level.NONE)

    assert story.wait(3) == []


def test_finding_that_rests_on_the_probe_alone_is_not_enough():
    story = Story(chain(("site",)))
    story.round()
    for vantage in ("wifi", "mobile", "wired"):
        story.see(vantage, "site", REFUSED, found=REFUSED, parents=())

    assert story.wait(3) == []


def test_a_check_that_is_asked_seldom_holds_up_no_message():
    seldom = replace(check("chat", "direct", "path"), interval_seconds=600.0)
    story = Story(chain(("alive", "reach", "path"), (*CHECKS, seldom)))
    story.round()
    for _ in range(2):
        for vantage in ("wifi", "mobile", "wired"):
            story.see(vantage, "alive")
            story.see(vantage, "reach", REFUSED, found=REFUSED)
        story.wait(5)

    assert said(story.told) == [("hop/direct", "firing", "critical")]


def test_route_is_told_once_for_all_that_fails_on_it():
    story = Story()
    story.round()
    for _ in range(5):
        story.round(ALL_BEHIND | {"edge": REFUSED, "function": REFUSED, "reach": REFUSED})

    (told,) = story.told
    assert said([told]) == [("route/chat", "firing", "critical")]
    assert (told.hop, told.through, told.folded) == ("hk-vps", "hk-vps", ("vercel", "direct"))


def test_hop_waits_to_hear_whether_users_get_through_and_no_longer_than_its_own_cycle():
    story = Story(chain(("alive", "chain", "edge")))
    story.round()
    for vantage in VANTAGES:
        story.see(vantage, "edge", REFUSED, found=REFUSED)
    waiting = story.wait(7)

    assert (waiting, said(story.wait(3))) == ([], [("hop/vercel", "firing", "warning")])


def test_message_waits_to_hear_from_the_other_vantages_how_far_it_goes():
    story = Story(chain(("site",)))
    story.round()
    story.see("wifi", "site", REFUSED, found=REFUSED)
    waiting = story.wait(3)
    for vantage in ("mobile", "wired"):
        story.see(vantage, "site", REFUSED, found=REFUSED)

    assert (waiting, said(story.wait(1))) == ([], [("route/page", "firing", "critical")])


def test_vantage_that_was_not_heard_since_it_began_is_not_said_to_answer():
    story = Story(chain(("site",)))
    story.round()
    story.see("wifi", "site", REFUSED, found=REFUSED)
    story.see("mobile", "site")

    (told,) = story.wait(12)
    assert (told.fails, told.answers, told.unknown) == (("wifi",), ("mobile",), ("wired",))


def test_some_vantages_are_a_warning_that_says_which():
    story = Story()
    story.round()
    for _ in range(5):
        story.round(ALL_BEHIND, vantages=("wifi",))

    (told,) = story.told
    assert said([told]) == [("route/chat", "firing", "warning")]
    assert (told.fails, told.answers) == (("wifi",), ("mobile", "wired"))


def test_the_rest_of_the_vantages_makes_it_worse_and_is_told_as_such():
    story = Story()
    story.round()
    for _ in range(4):
        story.round(ALL_BEHIND, vantages=("wifi",))
    for _ in range(4):
        story.round(ALL_BEHIND)

    assert said(story.told) == [
        ("route/chat", "firing", "warning"),
        ("route/chat", "firing", "critical"),
    ]


def test_hop_that_fails_while_users_get_through_is_its_own_subject():
    story = Story()
    story.round()
    for _ in range(5):
        story.round({"edge": REFUSED})
    story.round()

    assert said(story.told) == [
        ("hop/vercel", "firing", "warning"),
        ("hop/vercel", "resolved", "warning"),
    ]


def test_farther_hop_behind_a_failing_nearer_one_is_folded():
    story = Story(chain(("alive", "edge", "reach")))
    story.round()
    for _ in range(5):
        story.round({"alive": REFUSED, "edge": REFUSED, "reach": REFUSED})

    (told,) = story.told
    assert said([told]) == [("hop/hk-vps", "firing", "critical")]
    assert told.folded == ("vercel", "direct")


def test_farther_hop_that_fails_from_elsewhere_is_another_root():
    story = Story(chain(("alive", "reach")))
    story.round()
    for _ in range(5):
        for probe in story.plan.probes:
            where = {"wifi": "alive", "mobile": "reach"}.get(probe.series.vantage)
            story.see(probe.series.vantage, probe.check.name, REFUSED if probe.check.name == where else "")
        story.wait(5)

    assert {one.subject.key for one in story.told} == {"hop/hk-vps", "hop/direct"}


def test_hop_that_outlasts_its_route_is_told_once_it_failed_again():
    story = Story()
    story.round()
    for _ in range(5):
        story.round(ALL_BEHIND | {"edge": REFUSED})
    story.round({"edge": REFUSED})
    story.round({"edge": REFUSED})

    assert said(story.told) == [
        ("route/chat", "firing", "critical"),
        ("route/chat", "resolved", "critical"),
        ("hop/vercel", "firing", "warning"),
    ]


def test_what_recovers_a_moment_after_its_root_is_not_told():
    story = Story(chain(("alive", "chain")))
    story.round()
    for _ in range(5):
        story.round(ALL_BEHIND)
    for vantage in ("wifi", "mobile", "wired"):
        story.see(vantage, "chain")
    story.wait(4)
    story.round()

    assert said(story.told) == [
        ("route/chat", "firing", "critical"),
        ("route/chat", "resolved", "critical"),
    ]


def test_leg_that_fails_between_two_hops_that_answer_is_named():
    story = Story(chain(("alive", "edge", "reach", "function"), WAYS))
    story.round()
    for _ in range(5):
        story.round({"function": "relay.proxy"})

    (told,) = story.told
    assert said([told]) == [("leg/chat/vercel/direct", "firing", "critical")]


def test_place_is_the_one_that_an_examination_blames():
    story = Story()
    story.round()
    for _ in range(3):
        for probe in story.plan.probes:
            is_hit = probe.check.name in ("chain", "function")
            story.see(
                probe.series.vantage,
                probe.check.name,
                "vercel.function.crash" if is_hit else "",
                found="vercel.function.crash" if is_hit else "",
                element="host[vercel]",
            )
        story.wait(5)

    (told,) = story.told
    assert (told.subject.key, told.hop, told.through) == ("route/chat", "vercel", "vercel")


def test_what_cannot_be_measured_ends_nothing():
    story = Story(chain(("site",)))
    story.round()
    for _ in range(4):
        story.round({"site": REFUSED})
    for _ in range(4):
        story.round({"site": "local.resource"})

    assert said(story.told) == [("route/page", "firing", "critical")]


def test_silence_ends_nothing():
    story = Story(chain(("site",)))
    story.round()
    for _ in range(4):
        story.round({"site": REFUSED})
    story.wait(600)

    assert said(story.told) == [("route/page", "firing", "critical")]


def test_two_failures_without_a_finding_wait_until_one_could_have_come():
    story = Story(chain(("site",)))
    story.round()
    story.round({"site": REFUSED})
    too_soon = story.round({"site": REFUSED})

    assert (too_soon, said(story.wait(4))) == ([], [("route/page", "firing", "critical")])


def test_failure_that_turns_out_to_be_the_vantages_own_is_not_told():
    story = Story(chain(("site",)))
    story.round()
    for _ in range(6):
        for vantage in ("wifi", "mobile", "wired"):
            story.see(vantage, "site", "tcp.timeout", found="local.cut_off")
        story.wait(5)

    assert story.told == []


def test_flapping_is_told_once_and_then_summed_up():
    story = Story(chain(("site",)))
    for _ in range(8):
        story.round()
        for _ in range(4):
            story.round({"site": REFUSED})
    for _ in range(130):
        story.round()

    assert [
        (status, one.flaps) for one, (_, status, _) in zip(story.told, said(story.told), strict=True)
    ] == [
        ("firing", 0),
        ("resolved", 0),
        ("firing", 0),
        ("resolved", 0),
        ("firing", 3),
        ("resolved", 8),
    ]
