"""A secret's file that every user of the machine can read is named at the start, with the command that mends it."""

import pytest
from structlog.testing import capture_logs

from probe.access.permissions import is_open, warn_of_open_secrets
from probe.access.reading import load as load_web
from probe.config import load
from tests.rig_access import HASH, Certificates, write
from tests.rig_canaries import canaries


@pytest.mark.parametrize(("mode", "expected"), [(0o600, False), (0o640, False), (0o644, True), (0o604, True)])
def test_what_others_can_read_is_open(mode: int, expected: bool, tmp_path):
    path = tmp_path / "key"
    path.write_text("canary")
    path.chmod(mode)

    assert is_open(path) is expected


def test_a_file_that_is_missing_or_handed_over_by_systemd_is_not(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_text("canary")
    path.chmod(0o644)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert (is_open(path), is_open(tmp_path / "none")) == (False, False)


async def test_each_secret_of_a_configuration_is_looked_at(tmp_path):
    async with canaries(tmp_path) as held:
        for path in tmp_path.glob("*.key"):
            path.chmod(0o644)
        with capture_logs() as logged:
            warn_of_open_secrets(load(held.config), tmp_path)

    assert {one["event"] for one in logged} == {"secret.readable_by_all"}
    assert {one["file"] for one in logged} == {str(path) for path in tmp_path.glob("*.key")}
    assert logged[0]["advice"] == f"chmod o-rwx {logged[0]['file']}"


def test_a_web_configuration_with_hashes_and_its_key_are_private(tmp_path):
    Certificates(tmp_path)
    tls = "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n"
    path = write(tmp_path, f"{tls}basic_auth_users: {{a: {HASH}}}")

    assert load_web(path).private_files == (path, tmp_path / "key.pem")
    assert load_web(write(tmp_path, tls)).private_files == (tmp_path / "key.pem",)
