"""Settings of the worker processes that tests start."""

import os

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.web.jobs.painting"]  # noqa: F405

# A machine whose clock is wrong, where the test asks for one.
_WRONG = float(os.environ.get("WRONG_CLOCK_SECONDS", "0"))
if _WRONG:
    import time
    from datetime import timedelta

    from django.utils import timezone

    _time, _now = time.time, timezone.now
    time.time = lambda: _time() + _WRONG
    timezone.now = lambda: _now() + timedelta(seconds=_WRONG)
