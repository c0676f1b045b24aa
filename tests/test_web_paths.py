"""What each path answers."""

import pytest

from tests.web_server import served
from tests.web_story import STORIES, unknown


async def test_the_page_is_html_without_the_style_and_script_of_others():
    async with served() as web:
        status, text = await web.get("")

    assert status == 200
    assert text.startswith("<!doctype html>")
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "").replace("http%3A//www.w3.org", "")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", STORIES)
async def test_the_first_load_is_smaller_than_100_kb(name: str, lang: str):
    async with served(STORIES[name]()) as web:
        paths = (f"?lang={lang}", "static/page.css", "static/page.js")
        sizes = [len((await web.get(path))[1].encode()) for path in paths]

    assert sum(sizes) < 100_000


async def test_metrics_are_in_the_format_that_is_asked_for():
    async with (
        served() as web,
        web.client.get(f"{web.url}metrics", headers={"Accept": "application/openmetrics-text"}) as answer,
    ):
        content = answer.headers["Content-Type"], await answer.text()

    assert content == ("text/plain; version=0.0.4; charset=utf-8", "# accept application/openmetrics-text\n")


async def test_healthy_does_not_depend_on_being_ready():
    async with served(unknown()) as web:
        web.unready.append("21 of 21 checks have not run yet")

        assert await web.get("-/healthy") == (200, "healthy\n")


async def test_ready_says_what_is_missing():
    async with served() as web:
        before = await web.get("-/ready")
        web.unready += ["the store is not open", "2 checks have not run yet"]
        after = await web.get("-/ready")

    assert before == (200, "ready\n")
    assert after == (503, "not ready: the store is not open\nnot ready: 2 checks have not run yet\n")


async def test_an_unknown_path_is_json_below_api_and_plain_elsewhere():
    async with served() as web:
        below = await web.get("api/v1/nothing")
        elsewhere = await web.get("nothing")

    assert below == (404, '{"version": 1, "error": "there is nothing at this path"}\n')
    assert elsewhere == (404, "there is nothing at this path\n")


async def test_what_an_unknown_path_says_is_not_repeated():
    async with served() as web:
        status, text = await web.get("%3Cscript%3Ealert(1)%3C/script%3E")

    assert (status, text) == (404, "there is nothing at this path\n")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "static/page.css",
        "metrics",
        "-/healthy",
        "-/ready",
        "api/v1/state",
        "api/v1/failures",
        "api/v1/events",
    ],
)
async def test_head_is_get_without_the_body(path: str):
    async with served() as web, web.client.head(web.url + path) as answer:
        status, body = answer.status, await answer.read()

    assert (status, body) == (200, b"")


async def test_a_static_file_that_the_browser_has_is_not_sent_again():
    async with served() as web:
        async with web.client.get(f"{web.url}static/page.css") as first:
            tag = first.headers["ETag"]
        status, text = await web.get("static/page.css", If_None_Match=tag)

    assert (status, text) == (304, "")


@pytest.mark.parametrize("name", ["nothing.css", "..%2Fapp.py", "..%2F..%2F..%2Fetc%2Fpasswd"])
async def test_only_the_two_static_files_are_served(name: str):
    async with served() as web:
        status, _ = await web.get(f"static/{name}")

    assert status == 404


async def test_many_readers_of_an_unchanged_page_cost_one_rendering():
    async with served() as web:
        first = await web.get("")
        web.clock.turn(0.5)
        soon = await web.get("")
        web.clock.turn(1.0)
        later = await web.get("")

    assert first == soon
    assert first != later
