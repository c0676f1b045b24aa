"""The page in the reader's language: how it is chosen, that every text has its Chinese, and that names stay names."""
# ruff: noqa: RUF001 - Chinese has punctuation of its own

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from probe.cause.taxonomy import CAUSES
from probe.web.language import Language, Tongue, language_of, switched
from probe.web.said import Cause, Names, said
from probe.web.words import CATALOGUE, PATTERNS
from probe.web.words.causes import ADVICE, MEANINGS
from probe.web.words.zh_page import PAGE
from probe.web.words.zh_records import RECORDS
from probe.web.words.zh_said import SAID
from tests.hostile_texts import TEXTS
from tests.page_texts import texts
from tests.test_page_html import Document
from tests.web_server import served
from tests.web_story import STORIES, broken, examined, troubled

EN, ZH = Tongue(), Tongue(Language.CHINESE)


def _places(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", text))


def _commands(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        (None, "", "en"),
        ("zh", "", "zh-CN"),
        ("zh-TW", "en", "zh-CN"),
        ("en", "zh-CN,zh;q=0.9", "en"),
        ("xx", "zh", "zh-CN"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        (None, "en;q=0.4, zh-Hans;q=0.6", "zh-CN"),
        (None, "en, zh", "en"),
        (None, "fr, de;q=0.9", "en"),
        (None, "fr, *;q=0.1", "en"),
        (None, "zh;q=0", "en"),
        (None, "zh;q=nan, en;q=0.1", "en"),
        (None, "zh_CN", "zh-CN"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_one_accepted_most_else_english(
    asked: str | None, accepted: str, chosen: str
):
    assert language_of(asked, accepted).value == chosen


@given(st.text(), st.text())
def test_any_header_and_any_wish_come_to_a_language(asked: str, accepted: str):
    assert language_of(asked, accepted) in Language


def test_every_text_of_the_page_has_its_chinese_with_the_same_places():
    missing = [(where, text) for where, text in texts() if text not in CATALOGUE]
    wrong = [text for text, chinese in CATALOGUE.items() if _places(text) != _places(chinese)]

    assert (missing, wrong) == ([], [])


def test_no_two_parts_of_the_catalogue_disagree():
    parts = (PAGE, RECORDS, SAID)

    assert [key for part in parts for key, chinese in part.items() if CATALOGUE[key] != chinese] == []


def test_every_cause_has_its_meaning_and_its_advice_in_chinese_with_the_same_commands():
    assert list(set(CAUSES) ^ set(MEANINGS)) == list(set(CAUSES) ^ set(ADVICE)) == []
    assert [one.id for one in CAUSES.values() if _commands(one.advice) != _commands(ADVICE[one.id])] == []
    assert [cause for cause in MEANINGS if not re.search(r"[一-鿿]", MEANINGS[cause] + ADVICE[cause])] == []


def test_a_sentence_is_put_together_by_pattern_in_both_languages():
    sentence = said(
        "Route {route} fails {place} from {origin}: {why}",
        route="chat",
        place=said("between {near} and {far}", near="hk-vps", far="vercel"),
        origin=Names(("wifi", "mobile", "wired")),
        why=Cause("tcp.refused", is_named=True),
    )

    assert EN.say(sentence) == str(sentence)
    assert str(sentence) == (
        "Route chat fails between hk-vps and vercel from wifi, mobile and wired:"
        " the port is closed: the connection was refused (tcp.refused)"
    )
    assert ZH.say(sentence) == (
        "从 wifi、mobile 和 wired 看，线路 chat 在 hk-vps 与 vercel 之间失败："
        "端口关闭：连接被拒绝（tcp.refused）"
    )


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("on the way from wifi to hk-vps", "从 wifi 到 hk-vps 的途中"),
        ("shown by 4 more answers", "另有 4 个应答为证"),
        (
            "the resolver refuses to answer; a trusted resolver knows the name",
            "解析器拒绝应答；可信解析器知道该名称",
        ),
        ("wifi: wlan0 has no link.", "wifi：wlan0 没有链路。"),
        ("the resolver down", "解析器 down"),
        ("what nobody has translated", "what nobody has translated"),
    ],
)
def test_what_other_parts_say_is_found_by_its_pattern_and_names_stay(english: str, chinese: str):
    assert (EN.text(english), ZH.text(english)) == (english, chinese)


def test_no_pattern_takes_a_text_that_is_another_ones():
    def filled(pattern: str) -> str:
        return re.sub(r"\{(\w+)\}", "x1", pattern)

    taken = [english for english, chinese in SAID.items() if ZH.text(filled(english)) != filled(chinese)]

    assert taken == []
    assert len(PATTERNS) > 50


@pytest.mark.parametrize("text", TEXTS)
def test_a_targets_text_is_never_a_pattern_nor_markup(text: str):
    assert ZH.t(text) == text
    said_with = ZH.t("route {route}", route=text)
    assert said_with == f"线路 {text}"
    assert "<" not in ZH.t("{count} times", count=text, other=Markup("<b>"))


def test_numbers_and_durations_can_be_read_in_both():
    assert (EN.counted(1234, "check"), EN.lasting(7500), EN.duration(0.0421)) == (
        "1,234 checks",
        "2 h 5 min",
        "42 ms",
    )
    assert (ZH.lasting(7500), ZH.lasting(40), ZH.lasting(3 * 86_400), ZH.duration(0.0421)) == (
        "2 小时 5 分钟",
        "40 秒",
        "3 天",
        "42 ms",
    )


@pytest.mark.parametrize(
    ("query", "link"),
    [
        ([], "?lang=zh"),
        ([("cause", "tls.reset"), ("lang", "en")], "?cause=tls.reset&lang=zh"),
        ([("q", '"><script>')], "?q=%22%3E%3Cscript%3E&lang=zh"),
    ],
)
def test_the_switch_keeps_the_rest_of_the_query(query: Sequence[tuple[str, str]], link: str):
    assert switched(query, Language.CHINESE) == link


async def test_the_page_tells_its_language_and_leads_to_the_other_one():
    wanted = {"Accept-Language": "zh-CN,zh;q=0.9"}
    async with served(broken()) as web, web.client.get(web.url, headers=wanted) as answer:
        text = await answer.text()
        told = (answer.headers["Content-Language"], answer.headers["Vary"])

    page = Document()
    page.feed(text)
    assert told == ("zh-CN", "Accept-Language")
    assert page.all("html") == [{"lang": "zh-CN"}]
    assert [one["href"] for one in page.all("a") if one.get("class") == "switch"] == ["?lang=en"]


async def test_links_pass_on_a_language_that_was_chosen_by_hand_and_no_other():
    async with served(broken()) as web:
        _, chosen = await web.get("?lang=zh")
        _, accepted = await web.get("", Accept_Language="zh")

    assert 'href="search?cause=tls.reset&amp;lang=zh"' in chosen
    assert 'href="search?cause=tls.reset"' in accepted


async def test_the_page_in_chinese_says_the_state_the_place_and_what_to_do():
    async with served(examined()) as web:
        _, text = await web.get("?lang=zh")
    page = Document()
    page.feed(text)

    assert page.open == []
    assert (
        "从 wifi 看，线路 chat 在 hk-vps 之前的途中失败：连接因 ClientHello 中的服务器名而被重置（tls.reset.sni）"
        in page.text
    )
    assert "怎么办 用未被过滤的名称访问节点" in page.text
    assert "从 wifi 到 hk-vps 的途中" in page.text


# Names, numbers, ids and signs; and what a library or a target said, which is nobody's to translate.
_ALLOWED = re.compile(
    r"wifi|mobile|wired|hk-vps|vercel|direct|static|chat|page|hopwatch|alive|chain|function|answer|handshake|models|site"
    r"|http|tls|source|UTC|IPv6|TLS|JSON|English|ms|h|causes|ID|ok"
)


@pytest.mark.parametrize("name", STORIES)
async def test_no_english_is_left_on_a_chinese_page_but_names_and_what_others_said(name: str):
    async with served(STORIES[name]()) as web:
        _, text = await web.get("?lang=zh")
    text = re.sub(
        r"<code>.*?</code>|<bdi.*?</bdi>|<(script|symbol|title).*?</\1>", " ", text, flags=re.DOTALL
    )
    text = re.sub(r"<[^>]*>|&\w+;", " ", text)
    text = re.sub(r"[\w-]+(\.\w+)+", " ", text)
    words = {word for word in re.findall(r"[A-Za-z]{2,}[A-Za-z0-9-]*", text) if not _ALLOWED.fullmatch(word)}
    expected = {"lab", "test", "ClientHello", "API", "DNS"}

    assert words - expected - _noted(name) == set()


def _noted(name: str) -> set[str]:
    notes = " ".join(troubled().notes) if name == "troubled" else ""
    return set(re.findall(r"[A-Za-z]{2,}", notes))
