"""A file with a mistake is told so in one sentence, with its line and what would be right."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from tests.rig_scenarios import FOLDER, mistakes, written
from tests.scenarios.runner.meaning import notes
from tests.scenarios.runner.reading import ScenarioError, find, load, parse
from tests.scenarios.runner.standard import configuration, merged
from tests.scenarios.runner.timeline import steps

HEAD = "id: x\ntitle: x\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: x", "x.yaml:1:1: id: this key is required"),
        ("id: X\ntitle: x", "x.yaml:1:5: id: this should match pattern '^[a-z0-9][a-z0-9-]{0,79}$', not 'X'"),
        (HEAD + "event: []", "x.yaml:3:1: event: unknown key; did you mean 'events'?"),
        (HEAD + "lasts: long", "x.yaml:3:8: lasts: expected a number, not text"),
        (
            HEAD + "lasts: 13",
            "x.yaml:3:8: lasts: healthy and lasts make 16 s together; at most 15 s are allowed",
        ),
        (HEAD + "tier: snippet", "x.yaml:3:7: tier: this should be 'addresses' or 'snippets', not 'snippet'"),
        (
            HEAD + "lab: {delays: {boarder: 1}}",
            "x.yaml:3:25: lab.delays.boarder: there is no wire 'boarder'; did you mean 'border'?",
        ),
        (
            HEAD + "lab: {names: {dns: {a.test: [A 192.0.2.1, A here]}}}",
            "x.yaml:3:43: lab.names.dns.\"a.test\"[1]: 'A here' is no record such as 'A 192.0.2.1': ",
        ),
        (
            HEAD + "events:\n  - {at: 1, inject: {kind: dns, answers: [CNAME]}}",
            "x.yaml:4:21: events[0].inject: dns: 'CNAME' is no record such as 'A 192.0.2.1': ",
        ),
        (HEAD + "events: [{at: 1}]", "x.yaml:3:10: events[0]: an event has either `inject` or `heal`"),
        (
            HEAD + "events: [{at: 1, heal: it}]",
            "x.yaml:3:24: events[0].heal: no event injects something of the name 'it'",
        ),
        (
            HEAD + "events: [{at: 9, inject: {kind: stopped, host: hk}}]",
            "x.yaml:3:15: events[0].at: the scenario lasts 8 s only",
        ),
        (
            HEAD + "events: [{at: 2, until: 1, inject: {kind: stopped, host: hk}}]",
            "x.yaml:3:25: events[0].until: it would end before it begins",
        ),
        (
            HEAD + "events:\n  - {at: 1, inject: [{kind: stopped, host: hk}, {kind: stop}]}",
            "x.yaml:4:49: events[0].inject[1]: there is no kind of fault 'stop'; there are loss, ",
        ),
        (
            HEAD + "events:\n  - {at: 1, inject: {kind: door, host: hk, act: slam}}",
            "x.yaml:4:21: events[0].inject: door: act: Input should be 'hang', ",
        ),
        (
            HEAD + "events:\n  - {at: 1, inject: {kind: stopped, host: hkk}}",
            "x.yaml:4:43: events[0].inject.host: there is no host 'hkk'; did you mean 'hk'?",
        ),
        (
            HEAD + "events:\n  - {at: 1, inject: {kind: frozen, daemon: hk}}",
            "x.yaml:4:44: events[0].inject.daemon: there is no daemon 'hk'; there are v-wifi",
        ),
        (
            HEAD + "daemons: {v-wif: {}}",
            "x.yaml:3:18: daemons.v-wif: there is no node 'v-wif'; did you mean 'v-wifi'?",
        ),
        (
            HEAD + "config: {hops: {static: null}}",
            "x.yaml:3:1: config: hopwatch refuses the configuration for v-wifi: routes.page.hops[0]: ",
        ),
        (
            HEAD + "daemons: {v-wifi: {}, v-mobile: {config: {vantages: {wifi: {system: {}}}}}}",
            "x.yaml:3:23: daemons.v-mobile: the daemons at v-wifi and v-mobile both have a vantage 'wifi'",
        ),
        (HEAD + "truth: {wired: {service: ok}}", "x.yaml:3:16: truth.wired: there is no vantage 'wired'; "),
        (HEAD + "truth: {wifi: {causes: []}}", "x.yaml:3:9: truth.wifi.service: this key is required"),
        (
            HEAD + "truth: {wifi: {service: failed, causes: [tsl.reset]}}",
            "x.yaml:3:42: truth.wifi.causes[0]: no cause begins with 'tsl'",
        ),
        (
            HEAD + "truth: {wifi: {service: failed, elements: [hk]}}",
            "x.yaml:3:44: truth.wifi.elements[0]: 'hk' is no spelling of an element (docs/vocabulary.md)",
        ),
        (HEAD + "id: y", "x.yaml:3:1: id: this key is already there on line 1"),
    ],
)
def test_a_mistake_is_told_with_its_line(text, said):
    with pytest.raises(ScenarioError) as refused:
        parse(text, Path("x.yaml"))

    (line,) = str(refused.value).splitlines()
    assert line.startswith(said)


def test_every_mistake_is_told_at_once_in_the_order_of_the_lines():
    found = mistakes("id: x\ntitle: x\nlasts: 0\nhealthy: -1\ntiers: x\n")

    assert [line.split(":")[1] for line in found] == ["3", "4", "5"]


def test_a_cause_that_hopwatch_does_not_know_is_no_mistake_but_noted():
    scenario = written("truth: {wifi: {service: failed, causes: [tls.reset.by_the_moon]}}")

    assert list(notes(scenario)) == ["hopwatch knows no cause tls.reset.by_the_moon"]


def test_configuration_is_merged_key_by_key_and_null_takes_away():
    below: dict[str, JsonValue] = {"a": {"b": 1, "c": 2}, "d": [1, 2], "e": {"f": 1}}

    assert merged(below, {"a": {"b": None, "g": 3}, "d": [3], "e": {}}) == {
        "a": {"c": 2, "g": 3},
        "d": [3],
        "e": {"f": 1},
    }


def test_a_daemon_gets_the_words_of_all_and_its_own_over_them():
    scenario = written(
        "config: {defaults: {interval: 3s}}\n"
        "daemons: {v-wifi: {}, v-mobile: {config: {defaults: {interval: 4s}}}}"
    )

    assert [configuration(scenario, node)["defaults"] for node in scenario.daemons] == [
        {"interval": "3s", "timeout": "2s"},
        {"interval": "4s", "timeout": "2s"},
    ]


def told(text: str) -> list[tuple[float, str, int]]:
    return [(step.at, step.does, step.event) for step in steps(written(text))]


FAULT = "inject: {kind: stopped, host: hk}"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (f"[{{at: 1, {FAULT}}}]", [(1, "begin", 0)]),
        (f"[{{at: 1, until: 2, {FAULT}}}]", [(1, "begin", 0), (2, "end", 0)]),
        (f"[{{at: 1, name: it, {FAULT}}}, {{at: 3, heal: it}}]", [(1, "begin", 0), (3, "end", 0)]),
        (
            f"[{{at: 1, until: 4.5, pulse: [1, 1], {FAULT}}}]",
            [(1, "begin", 0), (2, "end", 0), (3, "begin", 0), (4, "end", 0)],
        ),
        (f"[{{at: 6.5, pulse: [1, 1], {FAULT}}}]", [(6.5, "begin", 0), (7.5, "end", 0)]),
        (
            f"[{{at: 2, {FAULT}}}, {{at: 1, until: 2, {FAULT}}}]",
            [(1, "begin", 1), (2, "end", 1), (2, "begin", 0)],
        ),
    ],
)
def test_what_begins_and_ends_when(events, expected):
    assert told(f"events: {events}") == expected


def test_every_shipped_scenario_can_be_played_and_expects_what_can_be_named():
    found = {file.stem: list(notes(load(file))) for file in find(FOLDER)}

    assert {stem: said for stem, said in found.items() if said} == {}


def test_ids_tell_the_folder_and_the_file_and_no_two_are_the_same():
    ids = [(f"{file.parent.name}-{file.stem}", load(file).id) for file in find(FOLDER)]

    assert [one for one in ids if one[0] != one[1]] == []
