"""Tokens are what the README spells, and none is made that a hop would refuse."""

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from probe.token import make
from tests.rig_relay import AUDIENCE, SECRET, spelt

NOON = datetime.datetime(2026, 9, 1, 12, tzinfo=datetime.UTC)
SECRETS = some.text("abcXYZ019._~+/=-", min_size=32, max_size=80)
AUDIENCES = some.from_regex(r"[a-z0-9.-]{1,40}", fullmatch=True)
# All that the ten digits can say, in whole seconds and between them.
MOMENTS = some.floats(10**9, 10**10 - 1).map(lambda at: datetime.datetime.fromtimestamp(at, datetime.UTC))


def test_a_token_is_the_expiry_and_two_signatures() -> None:
    assert make(SECRET, AUDIENCE, NOON) == (
        "1788264000.4qRlhUQDV7Z-Ya4_kTX5Cw.6c6l73N5mZKGCMHquxPOTSYP9j3Um3BV6VZLs6dqiqI"  # by openssl
    )


@given(SECRETS, AUDIENCES, MOMENTS)
def test_every_token_is_as_the_readme_spells_it(secret, audience, moment) -> None:
    token = make(secret, audience, moment)

    assert token == spelt(secret, audience, int(moment.timestamp()))
    assert re.fullmatch(r"[1-9][0-9]{9}\.[\w-]{22}\.[\w-]{43}", token)


CASES = some.tuples(
    some.sampled_from([SECRET, SECRET[::-1]]),
    some.sampled_from(["a", "b"]),
    some.sampled_from([NOON, NOON + datetime.timedelta(seconds=1)]),
)


@given(CASES, CASES)
def test_two_tokens_are_the_same_only_for_the_same_case(one, other) -> None:
    assert (make(*one) == make(*other)) == (one == other)


WRONG = {
    "a short secret": (SECRET[:31], AUDIENCE, NOON),
    "a secret with a space": (f"{SECRET} ", AUDIENCE, NOON),
    "a secret that would leave nginx's quotes": (f'{SECRET}"; }}', AUDIENCE, NOON),
    "a secret with a line end": (f"{SECRET}\n", AUDIENCE, NOON),
    "no audience": (SECRET, "", NOON),
    "an audience with a space": (SECRET, "a b", NOON),
    "a time without a zone": (SECRET, AUDIENCE, NOON.replace(tzinfo=None)),
    "a time with fewer digits": (SECRET, AUDIENCE, NOON.replace(year=1999)),
    "a time with more digits": (SECRET, AUDIENCE, NOON.replace(year=2300)),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_a_hop_would_refuse_is_not_made(wrong) -> None:
    with pytest.raises(ValueError, match=r"secret must|not letters|time") as caught:
        make(*WRONG[wrong])

    assert SECRET[:31] not in str(caught.value)
