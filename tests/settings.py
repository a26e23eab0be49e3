"""Settings of the tests: as in production, with a key of their own, a folder of their own and quick passwords."""

import os
import tempfile
from pathlib import Path

_HOME = Path(tempfile.gettempdir()) / f"videosearch-tests-{os.getuid()}"
os.environ.setdefault("SECRET_KEY", "only for the tests")
os.environ.setdefault("VIDEOSEARCH_HOME", str(_HOME))
os.environ.setdefault("VIDEOSEARCH_STAFF_MFA", "0")

from videosearch.settings import *  # noqa: E402, F403

STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
