"""The pages of one observation and of the search in Debian's Chromium: safe, narrow, legible, copied by a button."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from probe.model import Evidence, Failure, Finding, Http, Observation, Phase
from tests.chromium import chromium, tab
from tests.hostile_texts import TEXTS
from tests.record_observations import everything
from tests.store_records import opened
from tests.test_page_browser import CONTRASTS, OVERFLOW
from tests.test_web_detail import huge
from tests.web_chain import NOW_NS, Recorder, plan, series
from tests.web_server import served
from tests.web_story import Story, examined

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALIVE = series("wifi", "hk-vps", "alive")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


def whole() -> tuple[Story, str]:
    """Return a story with an observation that has everything, and the path of its page."""
    recorder, story = Recorder(seq=5000), examined()
    seen = everything(recorder)
    return Story(story.plan, [*story.events, seen]), f"observation/{seen.identity.epoch}/{seen.identity.seq}"


async def hostile(path: Path) -> tuple[Story, list[str]]:
    """Return a story and a store full of hostile texts, and the paths that show them."""
    recorder = Recorder()
    events: list[Observation | Finding] = []
    paths = []
    for place, text in enumerate(TEXTS):
        failure = Failure(cause=f"http.{text}", detail=text, phase=Phase.TLS, after_seconds=0.2)
        seen = recorder.observe(ALIVE, at_ns=NOW_NS - place, failure=failure, evidence=huge(text))
        control = recorder.control(
            seen, text, "http", Evidence(http=Http(url=f"http://{text}/")), failure=failure
        )
        events += (
            seen,
            control,
            recorder.find(seen, control, cause=failure.cause, element=f"host[{text}]", detail=text),
        )
        paths.append(f"observation/e1/{seen.identity.seq}")
    store = await opened(path)
    for event in events:
        store.write(event)
    await store.close()
    return Story(plan(), events), paths


@pytest.mark.parametrize(("lang", "first"), [("en", 0), ("zh", 1)])
async def test_hostile_texts_do_nothing_but_stand_there(
    browser: Browser, tmp_path: Path, lang: str, first: int
):
    story, paths = await hostile(tmp_path)
    async with served(story, storage=tmp_path) as web:
        for path in (*paths[first::5], "search", "search?cause=%3Cscript%3Ealert(1)%3C/script%3E"):
            joint = "&" if "?" in path else "?"
            async with tab(browser, f"{web.url}{path}{joint}lang={lang}", width=360) as opened_tab:
                overflow = await opened_tab.page.evaluate(OVERFLOW)
                foreign = [one for one in opened_tab.requests if not one.startswith((web.url, "data:"))]

                assert (path, opened_tab.complaints, foreign, overflow) == (path, [], [], 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "lang"), [(360, "zh"), (1280, "en")])
async def test_both_pages_are_legible_and_do_not_scroll_sideways(
    browser: Browser, tmp_path: Path, scheme: str, width: int, lang: str
):
    story, path = whole()
    store = await opened(tmp_path)
    for event in story.events:
        store.write(event)
    await store.close()
    sni = next(one for one in story.events if getattr(one, "causes", ()) == ("tls.reset.sni",))
    async with served(story, storage=tmp_path) as web:
        for address in (path, f"observation/e1/{sni.parents[0].seq}", "search", "search?since=x"):
            joint = "&" if "?" in address else "?"
            async with tab(
                browser,
                f"{web.url}{address}{joint}lang={lang}",
                width=width,
                scheme="dark" if scheme == "dark" else "light",
            ) as shown:
                assert await shown.page.evaluate(CONTRASTS) == []
                assert await shown.page.evaluate(OVERFLOW) == 0


async def test_the_button_copies_the_command_and_says_so(browser: Browser):
    story, path = whole()
    async with served(story) as web, tab(browser, f"{web.url}{path}") as shown:
        await shown.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await shown.page.click("button:has-text('Copy as curl')")
        await shown.page.wait_for_selector("#command-1-told:has-text('copied')")

        assert await shown.page.evaluate("navigator.clipboard.readText()") == await shown.page.text_content(
            "#command-1"
        )
        assert shown.complaints == []


async def test_without_the_right_to_the_clipboard_it_is_copied_all_the_same(browser: Browser):
    story, path = whole()
    async with served(story) as web, tab(browser, f"{web.url}{path}") as shown:
        await shown.page.evaluate(
            "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }"
        )
        await shown.page.click("button:has-text('Copy as curl')")
        await shown.page.wait_for_selector("#command-1-told:not(:empty)")

        assert await shown.page.evaluate("getSelection().toString()") == await shown.page.text_content(
            "#command-1"
        )


async def test_without_a_script_all_is_there_and_no_dead_button(browser: Browser):
    story, path = whole()
    async with served(story) as web, tab(browser, f"{web.url}{path}", scripts=False) as shown:
        assert await shown.page.locator("button:visible").count() == 0
        assert (await shown.page.inner_text("#command-1")).startswith("curl --verbose ")
        assert "203.0.113.9" in await shown.page.inner_text("main")


async def test_the_form_searches_without_a_script(browser: Browser, tmp_path: Path):
    story = examined()
    store = await opened(tmp_path)
    for event in story.events:
        store.write(event)
    await store.close()
    async with (
        served(story, storage=tmp_path) as web,
        tab(browser, f"{web.url}search", scripts=False) as shown,
    ):
        await shown.page.fill("input[name=cause]", "tls.reset.sni")
        await shown.page.press("input[name=cause]", "Enter")
        await shown.page.wait_for_url("**/search?cause=tls.reset.sni**")

        assert await shown.page.locator(".hits > li").count() == 2
        await shown.page.click(".hits a >> nth=0")
        assert "TLS handshake" in await shown.page.inner_text("h1")
        assert shown.complaints == []


async def test_everything_can_be_reached_and_seen_by_keyboard(browser: Browser):
    story, path = whole()
    async with served(story) as web, tab(browser, f"{web.url}{path}") as shown:
        stops = await shown.page.locator("a:visible, button:visible, [tabindex='0']:visible").count()
        outlined = 0
        for _ in range(stops):
            await shown.page.keyboard.press("Tab")
            outlined += await shown.page.evaluate(
                "getComputedStyle(document.activeElement).outlineStyle === 'solid'"
            )

    assert outlined == stops


async def test_headings_and_names_tell_a_screen_reader_where_it_is(browser: Browser):
    story, path = whole()
    async with served(story) as web, tab(browser, f"{web.url}{path}") as shown:
        levels = await shown.page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((one) => +one.tagName[1])"
        )
        unnamed = await shown.page.evaluate(
            "[...document.querySelectorAll('section,nav,[role=region]')].filter((one) => !one.ariaLabel"
            " && !document.getElementById(one.getAttribute('aria-labelledby') ?? '')).length"
        )

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    assert unnamed == 0
