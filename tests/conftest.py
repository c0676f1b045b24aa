"""Settings for all tests, and what several of them start from."""

import os
import sys

import pytest
import structlog
from hypothesis import settings

from tests import rig_certificates as certificates
from tests.need import need

# A shared machine is slow at any moment, so no example has a deadline; CI repeats the same examples every time.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(autouse=True)
def own_logging():
    """Undo what a command that ran in this process set up, or the next test would hear nothing below its level."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def ca_file(tmp_path_factory):
    return certificates.trust_file(tmp_path_factory.mktemp("trust"))


@pytest.fixture
def linux():
    need(sys.platform == "linux", "Linux, whose kernel stamps what arrives")
