"""Laws of notices: whatever happens, what is told of a subject only gets worse until it is over, and in the end what is told is what is true."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from probe.notice import Gate, Notice, Status
from tests.notice_story import CHECKS, VANTAGES, Story, broken_law, chain

NAMES = tuple(one.name for one in CHECKS)
CAUSES = ("", "", "tcp.refused", "tls.reset", "api.auth", "api.quota", "local.cut_off")

probes = st.tuples(st.sampled_from(VANTAGES), st.sampled_from(NAMES), st.sampled_from(CAUSES), st.booleans())
others = st.one_of(
    st.tuples(st.just("health"), st.sampled_from(VANTAGES), st.booleans()),
    st.tuples(st.just("uplink"), st.sampled_from(VANTAGES), st.booleans()),
    st.tuples(st.just("store"), st.just(""), st.booleans()),
    st.tuples(st.just("wait"), st.just(""), st.integers(1, 40)),
    st.tuples(st.just("plan"), st.just(""), st.booleans()),
)
happenings = st.lists(st.one_of(probes, others), max_size=60)


def happen(story: Story, step: tuple[object, ...]) -> None:
    match step:
        case ("health", str(vantage), bool(is_ill)):
            story.health(vantage, *(["local.captive_portal"] if is_ill else []))
        case ("uplink", str(vantage), bool(is_up)):
            story.uplink(vantage, is_up=is_up)
        case ("store", _, bool(is_stuck)):
            story.follow.store(is_stuck=is_stuck, boot_ns=story.now.boot_ns)
        case ("wait", _, int(seconds)):
            story.wait(seconds)
        case ("plan", _, bool(is_all)):
            story.plan = chain() if is_all else chain(("alive", "chain"))
            story.follow.adopt(story.plan)
        case (str(vantage), str(name), str(cause), bool(is_found)):
            if any(one.check.name == name for one in story.plan.probes):
                story.see(vantage, name, cause, found=cause if is_found and cause else "")
            story.wait(1)
        case _:
            raise AssertionError(step)


def by_subject(notices: list[Notice]) -> dict[str, list[Notice]]:
    """Return what a channel that takes all is told, by subject."""
    gate, told = Gate(), defaultdict(list)
    for one in notices:
        for passed in gate.take(one, one.at_ns).notices:
            told[passed.subject.key].append(passed)
    return told


@settings(max_examples=30)
@given(happenings)
def test_every_subject_only_gets_worse_until_it_is_over(steps):
    story = Story()
    for step in steps:
        happen(story, step)
    story.wait(5)

    told = by_subject(story.told)
    assert {subject: broken_law(notices) for subject, notices in told.items()} == dict.fromkeys(told)


@settings(max_examples=15)
@given(happenings)
def test_whatever_happened_before_all_is_over_once_all_answers(steps):
    story = Story()
    for step in steps:
        happen(story, step)
    story.plan = chain()
    story.follow.adopt(story.plan)
    for vantage in VANTAGES:
        story.health(vantage)
        story.uplink(vantage, is_up=True)
    story.follow.store(is_stuck=False, boot_ns=story.now.boot_ns)
    for _ in range(26):
        story.round(seconds=30)

    assert story.follow.standing == {}


@settings(max_examples=15)
@given(
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["tcp.refused", "api.auth"]), max_size=4),
    st.sets(st.sampled_from(VANTAGES)),
    st.permutations(VANTAGES),
)
def test_order_of_arrival_across_vantages_changes_nothing_that_is_told(failing, hit, order):
    def told(vantages) -> list[tuple[str, str, str, tuple[str, ...]]]:
        story = Story()
        story.round()
        for _ in range(5):
            for vantage in vantages:
                for name in NAMES:
                    story.see(vantage, name, failing.get(name, "") if vantage in hit else "")
            story.wait(5)
        return sorted(
            (one.subject.key, one.status.value, one.severity.value, tuple(sorted(one.fails)))
            for one in story.told
        )

    assert told(order) == told(VANTAGES)


@settings(max_examples=15)
@given(
    st.dictionaries(st.sampled_from(NAMES), st.just("tcp.refused"), min_size=1, max_size=4),
    st.sets(st.sampled_from(VANTAGES), min_size=1),
)
def test_whatever_fails_for_good_is_told_or_explained_by_what_is_told(failing, hit):
    story = Story()
    story.round()
    for _ in range(6):
        story.round(failing, vantages=tuple(hit))

    told = [one for one in story.told if one.status is Status.FIRING]
    routes = {one.route.name for one in story.plan.probes if one.check.name in failing}
    assert routes == {route for one in told for route in (one.routes or (one.subject.name,))}
