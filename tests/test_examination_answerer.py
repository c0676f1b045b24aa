"""Whom an answer blames that is wrong in itself, where no control could tell more."""

import pytest

from probe.examination.procedure import conclude
from probe.model import Evidence, Phase, Tls
from tests.cases import HOP, case, observation

AT_HOP = f"host[{HOP.name}]"
PROVED = Tls(server_name=HOP.host, version="TLSv1.3")


def met(cause, tls, **facts):
    seen = observation(cause, phase=Phase.PROCESSING, evidence=Evidence(tls=tls), **facts)
    (found,) = conclude((), case(seen))
    return found.element


@pytest.mark.parametrize(
    "cause", ["http.redirect_loop", "http.redirect_invalid", "http.protocol", "http.too_large", "http.body"]
)
def test_what_the_hop_answered_within_tls_is_its_own(cause):
    assert met(cause, PROVED) == AT_HOP


@pytest.mark.parametrize("cause", ["http.reset", "http.truncated", "http.timeout.body"])
def test_that_an_answer_broke_off_may_be_the_ways_doing(cause):
    assert met(cause, PROVED) is None


def test_what_came_in_the_clear_may_be_anybodys():
    assert met("http.redirect_loop", None) is None


def test_what_came_from_where_a_redirect_led_is_not_the_hops():
    assert met("http.redirect_loop", Tls(server_name="elsewhere.example", version="TLSv1.3")) is None


def test_what_another_hop_was_to_answer_may_be_any_hops():
    assert met("http.redirect_loop", PROVED, through="behind") is None
