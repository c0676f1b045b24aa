"""The page and the JSON of a search: a form without script, links that narrow, pages, plain words for what is wrong."""

import asyncio
import html
import re
from importlib.resources import files
from urllib.parse import parse_qs, urlsplit

import pytest

from probe.model import Failure, MissReason, Phase
from probe.web.words import CATALOGUE
from tests.hostile_texts import TEXTS
from tests.store_records import change, failed, finding, health, incident, miss, observation, opened
from tests.web_chain import NOW_NS, RESET, SECOND, Recorder, plan, series
from tests.web_server import served
from tests.web_story import Story, examined

ALIVE = series("wifi", "hk-vps", "alive")


async def kept(path, records):
    store = await opened(path)
    for one in records:
        store.write(one)
    await store.close()


def links(page, words):
    """Return the queries of the links whose text holds these words."""
    found = re.findall(r'<a[^>]*href="search\?([^"]*)"[^>]*>(.*?)</a>', page)
    return [
        {name: values[0] for name, values in parse_qs(html.unescape(query)).items()}
        for query, text in found
        if words in re.sub(r"<[^>]*>", "", text)
    ]


async def found(web, query):
    """Return the numbers of the records that the JSON of a search holds."""
    return [one["identity"]["seq"] for one in (await web.json(f"api/v1/{query}"))["records"]]


@pytest.fixture
async def three(tmp_path):
    """A store with three failures of two causes, five seconds apart."""
    recorder = Recorder()
    later = Failure(cause="tls.reset.sni", detail="by name", phase=Phase.TLS, after_seconds=0.1)
    await kept(
        tmp_path,
        [
            recorder.observe(ALIVE, at_ns=NOW_NS - 10 * SECOND, failure=RESET),
            recorder.observe(series("mobile", "direct", "models"), at_ns=NOW_NS - 5 * SECOND, failure=later),
            recorder.observe(ALIVE, at_ns=NOW_NS, failure=RESET),
            recorder.observe(ALIVE, at_ns=NOW_NS + SECOND),
        ],
    )
    return tmp_path


async def test_a_cause_in_the_address_finds_its_records_newest_first(three):
    async with served(storage=three) as web:
        status, page = await web.get("search?cause=tls.reset")
    rows = re.findall(r'<a href="(observation/[^"]*)">', page)

    assert (status, rows) == (200, ["observation/e1/3", "observation/e1/2", "observation/e1/1"])
    assert "3 records" in page


async def test_each_count_is_a_link_that_narrows_the_search(three):
    async with served(storage=three) as web:
        _, page = await web.get("search?cause=tls")

    assert links(page, "tls.reset.sni") == [{"cause": "tls.reset.sni"}]
    assert links(page, "direct") == [{"cause": "tls", "hop": "direct"}]
    assert links(page, "mobile") == [{"cause": "tls", "vantage": "mobile"}]
    assert links(page, "2026-11-22 12:00") == [
        {"cause": "tls", "since": "2026-11-22T12:00:00.000Z", "until": "2026-11-22T13:00:00.000Z"}
    ]


async def test_every_narrowing_link_finds_as_many_as_it_says(three):
    async with served(storage=three) as web:
        _, page = await web.get("search?cause=tls")
        counted = re.findall(r'<li><a href="(search\?[^"]*)">.*?</a><span>([\d,]+)</span>', page)
        for query, number in counted:
            answer = await found(web, html.unescape(query))
            assert len(answer) == int(number), query

    assert len(counted) == 7


async def test_older_ones_follow_page_by_page(three):
    async with served(storage=three) as web:
        _, page = await web.get("search?limit=2")
        (older,) = re.findall(r'<a rel="next" href="([^"]*)"', page)
        _, rest = await web.get(html.unescape(older))

    assert re.findall(r'href="observation/e1/(\d)"', page) == ["3", "2"]
    assert re.findall(r'href="observation/e1/(\d)"', rest) == ["1"]
    assert 'rel="next"' not in rest


async def test_the_json_says_the_same_and_where_to_go_on(three):
    async with served(storage=three) as web:
        first = await web.json("api/v1/search?limit=2&cause=tls")
        second = await web.json(f"api/v1/search?limit=2&cause=tls&before={first['before']}")
        rows = await found(web, "search?limit=2&cause=tls") + await found(
            web, f"search?limit=2&cause=tls&before={first['before']}"
        )

    assert rows == [3, 2, 1]
    assert first["counts"] == second["counts"]
    assert first["counts"] == {
        "records": 3,
        "by_cause": {"tls.reset": 2, "tls.reset.sni": 1},
        "by_hop": {"hk-vps": 2, "direct": 1},
        "by_vantage": {"wifi": 2, "mobile": 1},
        "by_hour": {str(NOW_NS // SECOND // 3600 * 3600): 3},
    }
    assert "before" not in second


async def test_the_form_keeps_what_was_asked_and_leaves_nothing_to_a_script(three):
    async with served(storage=three) as web:
        _, page = await web.get("search?cause=tls&hop=&outcome=failed&since=1h&lang=zh")
    form = page[page.index("<form") : page.index("</form>")]

    assert '<form class="ask" method="get" action="search"' in form
    assert 'name="cause" value="tls"' in form
    assert '<option value="failed" selected>' in form
    assert '<input type="hidden" name="lang" value="zh">' in form
    assert "onsubmit" not in page


async def test_a_browser_may_send_the_form_to_us_and_to_nobody_else(three):
    async with served(storage=three) as web, web.client.get(f"{web.url}search") as answer:
        policy = answer.headers["Content-Security-Policy"]

    assert "form-action 'self'" in policy


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("since=yesterday", "since is 'yesterday'; write a duration before now (30s, 5m, 1h, 7d) or an ISO 8601 time"),
        ("outcome=bad", "outcome is 'bad'; allowed is one of ok, failed, not_measured"),
        ("limit=0", "limit is '0'; allowed is a whole number from 1 to 200"),
        ("limit=201", "limit is '201'; allowed is a whole number from 1 to 200"),
        ("before=x", "before is no place that a page before named"),
        ("hopp=a", "'hopp' is not a parameter"),
        ("hop=a&hop=b", "hop is given more than once"),
        ("since=1h&until=2h", "until lies before since"),
        ("cause=" + "x" * 201, "cause is longer than 200 characters"),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_said_and_the_form_stays(three, query, says):
    async with served(storage=three) as web:
        status, page = await web.get(f"search?{query}")
        of_api, told = await web.get(f"api/v1/search?{query}")

    assert (status, of_api) == (400, 400)
    assert says in html.unescape(page)
    assert says in html.unescape(told)
    assert '<form class="ask"' in page


@pytest.mark.parametrize(
    "since", ["2026-11-22T12:03:38Z", "2026-11-22T13:03:38+01:00", "2026-11-22 12:03:38", "2s"]
)
async def test_an_instant_may_be_written_in_many_ways(three, since):
    async with served(storage=three) as web:
        rows = await found(web, f"search?since={since.replace('+', '%2B').replace(' ', '%20')}")

    assert rows == [3]


async def test_without_a_store_the_search_says_so():
    async with served() as web:
        status, page = await web.get("search?cause=tls")
        of_api = await web.get("api/v1/search")

        _, chinese = await web.get("search?cause=tls&lang=zh")

    assert (status, of_api[0]) == (503, 503)
    assert "there is no store to search" in page
    assert "没有可供搜索的存储" in chinese


async def test_a_damaged_store_is_said_in_a_sentence(tmp_path):
    (tmp_path / "store.sqlite").write_bytes(b"no database" * 1000)
    async with served(storage=tmp_path) as web:
        status, page = await web.get("search")

    assert status == 503
    assert "the store does not answer: cannot read" in page


async def test_every_kind_of_record_has_a_row(tmp_path):
    await kept(
        tmp_path,
        [
            observation(1),
            failed(2),
            miss(3),
            finding(4, parents=(failed(2).identity,)),
            incident(5),
            change(6),
            health(7),
        ],
    )
    async with served(storage=tmp_path) as web:
        _, wrong = await web.get("search")
        _, well = await web.get("search?outcome=ok")
        _, missed = await web.get("search?cause=suspended")
        _, changed = await web.get("search?cause=link")

    assert [len(re.findall(r'<li class="s-', page)) for page in (wrong, well, missed, changed)] == [
        4,
        1,
        1,
        1,
    ]
    assert str(MissReason.SUSPENDED) in missed
    assert "2 slots missed" in missed
    assert 'href="observation/0123456789abcdef/2"' in wrong


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_hostile_records_and_words_stay_text(tmp_path, lang):
    recorder = Recorder()
    records = [
        recorder.observe(
            ALIVE,
            at_ns=NOW_NS - place,
            failure=Failure(cause=f"http.{text}", detail=text, phase=Phase.TLS, after_seconds=1),
        )
        for place, text in enumerate(TEXTS)
    ]
    await kept(tmp_path, records)
    async with served(Story(plan(), []), storage=tmp_path) as web:
        status, page = await web.get(f"search?lang={lang}")
        answers = [
            await (
                await web.client.get(f"{web.url}search", params={"cause": text[:200], "element": text[:200]})
            ).text()
            for text in TEXTS
            if text.isprintable()
        ]

    assert status == 200
    assert len(re.findall(r'<li class="s-', page)) == len(TEXTS)
    for one in (page, *answers):
        assert "<script>alert" not in one
        assert "<img" not in one
        assert len(one.encode()) < 100_000


async def test_searches_do_not_hold_the_loop_and_queue_up_only_so_far(three):
    async with served(examined(), storage=three) as web:
        answers = await asyncio.gather(*(web.get("search") for _ in range(30)))
        healthy = await web.get("-/healthy")

    assert {status for status, _ in answers} <= {200, 503}
    assert [status for status, _ in answers].count(200) >= 6
    assert healthy[0] == 200


async def test_the_address_of_a_page_can_be_passed_on(three):
    async with served(storage=three) as web, web.client.get(f"{web.url}search?cause=tls&lang=zh") as answer:
        page = await answer.text()
    (switch,) = re.findall(r'class="switch" href="([^"]*)"', page)

    assert parse_qs(urlsplit(html.unescape(switch)).query) == {"cause": ["tls"], "lang": ["en"]}
    assert {query["lang"] for query in links(page, "wifi")} == {"zh"}


def test_every_text_of_both_pages_has_its_chinese():
    folder = files("probe.web") / "templates"
    names = ("observation.html", "observation_gone.html", "search.html", "records_parts.html")
    texts = {
        text
        for name in names
        for text in re.findall(r'\bt\("([^"{%]*(?:\{\w+\}[^"{%]*)*)"', (folder / name).read_text())
    }

    assert len(texts) > 60
    assert sorted(text for text in texts if text not in CATALOGUE) == []
