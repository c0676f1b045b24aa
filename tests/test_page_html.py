"""The page as it comes over the wire: readable without a script, well formed, and safe whatever targets send."""

import itertools
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from probe.exporter.recent import Bounds
from probe.model import Evidence, Failure
from probe.web.wording import word
from tests.hostile_texts import TEXTS
from tests.web_chain import Recorder, series
from tests.web_server import served
from tests.web_story import STORIES, Story, broken, examined, healthy, hostile, troubled, unknown

VOID = {"meta", "link", "br", "path", "circle", "rect", "use", "img", "input", "hr"}


@dataclass
class Document(HTMLParser):
    """The tags and texts of a page, in order."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        """All text, a space between pieces."""
        return " ".join(self.texts)

    def all(self, *names: str) -> list[dict[str, str]]:
        """Return the attributes of every tag of these names."""
        return [attributes for tag, attributes in self.tags if tag in names]


async def _page(story: Story) -> Document:
    async with served(story) as web:
        status, text = await web.get("")
    assert status == 200
    document = Document()
    document.feed(text)
    assert document.open == []
    return document


@pytest.mark.parametrize("name", STORIES)
async def test_headings_do_not_skip_a_level(name: str):
    levels = [
        int(tag[1]) for tag, _ in (await _page(STORIES[name]())).tags if tag in ("h1", "h2", "h3", "h4")
    ]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


async def test_the_page_names_its_language_and_its_state():
    document = await _page(broken())

    assert document.all("html") == [{"lang": "en"}]
    assert "2 failed · hopwatch" in document.texts


@pytest.mark.parametrize("name", STORIES)
async def test_every_id_is_there_once_and_every_inner_link_leads_to_one(name: str):
    document = await _page(STORIES[name]())
    ids = [attributes["id"] for _, attributes in document.tags if "id" in attributes]
    leads = {
        attributes["href"][1:]
        for attributes in document.all("a", "use")
        if attributes["href"].startswith("#")
    }

    assert len(set(ids)) == len(ids)
    assert leads <= set(ids)


async def test_every_table_has_a_caption_and_its_headers_a_scope():
    document = await _page(troubled())

    assert len(document.all("table")) == len(document.all("caption")) == 4
    assert all(header.get("scope") in ("col", "row", "rowgroup") for header in document.all("th"))


async def test_every_section_and_every_picture_has_a_name_or_is_left_out():
    document = await _page(troubled())
    ids = {attributes.get("id") for _, attributes in document.tags}

    assert all("aria-label" in one or one["aria-labelledby"] in ids for one in document.all("section"))
    pictures = [one for one in document.all("svg") if one.get("aria-hidden") != "true"]
    assert {one.get("role") for one in pictures} == {"img", "group"}
    named = [one for one in pictures if one["role"] == "group"]
    # A group has a label, a picture a title, and so has every link in a group.
    assert all(one["aria-label"] for one in named)
    links = [one for one in document.all("a") if "aria-label" in one]
    assert len(document.all("title")) == 1 + len(pictures) - len(named) + len(links)


async def test_nothing_is_styled_or_scripted_in_place():
    document = await _page(troubled())
    attributes = {name for _, given in document.tags for name in given}

    assert document.all("script") == [{"src": "static/page.js", "defer": ""}]
    assert document.all("style") == []
    assert not {name for name in attributes if name == "style" or name.startswith("on")}


async def test_every_time_is_machine_readable():
    times = (await _page(broken())).all("time")

    assert times
    assert all(len(one["datetime"]) == len("2026-11-22T12:03:40.000Z") for one in times)


@pytest.mark.parametrize("name", STORIES)
async def test_each_state_is_a_word_and_not_only_a_colour(name: str):
    story = STORIES[name]()
    async with served(story) as web:
        content = await web.json("api/v1/state")
    text = (await _page(story)).text

    series = content["series"]
    assert isinstance(series, list)
    assert all(word(state) in text for state in {one["state"] for one in series})


async def test_a_failure_is_told_with_its_cause_meaning_phase_and_duration():
    text = (await _page(broken())).text

    assert (
        "tls.reset the connection was reset during the TLS handshake [Errno 104] Connection reset by peer"
        in text
    )
    assert "6 times since 12:03:14 UTC wifi hk-vps alive route chat" in text


async def test_the_first_heading_ends_with_since_when():
    text = (await _page(broken())).text

    assert "was reset during the TLS handshake, since 12:03:14 UTC ." in text


async def test_what_was_missed_and_tainted_is_told():
    text = (await _page(troubled())).text

    assert "41 slots of the schedule passed without a probe (41 suspended)." in text
    assert "1 observation kept out of the latency figures" in text
    assert "The store is full: 312 observations are in memory only." in text


async def test_a_probe_in_flight_is_told_with_its_phase():
    assert "has been in flight for 1.42 s in processing" in (await _page(broken())).text


async def test_what_never_ran_has_no_figure():
    document = await _page(unknown())

    assert "not run yet" in document.texts
    assert not [text for text in document.texts if text.endswith(" ms")]


async def test_a_quiet_page_says_that_nothing_is_left_out():
    assert "Nothing: no slot was missed and no observation is tainted since" in (await _page(healthy())).text


async def test_hostile_texts_stay_texts():
    document = await _page(hostile(TEXTS))
    harmless = [tag for story in (troubled(), examined()) for tag, _ in (await _page(story)).tags]

    assert {tag for tag, _ in document.tags} <= set(harmless)
    assert "<script>alert(1)</script>" in document.text
    assert "{{ 7 * 7 }}" in document.text


async def test_hostile_texts_are_cleaned_and_cut():
    async with served(hostile(TEXTS)) as web:
        _, text = await web.get("")

    assert not [sign for sign in text if sign in "\x1b\x00\x85\u202e\u2066\u200b\u2028"]
    assert "w" * 301 not in text


async def test_a_finding_is_told_with_what_it_means_where_how_sure_and_what_to_do():
    text = (await _page(examined())).text

    assert (
        "on the way from wifi to hk-vps blocked from wifi tls.reset.sni"
        " the connection is reset because of the server name in the ClientHello"
        " with another server name the same address and port complete the handshake, with ours they reset it"
        " What to do Reach the hop by a name that is not filtered, or by a relay outside. For some minutes after a reset,"
        " other names may be reset as well."
        " Where on the way from wifi to hk-vps How sure shown by 4 more answers Checks alive , chain"
        " Since 12:02:59 UTC ; found 12:02:59 UTC"
    ) in text


async def test_the_answers_that_show_a_finding_are_listed_with_what_was_asked():
    text = (await _page(examined())).text

    assert (
        "What shows it 12:02:59 UTC failed: a TLS handshake with 203.0.113.9:8443, naming hk-vps.lab.test :"
        " the connection was reset during the TLS handshake tls.reset"
        " 12:02:59 UTC ok: a TLS handshake with 203.0.113.9:8443, naming www.example.com : answered"
        " 12:02:59 UTC ok: http://connect.example.net/generate_204 : status 204"
        " 12:02:59 UTC ok: the A record of hk-vps.lab.test from https://dns.example/dns-query#192.0.2.53 : 203.0.113.9"
    ) in text


async def test_answers_that_memory_has_lost_are_counted():
    async with served(examined(), bounds=Bounds(linked=2)) as web:
        _, text = await web.get("")

    assert "2 more answers, in the store alone" in text


async def test_what_is_due_to_the_vantage_is_told_once_and_blames_no_hop():
    text = (await _page(examined())).text

    assert text.count("no hop is to blame") == 1
    assert "mobile to hk-vps, vercel, direct and static no hop is to blame local.captive_portal" in text


async def test_a_failure_is_told_with_what_was_found_about_it():
    text = (await _page(examined())).text

    assert "Connection reset by peer found: tls.reset.sni the connection is reset because of" in text


async def test_the_command_in_an_advice_is_set_as_one():
    async with served(examined()) as web:
        _, text = await web.get("")

    assert "<code>tls://</code> or <code>https://</code>" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_a_cause_that_is_no_text_is_shown_and_breaks_nothing(lang: str):
    recorder = Recorder()
    bad = Failure(cause="http.\ud800.\u202e", detail="\ud800")
    seen = recorder.observe(series("wifi", "hk-vps", "alive"), failure=bad)
    answer = recorder.control(seen, "again", "http", Evidence(), failure=bad)
    found = recorder.find(seen, answer, cause="http.\udfff", element="host[\ud800]", detail="\ud800")
    async with served(Story(recorder.plan, [seen, answer, found])) as web:
        status, text = await web.get(f"?lang={lang}")

    assert status == 200
    assert not re.search("[\ud800-\udfff\u202e]", text)
