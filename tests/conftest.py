"""Settings for all tests, and what several of them start from."""

import os
import re
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
# What secrets of tests are called, so that one that gets out is known by its looks.
_CANARY = re.compile(r"canary[-/+][0-9a-z]+[-/+][0-9a-z]+", re.IGNORECASE)


@pytest.fixture(autouse=True)
def own_logging():
    """Undo what a command that ran in this process set up, or the next test would hear nothing below its level."""
    yield
    structlog.reset_defaults()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Fail a test that printed or logged one of the secrets that tests use, whatever it is about."""
    report = yield
    shown = next((title for title, text in report.sections if _CANARY.search(text)), None)
    if report.passed and shown is not None:
        report.outcome, report.longrepr = "failed", f"{item.nodeid} shows a secret in: {shown}"
    return report


@pytest.fixture(scope="session")
def ca_file(tmp_path_factory):
    return certificates.trust_file(tmp_path_factory.mktemp("trust"))


@pytest.fixture
def linux():
    need(sys.platform == "linux", "Linux, whose kernel stamps what arrives")
