"""The page says which checks a proxy cannot carry, and shows the proxy's own time as a phase."""

from dataclasses import replace

from probe.model import Phase, Taint
from probe.plan import LeftOut
from tests.web_chain import Recorder, series
from tests.web_server import served
from tests.web_story import Story

REASON = "it sends packets of its own, and a proxy carries only connections"


def story(taints=()):
    recorder = Recorder()
    reason = LeftOut(series=series("clash", "hk-vps", "ping"), reason=REASON)
    through = {Phase.PROXY: 0.07, Phase.TLS: 0.1, Phase.PROCESSING: 0.2}
    seen = recorder.observe(recorder.plan.probes[0].series, phases=through, taints=taints)
    return Story(replace(recorder.plan, left_out=(reason,)), [seen])


async def test_what_is_left_out_is_said_on_the_page_and_in_the_state():
    async with served(story()) as surface:
        _, page = await surface.get("")
        state = await surface.json("api/v1/state")

    assert f'hk-vps <span class="check">ping</span> is not asked from clash: {REASON}.' in page
    expected = {"vantage": "clash", "route": "chat", "hop": "hk-vps", "check": "ping", "reason": REASON}
    assert state["left_out"] == [expected]


async def test_a_proxys_time_has_its_own_column_and_colour():
    async with served(story()) as surface:
        _, page = await surface.get("")

    assert '<svg class="swatch p-proxy" aria-hidden="true">' in page
    assert 'data-p="proxy"' in page


async def test_a_proxy_that_nobody_declared_is_said_with_what_to_do():
    hint = "write <code>system: {proxied: true}</code> for what programs see that go by it"
    found = []
    for taints in ((), (Taint.LATE,), (Taint.PROXIED,)):
        async with served(story(taints)) as surface:
            found.append(hint in (await surface.get(""))[1])

    assert found == [False, False, True]
