"""`hopwatch dns`: every resolver asked, every answer shown, and what is odd about them said."""

import json
from contextlib import ExitStack
from dataclasses import replace

import dns.rcode
import pytest

from probe.cli.dns import TYPES, USUAL
from probe.cli.look.dns import Reply, by_resolver, outcome_of
from probe.cli.look.odd import odd
from probe.machine.fake import RANGES
from probe.model import DnsQuery, DnsRecord, DnsResponse, Evidence, Failure, Outcome
from tests.hostile_texts import TEXTS
from tests.rig_dns import response, says
from tests.rig_servers import name_server
from tests.store_records import observation
from tests.typed import typed

NAME = "hk.example.net"
FAKES = {"wifi": tuple(map(str, RANGES))}
A_AND_B = ("192.0.2.7", "192.0.2.8")


def by_type(**answers):
    """Answer each type with its records; the others exist and are empty."""

    def reply(query):
        asked = query.question[0].rdtype.name
        return [response(query, *answers.get(asked, ()))]

    return reply


def look(*resolvers, words=(), name=NAME):
    chosen = [word for one in resolvers for word in ("--resolver", one)]
    return typed("dns", name, *chosen, *words)


def rows(out):
    return [line.split() for line in out.splitlines() if line.startswith("udp://")]


def test_each_question_is_a_line_with_its_answer():
    with name_server(by_type(A=("A 8.8.8.8",), HTTPS=("HTTPS 1 . alpn=h2",))) as resolver:
        code, out, err = look(resolver)

    told = [row[:-4] for row in rows(out)]
    assert (code, err, len(told)) == (0, "", len(USUAL))
    assert [row[1:3] for row in rows(out)] == [[one, "NOERROR"] for one in USUAL]
    assert "8.8.8.8" in out
    assert 'alpn="h2"' in out
    assert "no record of that type" in out
    assert out.splitlines()[-1] == f"{NAME} resolves to 1 address, by 1 resolver."


def test_an_alias_is_shown_on_the_way_to_its_address():
    chain = says("CNAME edge.example.org.", "@edge.example.org A 8.8.4.4")
    with name_server(chain) as resolver:
        code, out, _ = look(resolver, words=("--type", "a"))

    assert (code, "CNAME edge.example.org., 8.8.4.4" in out) == (0, True)


def test_flags_and_extended_errors_are_shown():
    with name_server(says(rcode=dns.rcode.SERVFAIL, extended=(15, 9999))) as resolver:
        code, out, _ = look(resolver, words=("--type", "A"))

    assert (code, "SERVFAIL" in out, "EDE 15 blocked, EDE 9999" in out) == (1, True, True)
    assert "dns.servfail" in out
    assert "evil" not in out


def test_a_name_that_does_not_exist_fails_and_the_advice_is_given_once():
    with name_server(says(rcode=dns.rcode.NXDOMAIN)) as resolver:
        code, out, _ = look(resolver)

    assert (code, out.count("dns.nxdomain"), out.count("what to do: ")) == (1, 1, 1)
    assert out.splitlines()[-1] == f"The resolver has no good answer for {NAME}."


def test_a_forged_answer_before_the_true_one_is_shown_beside_it_and_said():
    def twice(query):
        return [response(query, "A 8.7.198.46"), response(query, "A 8.8.8.8")]

    with name_server(twice) as resolver:
        code, out, _ = look(resolver, words=("--type", "A"))

    assert [row[5] for row in rows(out)] == ["8.7.198.46", "8.8.8.8"]
    assert (code, "another answer" in out) == (0, True)
    assert "odd: 2 different answers came to one question for A" in out


def test_resolvers_that_disagree_are_named():
    with ExitStack() as servers:
        good = servers.enter_context(name_server(says("A 8.8.8.8")))
        bad = servers.enter_context(name_server(says(rcode=dns.rcode.NXDOMAIN)))
        code, out, _ = look(good, bad, words=("--type", "A"))

    assert code == 1
    assert f"odd: the resolvers disagree on A: NOERROR from {good} from system; NXDOMAIN from {bad}" in out


def test_the_vantages_own_resolver_and_the_trusted_ones_are_asked_and_told_apart(tmp_path):
    with ExitStack() as servers:
        own, sure = (servers.enter_context(name_server(says("A 8.8.8.8"))) for _ in range(2))
        path = tmp_path / "hopwatch.yml"
        path.write_text(
            f"version: 1\nresolvers: ['{own}']\ncontrols: {{resolvers: ['{sure}']}}\n"
            f"hops: {{hk: {{url: 'https://{NAME}'}}}}\nroutes: {{way: {{hops: [hk]}}}}\n"
        )
        code, out, _ = typed("dns", "hk", "--type", "A", "--config.file", str(path))
        alone = typed("dns", "hk", "--type", "A", "--config.file", str(path), "--resolver", own)

    assert (code, [row[0] for row in rows(out)]) == (0, [own, sure])
    assert [line for line in out.splitlines() if "(trusted)" in line] == [out.splitlines()[3]]
    assert [row[0] for row in rows(alone[1])] == [own]


def test_from_behind_a_proxy_nobody_is_asked_past_it(tmp_path):
    path = tmp_path / "hopwatch.yml"
    asked = []

    def note(query):
        asked.append(query)
        return [response(query, "A 8.8.8.8")]

    with name_server(note) as resolver:
        path.write_text(
            f"version: 1\nresolvers: ['{resolver}']\n"
            "vantages: {clash: {proxy: {url: 'socks5h://127.0.0.1:1'}}, ssh: {proxy: {url: 'socks5://127.0.0.1:1'}}, plain: {system: {}}}\n"
            f"hops: {{hk: {{url: 'https://{NAME}'}}}}\nroutes: {{way: {{hops: [hk]}}}}\n"
        )
        words = ("dns", "hk", "--type", "A", "--config.file", str(path))
        alone = typed(*words, "--vantage", "clash", "--vantage", "ssh")
        before = len(asked)
        beside = typed(*words, "--all-vantages")

    assert (alone[0], alone[1], alone[2].count("is left out: "), before) == (3, "", 2, 0)
    assert (beside[0], len(asked), len(rows(beside[1]))) == (0, 1, 1)


def test_json_is_versioned_and_holds_each_reply():
    with name_server(by_type(A=("A 198.18.0.5",))) as resolver:
        code, out, _ = look(resolver, words=("--json",))

    told = json.loads(out)
    assert (code, told["version"], told["name"]) == (3, 1, NAME)
    assert [(one["type"], one["resolver"], one["trusted"]) for one in told["replies"]] == [
        (kind, resolver, False) for kind in USUAL
    ]
    assert ["made up by a local proxy" in one for one in told["odd"]] == [True]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("192.0.2.1",), "is an address already"),
        (("[::1]:443",), "is an address already"),
        (("https://u:pw@host/",), "user name or password"),
        (("bad host.example",), "cannot be looked at"),
        ((NAME, "--resolver", "nonsense"), "not a resolver"),
        ((NAME, "--type", "AXFR"), "Invalid value"),
    ],
)
def test_what_makes_no_question_is_wrong_use(words, said):
    code, out, err = typed("dns", *words)

    assert (code, out, said in err, "u:pw" in err) == (2, "", True, False)


def reply(
    *responses,
    kind="A",
    resolver="udp://192.0.2.53:53",
    vantage="wifi",
    outcome=Outcome.OK,
    cause=None,
    trusted=False,
):
    seen = observation(1)
    query = DnsQuery(name=NAME, type=kind, resolver=resolver, transport="udp", responses=responses)
    failure = None if cause is None else Failure(cause=cause, detail="")
    series = replace(seen.series, vantage=vantage)
    told = replace(seen, series=series, outcome=outcome, failure=failure, evidence=Evidence(dns=(query,)))
    return Reply(type=kind, resolver=resolver, is_trusted=trusted, observation=told)


def answer(*data, rcode="NOERROR", role="used", after=0.01, kind="A"):
    records = tuple(DnsRecord(name=NAME, type=kind, ttl=60, data=one) for one in data)
    return DnsResponse(
        after_seconds=after, rcode=rcode, authoritative=False, truncated=False, records=records, role=role
    )


def test_an_invented_address_is_said_to_be_a_proxys():
    (said,) = odd(NAME, [reply(answer("198.18.0.5"))], FAKES)

    assert said.startswith("198.18.0.5 (udp://192.0.2.53:53 from wifi) was made up by a local proxy")


def test_behind_the_proxy_itself_it_is_no_oddity():
    assert list(odd(NAME, [reply(answer("198.18.0.5"))], {})) == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "0.0.0.0", "2001::7"])
def test_an_address_at_which_nobody_is_reached_is_said(address):
    (said,) = odd(NAME, [reply(answer(address))], FAKES)

    assert "in which nobody on the Internet is reached" in said


def test_a_name_that_is_nobody_elses_may_lead_anywhere():
    assert list(odd("hk.lab.test", [reply(answer("127.0.0.1"))], FAKES)) == []


def test_what_answers_no_question_of_ours_is_counted():
    strays = [answer("8.8.8.8", role="stray")] * 2
    (said,) = odd(NAME, [reply(answer("8.8.4.4"), *strays)], FAKES)

    assert said.startswith("2 messages came that answer no question of ours")


def test_the_same_answer_twice_is_no_oddity():
    assert list(odd(NAME, [reply(answer("8.8.8.8"), answer("8.8.8.8", role="further"))], FAKES)) == []


def test_resolvers_that_share_an_address_agree():
    pair = [reply(answer(*A_AND_B)), reply(answer(A_AND_B[1]), resolver="udp://192.0.2.54:53")]

    assert list(odd(NAME, pair, FAKES, ("127.0.0.0/8",))) == []


def test_resolvers_that_share_none_are_told_apart():
    pair = [reply(answer("8.8.8.8")), reply(answer("8.8.4.4"), resolver="udp://192.0.2.54:53")]
    (said,) = odd(NAME, pair, FAKES)

    assert said == (
        "the resolvers give A records that have nothing in common, which is usual of a network with points of presence:"
        " 8.8.8.8 from udp://192.0.2.53:53 from wifi; 8.8.4.4 from udp://192.0.2.54:53 from wifi"
    )


def test_one_resolver_that_answers_each_vantage_otherwise_disagrees_with_nobody():
    pair = [reply(answer("8.8.8.8")), reply(answer("8.8.4.4"), vantage="mobile")]
    (said,) = odd(NAME, pair, FAKES)

    assert said.startswith("the answers to different vantages hold A records that have nothing in common, ")


def test_resolvers_that_share_none_are_named_as_such_where_each_vantage_has_its_own():
    pair = [
        reply(answer("8.8.8.8")),
        reply(answer("8.8.4.4"), resolver="udp://192.0.2.54:53", vantage="mobile"),
    ]
    (said,) = odd(NAME, pair, FAKES)

    assert said.startswith("the resolvers give A records that have nothing in common, ")


def test_codes_that_differ_by_vantage_are_no_quarrel_of_resolvers():
    pair = [reply(answer("8.8.8.8")), reply(answer("8.8.8.8", rcode="NXDOMAIN"), vantage="mobile")]
    (said,) = odd(NAME, pair, FAKES)

    assert said.startswith("the answers to different vantages disagree on A: ")


@pytest.mark.parametrize(
    ("outcomes", "comes_to"),
    [
        ([("ok", None), ("failed", "dns.no_data")], Outcome.OK),
        ([("failed", "dns.no_data"), ("failed", "dns.no_data")], Outcome.FAILED),
        ([("ok", None), ("failed", "dns.timeout")], Outcome.FAILED),
        ([("not_measured", "local.fake_ip"), ("failed", "dns.no_data")], Outcome.NOT_MEASURED),
    ],
)
def test_no_record_of_one_type_is_an_answer_and_none_of_any_is_a_failure(outcomes, comes_to):
    assert outcome_of([reply(outcome=Outcome(one), cause=cause) for one, cause in outcomes]) is comes_to


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_of_an_answer_steers_a_terminal(text):
    said = [
        *odd(NAME, [reply(answer(text), answer("8.8.8.8", role="further"))], FAKES),
        *odd(NAME, [reply(answer("8.8.8.8", rcode=text)), reply(answer("8.8.8.8"))], FAKES),
    ]

    assert [one for one in said if not one.isprintable()] == []


def test_replies_are_told_apart_by_vantage_and_resolver():
    pair = [reply(), reply(kind="AAAA"), reply(resolver="udp://192.0.2.54:53")]

    assert {key: [one.type for one in found] for key, found in by_resolver(pair).items()} == {
        ("wifi", "udp://192.0.2.53:53"): ["A", "AAAA"],
        ("wifi", "udp://192.0.2.54:53"): ["A"],
    }
    assert set(USUAL) <= set(TYPES)
