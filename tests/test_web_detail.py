"""The page of one observation: everything that was recorded is on it, and what it has to do with is one step away."""

import html
import json
import re
from dataclasses import fields, replace

import pytest

from probe import model
from probe.codec import to_json
from probe.model import Certificate, Evidence, Failure, Http, Phase, Purpose, Tcp, Tls
from probe.prober.http import Http as HttpProber
from probe.web.detail_labels import LABELS
from probe.web.words.zh_page import PAGE
from probe.web.words.zh_records import RECORDS
from tests.hostile_texts import TEXTS
from tests.record_observations import EVERYTHING, everything
from tests.store_records import opened
from tests.web_chain import NOW_NS, RESET, SECOND, Recorder, check, plan, series
from tests.web_server import served
from tests.web_story import Story, examined

ALIVE = series("wifi", "hk-vps", "alive")


def address(seen):
    return f"observation/{seen.identity.epoch}/{seen.identity.seq}"


def readable(page):
    """Return what can be read of a page, exact values included."""
    exact = re.findall(r'<(?:data|time)[^>]*(?:value|datetime)="([^"]*)"', page)
    return html.unescape(re.sub(r"<[^>]*>", " ", page) + " " + " ".join(exact))


def leaves(value):
    match value:
        case dict():
            for one in value.values():
                yield from leaves(one)
        case list():
            for one in value:
                yield from leaves(one)
        case _:
            yield value


async def test_everything_that_was_recorded_can_be_found():
    seen = everything(Recorder())
    async with served(Story(plan(), [seen])) as web:
        _, page = await web.get(address(seen))
    text = readable(page)
    recorded = [one for one in leaves(to_json(seen)) if not isinstance(one, bool) and one != "observation"]
    shown = {str(one).replace("_", " ") for one in recorded}

    assert sorted(one for one in shown if one not in text.replace("_", " ")) == []


def test_every_field_has_a_name_in_both_languages():
    types = [vars(model)[name] for name in LABELS]

    assert {kind.__name__: list(LABELS[kind.__name__]) for kind in types} == {
        kind.__name__: [one.name for one in fields(kind)] for kind in types
    }
    assert sorted({label for names in LABELS.values() for label in names.values()} - {*RECORDS, *PAGE}) == []


def test_every_type_of_evidence_has_names():
    nested = {type(one).__name__ for one in walk(EVERYTHING)}

    assert nested <= set(LABELS)


def walk(value):
    if isinstance(value, tuple):
        for one in value:
            yield from walk(one)
    elif hasattr(value, "__dataclass_fields__"):
        yield value
        for one in fields(value):
            yield from walk(getattr(value, one.name))


def test_the_catalogue_changes_no_word_of_the_other_pages():
    assert {key: PAGE[key] for key in PAGE.keys() & RECORDS.keys()} == {
        key: RECORDS[key] for key in PAGE.keys() & RECORDS.keys()
    }


async def test_what_is_absent_is_not_shown():
    seen = Recorder().observe(ALIVE, evidence=Evidence(tcp=Tcp(address="203.0.113.9", port=8443)))
    async with served(Story(plan(), [seen])) as web:
        _, page = await web.get(address(seen))

    titles = re.findall(r"<h2[^>]*>([^<]*)</h2>", page)
    assert titles == ["Phases", "What the check expects", "Connection", "Ask it yourself", "Record"]
    assert "Our address" not in page


async def test_a_failure_says_where_it_hung_and_what_its_cause_means():
    seen = Recorder().observe(ALIVE, failure=RESET)
    async with served(Story(plan(), [seen])) as web:
        _, page = await web.get(address(seen))
    text = " ".join(readable(page).split())

    assert "From wifi: http of hk-vps" in text
    assert "the connection was reset during the TLS handshake" in text
    assert "in tls after 33 ms" in text
    assert "tls 33 ms did not end" in text
    assert "[Errno 104] Connection reset by peer" in text


async def test_a_finding_stands_with_its_rule_and_each_answer_is_a_link():
    story = examined()
    found = next(one for one in story.events if getattr(one, "causes", ()) == ("tls.reset.sni",))
    async with served(story) as web:
        _, page = await web.get(f"observation/e1/{found.parents[0].seq}")
    block = page[page.index('<article class="finding') : page.index("</article>")]

    assert [f"../../observation/e1/{one.seq}" for one in found.parents[1:]] == re.findall(
        r'href="([^"]*observation/[^"]*)"', block
    )
    assert 'href="../../search?rule=made.up"' in block
    assert 'href="../../search?cause=tls.reset.sni"' in block
    assert 'href="../../search?element=path%5Bwifi%3Ehk-vps%5D"' in block
    assert "shown by 4 more answers" in block


async def test_a_control_leads_to_what_it_was_asked_because_of():
    story = examined()
    control = next(one for one in story.events if getattr(one, "purpose", None) is Purpose.CONTROL)
    async with served(story) as web:
        _, page = await web.get(address(control))

    assert "asked because of" in page
    assert f'href="../../observation/e1/{control.parent.seq}"' in page


async def test_the_neighbours_of_its_series_and_the_same_from_elsewhere_are_links():
    recorder = Recorder()
    line = [recorder.observe(ALIVE, at_ns=NOW_NS + step * 5 * SECOND) for step in range(3)]
    elsewhere = recorder.observe(series("mobile", "hk-vps", "alive"), at_ns=NOW_NS + 6 * SECOND)
    long_ago = recorder.observe(series("wired", "hk-vps", "alive"), at_ns=NOW_NS - 9000 * SECOND)
    async with served(Story(plan(), [long_ago, *line, elsewhere])) as web:
        _, page = await web.get(address(line[1]))

    linked = re.findall(r'href="\.\./\.\./observation/e1/(\d+)"', page)
    assert linked == [str(one.identity.seq) for one in (line[0], line[2], elsewhere)]


async def test_the_store_tells_what_memory_has_forgotten(tmp_path):
    story = examined()
    store = await opened(tmp_path)
    for event in story.events:
        store.write(event)
    await store.close()
    found = next(one for one in story.events if getattr(one, "causes", ()) == ("tls.reset.sni",))
    async with served(story) as remembering:
        _, remembered = await remembering.get(f"observation/e1/{found.parents[0].seq}")
    async with served(Story(story.plan, []), storage=tmp_path) as forgetting:
        _, stored = await forgetting.get(f"observation/e1/{found.parents[0].seq}")

    assert stored == remembered


async def test_a_later_failure_of_the_same_run_shows_the_finding_about_its_beginning(tmp_path):
    story = examined()
    store = await opened(tmp_path)
    for event in story.events:
        store.write(event)
    await store.close()
    found = next(one for one in story.events if getattr(one, "causes", ()) == ("tls.reset.sni",))
    later = [
        one
        for one in story.events
        if getattr(one, "series", None) == found.series and one.identity.seq > found.parents[0].seq
    ]
    async with served(Story(story.plan, []), storage=tmp_path) as web:
        _, page = await web.get(address(later[2]))

    assert "tls.reset.sni" in page
    assert f'about <a href="../../observation/e1/{found.parents[0].seq}"' in page


async def test_the_json_of_what_only_the_store_has_is_whole(tmp_path):
    seen = everything(Recorder())
    store = await opened(tmp_path)
    store.write(seen)
    await store.close()
    async with served(Story(plan(), []), storage=tmp_path) as web:
        told = await web.json(f"api/v1/{address(seen)}")

    assert told["observation"] == json.loads(json.dumps(to_json(seen)))


@pytest.mark.parametrize(
    "path", ["e1/999", "e1/x", "e1/" + "9" * 30, "%3Cscript%3E/1", "x" * 100 + "/1", "e1/-1"]
)
async def test_what_nobody_knows_is_a_page_that_says_so(path, tmp_path):
    store = await opened(tmp_path)
    await store.close()
    async with served(storage=tmp_path) as web:
        status, page = await web.get(f"observation/{path}")
        of_api = await web.get(f"api/v1/observation/{path}")

    assert (status, of_api[0]) == (404, 404)
    assert "No such observation is known here." in page
    assert "<script>" not in page


async def test_a_damaged_store_takes_nothing_from_what_is_in_memory(tmp_path):
    (tmp_path / "store.sqlite").write_bytes(b"no database" * 1000)
    seen = Recorder().observe(ALIVE)
    async with served(Story(plan(), [seen]), storage=tmp_path) as web:
        assert (await web.get(address(seen)))[0] == 200
        assert (await web.get("observation/e1/77"))[0] == 503


def huge(text):
    """Return more evidence than any probe gathers, in every place that a target fills."""
    many = tuple((f"{text[:200]}-{number}", text[:1024]) for number in range(60))
    chain = tuple(
        Certificate(sha256="aa" * 32, subject=text[:1024], issuer=text[:1024], names=(text[:253],) * 20)
        for _ in range(12)
    )
    query = EVERYTHING.dns[0]
    response = query.responses[0]
    records = tuple(replace(response.records[0], data=text[:500]) for _ in range(32))
    answers = (replace(response, records=records, flags=text[:500]),) * 20
    return replace(
        EVERYTHING,
        dns=(replace(query, name=text[:253], responses=answers, error=text[:500]),) * 8,
        tls=Tls(server_name=text[:253], cipher=text, verify_message=text, chain=chain),
        http=Http(url=f"http://{text[:400]}", headers=many, excerpt=text, redirects=(text[:500],) * 10),
    )


@pytest.mark.parametrize("text", [TEXTS[1], *TEXTS[15:20], "<&\"'>" * 1000], ids=range(7))
async def test_no_target_can_make_the_page_large(text):
    failure = Failure(cause=f"http.{text}", detail=text, phase=Phase.TLS, after_seconds=0.1)
    recorder = Recorder()
    seen = recorder.observe(ALIVE, failure=failure, evidence=huge(text))
    controls = [
        recorder.control(seen, text, "http", Evidence(http=Http(url=text)), failure=failure)
        for _ in range(60)
    ]
    found = [
        recorder.find(seen, *controls, cause=failure.cause, element=f"host[{text}]", detail=text)
        for _ in range(5)
    ]
    async with served(Story(plan(), [seen, *controls, *found])) as web:
        status, page = await web.get(address(seen))

    assert (status, len(page.encode()) // 100_000) == (200, 0)


async def test_the_rule_that_was_broken_is_marked():
    base = plan(checks=[check("chat", "hk-vps", "alive")])
    prober = HttpProber(body_matches=("alive", "well"), body_not_matches=("dead",), status=(200, 204))
    asked = replace(base, probes=tuple(replace(one, prober=prober) for one in base.probes))
    failure = Failure(cause="http.body", detail="the body does not match 'well'")
    seen = Recorder(asked).observe(
        ALIVE, failure=failure, evidence=Evidence(http=Http(url="http://a/", status=200))
    )
    async with served(Story(asked, [seen])) as web:
        _, page = await web.get(address(seen))
    rules = re.findall(r"<li[^>]*>(the (?:body|status).*?)</li>", page)

    assert [re.sub(r"<[^>]*>", "", rule) for rule in rules] == [
        "the status is one of 200, 204",
        "the body matches alive",
        "the body matches well not so",
        "the body does not match dead",
    ]


async def test_who_made_a_response_is_said_with_the_reason():
    seen = everything(Recorder())
    async with served(Story(plan(), [seen])) as web:
        _, page = await web.get(address(seen))

    assert "Who made it, we take from this: The page ends as nginx" in html.unescape(page)


async def test_first_bytes_can_be_read_and_do_nothing():
    seen = Recorder().observe(
        ALIVE, evidence=Evidence(tcp=Tcp(address="203.0.113.9", port=80, first_bytes=b"<b>\x1b[0mHTTP".hex()))
    )
    async with served(Story(plan(), [seen])) as web:
        _, page = await web.get(address(seen))

    assert "3c623e1b5b306d48545450 &lt;b&gt;.[0mHTTP" in page


async def test_the_whole_page_is_there_in_chinese():
    seen = everything(Recorder())
    async with served(Story(plan(), [seen])) as web:
        _, page = await web.get(f"{address(seen)}?lang=zh")
    titles = re.findall(r"<(?:h[2-6]|dt|th|caption)[^>]*>([^<]*)</", page)

    # What has no Chinese is a name.
    allowed = {"TLS", "HTTP", "ICMP", "TTL", "SHA-256", "Server-Timing", "Proxy-Status", "Ping", "MTU"}
    assert {one for one in titles if not re.search(r"[一-鿿]", one)} <= allowed
    assert '<html lang="zh-CN">' in page
