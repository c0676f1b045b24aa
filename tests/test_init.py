"""`hopwatch init`: it looks at what it was told of, and proposes what the answers allow."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from probe.cli.check import check
from probe.cli.init import init
from tests.rig_init import HTML, JSON, hop, run

FREE = {"/": (200, HTML)}


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """A relay that has a health page and passes on, a platform's edge, and an API that wants a key."""
    api = hop({"/v1/models": (401, JSON)})
    relay = hop({"/healthz": (200, HTML), "/": (200, HTML), "/api/v1/models": (200, JSON)}, allows="*")
    edge = hop({"/": (200, HTML), "/v1/models": (200, HTML)}, server="Vercel", x_vercel_id="hkg1::x")
    page = hop({"/": (200, HTML)})
    folder = tmp_path_factory.mktemp("init")
    with relay as (near, asked), edge as (middle, _), api as (far, _), page as (shown, asked_page):
        found = run(folder, f"relay={near}", f"fn={middle}", f"api={far}", "--page", f"page={shown}")
        seen = [*asked], [*asked_page]
        checked = CliRunner().invoke(check, ["--config.file", str(folder / "hopwatch.yml")])
        yield *found, *seen, checked, shown


def test_each_hop_gets_the_checks_that_its_answers_allow(chain) -> None:
    code, written, *_, shown = chain

    checks = written["routes"]["chat"]["checks"]
    called = {"origin": shown, "path": "/api/v1/chat/completions", "method": "POST",
              "headers": ["authorization", "content-type"]}  # fmt: skip
    assert code == 0
    assert written["routes"]["chat"]["hops"] == ["relay", "fn", "api"]
    assert {name: check for name, check in checks.items() if name not in ("path", "loss")} == {
        "alive-relay": {"hop": "relay", "http": {"path": "/healthz", "status": [200]}},
        "chain": {"hop": "relay", "through": "api", "interval": checks["chain"]["interval"],
                  "http": {"path": "/api/v1/models", "status": [200]}},
        "edge-fn": {"hop": "fn", "http": {"method": "HEAD", "path": "/", "status": [200],
                                          "header_matches": {"x-vercel-id": "."}}},
        "reach-api": {"hop": "api", "http": {"path": "/v1/models", "status": [401]}},
        "preflight-relay": {"hop": "relay", "cors": called},
    }  # fmt: skip
    assert written["routes"]["page"]["checks"] == {"page": {"page": {"path": "/"}}}


def test_nothing_is_asked_but_a_handful_of_paths(chain) -> None:
    _, _, _, asked, asked_page, *_ = chain

    assert asked == [
        "GET /healthz", "GET /", "GET /api/v1/models", "GET /v1/models", "OPTIONS /api/v1/chat/completions",
    ]  # fmt: skip
    assert asked_page == ["GET /"]


def test_all_that_is_proposed_answers_at_once(chain) -> None:
    *_, checked, _ = chain

    assert checked.exit_code == 0, checked.output


def test_what_each_further_step_would_buy_is_said(chain) -> None:
    _, _, told, *_ = chain

    assert "fn: which path leads on to api is not known" in told
    assert "What each further step would buy:" in told
    assert "relay: six nginx lines" not in told


def test_without_a_health_page_six_lines_of_nginx_are_advised(tmp_path) -> None:
    with hop(FREE) as (near, _), hop({}) as (far, _):
        code, written, told = run(tmp_path, f"relay={near}", f"api={far}")

    assert (code, written["routes"]["chat"]["checks"]["reach-relay"]) == (0, {"hop": "relay", "tcp": {}})
    assert "relay: six nginx lines" in told


def test_a_relay_that_passes_the_edges_header_on_is_no_edge(tmp_path) -> None:
    with hop(FREE, x_vercel_id="hkg1::x") as (near, _), hop({}) as (far, _):
        _, written, _ = run(tmp_path, f"relay={near}", f"api={far}")

    assert "reach-relay" in written["routes"]["chat"]["checks"]
    assert "plan" not in written["hops"]["relay"]


def test_a_page_that_answers_every_path_with_itself_is_no_health_page(tmp_path) -> None:
    with (
        hop(dict.fromkeys(("/", "/healthz"), (200, HTML)), body="the page") as (near, _),
        hop({}) as (far, _),
    ):
        _, written, _ = run(tmp_path, f"relay={near}", f"api={far}")

    assert "reach-relay" in written["routes"]["chat"]["checks"]


def test_a_dead_hop_is_asked_once_and_proposed_all_the_same(tmp_path) -> None:
    code, written, told = run(tmp_path, "relay=http://127.0.0.1:1", "api=http://127.0.0.1:2")

    text = (tmp_path / "hopwatch.yml").read_text()
    assert (code, sorted(written["hops"])) == (0, ["api", "relay"])
    assert "relay did not answer (tcp.refused" in told
    assert text.count("gave no answer: tcp.refused") == 2
    assert "six nginx lines" not in told


def test_the_path_of_an_address_is_the_one_that_is_passed_on(tmp_path) -> None:
    with hop({"/llm/ping": (204, HTML)}) as (near, _), hop({}) as (far, _):
        _, written, _ = run(tmp_path, f"relay={near}/llm/ping", f"api={far}")

    chain = written["routes"]["chat"]["checks"]["chain"]
    assert chain["http"] == {"path": "/llm/ping", "status": [204]}
    assert written["hops"]["relay"] == {"url": near}


def test_a_page_that_sends_browsers_to_another_host_is_not_followed(tmp_path) -> None:
    with hop({"/": (301, HTML)}, location="http://nobody.test/") as (shown, _), hop({}) as (far, _):
        _, written, told = run(tmp_path, f"api={far}", "--page", f"shop={shown}")

    assert written["routes"]["page"]["checks"] == {"page": {"http": {"path": "/", "status": [301]}}}
    assert "shop sends browsers to another host" in told


def test_a_page_that_sends_browsers_to_another_path_is_followed(tmp_path) -> None:
    with hop({"/": (302, HTML)}, location="/home") as (shown, _), hop({}) as (far, _):
        _, written, _ = run(tmp_path, f"api={far}", "--page", f"shop={shown}")

    assert written["routes"]["page"]["checks"] == {"page": {"page": {"path": "/", "redirects": 3}}}


def test_a_page_that_a_hop_serves_is_that_hop(tmp_path) -> None:
    with hop(FREE) as (near, _), hop({}) as (far, _):
        code, written, _ = run(tmp_path, f"relay={near}", f"api={far}", "--page", near)

    assert (code, sorted(written["hops"]), written["routes"]["page"]["hops"]) == (
        0, ["api", "relay"], ["relay"],
    )  # fmt: skip


def test_a_file_that_is_there_is_left_alone(tmp_path) -> None:
    (tmp_path / "hopwatch.yml").write_text("mine")
    result = CliRunner().invoke(
        init, ["--no-look", "https://a.test", "--output", str(tmp_path / "hopwatch.yml")]
    )

    assert (result.exit_code, (tmp_path / "hopwatch.yml").read_text()) == (2, "mine")
    assert "is there already; --force writes over it" in result.stderr


def test_a_file_that_cannot_be_written_is_said_before_anybody_is_asked(tmp_path) -> None:
    with hop(FREE) as (near, asked):
        result = CliRunner().invoke(init, [near, "--output", str(tmp_path / "none" / "x.yml")])

    assert (result.exit_code, asked, result.stderr.count("\n")) == (2, [], 1)
    assert "cannot be written: there is no folder" in result.stderr


def test_the_file_can_be_printed(tmp_path: Path) -> None:
    result = CliRunner().invoke(init, ["--no-look", "https://a.test", "--output", "-"])

    assert (result.exit_code, list(yaml.safe_load(result.stdout)["hops"])) == (0, ["a"])


def test_anchors_are_shown_and_changeable(tmp_path) -> None:
    _, usual, told = run(tmp_path, "--no-look", "https://a.test")
    (tmp_path / "hopwatch.yml").unlink()
    _, own, _ = run(tmp_path, "--no-look", "https://a.test", "--anchor", "abroad=http://x.test/204")

    assert {one["where"] for one in usual["anchors"].values()} == {"domestic", "abroad"}
    assert all(one["url"] in told for one in usual["anchors"].values())
    assert usual["controls"]["resolvers"]
    assert all(one in told for one in usual["controls"]["resolvers"])
    assert own["anchors"] == {"abroad-1": {"url": "http://x.test/204", "where": "abroad"}}
