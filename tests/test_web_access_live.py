"""The web configuration as it changes under a running surface: taken over at once, and never for the worse by mistake."""

from structlog.testing import capture_logs

from probe.exporter.metrics import Metrics
from tests.metrics_plan import metrics_of, plan
from tests.rig_access import HASH, PASSWORD, USER, USERS, Certificates, access, hashed, write
from tests.test_web_access import RIGHT, basic
from tests.web_chain import HandClock
from tests.web_server import served


async def test_a_changed_password_holds_for_the_next_request(tmp_path):
    async with served(access=access(tmp_path, USERS)) as web:
        before = (await web.get("metrics", Authorization=RIGHT))[0]
        write(tmp_path, f"basic_auth_users: {{{USER}: {hashed('new')}}}")
        old = (await web.get("metrics", Authorization=RIGHT))[0]
        new = (await web.get("metrics", Authorization=basic(USER, "new")))[0]

    assert (before, old, new) == (200, 401, 200)


async def test_a_file_without_users_lets_everybody_in(tmp_path):
    async with served(access=access(tmp_path, USERS)) as web:
        write(tmp_path, "")

        assert (await web.get("metrics"))[0] == 200


async def test_an_address_that_others_reach_is_never_left_without_a_guard(tmp_path):
    with capture_logs() as logged:
        async with served(access=access(tmp_path, USERS, is_exposed=True)) as web:
            path = write(tmp_path, "")
            told = (await web.get("metrics"))[0]

    assert told == 401
    assert [one["event"] for one in logged] == ["web.config_refused", "web.config_problem"]
    assert logged[1]["problem"] == (
        f"{path}: nothing would guard an address that other machines reach any more"
    )


async def test_a_broken_file_keeps_the_rules_before_and_is_told_once(tmp_path):
    clock = HandClock()
    rules = access(tmp_path, USERS, clock=clock)
    with capture_logs() as logged:
        async with served(access=rules) as web:
            path = write(tmp_path, "basic_auth_users: {a: b}")
            told = []
            for _ in range(4):
                told.append((await web.get("metrics", Authorization=RIGHT))[0])
                clock.turn(10)
            broken = rules.is_current
            write(tmp_path, USERS)
            told.append((await web.get("metrics", Authorization=RIGHT))[0])

    assert (told, broken, rules.is_current) == ([200] * 5, False, True)
    assert [one["event"] for one in logged] == [
        "web.config_refused",
        "web.config_problem",
        "web.config_reloaded",
    ]
    assert logged[1]["problem"].startswith(f"{path}:1:23: basic_auth_users.a: this is no bcrypt hash")


async def test_a_file_that_is_gone_keeps_the_rules_before(tmp_path):
    async with served(access=access(tmp_path, USERS)) as web:
        (tmp_path / "web-config.yml").unlink()
        told = [(await web.get("metrics"))[0], (await web.get("metrics", Authorization=RIGHT))[0]]

    assert told == [401, 200]


async def test_what_was_missing_and_comes_is_taken_without_a_change_of_the_file(tmp_path):
    clock = HandClock()
    Certificates(tmp_path)
    text = "tls_server_config: {{cert_file: {}, key_file: key.pem}}"
    rules = access(tmp_path, text.format("cert.pem"), clock=clock)
    write(tmp_path, text.format("new.pem"))
    await rules.refresh()
    before = rules.is_current
    (tmp_path / "cert.pem").rename(tmp_path / "new.pem")
    clock.turn(5)
    await rules.refresh()

    assert (before, rules.is_current) == (False, True)


async def test_a_file_that_did_not_change_is_not_read_again(tmp_path):
    rules = access(tmp_path, f"basic_auth_users: {{{USER}: {HASH}}}")
    before = rules.rules

    assert [await rules.refresh() is before for _ in range(3)] == [True] * 3
    assert PASSWORD not in repr(rules.rules)
    assert HASH not in repr(rules.rules)


async def test_failures_and_a_refused_file_are_told_by_metrics_and_on_the_page(tmp_path):
    rules = access(tmp_path, USERS)
    metrics = metrics_of(plan())
    before = exposed(metrics)
    metrics.guard(lambda: rules.is_current, lambda: rules.passwords.failed)
    async with served(access=rules) as web:
        for number in range(12):
            await web.get("metrics", Authorization=basic(USER, str(number)))
        write(tmp_path, "bogus: 1")
        await web.get("metrics")

    assert before == {}
    assert exposed(metrics) == {
        "hopwatch_web_config_last_reload_successful": "0.0",
        'hopwatch_web_logins_failed_total{reason="wrong"}': "10.0",
        'hopwatch_web_logins_failed_total{reason="delayed"}': "2.0",
    }
    assert rules.notes() == (
        "The web configuration was refused when it was last read; the rules before stay at work.",
    )


def exposed(metrics: Metrics) -> dict[str, str]:
    lines = metrics.exposition(None)[0].decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if line.startswith("hopwatch_web_"))
