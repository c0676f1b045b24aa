"""What `hopwatch check` says of troubles: one block for each place and cause, what is broken before what follows from it."""

from dataclasses import replace

import pytest

from probe.cli.conclusion import seen_lines, sentences
from probe.cli.found import told
from probe.cli.troubles import troubles
from probe.config import load
from probe.model import Failure, Level, Outcome, Phase, Verdict
from probe.ondemand import Asked
from tests.lab_plan import LAB_YML
from tests.store_records import finding, identity, observation

PROBES = load(LAB_YML).plan().probes
SNI = {"causes": ("tls.reset.sni",), "element": "path[wifi>hk]", "detail": "only ours is reset"}
REFUSED = Failure(cause="tcp.refused", detail="connection refused", phase=Phase.CONNECT, after_seconds=0.018)
HUNG = Failure(cause="tls.timeout", detail="the deadline passed", phase=Phase.TLS, after_seconds=3.96)
LATE = Failure(cause="vercel.function.timeout", detail="status 504")


def lines(failures, findings=(), outcome=Outcome.FAILED):
    """The lines after all were asked; `failures` and what was `found` are by check, `check@vantage` for one alone."""
    observations, found = [], []
    for number, probe in enumerate(PROBES, 1):
        series, check = probe.series, probe.check
        failure = failures.get(f"{series.check}@{series.vantage}", failures.get(series.check))
        one = observation(number, series=series, through=check.through, evidence=observation(1).evidence)
        observations.append(
            one if failure is None else replace(one, outcome=outcome, failure=failure, timings=())
        )
        if series.check in dict(findings):
            about = [identity(number), identity(1000)]
            changes = {"parents": about, "element": None} | dict(findings)[series.check]
            found.append(finding(1000 + number, series=series, **changes))
    return seen_lines(PROBES, Asked(observations=tuple(observations), findings=tuple(found)))


def blocks(*given, **options):
    advised: set[str] = set()
    return [told(one, advised).plain.splitlines() for one in troubles(lines(*given, **options))]


def test_one_closed_port_is_one_block_with_all_who_saw_it():
    refused = dict.fromkeys(("alive", "chain", "preflight"), REFUSED)
    about = {"causes": ("tcp.refused",), "element": "host[hk-vps]"}

    (block,) = blocks(refused, dict.fromkeys(refused, about))

    assert block[:4] == [
        "hk-vps fails: tcp.refused, the port is closed: the connection was refused",
        "  checks: chat/hk-vps/alive, chat/hk-vps/chain and chat/hk-vps/preflight from wifi, mobile and wired",
        "  seen: in connect after 18.0 ms (connection refused)",
        "  where: hk-vps itself; how sure: shown by 1 more answer",
    ]
    assert (block[4][:14], len(block)) == ("  what to do: ", 5)


def test_what_is_broken_comes_before_what_is_only_seen_through_it():
    hung = dict.fromkeys(("reach", "certificate"), HUNG) | dict.fromkeys(("chain", "function"), LATE)

    leg = {"causes": (LATE.cause,), "element": "seg[vercel>direct]"}
    root, symptom = blocks(hung, {"chain": leg, "function": leg})

    assert (root[0].partition(":")[0], symptom[0].partition(":")[0]) == (
        "direct fails",
        "vercel → direct fails",
    )
    assert "  it goes through direct, which fails by itself, as said above: mend that first" in symptom


def test_the_hop_that_is_to_blame_is_named_although_it_was_asked_by_others_only():
    crashed = dict.fromkeys(("chain", "preflight"), replace(LATE, cause="vercel.function.crash"))
    about = {"causes": ("vercel.function.crash",), "element": "host[vercel]"}

    (block,) = blocks(crashed, dict.fromkeys(crashed, about))

    assert block[0] == "vercel fails: vercel.function.crash, the function crashed"


def test_what_fails_from_another_vantage_explains_nothing():
    _, symptom = blocks({"reach@wifi": HUNG, "chain@mobile": LATE})

    assert [line for line in symptom if "mend that first" in line] == []


def test_two_causes_at_one_hop_are_two_troubles_and_each_names_its_vantages():
    first, second = blocks({"alive@wifi": REFUSED, "alive@mobile": HUNG, "alive@wired": HUNG})

    assert [first[1], second[1]] == [
        "  checks: chat/hk-vps/alive from wifi",
        "  checks: chat/hk-vps/alive from mobile and wired",
    ]


def test_a_deeper_cause_is_told_with_its_meaning_and_why():
    (block,) = blocks({"alive@wifi": HUNG}, {"alive": SNI | {"level": Level.SCORED}})

    assert block[0] == (
        "hk-vps fails: tls.reset.sni, the connection is reset because of the server name in the ClientHello"
    )
    assert block[2:5] == [
        "  seen: tls.timeout, the TLS handshake got no further in tls after 3.96 s (the deadline passed)",
        "  found: only ours is reset",
        "  where: on the way from wifi to hk; how sure: shown by 1 more answer",
    ]


def test_an_answer_with_which_somebody_interfered_is_named():
    (block,) = blocks({}, {"edge": {"causes": ("dns.injected",), "verdict": Verdict.OK, "detail": ""}})

    assert (
        block[0] == "vercel answers, and yet: dns.injected, somebody on the way forges the resolver's answer"
    )


def test_own_trouble_blames_no_hop():
    own = Failure(cause="local.no_route", detail="")
    (block,) = blocks(dict.fromkeys(("alive", "reach"), own), outcome=Outcome.NOT_MEASURED)

    assert block[0].startswith("could not be measured: local.no_route, ")


def test_the_same_advice_is_given_once():
    told_of = blocks({"alive": REFUSED, "reach": REFUSED})

    assert ["what to do: " in "\n".join(one) for one in told_of] == [True, False]


def test_the_conclusion_is_the_headline_of_the_page():
    refused = dict.fromkeys(("alive", "chain", "preflight"), REFUSED)

    assert next(sentences(lines(refused))) == (
        "Route chat fails at hk-vps from every vantage: the port is closed: the connection was refused."
    )


def test_where_several_routes_fail_the_conclusion_still_says_why():
    refused = dict.fromkeys(("alive", "chain", "preflight", "page"), REFUSED)

    assert list(sentences(lines(refused))) == [
        "Routes chat and page fail from every vantage.",
        "hk-vps: the port is closed: the connection was refused.",
        "static: the port is closed: the connection was refused.",
    ]


def test_nothing_is_concluded_beyond_that_all_answer():
    assert (list(sentences(lines({}))), blocks({})) == ([], [])


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"verdict": Verdict.INSUFFICIENT}, False),
        ({"level": Level.NONE}, False),
        ({"causes": ("local.captive_portal",), "element": "access[wifi]"}, True),
        ({"element": None}, False),
        ({}, True),
    ],
)
def test_a_place_is_named_only_where_something_is_claimed(changes, where):
    (block,) = blocks({"alive@wifi": REFUSED}, {"alive": {"element": "host[hk-vps]"} | changes})

    assert any(line.startswith("  where: ") for line in block) is where


def test_hostile_texts_are_cleaned():
    failure = replace(REFUSED, cause="tls.\x1b[31m", detail="\u202e" * 900)
    about = {"causes": ("tls.\x1b[32m",), "detail": "\u202e" * 900, "element": "host[\x1b]"}
    text = "\n".join(blocks({"alive@wifi": failure}, {"alive": about})[0])

    assert not {"\x1b", "\u202e"} & set(text)
    assert len(text) < 1500
