"""Where we dare to listen: loopback always, elsewhere only behind a guard or when told so."""

import pytest
from structlog.testing import capture_logs

from probe.access.exposure import ExposedError, is_loopback, refuse_exposure
from probe.cli.options import BAD_CONFIGURATION
from tests.daemon_process import command, hopwatch, running_daemon
from tests.rig_access import USERS, write

REFUSED = (
    "is reached by other machines and nothing guards it: give basic_auth_users or client certificates with"
    " --web.config.file (docs/web-config.md), listen on 127.0.0.1, or say --web.insecure"
)
CONFIG = """
version: 1
hops: {api: {url: "http://127.0.0.1:1"}}
routes: {chat: {hops: [api], checks: {tcp: {tcp: {}}}}}
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "hopwatch.yml"
    path.write_text(CONFIG)
    return path


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1"])
def test_loopback_is_for_this_machine_alone(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "a.invalid"])  # fmt: skip
def test_everything_else_is_not(host: str):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("is_guarded", "is_encrypted", "insecure", "said"),
    [
        (False, False, True, ["web.listens_unguarded"]),
        (True, False, False, ["web.passwords_in_clear"]),
        (True, True, False, []),
    ],
)
def test_what_is_weak_about_an_address_that_others_reach_is_logged(is_guarded, is_encrypted, insecure, said):
    with capture_logs() as logged:
        refuse_exposure("0.0.0.0:1", "0.0.0.0", is_guarded=is_guarded, is_encrypted=is_encrypted, insecure=insecure)  # fmt: skip

    assert [one["event"] for one in logged] == said


def test_a_name_of_no_address_is_said_to_be_that():
    with pytest.raises(ExposedError) as raised:
        refuse_exposure("a.invalid:1", "a.invalid", is_guarded=True, is_encrypted=True, insecure=True)

    assert str(raised.value) == "cannot listen on a.invalid:1: 'a.invalid' is no address of this machine"


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0"])
async def test_the_daemon_does_not_start_unguarded_where_others_reach_it(address: str, config, tmp_path):
    code, out, err = await hopwatch(*command(config, tmp_path / "data", address)[3:])

    assert (code, out, err) == (BAD_CONFIGURATION, "", f"{address} {REFUSED}\n")
    assert not (tmp_path / "data").exists()


async def test_tls_without_users_or_client_certificates_is_no_guard(config, tmp_path):
    path = write(tmp_path, "http_server_config: {http2: false}")
    code, _, err = await hopwatch(
        *command(config, tmp_path / "data", "0.0.0.0:0")[3:], "--web.config.file", str(path)
    )

    assert (code, err) == (BAD_CONFIGURATION, f"0.0.0.0:0 {REFUSED}\n")


async def test_a_broken_web_configuration_starts_nothing(config, tmp_path):
    path = write(tmp_path, "basic_auth_users: {a: canary-4711}")
    code, out, err = await hopwatch(*command(config, tmp_path / "data")[3:], "--web.config.file", str(path))

    assert (code, out, err.count("\n"), err.startswith(f"{path}:1:23: ")) == (78, "", 1, True)
    assert "canary" not in err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("more", [["--web.insecure"], ["--web.config.file"]])
async def test_with_a_guard_or_the_word_it_listens_everywhere(more: list[str], config, tmp_path):
    given = [*more, str(write(tmp_path, USERS))] if more == ["--web.config.file"] else more
    listen = ["--web.listen-address", "0.0.0.0:0"]
    async with running_daemon(config, tmp_path / "data", *listen, *given) as daemon:
        status, _ = await daemon.get("-/healthy")
        await daemon.stop()

    assert status == (200 if more == ["--web.insecure"] else 401)
