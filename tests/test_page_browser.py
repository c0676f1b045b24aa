"""The page in Debian's Chromium: safe, live, narrow, legible."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from probe.model import Failure, Phase
from tests.chromium import chromium, tab
from tests.hostile_texts import TEXTS
from tests.web_chain import RESET, Recorder, series
from tests.web_server import served
from tests.web_story import STORIES, broken, examined, healthy, hostile, long_day

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALIVE = series("wifi", "hk-vps", "alive")

# Every visible text, with its contrast to what is painted behind it (WCAG 2.2, 1.4.3).
CONTRASTS = """
() => {
  const channel = (value) => ((value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.unshift(parse(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const contrast = (one, two) => {
    const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const found = [];
  for (const node of document.body.querySelectorAll("*")) {
    const box = node.getBoundingClientRect();
    const isTextual = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    const isMark = node.matches("svg.mark");
    if (box.width < 2 || box.height < 2 || !(isTextual || isMark) || node.closest(".sr, title, .none")) continue;
    const behind = ground(node);
    const ratio = contrast(over(parse(getComputedStyle(node).color), behind), behind);
    if (ratio < (isMark ? 3 : 4.5)) found.push(`${node.className} ${node.textContent.trim().slice(0, 20)} ${ratio.toFixed(2)}`);
  }
  return found;
}
"""
BARS = """
() => [...new Set([...document.querySelectorAll(".bars rect, .swatch rect")].map((bar) => getComputedStyle(bar).fill))]
"""
UNFOLD = "() => document.querySelectorAll('details').forEach((one) => (one.open = true))"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

# Every word of the matrix that stands on more than one line: it was broken inside.
BROKEN_WORDS = """
() => {
  const found = [];
  const walker = document.createTreeWalker(document.querySelector(".matrix tbody"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest("title") || node.parentElement.getBoundingClientRect().width < 2) continue;
    for (const word of node.data.matchAll(/[\\w.]+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) found.push(word[0]);
    }
  }
  return found;
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_hostile_texts_do_nothing_but_stand_there(browser: Browser, width: int, lang: str):
    async with served(hostile(TEXTS)) as web, tab(browser, f"{web.url}?lang={lang}", width=width) as opened:
        await opened.wait_until_live()
        web.recent.write(
            Recorder(seq=500).observe(ALIVE, failure=Failure(cause="http.body", detail=TEXTS[0]))
        )
        await opened.page.wait_for_selector("#failure-e1-501", timeout=5000)
        overflow = await opened.page.evaluate(OVERFLOW)

        assert (opened.complaints, overflow) == ([], 0)
        assert not [url for url in opened.requests if not url.startswith((web.url, "data:"))]


@pytest.mark.parametrize("name", STORIES)
async def test_nothing_scrolls_sideways_on_a_small_telephone(browser: Browser, name: str):
    async with served(STORIES[name]()) as web, tab(browser, web.url, width=360) as opened:
        await opened.page.evaluate(UNFOLD)
        assert await opened.page.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize("width", [850, 900, 1000, 1280])
async def test_no_word_of_the_matrix_is_broken_inside(browser: Browser, width: int):
    for name in ("troubled", "examined"):
        async with served(STORIES[name]()) as web, tab(browser, web.url, width=width) as opened:
            assert await opened.page.evaluate(BROKEN_WORDS) == []
            assert await opened.page.evaluate(OVERFLOW) == 0


async def test_nothing_comes_from_elsewhere(browser: Browser):
    async with served(healthy()) as web, tab(browser, web.url) as opened:
        await opened.wait_until_live()

        assert not [url for url in opened.requests if not url.startswith((web.url, "data:"))]
        assert opened.complaints == []


@pytest.mark.parametrize("name", ["troubled", "examined"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_texts_and_marks_stand_out_from_their_ground(
    browser: Browser, scheme: str, width: int, name: str
):
    async with (
        served(STORIES[name]()) as web,
        tab(browser, web.url, width=width, scheme="dark" if scheme == "dark" else "light") as opened,
    ):
        await opened.wait_until_live()
        await opened.page.evaluate(UNFOLD)

        assert await opened.page.evaluate(CONTRASTS) == []


async def test_dark_is_dark(browser: Browser):
    grounds = []
    for scheme in ("light", "dark"):
        async with (
            served(healthy()) as web,
            tab(browser, web.url, scheme="dark" if scheme == "dark" else "light") as opened,
        ):
            grounds.append(await opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert grounds == ["rgb(250, 249, 246)", "rgb(22, 22, 20)"]


async def test_each_phase_has_a_colour_of_its_own(browser: Browser):
    async with served(healthy()) as web, tab(browser, web.url) as opened:
        assert len(await opened.page.evaluate(BARS)) == 5 + 1  # the legend shows the hatching


async def test_an_event_changes_the_page_without_a_reload(browser: Browser):
    recorder = Recorder(seq=2000)
    async with served(healthy()) as web, tab(browser, web.url) as opened:
        await opened.wait_until_live()
        await opened.page.evaluate("window.isTheSame = true")
        web.recent.write(recorder.observe(ALIVE, at_ns=web.clock.wall_ns() + 1, failure=RESET))
        await opened.page.wait_for_selector(
            "h1:has-text('Hop hk-vps fails by itself from wifi')", timeout=5000
        )
        web.recent.write(recorder.observe(ALIVE, at_ns=web.clock.wall_ns() + 2))
        await opened.page.wait_for_selector("h1:has-text('All 21 checks answer')", timeout=5000)

        assert await opened.page.evaluate("window.isTheSame")
        assert await opened.page.title() == "ok · hopwatch"
        assert opened.complaints == []


async def test_a_change_keeps_focus_scroll_and_what_stayed(browser: Browser):
    async with served(healthy()) as web, tab(browser, web.url) as opened:
        await opened.wait_until_live()
        await opened.page.evaluate(
            """() => {
              window.link = document.querySelector("#hop-static a");
              window.link.focus();
              window.scrollTo(0, 400);
              window.cell = document.querySelector("#hop-direct td");
            }"""
        )
        web.recent.write(Recorder(seq=2000).observe(ALIVE, at_ns=web.clock.wall_ns() + 1, failure=RESET))
        await opened.page.wait_for_selector("#failures table", timeout=5000)

        assert await opened.page.evaluate(
            "[document.activeElement === window.link, window.scrollY >= 400, window.cell.isConnected]"
        ) == [True, True, True]


async def test_what_the_reader_unfolds_stays_unfolded(browser: Browser):
    async with served(examined()) as web, tab(browser, web.url) as opened:
        await opened.wait_until_live()
        await opened.page.click("summary")
        web.recent.write(Recorder(seq=2000).observe(ALIVE, at_ns=web.clock.wall_ns() + 1, failure=RESET))
        await opened.page.wait_for_selector("#failure-e1-2001", timeout=5000)

        assert (await opened.page.inner_text("details[open] li >> nth=1")).endswith(
            "a TLS handshake with 203.0.113.9:8443, naming www.example.com: answered"
        )


async def test_a_burst_of_events_costs_one_fetch_a_second(browser: Browser):
    recorder = Recorder(seq=2000)
    async with served(healthy()) as web, tab(browser, web.url) as opened:
        await opened.wait_until_live()
        await opened.page.wait_for_timeout(1200)
        opened.requests.clear()
        for _ in range(200):
            web.recent.write(recorder.observe(ALIVE))
        await opened.page.wait_for_timeout(1500)

        assert 1 <= len([url for url in opened.requests if url == web.url]) <= 2


async def test_a_lost_connection_is_said_and_so_is_its_return(browser: Browser):
    async with served(healthy()) as web, tab(browser, web.url) as opened:
        await opened.wait_until_live()
        await opened.page.context.set_offline(True)
        web.recent.feed.close()
        await opened.page.wait_for_selector("#live.off", timeout=5000)
        said, title = await opened.page.inner_text("#live"), await opened.page.title()
        await opened.page.context.set_offline(False)
        await opened.page.wait_for_selector("#live.on", timeout=10_000)
        await opened.page.wait_for_function("() => document.title === 'ok · hopwatch'")

    assert said.startswith("disconnected since ")
    assert title == "disconnected · hopwatch"


async def test_the_page_is_whole_without_a_script(browser: Browser):
    async with served(broken()) as web, tab(browser, web.url, scripts=False) as opened:
        heading = await opened.page.inner_text("h1")
        live = await opened.page.inner_text("#live")
        rows = await opened.page.locator(".falls tbody tr:not(.block)").count()

    assert heading == (
        "Route chat fails at hk-vps from wifi: the connection was reset during the TLS handshake, since 12:03:14 UTC."
    )
    assert (live, rows) == ("Reload for what is new.", 21)


async def test_times_are_localised_and_keep_utc(browser: Browser):
    async with served(broken()) as web, tab(browser, web.url) as opened:
        time = opened.page.locator("h1 time")

        assert (
            await time.get_attribute("title")
            == await time.get_attribute("datetime")
            == "2026-11-22T12:03:14.230Z"
        )
        assert (await time.inner_text()).endswith("12:03:14")


async def test_the_first_stop_of_the_keyboard_skips_to_the_content(browser: Browser):
    async with served(broken()) as web, tab(browser, web.url) as opened:
        await opened.page.keyboard.press("Tab")
        is_seen = await opened.page.evaluate("document.activeElement.getBoundingClientRect().top >= 0")
        await opened.page.keyboard.press("Enter")

        assert is_seen
        assert await opened.page.evaluate("document.activeElement.id") == "main"


async def test_a_screen_reader_is_told_the_state_the_bars_and_what_failed_when(browser: Browser):
    async with served(long_day()) as web, tab(browser, web.url, scripts=False) as opened:
        page = await opened.page.locator("main").aria_snapshot()
        rows = await opened.page.get_by_role("table", name="How each hop answered").get_by_role("row").all()
        told = await rows[1].aria_snapshot()

    assert re.search(r"status:\s+- 'heading \"Route chat fails on the way to hk-vps from wifi", page)
    assert 'rowheader "hk-vps"' in told
    assert 'group "34 of 582 probes failed in the last 24 hours"' in told
    assert 'link "02:45 UTC to 03:45 UTC: 22 of 24 failed; tls.reset 22"' in told
    assert 'cell "94.2 %"' in told


@pytest.mark.parametrize(("name", "lang"), [("examined", "en"), ("day", "zh"), ("unknown", "zh")])
async def test_every_link_and_every_heading_has_a_name(browser: Browser, name: str, lang: str):
    async with served(STORIES[name]()) as web, tab(browser, f"{web.url}?lang={lang}") as opened:
        tree = await opened.page.locator("body").aria_snapshot()

    nameless = [
        line.strip()
        for line in tree.splitlines()
        if re.fullmatch(r" *- (link|heading|table|row)( \[.*\])?:?", line)
    ]
    assert nameless == []


async def test_a_failing_spell_is_seen_and_followed_by_keyboard(browser: Browser):
    async with served(long_day()) as web, tab(browser, web.url) as opened:
        spell = opened.page.locator(".day svg a").first
        await spell.focus()
        drawn = await spell.locator("rect").evaluate("(rect) => getComputedStyle(rect).fillOpacity")
        await opened.page.keyboard.press("Enter")
        await opened.page.wait_for_url("**/search?hop=hk-vps&vantage=wifi&since=*")

    assert drawn != "1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_can_be_printed(browser: Browser, scheme: str):
    async with (
        served(examined()) as web,
        tab(browser, web.url, width=720, scheme="dark" if scheme == "dark" else "light") as opened,
    ):
        await opened.page.emulate_media(media="print")

        assert not await opened.page.locator(".top nav").is_visible()
        assert (
            await opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
            == "rgb(255, 255, 255)"
        )
        assert await opened.page.evaluate(OVERFLOW) == 0


async def test_every_link_can_be_reached_and_seen_by_keyboard(browser: Browser):
    async with served(healthy()) as web, tab(browser, web.url) as opened:
        links = await opened.page.locator("a").count()
        outlined = 0
        for _ in range(links):
            await opened.page.keyboard.press("Tab")
            outlined += await opened.page.evaluate(
                "getComputedStyle(document.activeElement).outlineStyle === 'solid'"
            )

    assert outlined == links


async def test_the_bars_of_a_check_are_as_long_as_its_phases(browser: Browser):
    recorder = Recorder()
    phases = {Phase.CONNECT: 0.03, Phase.TLS: 0.01}
    story = healthy()
    async with served(story) as web, tab(browser, web.url) as opened:
        for vantage in ("wifi", "mobile", "wired"):
            of = series(vantage, "direct", "handshake")
            recorder.seq += 2000
            web.recent.write(recorder.observe(of, at_ns=web.clock.wall_ns() + 1, phases=phases))
        await opened.page.wait_for_function(
            """() => {
              const bars = [...document.getElementById("wifi/chat/direct/handshake").querySelectorAll("rect")];
              return bars.length === 2;
            }"""
        )
        widths = await opened.page.evaluate(
            """() => [...document.getElementById("wifi/chat/direct/handshake").querySelectorAll("rect")]
                .map((bar) => bar.getBBox().width)"""
        )

    assert widths[0] / widths[1] == pytest.approx(3, abs=0.05)
