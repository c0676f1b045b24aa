"""What the page says of each vantage: whether one can look from it, and what ails its own network."""

from probe.exporter.recent import Recent
from probe.model import Ailment, Event, Health, Identity, Uplink, UplinkState
from probe.track import State
from probe.web.vantages import ShownVantage
from probe.web.view import look
from tests.test_page_html import Document
from tests.web_chain import DOWN, NOW_NS, RESET, HandClock, Recorder
from tests.web_server import served
from tests.web_story import Story, healthy


def _ill(cause: str, vantage: str = "mobile") -> Health:
    ailment = Ailment(cause=cause, element=f"access[{vantage}]", detail="", since_ns=NOW_NS)
    identity = Identity(agent="local", epoch="e1", seq=9000)
    return Health(identity=identity, vantage=vantage, ailments=(ailment,), recorded_at_ns=NOW_NS)


def _shown(*more: Event, story: Story | None = None) -> dict[str, ShownVantage]:
    told = story or healthy()
    recent = Recent([one.series for one in told.plan.probes], clock=HandClock())
    for event in (*told.events, *more):
        recent.write(event)
    return {one.vantage.name: one for one in look(told.plan, recent, at_ns=NOW_NS).vantages}


def _fitness(*more: Event, story: Story | None = None) -> list[State]:
    return [one.state for one in _shown(*more, story=story).values()]


def test_hops_that_fail_are_no_trouble_of_the_vantage():
    recorder = Recorder()
    failed = [
        recorder.observe(one.series, at_ns=NOW_NS + 1, failure=RESET)
        for one in recorder.plan.probes
        if one.series.vantage == "wifi"
    ]

    assert _fitness(*failed) == [State.OK] * 3


def test_an_ailment_or_a_lost_network_is():
    cut = UplinkState(
        vantage="wired", is_up=False, since_ns=NOW_NS, uplink=Uplink(), detail="eth0 has no link"
    )

    assert _fitness(_ill("local.captive_portal"), cut) == [State.OK, State.NOT_MEASURED, State.NOT_MEASURED]


def test_one_whose_checks_all_could_not_be_measured_has_trouble_of_its_own_and_a_new_one_is_unknown():
    recorder = Recorder()
    unmeasured = [
        recorder.observe(one.series, failure=DOWN)
        for one in recorder.plan.probes
        if one.series.vantage == "mobile"
    ]

    fitness = _fitness(story=Story(recorder.plan, unmeasured))
    assert fitness == [State.UNKNOWN, State.NOT_MEASURED, State.UNKNOWN]


def test_broken_ipv6_is_said_and_keeps_nobody_from_looking():
    shown = _shown(_ill("local.ipv6_broken"))["mobile"]

    assert (shown.state, str(shown.ipv6)) == (State.OK, "broken here, whatever the hop")
    assert str(_shown()["wifi"].ipv6) == "not asked for apart"


async def test_an_ailment_is_told_with_what_it_means_and_what_to_do_and_leads_to_the_search():
    story = healthy()
    async with served(Story(story.plan, [*story.events, _ill("local.captive_portal")])) as web:
        _, text = await web.get("")
    page = Document()
    page.feed(text)

    assert "mobile has trouble of its own local.captive_portal a portal of the vantage's network" in page.text
    assert "Open any http:// page in a browser on that network and log in." in page.text
    assert "search?cause=local.captive_portal" in [one["href"] for one in page.all("a")]
