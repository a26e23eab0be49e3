"""Settings of the worker processes that tests start."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.web.jobs.painting"]  # noqa: F405
