"""What `hopwatch check` says beneath a check of what was found about it."""

import pytest

from probe.cli.found import found
from probe.model import Level, Verdict
from tests.store_records import failed, finding, identity, observation

SEEN = failed(1)  # of tls.cert.date_invalid, which the taxonomy does not have
BESIDE = [identity(1), identity(2)]
SURE = "how sure: shown by 1 more answer"


def lines(seen, told, advised=frozenset()):
    return found(seen, told, set(advised)).plain.splitlines()


def test_a_deeper_cause_is_told_with_its_meaning_and_why():
    told = finding(
        causes=("tls.reset.sni",), element="path[wifi>hk]", detail="only ours is reset", parents=BESIDE
    )

    assert lines(SEEN, told)[:2] == [
        "  due to tls.reset.sni, the connection is reset because of the server name in the ClientHello (only ours is reset)",
        f"  where: on the way from wifi to hk; {SURE}",
    ]
    assert lines(SEEN, told)[2].startswith("  what to do: ")


def test_a_cause_that_the_probe_saw_itself_is_not_told_twice():
    told = finding(causes=(SEEN.failure.cause,), parents=BESIDE)

    assert lines(SEEN, told)[0] == f"  where: vercel itself; {SURE}"


def test_an_answer_with_which_somebody_interfered_is_named():
    told = finding(causes=("dns.injected",), verdict=Verdict.OK, element=None, detail="", parents=BESIDE)

    assert lines(observation(1), told)[:2] == [
        "  wifi: main/vercel/http answers, and yet dns.injected, somebody on the way forges the resolver's answer",
        f"  {SURE}",
    ]


def test_the_same_advice_is_given_once():
    told = finding(parents=BESIDE)
    advised: set[str] = set()

    assert [len(found(SEEN, told, advised).plain.splitlines()) for _ in range(2)] == [3, 2]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"verdict": Verdict.INSUFFICIENT}, False),
        ({"level": Level.NONE}, False),
        (
            {"causes": ("local.captive_portal",), "element": "access[wifi]", "verdict": Verdict.INSUFFICIENT},
            True,
        ),
        ({"element": None}, False),
    ],
)
def test_a_place_is_named_only_where_something_is_claimed(changes, where):
    told = finding(**({"parents": BESIDE} | changes))

    assert any(line.startswith("  where: ") for line in lines(SEEN, told)) is where


def test_hostile_texts_are_cleaned():
    told = finding(causes=("tls.\x1b[31m",), detail="\u202e" * 900, element="host[\x1b]", parents=BESIDE)
    text = found(SEEN, told, set()).plain

    assert not {"\x1b", "\u202e"} & set(text)
    assert len(text) < 1000
