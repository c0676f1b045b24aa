"""What passes when it is asked again, and what was lost on the way rather than kept from us."""

import pytest

from probe.examination import Known
from probe.examination.procedure import conclude, next_round
from probe.examination.repeat import AGAIN, PART
from probe.model import Level, Verdict
from tests.cases import case
from tests.transport_cases import OWN_NETWORK, WAY, met, refused, reset, silent, unanswered, vanished


def lately(*kinds, hop="hk"):
    """Make the last observations of a hop, the oldest first: good, repeated words, a repeated SYN, failed."""
    made = {
        "good": lambda at: met(at=at, hop=hop),
        "words": lambda at: met(at=at, repeated=1, hop=hop),
        "syn": lambda at: met(at=at, repeated=1, trip=1.03, hop=hop),
        "vanished": lambda at: vanished(at=at, repeated=3, hop=hop),
        "failed": lambda at: unanswered(at=at, repeated=1, hop=hop),
    }
    return tuple(made[kind](2.0 * (number - len(kinds))) for number, kind in enumerate(kinds))


LOSSY = lately("good", "words", "syn", "failed", "good", "words", "good", "words")


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (LOSSY, True),
        (lately("good", "words", "good", "good", "words"), False),
        (lately("words", *["good"] * 9, "words", "words"), False),
        (lately("syn", "good", "good", "syn", "syn", "good", "good"), False),
        (lately("good", "words", "good", "words", "words", "good", *["failed"] * 5), False),
        (lately(*["good"] * 6, "vanished", "vanished", "vanished", "good", "good"), False),
    ],
)
def test_losses_show_in_what_went_well_and_only_in_several_of_many(every, expected):
    made = case(silent(), known=Known(lately=every))

    assert expected == ([one.causes for one in conclude((PART,), made)] == [("perf.loss",)])


def test_what_is_lost_needs_no_repetition_and_explains_all_that_follows():
    made = case(silent(), known=Known(lately=LOSSY))

    assert next_round((PART,), made, frozenset()) == ()
    (found,) = conclude((PART, PART), made)
    assert (found.verdict, found.element, found.rule) == (Verdict.DEGRADED, WAY, "repeat.lossy")


def test_what_is_lost_to_other_hops_too_is_lost_in_the_own_network():
    others = lately("words", hop="static")

    (found,) = conclude((PART,), case(silent(), known=Known(lately=LOSSY, good=others)))
    assert found.element == OWN_NETWORK


@pytest.mark.parametrize("seen", [refused(), reset(), met("http.status", over_tls=False, phase=None)])
def test_a_word_is_no_loss(seen):
    assert [one.rule for one in conclude((PART,), case(seen, known=Known(lately=LOSSY)))] == ["seen"]


def test_what_passes_on_a_new_connection_was_a_moments_trouble():
    (found,) = conclude((PART,), case(reset(), {AGAIN: met(at=0.2)}))

    assert (found.causes, found.verdict, found.level) == (("tls.reset",), Verdict.DEGRADED, Level.DISCARDED)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (reset(), (AGAIN,)),
        (refused(), (AGAIN,)),
        (met("tls.timeout", elapsed_seconds=5.0), ()),
        (met("tcp.timeout", elapsed_seconds=5.0), ()),
        (met("http.timeout.first_byte", elapsed_seconds=5.0), (AGAIN,)),
        (met("local.no_route"), ()),
        (met(), ()),
    ],
)
def test_the_same_is_asked_again_unless_it_is_asked_as_far_as_it_came(seen, expected):
    assert expected == tuple(one.id for one in next_round((PART,), case(seen), frozenset()))


def test_who_waited_long_is_not_waited_for_as_long_again():
    (again,) = next_round((PART,), case(met("http.timeout.body", elapsed_seconds=5.0)), frozenset())

    assert again.seconds < 2.0
    assert again.now


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (Known(siblings=(reset(at=-1.0, check="other"),)), ()),
        (Known(siblings=(refused(at=-1.0, check="other"),)), (AGAIN,)),
        (Known(siblings=(reset(at=-1.0, check="other", hop="static"),)), (AGAIN,)),
        (Known(siblings=(reset(at=-9.0, check="other"),), good=(met(at=-5.0, check="other"),)), (AGAIN,)),
    ],
)
def test_what_another_check_of_the_hop_has_met_with_too_is_not_repeated(known, expected):
    assert expected == tuple(one.id for one in next_round((PART,), case(reset(), known=known), frozenset()))
