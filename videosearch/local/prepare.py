"""What has to be true of the database before anything serves: migrated, with somebody who can sign in.

Run as a process by the supervisor.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import django

ADMIN = "admin"
LOGIN_FILE = "login.txt"


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from videosearch.config import Config
    from videosearch.jobs import worker

    for folder in (settings.MEDIA_ROOT, settings.STATIC_ROOT):
        folder.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    worker.release(worker.node())  # the workers of an earlier run are dead: their jobs need not wait for the leases
    _make_admin(Config().home)


def _make_admin(home: Path) -> None:
    from videosearch.accounts.models import User
    from videosearch.local.secret import write

    if User.objects.exists():
        return
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser(ADMIN, password=password)
    write(home / LOGIN_FILE, f"{ADMIN}\n{password}\n")


if __name__ == "__main__":
    main()
