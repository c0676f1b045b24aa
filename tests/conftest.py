"""Settings for all tests."""

import os

from hypothesis import settings

# A shared machine is slow at any moment, so no example has a deadline; CI repeats the same examples every time.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
